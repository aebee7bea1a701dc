/** Messages decoded from their bytes against the general way: whatever a client writes, both come to the same. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { HotKind, HotMessages } from '../../../src/front/decode/hot-messages.js';
import { fillOrderRequest } from '../../../src/front/decode/order-fields.js';
import { OrderRequest } from '../../../src/front/gateway/order-request.js';
import { handleFrame } from '../../../src/front/websocket/messages/router.js';
import { parseAccountId, parseOrderId } from '../../../src/front/views/ids.js';
import { Floor, limitOrder } from './floor.js';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
t.comment(`SEED=${seed}`);

const floor = new Floor();
floor.list('SIM.x');
floor.list('SHFE.rb');
const { accountId } = floor.trader();
const hot = new HotMessages(floor.state);

function decode(text: string): { kind: HotKind; order: OrderRequest } {
  const bytes = Buffer.from(text);
  const data = new ArrayBuffer(bytes.length);
  new Uint8Array(data).set(bytes);
  const order = new OrderRequest();
  return { kind: hot.decode(data, order), order };
}

/** The order of the general way, or undefined when it refuses. */
function general(fields: Record<string, unknown>): OrderRequest | undefined {
  const order = new OrderRequest();
  try {
    fillOrderRequest(fields, floor.state, order);
    return order;
  } catch {
    return undefined;
  }
}

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('BUY', 'OPEN', 'LIMIT', '', 'O0000000000000042', accountId),
);
const number = fc.oneof(
  fc.integer({ min: -5, max: 20_000 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: 0, max: 10_000_000 }).map((units) => units / 10_000),
  fc.integer({ min: 0, max: 2 ** 40 }).map((units) => units / 100),
  fc.constantFrom(0, -0, 1e21, 0.00001, 3850.2, 99_999_999_999.9999, 123_456_789_012),
);
const anything = fc.oneof(text, number, fc.boolean(), fc.constant(null), fc.constant([]), fc.constant({}));
/** Mostly what a client should write, now and then what it should not. */
function mostly(good: readonly unknown[], odd: fc.Arbitrary<unknown> = anything): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 15, arbitrary: fc.constantFrom(...good) }, { weight: 1, arbitrary: odd });
}

const usual = fc.record(
  {
    request_id: mostly(['1', 'r-77', 'x'.repeat(64)], fc.oneof(fc.string({ maxLength: 70 }), fc.string({ unit: 'grapheme' }))),
    account_id: mostly([accountId, 'ACC_0000000099'], fc.constantFrom('ACC_1', 'ACC_00000000x1')),
    instrument_id: mostly(['SIM.x', 'x', 'SHFE.rb', 'rb', 'none']),
    direction: mostly(['BUY', 'SELL'], fc.constantFrom('NONE', 'buy')),
    offset: mostly(['OPEN', 'CLOSE', 'CLOSETODAY', 'CLOSEYESTERDAY'], fc.constantFrom('CLOSED')),
    order_type: mostly(['LIMIT', 'MARKET', 'ANY', 'BEST1', 'BEST5'], fc.constantFrom('STOP')),
    volume: mostly([1, 2, 10_000], number),
    price: fc.oneof({ weight: 4, arbitrary: mostly([99.5, 100, 3850.2, 0.0001, 12_345_678.9]) }, { weight: 1, arbitrary: number }),
    time_condition: mostly(['GFD', 'IOC', 'GTC'], fc.constantFrom('X')),
    volume_condition: mostly(['ANY', 'ALL'], fc.constantFrom('SOME')),
    client_order_id: mostly(['c-17', 'x'.repeat(64)], fc.constantFrom('COND_1', '', 'x'.repeat(65), 'a\\"b', 'tab\t', 'ü')),
  },
  { requiredKeys: ['account_id', 'instrument_id', 'direction', 'offset', 'order_type', 'volume'] },
);
const strange = fc.dictionary(
  fc.constantFrom('volume', 'price', 'direction', 'request_id', 'user_id', 'post_only', 'constructor', '__proto__x'),
  anything,
);
/** An order with fields in any order, some of them strange. */
const message = fc
  .tuple(usual, fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: strange }), fc.infiniteStream(fc.nat()))
  .map(([fields, more, keys]) => {
    const entries = Object.entries({ ...fields, ...more }).map((entry) => [keys.next().value, entry] as const);
    return Object.fromEntries(entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, entry]) => entry));
  });
/** JSON with blanks in places, as some writers have it. */
const spacing = fc.constantFrom<[string, string]>([',', ':'], [', ', ': '], [' ,', ' :']);

function written(fields: Record<string, unknown>, [comma, colon]: [string, string]): string {
  return `{${Object.entries(fields)
    .map(([key, value]) => `${JSON.stringify(key)}${colon}${JSON.stringify(value)}`)
    .join(comma)}}`;
}

t.test('an order that is decoded from its bytes is the one that the general way makes', async (t) => {
  let decoded = 0;
  fc.assert(
    fc.property(message, spacing, (fields, spaces) => {
      const { kind, order } = decode(written({ type: 'submit_order', ...fields }, spaces));
      if (kind === HotKind.NONE) return;
      decoded++;
      const parsed = JSON.parse(written(fields, spaces)) as Record<string, unknown>;
      equal(kind, HotKind.SUBMIT);
      deepEqual(order, general(parsed));
      equal(hot.requestId, parsed['request_id']);
    }),
    { seed, numRuns: 2000 },
  );
  t.ok(decoded > 300, `${decoded} were of the usual form`);
});

t.test('orders of the usual form are decoded, and fields that make another one are not', async (t) => {
  const order = { ...limitOrder(accountId, 'BUY', 1, 99.5), request_id: '17', client_order_id: 'mine', time_condition: 'IOC' };
  const usualText = JSON.stringify(order);
  t.equal(decode(usualText).kind, HotKind.SUBMIT);
  t.equal(decode(usualText.replaceAll(',"', ', "').replaceAll('":', '": ')).kind, HotKind.SUBMIT, 'with blanks');
  const others = [
    usualText.replace('"volume":1', '"volume":1.0'),
    usualText.replace('"volume":1', '"volume":1e0'),
    usualText.replace('"volume":1', '"volume":01'),
    usualText.replace('"volume":1', '"volume":"1"'),
    usualText.replace('99.5', '99.50001'),
    usualText.replace('99.5', '-99.5'),
    usualText.replace('99.5', '99.'),
    usualText.replace('"mine"', '"m\\u0069ne"'),
    usualText.replace('"volume":1', '"volume":1,"volume":2'),
    usualText.replace('"volume":1', '"volume":1,"post_only":true'),
    usualText.replace('"volume":1,', ''),
    usualText.slice(0, -1),
    `${usualText} x`,
    `[${usualText}]`,
    usualText.replace('"BUY"', '"BUY'),
  ];
  for (const other of others) t.equal(decode(other).kind, HotKind.NONE, other);
});

t.test('cancels and pings', async (t) => {
  fc.assert(
    fc.property(
      fc.oneof(text, fc.constantFrom(accountId)),
      fc.oneof(text, fc.constantFrom('O0000000000000042')),
      text,
      (account, order, id) => {
        const { kind } = decode(JSON.stringify({ type: 'cancel_order', account_id: account, order_id: order, request_id: id }));
        if (kind === HotKind.NONE) return;
        deepEqual([hot.account, hot.orderId, hot.requestId], [parseAccountId(account), parseOrderId(order), id]);
      },
    ),
    { seed, numRuns: 500 },
  );
  t.equal(decode('{"type":"cancel_order","account_id":"ACC_0000000001","order_id":"O0000000000000042"}').kind, HotKind.CANCEL);
  t.same([hot.account, hot.orderId, hot.requestId], [1, 42, undefined]);
  t.equal(decode('{"type":"ping"}').kind, HotKind.PING);
  t.equal(decode('{"type":"ping","request_id":"a"}').kind, HotKind.PING);
  t.equal(hot.requestId, 'a');
  t.equal(decode('{"type":"ping","more":1}').kind, HotKind.NONE);
  t.equal(decode('{"type":"query_account"}').kind, HotKind.NONE);
});

t.test('both ways answer alike, whatever the bytes', async (t) => {
  const [quick, slow] = [new Floor(), new Floor()];
  slow.context.hot.decode = () => HotKind.NONE;
  const clients = [quick, slow].map((each) => {
    each.list('SIM.x');
    each.list('SHFE.rb');
    return each.trader().client;
  });
  for (const client of clients) client.take();
  const mutated = fc.tuple(message, fc.nat(), fc.nat({ max: 255 }), fc.boolean()).map(([fields, at, byte, changes]) => {
    const bytes = Buffer.from(JSON.stringify({ type: 'submit_order', ...fields }));
    if (changes) bytes[at % bytes.length] = byte;
    return bytes;
  });
  fc.assert(
    fc.property(mutated, (bytes) => {
      const answers = clients.map((client, index) => {
        const data = new ArrayBuffer(bytes.length);
        new Uint8Array(data).set(bytes);
        handleFrame([quick, slow][index].context, client.session, data, false);
        [quick, slow][index].turn();
        // times of events are the machine's
        return client.take().map(({ timestamp: _, ...rest }) => rest);
      });
      deepEqual(answers[0], answers[1]);
    }),
    { seed, numRuns: 500 },
  );
  t.equal(quick.state.sequence, slow.state.sequence);
  t.same([...quick.errors, ...slow.errors], []);
});
