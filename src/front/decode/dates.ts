/** Calendar dates of the interfaces: `YYYY-MM-DD` outside, yyyymmdd inside. */

const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;

/** yyyymmdd of an existing day, or 0. */
export function parseDate(text: string): number {
  const match = DATE.exec(text);
  if (match === null) return 0;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const date = new Date(Date.UTC(year, month - 1, day));
  // a day that does not exist rolls over into the next month
  const exists = year >= 1000 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? year * 10_000 + month * 100 + day : 0;
}
