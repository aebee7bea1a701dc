/** Sessions that come back: each report once and in order, or word that some are missing. */
import t from 'tap';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReportStore } from '../../../src/storage/report-store.js';
import { HistoryStore } from '../../../src/storage/history-store.js';
import { rowsSince } from '../../../src/storage/state-fold.js';
import { SessionKind } from '../../../src/wire/session-layout.js';
import { tempStorage } from '../../storage/support.js';
import { BinaryClient } from './binary-client.js';
import { Floor, limitOrder, settled, type FakeClient, type Message } from './floor.js';

const NUMBERED = new Set(['order_status', 'trade', 'transaction']);

function numbered(messages: Message[]): Message[] {
  return messages.filter(({ type }) => NUMBERED.has(type));
}

/** Waits until the client has heard how its account stands after the replay. */
async function resumed(client: FakeClient): Promise<Message[]> {
  const heard: Message[] = [];
  for (let tries = 0; tries < 500 && !heard.some(({ type }) => type === 'account_update'); tries++) {
    await sleep(2);
    heard.push(...client.take());
  }
  return heard;
}

/** Orders with and without ids of the client, trades and money: what the first session hears is the reference. */
function busyDay(floor: Floor): { heard: Message[]; account: number; accountId: string; user: number } {
  floor.list();
  const account = floor.circle.trader(1_000_000);
  const user = floor.state.accounts.user[account];
  const witness = floor.connect();
  witness.auth(user);
  witness.take();
  const seller = floor.trader();
  const accountId = `ACC_${String(account).padStart(10, '0')}`;
  for (let round = 0; round < 5; round++) {
    witness.send(limitOrder(accountId, 'BUY', 3, 99, { client_order_id: `day "${round}"` }));
    floor.turn();
    seller.client.ask(limitOrder(seller.accountId, 'SELL', 2, 99));
    witness.send(limitOrder(accountId, 'BUY', 1, 95));
    floor.turn();
    floor.circle.deposit(account, 5);
    floor.turn();
  }
  return { heard: numbered(witness.take()), account, accountId, user };
}

t.test('what was missed is sent again word for word, then what is new', async (t) => {
  const floor = new Floor();
  const day = busyDay(floor);
  const last = Number(day.heard.at(-1)!['report_seq']);
  for (const after of [1, 2, 7, last - 1, last]) {
    const again = floor.connect();
    again.send({ type: 'auth', token: `token of ${day.user}`, last_seq: { [day.accountId]: after } });
    const heard = await resumed(again);
    t.equal(heard[0].type, 'auth_response');
    t.same(
      numbered(heard),
      day.heard.filter(({ report_seq: number }) => Number(number) > after),
      `after ${after}`,
    );
    t.equal(heard.at(-1)!['report_seq'], last, 'the state carries the last number');
  }
});

t.test('nothing is lost or told twice while reports are being read', async (t) => {
  const floor = new Floor();
  const day = busyDay(floor);
  const witness = floor.connect();
  witness.auth(day.user);
  witness.take();
  const again = floor.connect();
  again.send({ type: 'auth', token: `token of ${day.user}`, last_seq: { [day.accountId]: 1 } });
  for (let more = 0; more < 4; more++) {
    witness.send(limitOrder(day.accountId, 'BUY', 1, 94));
    floor.turn();
    await settled();
  }
  const heard = await resumed(again);
  witness.send(limitOrder(day.accountId, 'BUY', 1, 94));
  floor.turn();
  t.same(numbered([...heard, ...again.take()]), [...day.heard, ...numbered(witness.take())]);
});

t.test('reports that have left memory come from the tables', async (t) => {
  const storage = await tempStorage(t);
  const store = new ReportStore(storage.store);
  const floor = new Floor({ reportStore: store });
  const day = busyDay(floor);
  // memory gives whole chunks back: fill one with reports of somebody else
  const other = floor.trader();
  for (let report = 0; report < 4200; report++) floor.circle.deposit(other.account, 1);
  const uptoSequence = floor.state.sequence;
  const rows = rowsSince(floor.reports.journal, 0);
  const nothing = { orders: [], trades: [], orderIndex: [], documents: [], audits: [] };
  await new HistoryStore(storage.store).write({ uptoSequence, ...nothing, reports: { rows, endedSequence: 0 } });
  floor.watermark = uptoSequence;
  floor.reportLog.dropStored();
  t.equal(floor.reportLog.recentSince(day.account, 1, Number(day.heard.at(-1)!['report_seq'])), undefined, 'memory has forgotten');
  const again = floor.connect();
  again.send({ type: 'auth', token: `token of ${day.user}`, last_seq: { [day.accountId]: 1 } });
  t.same(numbered(await resumed(again)), day.heard);

  await new HistoryStore(storage.store).write({
    uptoSequence: uptoSequence + 1,
    ...nothing,
    reports: { rows: [], endedSequence: uptoSequence },
  });
  const late = floor.connect();
  late.send({ type: 'auth', token: `token of ${day.user}`, last_seq: { [day.accountId]: 1 } });
  const heard = await resumed(late);
  t.match(
    heard,
    [{ type: 'auth_response' }, { type: 'system', event: 'resync' }, { type: 'position_update' }, { type: 'account_update' }],
    'that day is over',
  );
});

t.test('a number that the exchange never gave is answered by the state', async (t) => {
  const floor = new Floor();
  const day = busyDay(floor);
  const again = floor.connect();
  again.send({ type: 'auth', token: `token of ${day.user}`, last_seq: { [day.accountId]: 1_000_000 } });
  t.match(await resumed(again), [{ type: 'auth_response' }, { type: 'system', event: 'resync' }, {}, { type: 'account_update' }]);
});

t.test('only own accounts can be asked for', async (t) => {
  const floor = new Floor();
  const day = busyDay(floor);
  const other = floor.circle.trader(1);
  const stranger = floor.connect();
  t.match(stranger.auth(floor.state.accounts.user[other], { last_seq: { [day.accountId]: 1 } }), { success: false, code: 9006 });
  t.match(stranger.auth(day.user, { last_seq: { ACC_0000000099: 1 } }), { success: false, code: 1006 });
  t.match(stranger.auth(day.user, { last_seq: { [day.accountId]: -1 } }), { type: 'error', code: 9003 });
  t.match(stranger.ask({ type: 'query_account' }), [{ type: 'error', code: 9002 }], 'none of it logged in');
});

t.test('the binary protocol resumes as JSON does', async (t) => {
  const floor = new Floor();
  const day = busyDay(floor);
  const client = new BinaryClient(floor);
  const frames = client.login(day.user, [{ account: day.account, reportSeq: 3 }]);
  while (!frames.slice(2).some(({ kind }) => kind === SessionKind.ACCOUNT_STATE)) {
    await sleep(2);
    frames.push(...client.take());
  }
  const kinds: Record<number, string> = {
    [SessionKind.ORDER_REPORT]: 'order_status',
    [SessionKind.TRADE_REPORT]: 'trade',
    [SessionKind.FUND_REPORT]: 'transaction',
  };
  const reports = frames.filter(({ kind }) => kind in kinds);
  t.same(
    reports.map(({ kind, reportSeq, clientOrderId }) => [kinds[kind], reportSeq, clientOrderId]),
    day.heard.slice(2).map((message) => [message.type, message['report_seq'], message['client_order_id'] ?? '']),
  );
  t.equal(reports[0]['reportSeq'], 4);
  const [bad] = client.login(day.user, [{ account: day.account, reportSeq: Number.NaN }]);
  t.match(bad, { kind: SessionKind.LOGIN_ANSWER, code: 9008 });
});

t.test('orders of a connection go with it, where the client wants that', async (t) => {
  const floor = new Floor();
  floor.list();
  const trader = floor.trader();
  trader.client.ask(limitOrder(trader.accountId, 'BUY', 1, 99));
  const bound = floor.connect();
  bound.auth(trader.user, { cancel_on_disconnect: true });
  bound.ask(limitOrder(trader.accountId, 'BUY', 1, 98));
  bound.send(limitOrder(trader.accountId, 'BUY', 1, 97));
  t.equal(floor.state.orders.size, 2, 'one is under way');
  floor.hub.remove(bound.session);
  floor.turn();
  floor.turn();
  t.equal(floor.state.orders.size, 1, 'the order of the other connection works on');
  const statuses = trader.client.takeOf('order_status').filter(({ status }) => status === 'Cancelled');
  t.same(
    statuses.map(({ price }) => price),
    [98, 97],
  );
  const frames = new BinaryClient(floor);
  frames.login(trader.user, [], true);
  frames.submit(1, { account: trader.account, price: 960_000 });
  t.equal(floor.state.orders.size, 2);
  frames.session.close(4008);
  floor.turn();
  t.equal(floor.state.orders.size, 1);
});

t.test('a cancel that the phase forbids is tried again until it may be', async (t) => {
  const floor = new Floor();
  const instrument = floor.list();
  const trader = floor.trader();
  const bound = floor.connect();
  bound.auth(trader.user, { cancel_on_disconnect: true });
  bound.ask(limitOrder(trader.accountId, 'BUY', 1, 98));
  floor.circle.phase(instrument, 'CLOSED');
  floor.hub.remove(bound.session);
  floor.turn();
  t.equal(floor.state.orders.size, 1);
  floor.circle.phase(instrument, 'CONTINUOUS');
  floor.turn();
  floor.turn();
  t.equal(floor.state.orders.size, 0);
});
