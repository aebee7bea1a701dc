/** The equations of the public book (ledger.md 10.10, 10.11): the folded depth against the live orders. */
import type { DepthFold } from '../depth.js';
import { Phase, Side } from '../enums.js';
import type { ExchangeState } from '../state.js';
import { Comparison } from './comparison.js';

interface Level {
  volume: number;
  orderCount: number;
}

export function depthComparisons(state: ExchangeState, depth: DepthFold): Comparison[] {
  const levels = new Comparison('10.10');
  const spread = new Comparison('10.11');
  const expected = levelsOfOrders(state);
  for (const { instrument, phase, status } of state.instruments) {
    for (const side of [Side.BUY, Side.SELL]) {
      const shown = depth.levels(instrument, side, Infinity);
      const own = expected.get(instrument * 2 + side) ?? new Map<number, Level>();
      levels.equal(shown.length, own.size, 0, instrument);
      for (const { price, volume, orderCount } of shown) {
        levels.equal(volume, own.get(price)?.volume ?? 0, 0, instrument);
        levels.equal(orderCount, own.get(price)?.orderCount ?? 0, 0, instrument);
      }
    }
    const [bid, ask] = [depth.bestPrice(instrument, Side.BUY), depth.bestPrice(instrument, Side.SELL)];
    const isMatching = phase === Phase.CONTINUOUS && status === 0;
    // within a command both sides may cross for a moment
    if (isMatching && bid !== 0 && ask !== 0 && !depth.isWithinCommand) spread.atMost(bid + 1, ask, 0, instrument);
  }
  return [levels, spread];
}

/** Lots and orders by instrument × 2 + side, then by price. */
function levelsOfOrders(state: ExchangeState): Map<number, Map<number, Level>> {
  const { orders, accounts } = state;
  const books = new Map<number, Map<number, Level>>();
  for (let account = 1; account <= accounts.count; account++) {
    for (let slot = accounts.firstOrder[account]; slot !== 0; slot = orders.nextOfAccount[slot]) {
      const price = orders.price[slot];
      // of a market kind, on its way through the book
      if (price === 0) continue;
      const level = levelOf(books, orders.instrument[slot] * 2 + orders.side[slot], price);
      level.volume += orders.leaves(slot);
      level.orderCount += 1;
    }
  }
  return books;
}

function levelOf(books: Map<number, Map<number, Level>>, key: number, price: number): Level {
  const levels = books.get(key) ?? new Map<number, Level>();
  if (levels.size === 0) books.set(key, levels);
  const level = levels.get(price) ?? { volume: 0, orderCount: 0 };
  if (level.orderCount === 0) levels.set(price, level);
  return level;
}
