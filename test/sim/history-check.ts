/** The history tables against what has finished: everything up to the watermark is there exactly once, and nothing else. */
import { ORDER_STRIDE, readOrderRecord, readTradeRecord, TRADE_STRIDE } from '../../src/core/history.js';
import { wideKeyOf } from '../../src/storage/keys.js';
import { OrderIndexChunk } from '../../src/storage/order-index-chunk.js';
import type { Reference } from './reference.js';
import type { SimEngine } from './sim-engine.js';
import { demand } from './violation.js';

/** `reference` has come at least as far as the watermark. */
export function checkHistory(store: SimEngine, reference: Reference, watermark: number): void {
  const upTo = <T extends { sequence: number }>(items: readonly T[]): T[] => items.filter(({ sequence }) => sequence <= watermark);
  const orders = upTo(reference.orders);
  checkOrders(store, orders);
  const trades = upTo(reference.trades).map((trade) => tradeLine(trade));
  same(
    'trade',
    trades,
    pagesOf(store, 'trades', TRADE_STRIDE, (view, at) => tradeLine(readTradeRecord(view, at))).map(({ row }) => row),
  );
  same(
    'entry',
    upTo(reference.entered).map(({ user, rank, orderId }) => `${user} ${rank} ${orderId}`),
    enteredOf(store),
  );
  // a later document of the same id takes the place of the one before
  const documents = new Map(upTo(reference.documents).map(({ table, account, id, sequence }) => [`${table} ${account} ${id}`, sequence]));
  same(
    'document',
    [...documents].map(([name, sequence]) => `${name} ${sequence}`),
    documentsOf(store),
  );
}

interface Row {
  readonly row: string;
  readonly key: string;
}

function checkOrders(store: SimEngine, orders: Reference['orders']): void {
  const rows = pagesOf(store, 'orders', ORDER_STRIDE, (view, at) => orderLine(readOrderRecord(view, at)));
  same(
    'order',
    orders.map(orderLine),
    rows.map(({ row }) => row),
  );
  const places = new Map(rows.map(({ row, key }) => [Number(row.split(' ')[0]), key]));
  for (const [orderId, key] of places) {
    const chunk = store.peekOne(`hist/index/${OrderIndexChunk.of(orderId).toString(16).padStart(16, '0')}`);
    const place = chunk === undefined ? undefined : OrderIndexChunk.decode(chunk).get(orderId);
    demand(place?.uptoSequence === wideKeyOf(key), `order ${orderId} is not where the index says`);
  }
}

function orderLine({ orderId, account, status, filled, sequence }: Reference['orders'][number]): string {
  return `${orderId} ${account} ${status} ${filled} ${sequence}`;
}

function tradeLine({ tradeId, orderId, account, volume, price, sequence }: Reference['trades'][number]): string {
  return `${tradeId} ${orderId} ${account} ${volume} ${price} ${sequence}`;
}

function pagesOf(store: SimEngine, table: string, stride: number, read: (view: DataView, at: number) => string): Row[] {
  const rows: Row[] = [];
  for (const [key, page] of store.peek({ gte: `hist/${table}/`, lt: `hist/${table}0` })) {
    const bytes = stride * new DataView(page.buffer, page.byteOffset).getUint32(4, true);
    const view = new DataView(page.buffer, page.byteOffset + page.byteLength - bytes, bytes);
    for (let at = 0; at < view.byteLength; at += stride) rows.push({ row: read(view, at), key });
  }
  return rows;
}

function enteredOf(store: SimEngine): string[] {
  const found: string[] = [];
  for (const [key, value] of store.peek({ gte: 'hist/entered/', lt: 'hist/entered0' })) {
    const user = Number.parseInt(key.split('/')[2], 16);
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
    for (let at = 0; at < value.byteLength; at += 8) found.push(`${user} ${wideKeyOf(key) + at / 8} ${view.getFloat64(at, true)}`);
  }
  return found;
}

function documentsOf(store: SimEngine): string[] {
  const found: string[] = [];
  for (const [key, value] of store.peek({ gte: 'hist/', lt: 'hist0' })) {
    const [, table, account] = key.split('/');
    if (['orders', 'trades', 'index', 'entered', 'watermark'].includes(table)) continue;
    const { id, sequence } = JSON.parse(Buffer.from(value).toString()) as { id: number; sequence: number };
    found.push(`${table} ${table === 'audit' ? 0 : Number.parseInt(account, 16)} ${id} ${sequence}`);
  }
  return found;
}

/** The same lines, each as often, in any order. */
function same(what: string, expected: readonly string[], found: readonly string[]): void {
  const left = new Map<string, number>();
  for (const line of expected) left.set(line, (left.get(line) ?? 0) + 1);
  for (const line of found) {
    const count = left.get(line) ?? 0;
    demand(count > 0, `history has the ${what} "${line}" too often or should not have it`);
    if (count === 1) left.delete(line);
    else left.set(line, count - 1);
  }
  const [missing] = left.keys();
  demand(missing === undefined, `history lacks the ${what} "${missing}"`);
}
