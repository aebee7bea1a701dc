/** Numbers as JSON text, for templates: whole ones of 1/10000 as decimals, and padded ids. */
import { MONEY_SCALE } from '../../core/units.js';

/** By remainder of 1/10000: '' for none, '.5', '.0001'. */
const FRACTIONS: readonly string[] = Array.from({ length: MONEY_SCALE }, (_, units) =>
  units === 0 ? '' : `.${String(units).padStart(4, '0').replace(/0+$/, '')}`,
);

const ZEROS: readonly string[] = Array.from({ length: 20 }, (_, count) => '0'.repeat(count));

/** Exact, without a trailing zero: what `JSON.stringify(units / 10000)` gives as far as a double can tell. */
export function decimalText(units: number): string {
  if (units < 0) return `-${decimalText(-units)}`;
  const whole = Math.floor(units / MONEY_SCALE);
  return `${whole}${FRACTIONS[units - whole * MONEY_SCALE]}`;
}

/** A whole number of at most `digits` digits, with zeros in front. */
export function padded(number: number, digits: number): string {
  const text = `${number}`;
  return ZEROS[digits - text.length] + text;
}
