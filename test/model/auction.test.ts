/**
 * The auction price of random books against its definitions, read tick by tick, and what must hold of every uncross
 * (trading-rules.md 12.5). SEED=<printed seed> repeats a failure.
 */
import fc from 'fast-check';
import t from 'tap';
import { AuctionPricer } from '../../src/core/book/auction.js';
import { PriceBand, PriceLadder } from '../../src/core/book/price-ladder.js';
import { AuctionTieBreak } from '../../src/core/enums.js';
import { naivePrice, type Interest } from './naive-auction.js';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const TICK = 4;
const TICKS = 40;

/** Few prices and few sizes, so that volumes tie and imbalances meet again and again. */
const interest = fc.record({
  isBuy: fc.boolean(),
  price: fc.oneof(fc.integer({ min: 8, max: 24 }), fc.integer({ min: 0, max: TICKS - 1 })).map((step) => step * TICK),
  leaves: fc.oneof(fc.constantFrom(1, 2, 3), fc.constantFrom(100, 4_000_000_000)),
});
const reference = fc.integer({ min: 0, max: TICKS * TICK });

t.test(`prices every book as its definitions do (SEED=${seed})`, async (t) => {
  let crossed = 0;
  fc.assert(
    fc.property(
      fc.array(interest, { maxLength: 14 }),
      reference,
      fc.constantFrom(...Object.values(AuctionTieBreak)),
      (all, at, tieBreak) => {
        const band = new PriceBand(0, (TICKS - 1) * TICK, TICK);
        const [bids, asks] = [new PriceLadder(band), new PriceLadder(band)];
        for (const { isBuy, price, leaves } of all) (isBuy ? bids : asks).addOrder(band.indexOf(price), leaves);
        const pricer = new AuctionPricer();
        const found = pricer.find(bids, asks, 0, band.tickCount - 1, at, tieBreak);
        const expected = naivePrice(all, band.lowest, band.highest, TICK, at, tieBreak === AuctionTieBreak.CLEARING_NEAREST);
        if (found !== (expected !== undefined)) throw new Error('both see whether the book crosses');
        if (expected === undefined) return;
        crossed++;
        const price = band.priceAt(pricer.index);
        const text = `${pricer.volume}@${price} ${pricer.imbalance}`;
        if (text !== `${expected.volume}@${expected.price} ${expected.imbalance}`) {
          throw new Error(`found ${text}, expected ${expected.volume}@${expected.price} ${expected.imbalance}`);
        }
        checkUncross(all, price, pricer.volume);
      },
    ),
    { seed, numRuns: 6000, endOnFailure: process.env.SHRINK === '0' },
  );
  t.ok(crossed > 2000, `${crossed} books crossed`);
});

/** 12.5 (a) to (c): better-priced orders all fill, and one side at the price does. */
function checkUncross(all: readonly Interest[], price: number, volume: number): void {
  const sum = (passes: (it: Interest) => boolean) => all.reduce((total, it) => total + (passes(it) ? it.leaves : 0), 0);
  const betterBids = sum((it) => it.isBuy && it.price > price);
  const betterAsks = sum((it) => !it.isBuy && it.price < price);
  if (betterBids > volume || betterAsks > volume) throw new Error('no better-priced order is left behind');
  const bids = betterBids + sum((it) => it.isBuy && it.price === price);
  const asks = betterAsks + sum((it) => !it.isBuy && it.price === price);
  if (Math.min(bids, asks) !== volume) throw new Error('one side is exhausted at the price');
}
