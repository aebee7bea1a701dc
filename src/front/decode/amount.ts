/** Amounts of money that people enter: at most two decimals (rest.md 1). */
import { Refusal } from '../../core/refusal.js';
import { fromDecimal, MONEY_MAX, MONEY_SCALE } from '../../core/units.js';

const CENTS = 100;

/** In 1/10000. Throws 9008 for more than two decimals or beyond 900 billion; the sign is the caller's business. */
export function amountUnits(field: string, amount: number): number {
  const cents = fromDecimal(amount, CENTS);
  if (Number.isNaN(cents) || Math.abs(cents) * (MONEY_SCALE / CENTS) > MONEY_MAX) {
    throw new Refusal(9008, [{ field, reason: 'must have at most 2 decimals and be at most 900000000000' }]);
  }
  return cents * (MONEY_SCALE / CENTS);
}
