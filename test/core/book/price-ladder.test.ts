import t from 'tap';
import { PriceBand, PriceLadder } from '../../../src/core/book/price-ladder.js';

t.test('turns prices of the grid into indexes and back', async (t) => {
  const band = new PriceBand(34_214_000, 41_814_000, 2000);
  t.equal(band.tickCount, 3801);
  t.equal(band.indexOf(34_214_000), 0);
  t.equal(band.indexOf(41_814_000), 3800);
  for (let index = 0; index < band.tickCount; index += 7) t.equal(band.indexOf(band.priceAt(index)), index);
  t.ok(band.onTick(38_002_000));
  t.notOk(band.onTick(38_001_000));
  t.notOk(band.onTick(38_002_001));
});

t.test('tells ticks from near misses at the largest prices', async (t) => {
  const tick = 3;
  const price = Math.floor(Number.MAX_SAFE_INTEGER / tick) * tick;
  const band = new PriceBand(price - 30, price, tick);
  t.ok(band.onTick(price));
  t.notOk(band.onTick(price - 1));
  t.notOk(band.onTick(price - 2));
  t.equal(band.indexOf(price), 10);
});

t.test('grows to a price only on the side that needs it', async (t) => {
  const band = new PriceBand(90, 110, 10);
  t.equal(band.extendedTo(100), band);
  const up = band.extendedTo(200);
  t.same([up.lowest, up.highest], [90, 200]);
  const down = band.extendedTo(50);
  t.same([down.lowest, down.highest], [50, 110]);
});

t.test('counts lots and orders by price', async (t) => {
  const ladder = new PriceLadder(new PriceBand(90, 110, 10));
  ladder.addOrder(1, 5);
  ladder.addOrder(1, 7);
  ladder.addOrder(2, 1);
  ladder.reduce(1, 3);
  t.same(
    [0, 1, 2].map((index) => ladder.volume(index)),
    [0, 9, 1],
  );
  t.same(
    [0, 1, 2].map((index) => ladder.orderCount(index)),
    [0, 2, 1],
  );
  t.equal(ladder.occupied.lowest(), 1);
  ladder.removeOrder(1, 2);
  t.equal(ladder.occupied.lowest(), 1, 'one order is left');
  ladder.removeOrder(1, 7);
  t.equal(ladder.occupied.lowest(), 2);
  t.same(
    [0, 1, 2].map((index) => ladder.volume(index)),
    [0, 0, 1],
  );
  t.throws(() => ladder.removeOrder(2, 2), /holds/);
  t.throws(() => ladder.removeOrder(0, 0), /holds/);
});
