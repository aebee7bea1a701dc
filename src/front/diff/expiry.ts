/** When a contract ends, as clients are told. */
const EXCHANGE_OFFSET = '+08:00';

export interface Expiry {
  readonly delivery_year?: number;
  readonly delivery_month?: number;
  /** Seconds. */
  readonly expire_datetime?: number;
}

/** Nothing for a contract without an end, whose date is 0. */
export function expiryOf(yyyymmdd: number): Expiry {
  if (yyyymmdd === 0) return {};
  const text = String(yyyymmdd);
  const [year, month, day] = [text.slice(0, 4), text.slice(4, 6), text.slice(6)];
  const closesMs = Date.parse(`${year}-${month}-${day}T15:00:00${EXCHANGE_OFFSET}`);
  return { delivery_year: Number(year), delivery_month: Number(month), expire_datetime: closesMs / 1000 };
}
