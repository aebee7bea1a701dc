/** Runs one case through the matching core and compares. */
import { CaseBook } from './case-book.js';
import {
  auctionExpectOf,
  auctionOrdersOf,
  CaseError,
  continuousExpectOf,
  FEATURES,
  referenceOf,
  stepsOf,
  type AuctionExpect,
  type ContinuousExpect,
  type Pair,
  type RawCase,
  type Step,
} from './case-file.js';
import { compare, compareBetween, compareByOrder, summed, type Differences } from './difference.js';
import { PriceMap } from './price-map.js';

export interface CaseResult {
  file: string;
  name: string;
  ok: boolean;
  /** Why it failed. */
  reason?: string;
  expected?: unknown;
  got?: unknown;
}

export function runCase(file: string, raw: RawCase): CaseResult {
  const { name, features, isAuction, fields } = raw;
  try {
    const unknown = features.find((feature) => !FEATURES.includes(feature));
    if (unknown !== undefined) throw new CaseError(`asks for the unknown feature "${unknown}"`);
    const { differences, got } = isAuction ? runAuction(fields) : runContinuous(fields, features);
    if (differences.length === 0) return { file, name, ok: true };
    return { file, name, ok: false, reason: differences.join('; '), expected: fields['expect'], got };
  } catch (error) {
    if (error instanceof CaseError) return { file, name, ok: false, reason: error.message, expected: fields['expect'] };
    throw error;
  }
}

/** The prices of orders and amendments. */
export function* pricesOf(steps: Iterable<Step>, positiveOnly: boolean): Generator<number> {
  for (const step of steps) {
    const price = step.op === 'limit' || step.op === 'amend' ? step.price : undefined;
    if (price !== undefined && (price > 0 || !positiveOnly)) yield price;
  }
}

function runContinuous(fields: Record<string, unknown>, features: readonly string[]): { differences: Differences; got: ContinuousExpect } {
  const steps = stepsOf(fields);
  const expected = continuousExpectOf(fields);
  const positiveOnly = features.includes('positive-prices-only');
  const book = new CaseBook({ prices: new PriceMap(pricesOf(steps, positiveOnly), true), positiveOnly });
  const rejectedSteps = [...steps.keys()].filter((index) => !book.step(steps[index]));
  const isEntry = (index: number): boolean => steps[index].op === 'limit' || steps[index].op === 'market';
  const idOf = (index: number): number => steps[index].id;
  const got: ContinuousExpect = {
    trades: book.trades,
    bids: book.depth('buy'),
    asks: book.depth('sell'),
    rejected: rejectedSteps.map(idOf),
    rejectedSteps,
    expired: book.expired,
  };
  const differences: Differences = [];
  compare(
    differences,
    'trades',
    expected.trades?.map(({ maker, taker, price, qty }) => ({ maker, taker, price, qty })),
    got.trades,
  );
  compare(differences, 'bids', expected.bids, got.bids);
  compare(differences, 'asks', expected.asks, got.asks);
  // Rejected orders stand in `rejected`, every rejected step in `rejectedSteps`. Cases differ in whether a rejected cancel
  // or amendment also stands in the first, a rejected order also in the second, and what self-trade prevention took in
  // `expired`: both are accepted.
  compareBetween(differences, 'rejected', expected.rejected, rejectedSteps.filter(isEntry).map(idOf), got.rejected);
  const changes = rejectedSteps.filter((index) => !isEntry(index));
  compareBetween(differences, 'rejectedSteps', expected.rejectedSteps, changes, rejectedSteps);
  compareExpired(differences, expected.expired, book);
  return { differences, got };
}

function compareExpired(differences: Differences, expected: readonly Pair[] | undefined, { expired, selfTradeExpired }: CaseBook): void {
  const without = expired.filter((pair) => !selfTradeExpired.some(([id, qty]) => id === pair[0] && qty === pair[1]));
  const attempt: Differences = [];
  compareByOrder(attempt, 'expired', expected, without);
  if (attempt.length > 0) compareByOrder(differences, 'expired', expected, expired);
}

function runAuction(fields: Record<string, unknown>): { differences: Differences; got: AuctionExpect } {
  const orders = auctionOrdersOf(fields);
  const expected = auctionExpectOf(fields);
  const prices = new PriceMap(
    orders.map(({ price }) => price),
    false,
  );
  const book = new CaseBook({ prices, auctionReference: referenceOf(fields) });
  for (const [index, order] of orders.entries()) {
    if (!book.step({ ...order, op: 'limit', tif: 'GTC', postOnly: false })) throw new CaseError(`order ${index} was refused`);
  }
  book.uncross();
  const fills = summed(book.fills);
  const [bids, asks] = [book.depth('buy'), book.depth('sell')];
  const price = book.auctionPrice;
  const volume = sum(book.fills.map(([, qty]) => qty)) / 2;
  const got: AuctionExpect = { price, volume, imbalance: price === null ? 0 : imbalanceAt(price, bids, asks), fills, bids, asks };
  const differences: Differences = [];
  compare(differences, 'price', expected.price, got.price);
  compare(differences, 'volume', expected.volume, got.volume);
  // There is no imbalance at no price.
  if (price !== null) compare(differences, 'imbalance', expected.imbalance, got.imbalance);
  compareByOrder(differences, 'fills', expected.fills, fills);
  compare(differences, 'bids', expected.bids, bids);
  compare(differences, 'asks', expected.asks, asks);
  return { differences, got };
}

/** Demand minus supply at the price: both lost the same lots to the auction, so what is left shows it. */
function imbalanceAt(price: number, bids: readonly Pair[], asks: readonly Pair[]): number {
  const demand = sum(bids.map(([limit, qty]) => (limit >= price ? qty : 0)));
  const supply = sum(asks.map(([limit, qty]) => (limit <= price ? qty : 0)));
  return demand - supply;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
