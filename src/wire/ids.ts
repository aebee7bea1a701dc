/**
 * Ids as clients see them: a prefix and a fixed number of digits (rest.md 1). Inside, all of them are whole numbers from 1;
 * 0 stands for none.
 */
const USER = ['U', 10] as const;
const ACCOUNT = ['ACC_', 10] as const;
export const ORDER_ID_DIGITS = 16;
const ORDER = ['O', ORDER_ID_DIGITS] as const;
const TRADE = ['T', 16] as const;
const TRANSACTION = ['TXN', 12] as const;
const LIQUIDATION = ['LIQ', 12] as const;
const AUDIT = ['AUD', 12] as const;
const ORDER_AUDIT = ['AUDO', 16] as const;
const ANNOUNCEMENT = ['ANN', 12] as const;

type Form = readonly [prefix: string, digits: number];

export function userId(user: number): string {
  return render(USER, user);
}

export function accountId(account: number): string {
  return render(ACCOUNT, account);
}

export function orderId(order: number): string {
  return render(ORDER, order);
}

export function tradeId(trade: number): string {
  return render(TRADE, trade);
}

export function transactionId(transaction: number): string {
  return render(TRANSACTION, transaction);
}

export function liquidationId(liquidation: number): string {
  return render(LIQUIDATION, liquidation);
}

export function auditId(audit: number): string {
  return render(AUDIT, audit);
}

/** Of an audit entry that is an event of an order: its place in the log. */
export function orderAuditId(sequence: number): string {
  return render(ORDER_AUDIT, sequence);
}

export function announcementId(announcement: number): string {
  return render(ANNOUNCEMENT, announcement);
}

/** The number of a user id, or 0 for a text that is none. */
export function parseUserId(text: string): number {
  return parse(USER, text);
}

/** The number of an account id, or 0 for a text that is none. */
export function parseAccountId(text: string): number {
  return parse(ACCOUNT, text);
}

/** The number of an order id, or 0 for a text that is none. */
export function parseOrderId(text: string): number {
  return parse(ORDER, text);
}

/** The number of a trade id, or 0 for a text that is none. */
export function parseTradeId(text: string): number {
  return parse(TRADE, text);
}

/** The number of a fund transaction id, or 0 for a text that is none. */
export function parseTransactionId(text: string): number {
  return parse(TRANSACTION, text);
}

/** The number of an audit entry id, or 0 for a text that is none. */
export function parseAuditId(text: string): number {
  return parse(AUDIT, text);
}

/** The place in the log of an event of an order by the id of its audit entry, or 0 for a text that is none. */
export function parseOrderAuditId(text: string): number {
  return parse(ORDER_AUDIT, text);
}

/** The number of an announcement id, or 0 for a text that is none. */
export function parseAnnouncementId(text: string): number {
  return parse(ANNOUNCEMENT, text);
}

function render([prefix, digits]: Form, number: number): string {
  return prefix + String(number).padStart(digits, '0');
}

function parse([prefix, digits]: Form, text: string): number {
  if (text.length !== prefix.length + digits || !text.startsWith(prefix)) return 0;
  let number = 0;
  for (let index = prefix.length; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) return 0;
    number = number * 10 + digit;
  }
  // sixteen digits reach beyond the whole numbers a double holds; no such id is ever given
  return number <= Number.MAX_SAFE_INTEGER ? number : 0;
}
