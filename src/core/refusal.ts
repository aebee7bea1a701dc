/**
 * The one table of refusal codes (spec: rest.md 12), shared by every interface. A code is stable; its text may improve.
 * `http` is the status of an HTTP answer that carries the code.
 */
export const REFUSALS = {
  1001: { http: 400, message: 'Not enough available funds: deposit more or reduce the volume.' },
  1002: { http: 400, message: 'The share of this instrument in the account would exceed its limit: reduce the volume.' },
  1003: { http: 400, message: 'The order amount is above the limit: reduce price or volume.' },
  1004: { http: 400, message: 'The risk ratio is at or above 95 %: close positions or deposit before opening.' },
  1005: { http: 400, message: 'The order would trade against your own working order: cancel that one first.' },
  1006: { http: 404, message: 'No such account.' },
  1007: { http: 404, message: 'No such instrument: GET /api/market/instruments lists them.' },
  1008: { http: 400, message: 'An order value is invalid: check volume, price, direction, offset and type.' },
  1009: { http: 400, message: 'This combination of order type, time and volume condition is not allowed.' },
  1010: { http: 409, message: 'The instrument is not tradable now.' },
  1011: { http: 400, message: 'The volume is outside the size limits of the instrument.' },
  1012: { http: 400, message: 'The price is not a multiple of the price tick.' },
  1013: { http: 400, message: 'The price is outside the daily limits.' },
  1014: { http: 400, message: 'The instrument accepts closing orders only.' },
  1015: { http: 429, message: 'The order or cancel count limit of the day is reached.' },
  2001: { http: 409, message: 'The user already has an account of this name.' },
  2002: { http: 403, message: 'The account is frozen for this action.' },
  2003: { http: 400, message: 'The deposit is refused: the amount must be above 0.' },
  2004: { http: 400, message: 'The withdrawal is refused: the amount must be above 0 and within the withdrawable amount.' },
  2005: { http: 400, message: 'The holding is too small to close this volume.' },
  2006: { http: 400, message: 'The part of the holding opened today is too small to close this volume.' },
  2007: { http: 400, message: 'The part of the holding from earlier days is too small to close this volume.' },
  2101: { http: 409, message: 'The username is taken.' },
  2102: { http: 409, message: 'The phone number is taken.' },
  2103: { http: 409, message: 'The email address is taken.' },
  2104: { http: 404, message: 'No such user.' },
  2105: { http: 400, message: 'The password breaks the policy: 8 to 64 characters, not the username, not a common one.' },
  2106: { http: 403, message: 'The user is frozen or deleted.' },
  2107: { http: 400, message: 'The old, trading or fund password is wrong.' },
  2108: { http: 400, message: 'No such role.' },
  2109: { http: 409, message: 'Nobody would be an active Admin any more.' },
  2110: { http: 400, message: 'The user has several accounts: name one.' },
  2111: { http: 409, message: 'The account is not empty and cannot be closed.' },
  2201: { http: 400, message: 'The account has no agreement with such a bank: GET /api/account/{account_id}/banks lists the banks.' },
  2202: { http: 400, message: 'The amount of a transfer must be at least 0.01.' },
  2203: { http: 400, message: 'The bank or fund password is wrong.' },
  2204: { http: 400, message: 'Not enough withdrawable funds for this transfer.' },
  3001: { http: 404, message: 'No such order.' },
  3002: { http: 409, message: 'The state of the order does not allow cancelling it.' },
  3003: { http: 503, message: 'Busy: the request was not handed to matching and nothing happened. Try again.' },
  3004: { http: 409, message: 'The order cannot be modified so; it works on unchanged.' },
  3005: { http: 409, message: 'The instrument has positions or working orders and cannot be delisted.' },
  3006: { http: 409, message: 'Positions or working orders stand against this change.' },
  3012: { http: 400, message: 'A batch has 1 to 100 items.' },
  3101: { http: 400, message: 'The trigger is invalid: check price, tick, condition and type.' },
  3102: { http: 400, message: 'The condition is met already: submit the order itself, or set fire_if_true.' },
  3103: { http: 409, message: 'The conditional order is not pending, or its order is on its way.' },
  3104: { http: 400, message: 'The account has as many pending conditional orders as it may have: cancel one first.' },
  3105: { http: 404, message: 'No such conditional order.' },
  4001: { http: 503, message: 'Matching of this instrument is being rebuilt; nothing happened. Try again.' },
  4002: { http: 200, message: 'No liquidity for a market order.' },
  4010: { http: 200, message: 'The order could not be filled as its volume condition asks.' },
  4011: { http: 409, message: 'The post-only order would trade at once.' },
  4101: { http: 409, message: 'The trading phase forbids this order.' },
  4102: { http: 409, message: 'The trading phase forbids cancelling and modifying.' },
  5000: { http: 500, message: 'Internal error.' },
  5002: { http: 500, message: 'Storage failed: orders are refused until it works again.' },
  6001: { http: 409, message: 'A settlement price is missing: nothing was settled.' },
  6002: { http: 500, message: 'Settlement failed: nothing changed.' },
  6003: { http: 409, message: 'The liquidation failed: nothing was closed.' },
  6004: { http: 409, message: 'The day is settled already.' },
  7001: { http: 409, message: 'The instrument exists already.' },
  7005: { http: 409, message: 'The instrument cannot change from its status to this one.' },
  9001: { http: 401, message: 'Credentials or token are invalid or expired: log in again.' },
  9002: { http: 401, message: 'A token is missing: log in and send it.' },
  9003: { http: 400, message: 'The body or message cannot be parsed.' },
  9004: { http: 429, message: 'Too many requests or connections: slow down and try again.' },
  9005: { http: 503, message: 'The service is not available now.' },
  9006: { http: 403, message: 'Not yours, or a permission is missing.' },
  9007: { http: 404, message: 'No such resource or route.' },
  9008: { http: 400, message: 'A field is invalid.' },
  9009: { http: 409, message: 'The idempotency key was used for another request: choose a new one.' },
  9010: { http: 413, message: 'The body is too large.' },
} as const;

export type RefusalCode = keyof typeof REFUSALS;

/** One invalid field, named for the client. */
export interface RefusalDetail {
  field: string;
  reason: string;
}

/** A refusal on its way to a client. Hot paths return the bare code instead of throwing. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly details: RefusalDetail[] | undefined;

  /** `addition` is a further sentence for this case. */
  constructor(code: RefusalCode, details?: RefusalDetail[], addition?: string) {
    super(addition === undefined ? REFUSALS[code].message : `${REFUSALS[code].message} ${addition}`);
    this.name = 'Refusal';
    this.code = code;
    this.details = details;
  }
}

/** The text of a code; codes come from the core itself, so an unknown one is an internal error. */
export function refusalMessage(code: number): string {
  return REFUSALS[code as RefusalCode]?.message ?? REFUSALS[5000].message;
}
