import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { checkBook } from '../../../src/core/book/inspect-book.js';
import { Matcher } from '../../../src/core/book/matcher.js';
import { warmUp } from '../../../src/core/book/warm-up.js';
import { CancelEntry, type MatchSink, type OrderEntry, type Trade } from '../../../src/core/events.js';
import { parseOrder, specOf } from './book-script.js';

/** Rounds of six commands: enough to be compiled for good, then a million commands in parts. */
const WARM_ROUNDS = 20_000;
const PARTS = 100;
const PART_ROUNDS = 1_667;

class CountingSink implements MatchSink {
  commands = 0;
  accepted = 0;
  trades = 0;
  tradedLots = 0;

  beginCommand(): void {
    this.commands++;
  }
  orderAccepted(): void {
    this.accepted++;
  }
  orderRefused(): void {}
  trade(trade: Trade): void {
    this.trades++;
    this.tradedLots += trade.volume;
  }
  orderCancelled(): void {}
  cancelRefused(): void {}
  orderAmended(): void {}
  amendRefused(): void {}
  massCancelled(): void {}
  phaseChanged(): void {}
  endCommand(): void {}
}

t.test('warms up with the same busy flow every time', async (t) => {
  const [first, second] = [warmed(20_000), warmed(20_000)];
  t.strictSame(second, first);
  t.equal(first.sink.commands, 20_000);
  t.ok(first.sink.trades > 2000, 'it trades');
  t.ok(first.resting > 500, 'orders rest');
});

t.test('allocates nothing over a million commands', async (t) => {
  const sink = new CountingSink();
  const matcher = new Matcher(sink);
  matcher.openBook(specOf('90..110'));
  const cancel = Object.assign(new CancelEntry(), { instrument: 3 });
  const bid = parseOrder('A buy 5@99', 1);
  const ask = parseOrder('B sell 5@101', 1);
  const take = parseOrder('C buy 2@101 IOC', 1);
  let id = 0;
  const enter = (order: OrderEntry): void => {
    order.orderId = ++id;
    matcher.submit(order);
  };
  const leave = (orderId: number, account: number): void => {
    cancel.orderId = orderId;
    cancel.account = account;
    matcher.cancel(cancel);
  };
  // Each round leaves the book as it was: two orders enter, two takers trade two lots each, two orders leave.
  const rounds = (count: number): void => {
    for (let round = 0; round < count; round++) {
      enter(bid);
      enter(ask);
      enter(take);
      enter(take);
      leave(id - 3, 1);
      leave(id - 2, 2);
    }
  };
  for (let i = 0; i < 300; i++) enter(bid);
  rounds(WARM_ROUNDS);
  const { slab } = matcher.book(3).orders;
  collectGarbage();
  const before = { capacity: slab.capacity, count: slab.count, ...process.memoryUsage() };
  // What grew between two looks has been allocated, whether or not it is collected later.
  let allocated = 0;
  let last = process.memoryUsage().heapUsed;
  for (let part = 0; part < PARTS; part++) {
    rounds(PART_ROUNDS);
    const { heapUsed } = process.memoryUsage();
    allocated += Math.max(0, heapUsed - last);
    last = heapUsed;
  }
  collectGarbage();
  const after = process.memoryUsage();
  checkBook(matcher.book(3));
  t.equal(slab.count, before.count);
  t.equal(slab.capacity, before.capacity, 'freed slots are used again');
  t.equal(sink.trades, (WARM_ROUNDS + PARTS * PART_ROUNDS) * 2);
  // One number object per command would be 16 MB.
  t.ok(allocated < 2_000_000, `${allocated} bytes were allocated`);
  t.ok(after.heapUsed - before.heapUsed < 1_000_000, `heap grew by ${after.heapUsed - before.heapUsed} bytes`);
  t.ok(after.arrayBuffers - before.arrayBuffers < 1_000_000, `buffers grew by ${after.arrayBuffers - before.arrayBuffers} bytes`);
});

function warmed(commands: number): { sink: CountingSink; resting: number } {
  const sink = new CountingSink();
  const matcher = new Matcher(sink);
  warmUp(matcher, commands);
  return { sink, resting: matcher.book(0).orders.slab.count };
}

/** The exposed `gc` of V8 without a flag on the command line. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
