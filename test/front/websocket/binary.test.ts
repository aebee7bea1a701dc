/** The binary protocol: the same requests, rules and answers as JSON, as frames. */
import t from 'tap';
import { OrderStatus } from '../../../src/core/enums.js';
import { FrameBuffer } from '../../../src/wire/frame-buffer.js';
import { SessionKind } from '../../../src/wire/session-layout.js';
import { addAmend, addCancel, addInstruments, addMassCancel, addPing, addSubmit } from '../../../src/wire/session-requests.js';
import { BinaryClient, LIMIT_ORDER } from './binary-client.js';
import { Floor, settled } from './floor.js';

function trader(floor: Floor, deposit = 1_000_000): { client: BinaryClient; account: number; user: number } {
  const account = floor.circle.trader(deposit);
  const user = floor.state.accounts.user[account];
  const client = new BinaryClient(floor);
  client.login(user);
  return { client, account, user };
}

t.test('logs in with a token and hears of its accounts', async (t) => {
  const floor = new Floor();
  const account = floor.circle.trader(500);
  const user = floor.state.accounts.user[account];
  const client = new BinaryClient(floor);
  t.match(client.submit(5, { account }), [{ kind: SessionKind.PROBLEM, request: 5, code: 9002, cause: SessionKind.SUBMIT }], 'not before');
  t.match(client.login(99), [{ kind: SessionKind.LOGIN_ANSWER, code: 9001, request: 1 }]);
  t.match(client.login(user), [
    { kind: SessionKind.LOGIN_ANSWER, code: 0, request: 1, user, accountCount: 1, expiresUs: floor.expiresAt * 1e6 },
    { kind: SessionKind.ACCOUNT_STATE, account, balance: 5_000_000, available: 5_000_000, reportSeq: 1 },
  ]);
});

t.test('submits, trades and reports', async (t) => {
  const floor = new Floor();
  const instrument = floor.list();
  const buyer = trader(floor);
  const seller = trader(floor);
  const answered = buyer.client.submit(11, { account: buyer.account, volume: 2, clientOrderId: 'c-1' });
  const [answer, report, position, account] = answered;
  t.equal(answered.length, 4);
  t.match(answer, { kind: SessionKind.ORDER_ANSWER, request: 11, code: 0, status: OrderStatus.Submitted, action: SessionKind.SUBMIT });
  t.ok(Number(answer['receiveUs']) > 0 && Number(answer['durableUs']) > 0, 'both times are told');
  const { orderId } = answer;
  t.match(report, {
    kind: SessionKind.ORDER_REPORT,
    orderId,
    account: buyer.account,
    instrument,
    clientOrderId: 'c-1',
    volume: 2,
    remaining: 2,
  });
  t.match(report, { reportSeq: 2, price: 1_000_000, status: OrderStatus.Submitted, request: 0 });
  t.match(position, { kind: SessionKind.POSITION_STATE, account: buyer.account, instrument, volumeLong: 0 });
  t.match(account, { kind: SessionKind.ACCOUNT_STATE, reportSeq: 2, frozen: 2_000_000 });

  seller.client.submit(7, { account: seller.account, side: 1 });
  t.match(buyer.client.take(), [
    { kind: SessionKind.ORDER_REPORT, orderId, status: OrderStatus.PartiallyFilled, lastFill: 1, filled: 1, remaining: 1, reportSeq: 3 },
    { kind: SessionKind.TRADE_REPORT, orderId, price: 1_000_000, volume: 1, isTaker: 0, side: 0, reportSeq: 4, commission: 0 },
    { kind: SessionKind.POSITION_STATE, volumeLong: 1, costLong: 10_000_000, marginLong: 1_000_000 },
    { kind: SessionKind.ACCOUNT_STATE, margin: 1_000_000, reportSeq: 4 },
  ]);
});

t.test('names an order by the id of the client, even while it is under way', async (t) => {
  const floor = new Floor();
  floor.list();
  const { client, account } = trader(floor);
  const byId = (out: FrameBuffer): void => addCancel(out, 2, account, 0, 'mine');
  const frames = client.ask((out) => {
    addSubmit(out, 1, { ...LIMIT_ORDER, account, clientOrderId: 'mine' });
    byId(out);
  });
  const answers = frames.filter(({ kind }) => kind === SessionKind.ORDER_ANSWER);
  t.match(answers, [
    { request: 1, code: 0, status: OrderStatus.Submitted },
    { request: 2, code: 0, status: OrderStatus.Cancelled, action: SessionKind.CANCEL, orderId: answers[0]['orderId'] },
  ]);
  t.match(
    client.ask((out) => addCancel(out, 3, account, 0, 'unknown')),
    [{ request: 3, code: 3001, orderId: 0 }],
  );
  client.ask(byId);
  await settled();
  t.match(client.take(), [{ request: 2, code: 3002, orderId: answers[0]['orderId'] }], 'it is gone');
});

t.test('a client order id sent again gets the same order', async (t) => {
  const floor = new Floor();
  floor.list();
  const { client, account } = trader(floor);
  const [first] = client.submit(1, { account, clientOrderId: 'once' });
  const again = client.submit(2, { account, clientOrderId: 'once' });
  await settled();
  t.match(again.concat(client.take()), [
    { kind: SessionKind.ORDER_ANSWER, request: 2, orderId: first['orderId'], code: 0, status: OrderStatus.Submitted },
  ]);
  t.equal(floor.state.orders.size, 1);
});

t.test('amends, and says what stands against it', async (t) => {
  const floor = new Floor();
  floor.list();
  const { client, account } = trader(floor);
  const [{ orderId }] = client.submit(1, { account, volume: 3 });
  const amend = (price: number, volume: number): ReturnType<BinaryClient['ask']> =>
    client.ask((out) => addAmend(out, 2, account, Number(orderId), price, volume));
  t.match(
    amend(990_000, 2).filter(({ kind }) => kind === SessionKind.ORDER_ANSWER),
    [{ request: 2, code: 0, action: SessionKind.AMEND, orderId, status: OrderStatus.Submitted }],
  );
  t.match(amend(995_000, 0), [{ code: 3004, detail: 1012, orderId }], 'off the tick');
  t.match(amend(0, 0), [{ code: 3004, detail: 9008 }]);
  t.match(amend(Number.NaN, 0), [{ code: 3004, detail: 1008 }]);
  t.match(
    client.ask((out) => addAmend(out, 3, account, Number(orderId), 0, 4)).find(({ kind }) => kind === SessionKind.ORDER_REPORT),
    { volume: 4, price: 990_000 },
  );
});

t.test('cancels many at once', async (t) => {
  const floor = new Floor();
  floor.list();
  const { client, account } = trader(floor);
  for (let request = 1; request <= 3; request++) client.submit(request, { account, price: 1_000_000 - request * 10_000 });
  const frames = client.ask((out) => addMassCancel(out, 9, account, 0, 2));
  t.match(
    frames.filter(({ kind }) => kind === SessionKind.MASS_CANCEL_ANSWER),
    [{ request: 9, cancelled: 3, failedInstruments: 0, code: 0 }],
  );
  t.equal(floor.state.orders.size, 0);
  t.match(
    client.ask((out) => addMassCancel(out, 9, 77, 0, 2)),
    [{ code: 1006, request: 9 }],
  );
});

t.test('refuses with the codes of the other interfaces', async (t) => {
  const floor = new Floor();
  floor.list();
  const { client, account } = trader(floor);
  const other = trader(floor);
  const code = (fields: Partial<typeof LIMIT_ORDER> & { account?: number }): unknown => client.submit(1, { account, ...fields })[0]['code'];
  t.equal(code({ account: other.account }), 9006);
  t.equal(code({ account: 77 }), 1006);
  t.equal(code({ instrument: 77 }), 1007);
  t.equal(code({ instrument: 0 }), 1007);
  t.equal(code({ side: 2 }), 1008);
  t.equal(code({ volume: 0 }), 1008);
  t.equal(code({ price: Number.NaN }), 1008);
  t.equal(code({ price: Infinity }), 1008);
  t.equal(code({ price: 1_000_000.5 }), 1012);
  t.equal(code({ price: 2_000_000 }), 1013);
  t.equal(code({ timeCondition: 6 }), 1008);
  t.equal(code({ clientOrderId: 'COND_1' }), 9008);
  t.equal(code({ clientOrderId: 'new\nline' }), 9008);
  t.equal(floor.state.orders.size, 0);
});

t.test('answers what is no frame with 9003, and lives on', async (t) => {
  const floor = new Floor();
  floor.list();
  const { client, account } = trader(floor);
  const submit = new FrameBuffer();
  addSubmit(submit, 1, { ...LIMIT_ORDER, account });
  const good = Uint8Array.from(submit.message());
  for (const length of [0, 1, 7, 8, 47]) {
    client.raw(good.subarray(0, length));
    t.match(client.take(), [{ kind: SessionKind.PROBLEM, code: 9003 }], `${length} bytes`);
  }
  const faults: [number, number][] = [
    [0, 40],
    [0, 49],
    [0, 0],
    [2, 0],
    [2, 66],
    [3, 1],
  ];
  for (const [at, value] of faults) {
    const bad = Uint8Array.from(good);
    bad[at] = value;
    client.raw(bad);
    t.match(client.take(), [{ kind: SessionKind.PROBLEM, code: 9003 }], `byte ${at} = ${value}`);
  }
  client.raw(Buffer.from('{"type":"ping"}'), false);
  t.match(client.take(), [{ kind: SessionKind.PROBLEM, code: 9003 }], 'text');
  client.raw(Uint8Array.from([...good, ...good.subarray(0, 5)]));
  floor.turn();
  t.match(client.take(), [{ code: 9003 }, { kind: SessionKind.ORDER_ANSWER, code: 0 }, {}, {}, {}], 'what comes before it is served');
  t.match(
    client.ask((out) => addPing(out, 4, 123)),
    [{ kind: SessionKind.PONG, request: 4, clientTimeUs: 123, timeUs: floor.wallMs * 1000 }],
  );
});

t.test('tells the numbers of instruments', async (t) => {
  const floor = new Floor();
  floor.list('SIM.one');
  floor.list('SIM.two');
  const { client } = trader(floor);
  t.match(
    client.ask((out) => addInstruments(out, 3)),
    [
      { kind: SessionKind.INSTRUMENT, request: 3, instrument: 1, instrumentId: 'SIM.one', remaining: 1, priceTick: 10_000, multiplier: 10 },
      { kind: SessionKind.INSTRUMENT, request: 3, instrument: 2, instrumentId: 'SIM.two', remaining: 0, lowerLimit: 900_000, phase: 5 },
    ],
  );
});

t.test('hears of the end of its token and of the exchange', async (t) => {
  const floor = new Floor();
  const { client, user } = trader(floor);
  client.take();
  floor.revoke(`token of ${user}`);
  t.match(client.take(), [{ kind: SessionKind.PROBLEM, code: 9001, request: 0 }]);
  t.equal(client.socket.closed?.code, 4001);
  const other = trader(floor);
  other.client.take();
  floor.hub.close();
  t.match(other.client.take(), [{ kind: SessionKind.SYSTEM_NOTICE, event: 1 }]);
  t.equal(other.client.socket.closed?.code, 1001);
});

t.test('frames that are not taken wait, and too many of them end the connection', async (t) => {
  const floor = new Floor();
  floor.list();
  const { client, account } = trader(floor, 100_000_000);
  client.take();
  client.socket.isBlocked = true;
  client.socket.heldBytes = 2 ** 20;
  client.submit(1, { account });
  t.equal(client.socket.binary.length, 2, 'the first may go to the socket, which has not said anything yet');
  let count = 0;
  while (client.socket.closed === undefined && count++ < 2000) client.submit(2, { account });
  t.equal(client.socket.closed?.code, 4029);
  t.ok(count > 200 && count < 1000, `after ${count}`);
});
