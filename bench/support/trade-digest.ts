/** A number that is the same for the same trades in the same order, and their sums. */
export class TradeDigest {
  private hash = 17;
  trades = 0;
  lots = 0;

  /** One fill: the resting order, its price in ticks, lots. */
  add(maker: number, price: number, lots: number): void {
    this.hash = Math.imul(Math.imul(Math.imul(this.hash, 31) + maker, 31) + price, 31) + lots;
    this.trades++;
    this.lots += lots;
  }

  get value(): string {
    return `${this.trades} trades, ${this.lots} lots, hash ${(this.hash >>> 0).toString(16)}`;
  }
}
