/** The price of an auction by its definitions (trading-rules.md 12.2 to 12.6), tick by tick. Prices are in ticks of the grid. */

export interface Interest {
  isBuy: boolean;
  price: number;
  leaves: number;
}

export interface NaivePrice {
  price: number;
  volume: number;
  imbalance: number;
}

interface Candidate {
  price: number;
  bid: number;
  ask: number;
  volume: number;
  surplus: number;
}

/** Undefined when nothing trades within lower..upper. `reference` need not lie on the tick. */
export function naivePrice(
  interests: readonly Interest[],
  lower: number,
  upper: number,
  tick: number,
  reference: number,
  isClearing: boolean,
): NaivePrice | undefined {
  const bidAt = (price: number) => sum(interests, (it) => it.isBuy && it.price >= price);
  const askAt = (price: number) => sum(interests, (it) => !it.isBuy && it.price <= price);
  const lowestAsk = Math.min(...interests.filter((it) => !it.isBuy).map((it) => it.price));
  const highestBid = Math.max(...interests.filter((it) => it.isBuy).map((it) => it.price));
  const all: Candidate[] = [];
  for (let price = Math.max(lower, lowestAsk); price <= Math.min(upper, highestBid); price += tick) {
    const [bid, ask] = [bidAt(price), askAt(price)];
    all.push({ price, bid, ask, volume: Math.min(bid, ask), surplus: bid - ask });
  }
  const most = Math.max(0, ...all.map((it) => it.volume));
  if (most === 0) return undefined;
  const found = (isClearing ? clearing(all, bidAt, askAt, tick, reference) : undefined) ?? full(all, most, reference);
  return { price: found.price, volume: found.volume, imbalance: found.surplus };
}

/** 12.6; undefined when no price clears. */
function clearing(
  all: readonly Candidate[],
  bidAt: (price: number) => number,
  askAt: (price: number) => number,
  tick: number,
  reference: number,
): Candidate | undefined {
  const clears = all.filter((it) => it.volume > 0 && bidAt(it.price + tick) <= it.volume && askAt(it.price - tick) <= it.volume);
  return nearest(clears, reference);
}

/** 12.3, steps 2 to 6. */
function full(all: readonly Candidate[], most: number, reference: number): Candidate {
  const largest = all.filter((it) => it.volume === most);
  const least = Math.min(...largest.map((it) => Math.abs(it.surplus)));
  const even = largest.filter((it) => Math.abs(it.surplus) === least);
  if (even.every((it) => it.surplus > 0)) return even.at(-1)!;
  if (even.every((it) => it.surplus < 0)) return even[0];
  if (least === 0) return nearest(even, reference)!;
  const low = even.filter((it) => it.surplus > 0).at(-1)!;
  const high = even.filter((it) => it.surplus < 0)[0];
  return nearest([low, high], reference)!;
}

/** Of equal distances the higher price. */
function nearest(of: readonly Candidate[], reference: number): Candidate | undefined {
  let best: Candidate | undefined;
  for (const it of of) {
    if (best === undefined || Math.abs(it.price - reference) <= Math.abs(best.price - reference)) best = it;
  }
  return best;
}

function sum(interests: readonly Interest[], counts: (it: Interest) => boolean): number {
  let total = 0;
  for (const it of interests) if (counts(it)) total += it.leaves;
  return total;
}
