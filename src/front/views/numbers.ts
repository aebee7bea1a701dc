/** Integers of the inside as the numbers that clients see. */
import { PPM, toDecimal } from '../../core/units.js';

/** Unix milliseconds of a time in µs. */
export function toMs(timeUs: number): number {
  return Math.floor(timeUs / 1000);
}

/** A rate in ppm as a ratio: 0.12 is 12 %. */
export function toRatio(ppm: number): number {
  return ppm / PPM;
}

/** `YYYY-MM-DD` of a date kept as yyyymmdd. */
export function toDate(yyyymmdd: number): string {
  const text = String(yyyymmdd).padStart(8, '0');
  return `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`;
}

/** sum / parts as a decimal price, rounded half up to 1/10000; sum ≥ 0 in 1/10000, parts > 0. */
export function averagePrice(sum: number, parts: number): number {
  const rest = sum % parts;
  const floor = (sum - rest) / parts;
  return toDecimal(rest * 2 >= parts ? floor + 1 : floor);
}
