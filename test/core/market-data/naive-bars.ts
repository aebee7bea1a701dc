/** K-lines of a list of trades by brute force: nothing is carried from one bar to the next but its number. */

export interface NaiveTrade {
  timeUs: number;
  price: number;
  volume: number;
  /** price × multiplier × lots */
  amount: number;
  openInterest: number;
  delta: number;
}

export interface NaiveBar {
  startUs: number;
  barNo: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  amount: bigint;
  openOi: number;
  closeOi: number;
  tradeCount: number;
}

/** Trades in order; `startOf` says in which bar one lies. */
export function naiveBars(trades: readonly NaiveTrade[], startOf: (trade: NaiveTrade) => number): NaiveBar[] {
  const starts = [...new Set(trades.map(startOf))];
  return starts.map((startUs, barNo) => {
    const own = trades.filter((trade) => startOf(trade) === startUs);
    const prices = own.map(({ price }) => price);
    return {
      startUs,
      barNo,
      open: prices[0],
      high: Math.max(...prices),
      low: Math.min(...prices),
      close: prices[prices.length - 1],
      volume: own.reduce((sum, { volume }) => sum + volume, 0),
      amount: own.reduce((sum, { amount }) => sum + BigInt(amount), 0n),
      openOi: own[0].openInterest - own[0].delta,
      closeOi: own[own.length - 1].openInterest,
      tradeCount: own.length,
    };
  });
}
