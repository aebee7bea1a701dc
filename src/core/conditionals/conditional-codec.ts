/** Pending conditional orders and the counts of all as bytes and back, in canonical form. */
import type { ByteReader, ByteWriter } from '../byte-writer.js';
import { ConditionalStatus } from '../enums.js';
import type { PlacedUnderKey, RepeatKeys } from '../repeat-keys.js';
import type { Conditional } from './conditional.js';
import type { ConditionalTable, StatusCounts } from './conditional-table.js';

const FIELDS = [
  'conditional',
  'account',
  'instrument',
  'side',
  'offset',
  'priceType',
  'volume',
  'limitPrice',
  'triggerPrice',
  'conditionType',
  'triggerCondition',
  'validUntilUs',
  'createdUs',
  'touchedUs',
] as const satisfies readonly (keyof Conditional)[];

export function writeConditionals(out: ByteWriter, table: ConditionalTable): void {
  out.f64(table.count);
  const pending = table.pending();
  out.u32(pending.length);
  for (const conditional of pending) for (const field of FIELDS) out.f64(conditional[field]);
  const accounts = table.countedAccounts();
  out.u32(accounts.length);
  for (const account of accounts) {
    out.u32(account);
    for (const count of table.countsOf(account)) out.f64(count);
  }
}

export function readConditionals(input: ByteReader, table: ConditionalTable): void {
  const count = input.f64();
  const pending: Conditional[] = [];
  for (let left = input.u32(); left > 0; left--) pending.push(readPending(input));
  const counts: [number, StatusCounts][] = [];
  for (let left = input.u32(); left > 0; left--) {
    const account = input.u32();
    counts.push([account, [input.f64(), input.f64(), input.f64(), input.f64(), input.f64()]]);
  }
  table.restore(pending, counts, count);
}

/** Those that were placed under keys of clients, as they were then. */
export function writeConditionalKeys(out: ByteWriter, keys: RepeatKeys<PlacedUnderKey>): void {
  out.u32(keys.size);
  for (const { idempotencyKey, requestHash, user, timeUs, placed } of keys) {
    out.text(idempotencyKey);
    out.text(requestHash);
    out.f64(user);
    out.f64(timeUs);
    for (const field of FIELDS) out.f64(placed[field]);
  }
}

export function readConditionalKeys(input: ByteReader, keys: RepeatKeys<PlacedUnderKey>): void {
  for (let left = input.u32(); left > 0; left--) {
    const key = { idempotencyKey: input.text(), requestHash: input.text(), user: input.f64(), timeUs: input.f64() };
    keys.add({ ...key, placed: readPending(input) });
  }
}

function readPending(input: ByteReader): Conditional {
  const fields = Object.fromEntries(FIELDS.map((field) => [field, input.f64()])) as Record<(typeof FIELDS)[number], number>;
  return { ...fields, status: ConditionalStatus.PENDING, code: 0, resultOrderId: 0 };
}
