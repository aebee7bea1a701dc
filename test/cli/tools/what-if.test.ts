/** The orders of a log once more: the same rules give the same, other rules what they should. */
import t from 'tap';
import { PriceType, Side, TimeCondition } from '../../../src/core/enums.js';
import { FrameKind, OrderEntry } from '../../../src/core/events.js';
import { parseVariation } from '../../../src/cli/tools/what-if/variation.js';
import { whatIf, type WhatIfReport } from '../../../src/cli/tools/what-if/what-if.js';
import { evaluateSoundness } from '../../../src/core/soundness/soundness.js';
import { viewFolder } from '../../../src/storage/offline/folder-view.js';
import { frameViews } from '../../../src/wire/frame-layout.js';
import { orderFrameBytes, writeOrder } from '../../../src/wire/order-frame.js';
import { OneThreadCircle } from '../../support/one-thread-circle.js';
import { newFolder, recordFolder, smallVenue, type RecordOptions } from '../../storage/offline/recorded-folder.js';

async function rerun(
  t: Parameters<typeof newFolder>[0],
  journal: readonly Uint8Array[],
  changes: string[],
  record: RecordOptions = {},
  more: { instruments?: Set<string>; from?: number; to?: number } = {},
): Promise<WhatIfReport> {
  const folder = newFolder(t);
  await recordFolder(folder, journal, record);
  const view = await viewFolder(folder);
  const { report, baseline, varied } = await whatIf(view.storage, { variation: parseVariation(changes), ...more });
  await view.close();
  for (const { state } of [baseline, varied])
    t.ok(
      evaluateSoundness(state).every(({ ok }) => ok),
      'the books of both runs balance',
    );
  return report;
}

/** The note of an order that the front refused, as the log holds it. */
function declined(fields: Partial<OrderEntry>): Uint8Array {
  const entry = Object.assign(new OrderEntry(), {
    priceType: PriceType.LIMIT,
    timeCondition: TimeCondition.GFD,
    side: Side.BUY,
    ...fields,
  });
  entry.stamp.endOfCommand = true;
  const frame = new Uint8Array(orderFrameBytes(entry));
  writeOrder(frameViews(frame), 0, FrameKind.OrderDeclined, entry);
  return frame;
}

t.test('without a change nothing changes, from the first event or from a snapshot', async (t) => {
  const { journal } = smallVenue();
  for (const more of [{}, { from: 60 }, { from: 60, to: 150 }]) {
    const report = await rerun(t, journal, [], { snapshotsAfter: [6] }, more);
    t.equal(report.fidelity.decided_otherwise, 0);
    t.equal(report.fidelity.trades[0], report.fidelity.trades[1]);
    t.equal(report.fidelity.volume[0], report.fidelity.volume[1]);
    t.ok(report.totals.trades[0] > 0 && report.stream.cancels > 0);
    t.strictSame(report.accounts, []);
    t.strictSame(report.decisions, []);
  }
});

t.test('twice the fee costs every account twice the fee, and nothing else', async (t) => {
  const { accounts, totals } = await rerun(t, smallVenue().journal, ['fee=x2']);
  t.equal(accounts.length, 2);
  for (const { fees, profit, trades, margin } of accounts) {
    t.equal(fees[1], fees[0] * 2);
    t.equal(Math.round((profit[0] - profit[1]) * 10_000), Math.round((fees[1] - fees[0]) * 10_000));
    t.equal(trades[0], trades[1]);
    t.equal(margin[0], margin[1]);
  }
  t.equal(totals.trades[0], totals.trades[1]);
});

t.test('only the named instrument is changed', async (t) => {
  const all = await rerun(t, smallVenue().journal, ['margin=x2']);
  const one = await rerun(t, smallVenue().journal, ['margin=x2'], {}, { instruments: new Set(['SIM.copper']) });
  t.equal(all.totals.margin[1], all.totals.margin[0] * 2);
  t.ok(one.totals.margin[1] > one.totals.margin[0] && one.totals.margin[1] < all.totals.margin[1]);
});

t.test('more margin refuses what the money does not cover; what was refused for it is accepted with less', async (t) => {
  const circle = new OneThreadCircle();
  const copper = circle.list({ instrumentId: 'SIM.copper', multiplier: 10, priceTick: 10_000, preSettlement: 1_000_000 });
  const [ann, bob] = [circle.trader(1000), circle.trader(100_000)];
  // 10 % of 100 × 10 × 4 = 400 of 1000, half of which one instrument may take
  circle.order(ann, copper, 'BUY OPEN 4@100');
  circle.order(bob, copper, 'SELL OPEN 4@100');
  const note = declined({ account: ann, instrument: copper, volume: 4, leaves: 0, price: 1_000_000, code: 1002 });
  const journal = [...circle.journal, note];
  circle.order(bob, copper, 'SELL OPEN 6@100');
  journal.push(...circle.journal.slice(journal.length - 1));

  const same = await rerun(t, journal, []);
  t.equal(same.stream.declined, 1);
  t.equal(same.fidelity.decided_otherwise, 0, 'refused again, for the same reason');

  const more = await rerun(t, journal, ['margin=0.2']);
  t.match(more.orders, { accepted_now: 0, refused_now: 1 });
  t.match(more.decisions[0], { account: ann, volume: 4, logged: 0, baseline: 0, varied: 1002 });
  t.strictSame(more.totals.trades, [1, 0]);

  const less = await rerun(t, journal, ['margin=x0.5']);
  t.match(less.orders, { accepted_now: 1, refused_now: 0 });
  t.match(less.decisions[0], { account: ann, volume: 4, logged: 1002, baseline: 1002, varied: 0 });
  t.strictSame(less.totals.volume, [4, 8], 'it meets what came in later');
});

t.test('self-trade prevention and the price rule decide in the books', async (t) => {
  const circle = new OneThreadCircle();
  const copper = circle.list({ instrumentId: 'SIM.copper', multiplier: 10, priceTick: 10_000, preSettlement: 1_000_000 });
  const [ann, bob] = [circle.trader(100_000), circle.trader(100_000)];
  circle.order(ann, copper, 'SELL OPEN 1@100');
  circle.order(ann, copper, 'BUY OPEN 1@102 smp=CANCEL_RESTING');
  const off = await rerun(t, circle.journal, ['stp=off']);
  t.strictSame(off.totals.trades, [0, 1], 'it meets its own order');
  circle.order(bob, copper, 'SELL OPEN 1@100');
  circle.order(bob, copper, 'SELL OPEN 1@104');
  circle.order(ann, copper, 'BUY OPEN 1@108');
  const cn = await rerun(t, circle.journal, ['price-rule=cn']);
  t.equal(cn.totals.trades[0], cn.totals.trades[1]);
  t.not(cn.instruments[0].average_price[0], cn.instruments[0].average_price[1], 'the median instead of the price of the maker');
});

t.test('a change that makes no sense is refused with one sentence', async (t) => {
  for (const text of ['fee', 'fee=', 'fee=x', 'fee=-1', 'margin=2', 'stp=maybe', 'price-rule=us', 'tax=1', '']) {
    t.throws(() => parseVariation([text]), { name: 'UsageError', message: /^[^\n]+\.|^[^\n]+\)\.$/ }, text);
  }
});
