/** Channels in the binary protocol: what frames say is what JSON says, made once for everybody and for nobody not at all. */
import { ByteBuffer } from 'flatbuffers';
import t, { type Test } from 'tap';
import type { MarketData } from '../../../src/client/market-reader.js';
import { fromDecimal, MONEY_SCALE } from '../../../src/core/units.js';
import { PERIODS } from '../../../src/core/market-data/periods.js';
import { BATCH_EVENTS_MAX, Keeping, MarketBatch } from '../../../src/front/publisher/market-event.js';
import { MARKET_EVENTS_MAX } from '../../../src/front/websocket/market-queue.js';
import { BookPicture } from '../../../src/wire/generated/book-picture.js';
import { BookLevel } from '../../../src/wire/generated/book-level.js';
import { Channel } from '../../../src/wire/market/channels.js';
import { BOOK_LEVEL_BYTES, BOOK_PICTURE_BYTES } from '../../../src/wire/market/market-layout.js';
import { NoticeEvent, SessionKind } from '../../../src/wire/session-layout.js';
import { addSubscribe, addUnsubscribe } from '../../../src/wire/session-requests.js';
import { BinaryClient } from './binary-client.js';
import { Floor, limitOrder, type Message } from './floor.js';

const SECOND_US = 1_000_000;

/** A market with one watcher of each form, who want the same. */
function market(channels: string[], bits: number, depth = 0) {
  const floor = new Floor();
  floor.list();
  const [buyer, seller] = [floor.trader(100_000_000), floor.trader(100_000_000)];
  const send = (buys: boolean, price: number, volume: number): void => {
    const { client, accountId } = buys ? buyer : seller;
    client.send(limitOrder(accountId, buys ? 'BUY' : 'SELL', volume, price));
    turn(floor);
  };
  const text = floor.connect();
  text.ask({ type: 'subscribe', channels, instruments: ['SIM.x'], ...(depth === 0 ? {} : { depth }) });
  const binary = new BinaryClient(floor);
  const answer = binary.ask((out) => addSubscribe(out, 5, bits, [1], 0, depth));
  return { floor, send, text, binary, answer };
}

function turn(floor: Floor): void {
  floor.nowMs += 10;
  floor.turn();
}

function pass(floor: Floor, seconds: number): void {
  floor.market.engine.pass((Math.floor(floor.state.timeUs / SECOND_US) + seconds) * SECOND_US);
  turn(floor);
}

/** A price of JSON in 1/10000; 0 for none. */
function units(price: unknown): number {
  return price === null ? 0 : fromDecimal(price as number, MONEY_SCALE);
}

t.test('subscribes without a login, by numbers', async (t) => {
  const { floor, binary, answer, send } = market([], Channel.orderbook);
  t.match(answer, [{ kind: SessionKind.SUBSCRIBE_ANSWER, request: 5, channels: Channel.orderbook, instruments: 1, rejected: 0 }]);
  const ask = (channels: number, instruments: number[], periods = 0, depth = 0) =>
    binary.ask((out) => addSubscribe(out, 6, channels, instruments, periods, depth));
  const problem = (code: number) => [{ kind: SessionKind.PROBLEM, request: 6, code, cause: SessionKind.SUBSCRIBE }];
  t.match(ask(Channel.trade, [1]), problem(9008), 'private ones are no channel here');
  t.match(ask(0, [1]), problem(9008));
  t.match(ask(Channel.l1, [7]), problem(1007));
  t.match(ask(Channel.l1, [1], 128), problem(9003));
  t.match(ask(Channel.l1, [1], 0, 21), problem(9003));
  t.match(
    ask(
      Channel.l1,
      Array.from({ length: 201 }, () => 1),
    ),
    problem(9003),
  );
  t.match(ask(Channel.l1, [7, 0, 1])[0], { channels: Channel.l1, instruments: 1, rejected: 2, firstRejected: 7 });
  t.match(ask(Channel.phase, [])[0], { channels: Channel.phase, instruments: 1, rejected: 0 }, 'all that are listed');
  const stop = (channels: number, instruments: number[]) => binary.ask((out) => addUnsubscribe(out, 7, channels, instruments));
  t.match(stop(Channel.orderbook, [1])[0], { request: 7, channels: Channel.orderbook, instruments: 0 });
  t.match(stop(Channel.l1 | Channel.phase, [])[0], { instruments: 0 });
  const told = floor.market.output.count;
  send(true, 99, 1);
  t.strictSame(binary.takeMarket(), [], 'nothing any more');
  t.equal(floor.market.output.count, told, 'what nobody wants is not encoded');
});

t.test('prints and best prices say what JSON says', async (t) => {
  const { floor, text, binary, send } = market(['tick', 'l1'], Channel.tick | Channel.l1);
  text.take();
  const empty = binary.takeMarket();
  t.match(empty, [], 'taken with the answer');
  send(false, 101, 2);
  send(false, 102, 3);
  send(true, 102, 4);
  const messages = text.take();
  const frames = binary.takeMarket();
  t.equal(frames.length, messages.length);
  t.equal(frames.filter(({ type }) => type === 'tick').length, 2);
  for (const [index, message] of messages.entries()) same(t, frames[index], message);
  t.equal(frames.at(-1)?.engineSeq, floor.market.engine.fold.sequence);
});

function same(t: Test, data: MarketData, message: Message): void {
  t.match(data, { type: message.type, instrument: 1, mdSeq: message.md_seq });
  t.equal(Math.floor(data.timeUs / 1000), message.timestamp);
  if (data.type === 'tick') {
    t.equal(data.direction, ['BUY', 'SELL', 'NONE'].indexOf(String(message.direction)));
    t.equal(`T${String(data.tradeId).padStart(16, '0')}`, message.trade_id);
    t.strictSame(
      [data.volume, data.volumeTotal, data.openInterest, data.oiDelta],
      [message.volume, message.volume_total, message.open_interest, message.oi_delta],
    );
    t.strictSame(
      [data.price, data.turnover, data.turnoverTotal, data.bidPrice1, data.askPrice1],
      [message.price, message.turnover, message.turnover_total, message.bid_price1, message.ask_price1].map(units),
    );
  } else if (data.type === 'l1') {
    t.strictSame([data.lastPrice, data.bidPrice1, data.askPrice1], [message.last_price, message.bid_price1, message.ask_price1].map(units));
    t.strictSame(
      [data.lastVolume, data.bidVolume1, data.askVolume1, data.bidCount1, data.askCount1],
      [message.last_volume, message.bid_volume1, message.ask_volume1, message.bid_count1, message.ask_count1],
    );
  } else t.fail(data.type);
}

t.test('a book comes whole with up to 20 levels, which generated accessors read too', async (t) => {
  const { text, binary, send, floor } = market([], Channel.l1);
  for (let n = 0; n < 20; n++) send(true, 90 + n, n + 1);
  send(false, 110, 7);
  const shown = text.ask({ type: 'subscribe', channels: ['orderbook'], instruments: [], depth: 20 });
  binary.takeMarket();
  const before = binary.socket.binary.length;
  binary.raw(subscribeBook(binary, 20));
  floor.turn();
  const [picture] = binary.takeMarket();
  const json = shown.find(({ type }) => type === 'orderbook')!;
  if (picture.type !== 'book') throw new Error(picture.type);
  const levels = (side: unknown) =>
    (side as { price: number; volume: number; order_count: number }[]).map(({ price, volume, order_count: orderCount }) => ({
      price: fromDecimal(price, MONEY_SCALE),
      volume,
      orderCount,
    }));
  t.equal(picture.bids.length, 20);
  t.match(picture, { mdSeq: json.md_seq, bids: levels(json.bids), asks: levels(json.asks), lastPrice: 0 });
  const bytes = binary.socket.binary.slice(before).find((message) => message[2] === SessionKind.BOOK_PICTURE)!;
  const read = new BookPicture().__init(0, new ByteBuffer(bytes));
  t.same([read.bidCount(), read.askCount(), read.mdSeq(), read.instrument()], [20, 1, picture.mdSeq, 1]);
  const ask = new BookLevel().__init(BOOK_PICTURE_BYTES + 20 * BOOK_LEVEL_BYTES, new ByteBuffer(bytes));
  t.same([ask.price(), ask.volume(), ask.orderCount()], [1_100_000, 7, 1]);
  t.equal(bytes.length % 8, 0);
});

function subscribeBook({ out }: BinaryClient, depth: number): Uint8Array {
  addSubscribe(out, 9, Channel.orderbook, [1], 0, depth);
  const message = Uint8Array.from(out.message());
  out.clear();
  return message;
}

t.test('bars have a struct of their own, other channels carry their JSON', async (t) => {
  const objects = Channel.snapshot | Channel.factor | Channel.phase | Channel.statistics;
  const { floor, text, binary, send } = market(['kline', 'snapshot', 'factor', 'phase', 'statistics'], Channel.kline | objects);
  text.take();
  binary.takeMarket();
  send(false, 101, 5);
  send(true, 101, 2);
  send(true, 101, 3);
  pass(floor, 4000);
  const messages = text.take();
  const frames = binary.takeMarket();
  t.equal(frames.length, messages.length);
  for (const [index, message] of messages.entries()) {
    const data = frames[index];
    if (data.type === 'object') {
      t.strictSame(data.value, message);
      t.equal(data.channel & objects, data.channel);
      continue;
    }
    if (data.type !== 'kline') throw new Error(data.type);
    const bar = message.kline as Record<string, number>;
    t.match(data, {
      period: message.period,
      isFinished: message.type === 'kline_finished',
      barNo: bar.bar_no,
      startUs: bar.timestamp * 1000,
    });
    t.match(data, { volume: bar.volume, openOi: bar.open_oi, closeOi: bar.close_oi, tradeCount: bar.trade_count });
    t.strictSame(
      [data.open, data.high, data.low, data.close, data.amount],
      [bar.open, bar.high, bar.low, bar.close, bar.amount].map(units),
    );
  }
  const finished = frames.filter((data) => data.type === 'kline' && data.isFinished);
  t.equal(finished.length, PERIODS.length - 1, 'all but the day');
  const channels = new Set(frames.map((data) => (data.type === 'object' ? data.channel : 0)));
  t.ok(channels.has(Channel.snapshot) && channels.has(Channel.factor) && channels.has(Channel.statistics));
});

t.test('an event is encoded once in each form, however many want it', async (t) => {
  const { floor, binary, send } = market(['tick'], Channel.tick);
  const others = Array.from({ length: 20 }, () => {
    const other = new BinaryClient(floor);
    other.ask((out) => addSubscribe(out, 1, Channel.tick, [1], 0, 0));
    return other;
  });
  const [made, taken] = [floor.market.output.count, floor.streams.market.counters.events];
  send(false, 101, 1);
  send(true, 101, 1);
  t.equal(floor.market.output.count - made, 2, 'one text, one frame');
  t.equal(floor.streams.market.counters.events - taken, 2);
  const [first] = binary.takeMarket();
  for (const other of others) t.strictSame(other.takeMarket(), [first]);
});

t.test('a notice tells of market data that was given up, between what came before and after it', async (t) => {
  const { floor, binary } = market([], Channel.tick);
  const { session, socket } = binary;
  const event = {
    instrument: 1,
    channels: Channel.tick,
    detail: 0,
    keeping: Keeping.all,
    ...{ sequence: 1, timeUs: 0 },
    isBinary: true,
    bytes: new Uint8Array(8),
  };
  const batch = new MarketBatch(
    1,
    Array.from({ length: BATCH_EVENTS_MAX }, () => event),
  );
  socket.isBlocked = true;
  socket.heldBytes = 1 << 20;
  for (let n = 0; n <= MARKET_EVENTS_MAX + BATCH_EVENTS_MAX; n += BATCH_EVENTS_MAX) session.deliver(batch);
  session.flush();
  binary.take();
  const [figures] = floor.hub.marketFigures(Date.now()).slowest;
  t.match(figures, { session: session.number, sent: BATCH_EVENTS_MAX, gaps: 1, waiting: 0, lag_seq: 0 });
  t.equal(figures.conflated, MARKET_EVENTS_MAX + BATCH_EVENTS_MAX);
  socket.isBlocked = false;
  socket.heldBytes = 0;
  session.deliver(batch);
  t.match(floor.hub.marketFigures(3000).slowest, [{ waiting: BATCH_EVENTS_MAX, lag_ms: 3000 }]);
  session.drained();
  t.match(binary.take(), [{ kind: SessionKind.SYSTEM_NOTICE, event: NoticeEvent.MARKET_RESYNC, account: 0 }]);
  t.equal(socket.binary.at(-1)?.length, BATCH_EVENTS_MAX * 8);
  t.equal(socket.frames.length, 0, 'no text ever');
});
