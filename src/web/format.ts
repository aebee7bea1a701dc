/** Numbers and times as people of the market read them. */
const ZONE = 'Asia/Shanghai';
const NOTHING = '–';

const moneyFormat = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 4 });
const wholeFormat = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const compactFormat = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 2 });
const priceFormats = new Map<number, Intl.NumberFormat>();

const zoned = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE, hourCycle: 'h23', ...options });
const DATE_PARTS = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
const TIME_PARTS = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
const timeFormat = zoned(TIME_PARTS);
const dateTimeFormat = zoned({ ...DATE_PARTS, ...TIME_PARTS });
const dateFormat = zoned(DATE_PARTS);

type Maybe = number | null | undefined;

function isNumber(value: Maybe): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

export function money(value: Maybe): string {
  return isNumber(value) ? moneyFormat.format(value) : NOTHING;
}

export function signedMoney(value: Maybe): string {
  return isNumber(value) && value > 0 ? `+${money(value)}` : money(value);
}

export function whole(value: Maybe): string {
  return isNumber(value) ? wholeFormat.format(value) : NOTHING;
}

export function compact(value: Maybe): string {
  return isNumber(value) ? compactFormat.format(value) : NOTHING;
}

export function percent(value: Maybe, digits = 2): string {
  return isNumber(value) ? `${(value * 100).toFixed(digits)}%` : NOTHING;
}

/** Decimals that a tick needs: 2 for 0.02, 0 for 10. */
export function decimalsOf(tick: number): number {
  for (let digits = 0; digits < 6; digits++) if (Math.abs(tick * 10 ** digits - Math.round(tick * 10 ** digits)) < 1e-9) return digits;
  return 6;
}

export function price(value: Maybe, tick?: number): string {
  if (!isNumber(value)) return NOTHING;
  if (tick === undefined) return moneyFormat.format(value);
  const digits = decimalsOf(tick);
  let format = priceFormats.get(digits);
  if (format === undefined) {
    format = new Intl.NumberFormat('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
    priceFormats.set(digits, format);
  }
  return format.format(value);
}

/** Time of day in the zone of the exchange. */
export function time(ms: Maybe): string {
  return isNumber(ms) && ms > 0 ? timeFormat.format(ms) : NOTHING;
}

export function dateTime(ms: Maybe): string {
  return isNumber(ms) && ms > 0 ? dateTimeFormat.format(ms) : NOTHING;
}

/** YYYY-MM-DD in the zone of the exchange. */
export function date(ms: number): string {
  return dateFormat.format(ms);
}

/** Milliseconds at which a day of the exchange begins. */
export function dayStart(day: string): number {
  return Date.parse(`${day}T00:00:00+08:00`);
}

/** `value` on the grid of `tick`, without binary noise. */
export function onTick(value: number, tick: number): number {
  return Number((Math.round(value / tick) * tick).toFixed(decimalsOf(tick)));
}

export function bytes(value: Maybe): string {
  if (!isNumber(value)) return NOTHING;
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let rest = value;
  while (rest >= 1024 && unit < units.length - 1) {
    rest /= 1024;
    unit++;
  }
  return `${unit === 0 ? rest : rest.toFixed(1)} ${units[unit]}`;
}
