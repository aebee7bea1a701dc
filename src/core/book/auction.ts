/**
 * The price of a call auction (trading-rules.md 12): one price at which the most lots trade.
 *
 * B(p) is the volume of bids at p or higher, S(p) that of asks at p or lower, V = min(B, S), D = B - S. Between two prices
 * with orders nothing changes, so the crossing range is walked as segments of equal B and S, from the lowest price up:
 * the work grows with the levels, not with the ticks.
 */
import { AuctionTieBreak } from '../enums.js';
import type { PriceBand, PriceLadder } from './price-ladder.js';

export class AuctionPricer {
  // the outcome; volume 0 when nothing crosses
  /** Price index of the uncross. */
  index = -1;
  /** Lots that trade at it. */
  volume = 0;
  /** B - S at it: the surplus of bids, or below 0 of asks. */
  imbalance = 0;

  // the segment under way: lowest and highest index, B and S there, and B one tick above it, S one tick below it
  #from = 0;
  #to = 0;
  #bid = 0;
  #ask = 0;
  #bidAbove = 0;
  #askBelow = 0;

  // FULL: the candidates with the largest V and the smallest |D|, by the sign of D; -1 for none
  #least = 0;
  #surplusHigh = -1;
  #balancedLow = -1;
  #balancedHigh = -1;
  #deficitLow = -1;

  /** Decides among the indexes `lowest`..`highest` and returns whether anything trades; `reference` is a price, on or off the tick. */
  find(bids: PriceLadder, asks: PriceLadder, lowest: number, highest: number, reference: number, tieBreak: number): boolean {
    this.index = -1;
    this.volume = 0;
    this.imbalance = 0;
    this.#forgetCandidates();
    let nearest = -1;
    const { band } = bids;
    for (let more = this.#firstSegment(bids, asks, lowest, highest); more; more = this.#nextSegment(bids, asks, highest)) {
      this.#weigh();
      if (tieBreak === AuctionTieBreak.CLEARING_NEAREST) nearest = this.#nearestClearing(band, nearest, reference);
    }
    if (this.volume === 0) return false;
    // Bids beyond the limits of the day can leave no clearing price; the full rule always has one.
    this.index = nearest === -1 ? this.#fullPrice(band, reference) : nearest;
    this.imbalance = this.#imbalanceAt(bids, asks, this.index);
    return true;
  }

  /** The segment that begins at the lowest price where something may trade; false when nothing crosses. */
  #firstSegment(bids: PriceLadder, asks: PriceLadder, lowest: number, highest: number): boolean {
    const bestBid = bids.occupied.highest();
    const bestAsk = asks.occupied.lowest();
    if (bestBid < 0 || bestAsk < 0) return false;
    const from = Math.max(lowest, bestAsk);
    if (from > Math.min(highest, bestBid)) return false;
    this.#bid = volumeFrom(bids, from);
    this.#ask = volumeUpTo(asks, from);
    this.#askBelow = this.#ask - asks.volume(from);
    this.#close(bids, asks, from, highest);
    return true;
  }

  #nextSegment(bids: PriceLadder, asks: PriceLadder, highest: number): boolean {
    const from = this.#to + 1;
    if (from > Math.min(highest, bids.occupied.highest())) return false;
    this.#askBelow = this.#ask;
    this.#bid = this.#bidAbove;
    this.#ask += asks.volume(from);
    this.#close(bids, asks, from, highest);
    return true;
  }

  /** Sets the end of the segment that begins at `from`: the next price with a bid, or the last before one with an ask. */
  #close(bids: PriceLadder, asks: PriceLadder, from: number, highest: number): void {
    const bidLevels = bids.occupied;
    const bidAt = bidLevels.has(from) ? from : bidLevels.nextAbove(from);
    const askAt = asks.occupied.nextAbove(from);
    this.#from = from;
    this.#to = Math.min(bidAt, highest, askAt < 0 ? highest : askAt - 1);
    this.#bidAbove = this.#bid - bids.volume(this.#to);
  }

  #weigh(): void {
    const volume = Math.min(this.#bid, this.#ask);
    const surplus = this.#bid - this.#ask;
    const distance = Math.abs(surplus);
    if (volume < this.volume || (volume === this.volume && distance > this.#least)) return;
    if (volume > this.volume || distance < this.#least) this.#forgetCandidates();
    this.volume = volume;
    this.#least = distance;
    // D falls from each segment to the next, so there is one of each kind at most.
    if (surplus > 0) {
      this.#surplusHigh = this.#to;
    } else if (surplus === 0) {
      this.#balancedLow = this.#from;
      this.#balancedHigh = this.#to;
    } else {
      this.#deficitLow = this.#from;
    }
  }

  #forgetCandidates(): void {
    this.#surplusHigh = -1;
    this.#balancedLow = -1;
    this.#balancedHigh = -1;
    this.#deficitLow = -1;
  }

  /** Steps 4 to 6 of 12.3: pressure, then nearness to the reference. */
  #fullPrice(band: PriceBand, reference: number): number {
    if (this.#balancedLow !== -1) return nearestIndex(band, this.#balancedLow, this.#balancedHigh, reference);
    if (this.#deficitLow === -1) return this.#surplusHigh;
    if (this.#surplusHigh === -1) return this.#deficitLow;
    return nearer(band, this.#surplusHigh, this.#deficitLow, reference);
  }

  /** 12.6: the clearing price of this segment or of those before it that is nearest to the reference. */
  #nearestClearing(band: PriceBand, nearest: number, reference: number): number {
    const volume = Math.min(this.#bid, this.#ask);
    if (volume === 0) return nearest;
    let best = nearest;
    // Inside a segment the neighbours have the same B and S; at its ends one of them has not.
    if (this.#bid === this.#ask && this.#to - this.#from > 1) {
      best = nearer(band, best, nearestIndex(band, this.#from + 1, this.#to - 1, reference), reference);
    }
    for (const at of [this.#from, this.#to]) {
      const bidAbove = at === this.#to ? this.#bidAbove : this.#bid;
      const askBelow = at === this.#from ? this.#askBelow : this.#ask;
      if (bidAbove <= volume && askBelow <= volume) best = nearer(band, best, at, reference);
    }
    return best;
  }

  #imbalanceAt(bids: PriceLadder, asks: PriceLadder, index: number): number {
    return volumeFrom(bids, index) - volumeUpTo(asks, index);
  }
}

/** The index within low..high whose price is nearest to the reference; half way between two ticks the higher one. */
function nearestIndex(band: PriceBand, low: number, high: number, reference: number): number {
  if (reference <= band.priceAt(low)) return low;
  if (reference >= band.priceAt(high)) return high;
  const below = band.indexOf(reference);
  return (reference - band.priceAt(below)) * 2 >= band.tick ? below + 1 : below;
}

/** Which of two indexes has the price nearer to the reference; at equal distance the higher one. `left` may be -1 for none. */
function nearer(band: PriceBand, left: number, right: number, reference: number): number {
  if (left === -1) return right;
  const gap = Math.abs(band.priceAt(left) - reference) - Math.abs(band.priceAt(right) - reference);
  if (gap === 0) return Math.max(left, right);
  return gap < 0 ? left : right;
}

/** B at the index. */
function volumeFrom(bids: PriceLadder, index: number): number {
  let volume = 0;
  for (let at = bids.occupied.nextAbove(index - 1); at >= 0; at = bids.occupied.nextAbove(at)) volume += bids.volume(at);
  return volume;
}

/** S at the index. */
function volumeUpTo(asks: PriceLadder, index: number): number {
  let volume = 0;
  for (let at = asks.occupied.nextBelow(index + 1); at >= 0; at = asks.occupied.nextBelow(at)) volume += asks.volume(at);
  return volume;
}
