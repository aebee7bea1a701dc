/** What a trading phase permits (trading-rules.md 13.2): the book decides by it, and the front before the book. */
import * as enums from './enums.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const { Phase, TimeCondition } = enums;

/** Orders are collected without matching; the book may cross. */
export function isCollecting(phase: number): boolean {
  return phase === Phase.AUCTION_ORDER || phase === Phase.HALT;
}

/** 0, or 4101: whether an order of that kind may enter now. `isPlainLimit`: a limit order that may rest and is not post-only. */
export function checkEntry(phase: number, isPlainLimit: boolean, timeCondition: number): 0 | 4101 {
  if (phase === Phase.CONTINUOUS) return timeCondition === TimeCondition.GFA ? 4101 : 0;
  if (!isPlainLimit) return 4101;
  if (phase === Phase.AUCTION_ORDER) return 0;
  return phase === Phase.HALT && timeCondition !== TimeCondition.GFA ? 0 : 4101;
}

/** 0, or 4102: whether an order with that time condition may be cancelled now. */
export function checkCancel(phase: number, timeCondition: number, cancelInBreak: number): 0 | 4102 {
  switch (phase) {
    case Phase.CONTINUOUS:
    case Phase.AUCTION_ORDER:
    case Phase.AUCTION_CANCEL:
    case Phase.HALT:
      return 0;
    case Phase.PRE_OPEN:
      return timeCondition === TimeCondition.GTC ? 0 : 4102;
    case Phase.BREAK:
      return cancelInBreak === 1 ? 0 : 4102;
    default:
      return 4102;
  }
}

/** 0, or 4102: whether orders may be amended now. */
export function checkAmend(phase: number): 0 | 4102 {
  return phase === Phase.CONTINUOUS || isCollecting(phase) ? 0 : 4102;
}
