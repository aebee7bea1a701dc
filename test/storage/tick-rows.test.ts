/** Packed prints are what went in, also from a page of the disk. */
import t from 'tap';
import { TickRows, type Tick } from '../../src/storage/tick-rows.js';

const tickOf = (n: number): Tick => ({
  ...{ tradeId: n, sequence: n * 3, mdSequence: n + 7, timeUs: 1_800_000_000_000_000 + n, price: 35_000_000 + n, volume: 1 + n },
  ...{ takerSide: n % 2, turnover: n * 1e10, turnoverTotal: n * 1e13, volumeTotal: n * n, openInterest: n, openInterestDelta: -n },
  ...{ buyOrderId: 2 ** 40 + n, sellOrderId: 2 ** 41 + n, buyAccount: n, sellAccount: n + 1, bid: n - 1, ask: n + 1 },
});

t.test('rows come back as they went in', (t) => {
  const ticks = Array.from({ length: 100 }, (_, n) => tickOf(n) as Tick & { instrument: number });
  const rows = TickRows.of(ticks);
  t.equal(rows.count, 100);
  t.strictSame(rows.all(), ticks);
  const [first, second] = [TickRows.of(ticks.slice(0, 40)), TickRows.of(ticks.slice(40))];
  first.append(second);
  t.strictSame(first.all(), ticks);
  const page = Uint8Array.from(first.page());
  t.strictSame(new TickRows(new Float64Array(page.buffer)).at(57), ticks[57]);
  t.strictSame(new TickRows().all(), []);
  t.end();
});
