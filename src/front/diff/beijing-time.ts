/** Times as DIFF shows them. */
const EXCHANGE_OFFSET_US = 8 * 3_600_000_000;

/** `YYYY-MM-DD HH:MM:SS.ffffff` on the exchange's clock (UTC+8) of a time in µs. */
export function wallClock(timeUs: number): string {
  const localUs = timeUs + EXCHANGE_OFFSET_US;
  const micros = localUs % 1_000_000;
  const text = new Date((localUs - micros) / 1000).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 19)}.${String(micros).padStart(6, '0')}`;
}

/** Nanoseconds since the epoch of a time in µs; the digits shown are exact. */
export function toNs(timeUs: number): number {
  return timeUs * 1000;
}
