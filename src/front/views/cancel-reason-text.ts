/** Why an order was cancelled, in words for its owner. */
import { CancelReason } from '../../core/enums.js';

const TEXTS: ReadonlyMap<number, string> = new Map([
  [CancelReason.USER, 'cancelled by its owner'],
  [CancelReason.IOC_REMAINDER, 'remainder of an immediate order'],
  [CancelReason.FOK_UNFILLED, 'could not be filled as a whole'],
  [CancelReason.NO_LIQUIDITY, 'no liquidity'],
  [CancelReason.MIN_UNFILLED, 'could not be filled with its minimum volume'],
  [CancelReason.SMP_PASSIVE, 'self-trade prevention: resting order'],
  [CancelReason.SMP_AGGRESSIVE, 'self-trade prevention: incoming order'],
  [CancelReason.SMP_BOTH, 'self-trade prevention: both orders'],
  [CancelReason.SMP_DECREMENT, 'self-trade prevention: both orders reduced'],
  [CancelReason.PRICE_PROTECTION, 'price protection'],
  [CancelReason.AUCTION_END, 'expired'],
  [CancelReason.SESSION_END, 'expired'],
  [CancelReason.DAY_END, 'expired'],
  [CancelReason.AMENDED_BELOW_FILLED, 'amended to the volume filled already'],
  [CancelReason.MASS, 'mass cancel'],
  [CancelReason.EXPIRED, 'expired'],
  [CancelReason.FROZEN, 'the account was frozen'],
  [CancelReason.LIQUIDATION, 'forced liquidation'],
]);

/** '' for NONE. */
export function cancelReasonText(reason: number): string {
  return TEXTS.get(reason) ?? '';
}
