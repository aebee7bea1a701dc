/**
 * What an auction would do if it ended now (trading-rules.md 12.8): from the public book, by the function that uncrosses the
 * real one.
 */
import type { DepthFold } from '../../core/depth.js';
import type { Instrument } from '../../core/instrument.js';
import { auctionReference, isAuctionBook, surplusOf, tieBreakOf, type Indication } from '../../core/market-data/market-snapshot.js';
import type { ExchangeState } from '../../core/state.js';

/** Whether the book of the instrument collects orders, or may be crossed for another reason, so that its depth is no market. */
export function isAuction(depth: DepthFold, instrument: Instrument): boolean {
  return isAuctionBook(depth, instrument);
}

export function indicationOf(state: ExchangeState, depth: DepthFold, instrument: Instrument): Indication {
  const number = instrument.instrument;
  const reference = auctionReference(instrument, state.market.lastPrice[number]);
  return surplusOf(depth.indicative(number, reference, tieBreakOf(instrument)));
}
