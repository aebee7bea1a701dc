/** Keys of both databases. Numbers are hexadecimal of fixed width, so that the order of keys is the order of numbers. */

const SEQUENCE_DIGITS = 16;

/** Sequences, ids and times: whole numbers below 2^53. */
export function wideKey(value: number): string {
  return value.toString(16).padStart(SEQUENCE_DIGITS, '0');
}

/** Accounts: u32. */
export function accountKey(account: number): string {
  return account.toString(16).padStart(8, '0');
}

/** The number that a key ends with. */
export function wideKeyOf(key: string): number {
  return Number.parseInt(key.slice(-SEQUENCE_DIGITS), 16);
}

/** Exclusive upper bound of all keys with a prefix that ends in '/': '0' follows '/' in ASCII. */
export function afterPrefix(prefix: string): string {
  return `${prefix.slice(0, -1)}0`;
}
