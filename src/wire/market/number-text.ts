/** Integers of 1/10000 as JSON numbers, shown as the shortest decimal. */
import { MONEY_SCALE, WIDE } from '../../core/units.js';

/** Prices come again and again, and dividing by 10000 and finding the shortest digits is most of the work of an event. */
const TEXTS_MAX = 65_536;
const texts = new Map<number, string>();

/** Any whole number of 1/10000 below 2^53. */
export function decimal(units: number): string {
  let text = texts.get(units);
  if (text === undefined) {
    text = String(units / MONEY_SCALE);
    if (texts.size >= TEXTS_MAX) texts.clear();
    texts.set(units, text);
  }
  return text;
}

/** As `decimal`, for sums that hardly ever come twice. */
export function sumDecimal(units: number): string {
  return String(units / MONEY_SCALE);
}

/** 0 stands for none. */
export function priceOrNull(price: number): string {
  return price === 0 ? 'null' : decimal(price);
}

/** high × WIDE + low of 1/10000, with every digit. */
export function wideDecimal(high: number, low: number): string {
  const units = high * WIDE + low;
  if (units <= Number.MAX_SAFE_INTEGER) return String(units / MONEY_SCALE);
  const digits = (BigInt(high) * BigInt(WIDE) + BigInt(low)).toString();
  const fraction = digits.slice(-4).replace(/0+$/, '');
  return digits.slice(0, -4) + (fraction === '' ? '' : `.${fraction}`);
}

/** Unix milliseconds of a time in µs. */
export function toMs(timeUs: number): number {
  return Math.floor(timeUs / 1000);
}

let lastMs = 0;
let lastMsText = '0';

/** The same as text. Events of one command have one time, and those of a turn few: writing 13 digits is done once for all. */
export function msText(timeUs: number): string {
  const ms = toMs(timeUs);
  if (ms !== lastMs) {
    lastMs = ms;
    lastMsText = String(ms);
  }
  return lastMsText;
}

/** `YYYY-MM-DD` of a date kept as yyyymmdd. */
export function dateText(yyyymmdd: number): string {
  const text = String(yyyymmdd).padStart(8, '0');
  return `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`;
}

/** part / whole × 100 with 4 decimals, halves away from zero; 0 when the whole is 0. */
export function percent(part: number, whole: number): number {
  if (whole === 0) return 0;
  const size = Math.floor((Math.abs(part) * 2_000_000 + whole) / (whole * 2)) / MONEY_SCALE;
  return part < 0 ? -size : size;
}
