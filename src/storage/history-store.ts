/**
 * What is finished and leaves memory: orders and trades in packed pages per account, all other records one by one.
 *
 *   hist/watermark                        last event whose outcome is in the tables, moved by the same batch
 *   hist/orders/<account>/<sequence>      page: header { version u32, count u32, largest id of older pages f64 } + packed rows
 *   hist/trades/<account>/<sequence>      the same
 *   hist/orders/<account>/<sequence>/<n>  what the page before has no room for, for n = 1, 2, ...
 *   hist/index/<order id / 1024>          where orders are: entries { slot u16, n u16, account u32, sequence f64 }, by slot
 *   hist/entered/<user>/<n>               ids f64 of the orders that all accounts of a user entered as n-th, (n+1)-th, ..., from 0 on
 *   hist/<table>/<account>/<id>           a document as JSON: fund records and the like; account 0 for the venue's own
 *   hist/audit/<id>                       JSON
 *
 * <sequence> is the watermark of the batch that wrote the page. What the rows look like is the fold's business.
 * One thread writes; any thread reads at any time and sees whole batches only.
 */
import { assert } from '../core/assert.js';
import type { DocumentTable } from '../core/history.js';
import type { Database, KeyRange, Operation } from './database.js';
import { accountKey, afterPrefix, wideKey, wideKeyOf } from './keys.js';
import { OrderIndexChunk } from './order-index-chunk.js';
import { ReportStore, type ReportBatch } from './report-store.js';
import { StorageError } from './storage-error.js';

const WATERMARK = 'hist/watermark';
const INDEX = 'hist/index/';
const AUDITS = 'hist/audit/';

const PAGE_VERSION = 2;
const PAGE_HEADER_BYTES = 16;
/** A page of a list is read whole, and so is one that a single order is looked up in. */
export const PAGE_ROWS = 64;
/** Index chunks in memory: of a million orders, 16 MB. */
const CHUNKS_MAX = 1024;
/** A list takes a page's worth of neighbours. */
const ENTERED_PER_PAGE = 512;
const ID_BYTES = 8;
/** Where the id of an order or trade lies in its row. */
export const ROW_ID_AT = 8;

export type PagedTable = 'orders' | 'trades';

/** Rows of one account, packed by the fold: a multiple of 8 bytes. */
export interface HistoryRows {
  account: number;
  count: number;
  bytes: Uint8Array;
  /** No row of an older page has a larger id; absent when that is not known. */
  olderIdMax?: number;
}

/** Orders of a user in the order in which they were entered. */
export interface EnteredOrders {
  readonly user: number;
  /** How many he had entered before. */
  readonly first: number;
  readonly ids: Float64Array;
}

/** What finished since the last batch. A failed write is tried again, so everything must be iterable more than once. */
export interface HistoryBatch {
  /** At most one entry per account. */
  orders: Iterable<HistoryRows>;
  trades: Iterable<HistoryRows>;
  /** Every order in `orders`; `part`: its row / PAGE_ROWS. */
  orderIndex: Iterable<{ orderId: number; account: number; part?: number }>;
  /** Orders that were entered, finished or not; absent where nobody counts them. */
  entered?: Iterable<EnteredOrders>;
  documents: Iterable<{ table: DocumentTable; account: number; id: number; json: string }>;
  audits: Iterable<{ id: number; json: string }>;
  /** Reports of the private stream, which go with a batch but into a table of their own. */
  reports?: ReportBatch;
}

export interface HistoryPage extends HistoryRows {
  /** The watermark of its batch. */
  uptoSequence: number;
}

/** The name of a page of orders. */
export interface OrderPlace {
  account: number;
  uptoSequence: number;
  /** Among the pages of the account in that batch, from 0 on. */
  part: number;
}

export class HistoryStore {
  /** Index chunks that were read, the oldest first. An order that is in one stays where it is; one that is not may come. */
  private readonly chunks = new Map<number, Uint8Array>();

  constructor(private readonly database: Database) {}

  /** Last event whose outcome is in the tables; 0 before the first batch. */
  async watermark(): Promise<number> {
    const value = await this.database.get(WATERMARK);
    return value === undefined ? 0 : new DataView(value.buffer, value.byteOffset).getFloat64(0, true);
  }

  /** Writes a batch and moves the watermark to `uptoSequence`: all of it or nothing. Throws WRITE_FAILED. */
  async write({ uptoSequence, ...batch }: HistoryBatch & { uptoSequence: number }): Promise<void> {
    const current = await this.watermark();
    assert(uptoSequence > current, `a history watermark above ${current}, got ${uptoSequence}`);
    const operations: Operation[] = [{ type: 'put', key: WATERMARK, value: doubleBytes(uptoSequence) }];
    for (const table of ['orders', 'trades'] as const) {
      for (const rows of batch[table]) {
        for (const [part, page] of pagesOf(rows).entries()) {
          operations.push({ type: 'put', key: pageKey(table, rows.account, uptoSequence, part), value: packPage(page) });
        }
      }
    }
    for (const orders of batch.entered ?? []) {
      for (let at = 0; at < orders.ids.length; at += ENTERED_PER_PAGE) operations.push(enteredPage(orders, at));
    }
    for (const { table, account, id, json } of batch.documents) {
      operations.push({ type: 'put', key: accountPrefix(table, account) + wideKey(id), value: Buffer.from(json) });
    }
    for (const { id, json } of batch.audits) operations.push({ type: 'put', key: AUDITS + wideKey(id), value: Buffer.from(json) });
    operations.push(...(await this.indexOperations(batch.orderIndex, uptoSequence)));
    if (batch.reports !== undefined) {
      for (const operation of await new ReportStore(this.database).operations(batch.reports, uptoSequence)) operations.push(operation);
    }
    await this.database.batch(operations);
  }

  /** Pages of an account, newest first; stop early at will. */
  async *pages(table: PagedTable, account: number): AsyncGenerator<HistoryPage, void, void> {
    const prefix = accountPrefix(table, account);
    for await (const [key, value] of this.database.entries({ gte: prefix, lt: afterPrefix(prefix), reverse: true })) {
      yield unpackPage(account, sequenceOfPage(key), value);
    }
  }

  /** What a batch wrote of an account. */
  async rows(table: PagedTable, account: number, uptoSequence: number): Promise<HistoryRows | undefined> {
    const first = pageKey(table, account, uptoSequence);
    const pages: HistoryPage[] = [];
    for await (const [, value] of this.database.entries({ gte: first, lt: afterPrefix(`${first}/`) })) {
      pages.push(unpackPage(account, uptoSequence, value));
    }
    if (pages.length === 0) return undefined;
    return { account, count: pages.reduce((sum, { count }) => sum + count, 0), bytes: Buffer.concat(pages.map(({ bytes }) => bytes)) };
  }

  /**
   * Ids of the orders that a user entered last of his first `end` ones, newest first; fewer than `count` where those before are
   * not known: the tables were begun by a program that did not count them.
   */
  async enteredBefore(user: number, end: number, count: number): Promise<number[]> {
    const prefix = enteredPrefix(user);
    const ids: number[] = [];
    // one at a time: the first has nearly always all of them
    for await (const [key, value] of this.database.entries({ gte: prefix, lt: prefix + wideKey(end), reverse: true }, 1)) {
      const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
      const first = wideKeyOf(key);
      let at = (end - 1 - ids.length - first) * ID_BYTES;
      if (at >= value.byteLength) break;
      for (; at >= 0 && ids.length < count; at -= ID_BYTES) ids.push(view.getFloat64(at, true));
      if (ids.length === count) break;
    }
    return ids;
  }

  /** The packed row of a finished order, of so many bytes. */
  orderRow(orderId: number, stride: number): DataView | undefined {
    const place = this.locateOrder(orderId);
    if (place === undefined) return undefined;
    const { account, uptoSequence, part } = place;
    const page = this.database.getNow(pageKey('orders', account, uptoSequence, part));
    if (page === undefined) return undefined;
    const view = pageView(account, uptoSequence, page);
    for (let at = PAGE_HEADER_BYTES; at + stride <= page.byteLength; at += stride) {
      if (view.getFloat64(at + ROW_ID_AT, true) === orderId) return new DataView(page.buffer, page.byteOffset + at, stride);
    }
    return undefined;
  }

  /** The page of `orders` that holds an order. */
  locateOrder(orderId: number): OrderPlace | undefined {
    const number = OrderIndexChunk.of(orderId);
    const kept = this.chunks.get(number);
    const place = kept === undefined ? undefined : OrderIndexChunk.find(kept, orderId);
    if (place !== undefined) return place;
    const value = this.database.getNow(indexKey(number));
    if (value === undefined) return undefined;
    this.keep(number, value);
    return OrderIndexChunk.find(value, orderId);
  }

  private keep(number: number, value: Uint8Array): void {
    if (!this.chunks.has(number) && this.chunks.size === CHUNKS_MAX) this.chunks.delete(this.chunks.keys().next().value!);
    this.chunks.set(number, value);
  }

  /** As `locateOrder` for many, which lie close together: each chunk is read once. Unknown ones are missing. */
  async locateOrders(orderIds: readonly number[]): Promise<Map<number, OrderPlace>> {
    const found = new Map<number, OrderPlace>();
    const chunks = new Map<number, OrderIndexChunk>();
    for (const orderId of orderIds) {
      const number = OrderIndexChunk.of(orderId);
      let chunk = chunks.get(number);
      if (chunk === undefined) {
        const value = await this.database.get(indexKey(number));
        chunk = value === undefined ? new OrderIndexChunk() : OrderIndexChunk.decode(value);
        chunks.set(number, chunk);
      }
      const place = chunk.get(orderId);
      if (place !== undefined) found.set(orderId, place);
    }
    return found;
  }

  /** Documents of an account as JSON texts, newest first, of all or of those whose ids lie within both bounds. */
  documents(table: DocumentTable, account: number, idMin?: number, idMax?: number): AsyncGenerator<string, void, void> {
    const prefix = accountPrefix(table, account);
    const from = idMin === undefined ? prefix : prefix + wideKey(idMin);
    const behind = idMax === undefined ? afterPrefix(prefix) : prefix + wideKey(idMax + 1);
    return this.texts({ gte: from, lt: behind, reverse: true });
  }

  /** One document as JSON text. */
  async document(table: DocumentTable, account: number, id: number): Promise<string | undefined> {
    const value = await this.database.get(accountPrefix(table, account) + wideKey(id));
    return value === undefined ? undefined : Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString();
  }

  /** Audit records as JSON texts, newest first, of all or of those whose ids lie within both bounds. */
  audits(idMin?: number, idMax?: number): AsyncGenerator<string, void, void> {
    const from = idMin === undefined ? AUDITS : AUDITS + wideKey(idMin);
    const behind = idMax === undefined ? afterPrefix(AUDITS) : AUDITS + wideKey(idMax + 1);
    return this.texts({ gte: from, lt: behind, reverse: true });
  }

  /** One audit record as JSON text. */
  async audit(id: number): Promise<string | undefined> {
    const value = await this.database.get(AUDITS + wideKey(id));
    return value === undefined ? undefined : Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString();
  }

  private async *texts(range: KeyRange): AsyncGenerator<string, void, void> {
    for await (const [, value] of this.database.entries(range))
      yield Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString();
  }

  private async indexOperations(entries: HistoryBatch['orderIndex'], uptoSequence: number): Promise<Operation[]> {
    const byChunk = new Map<number, { orderId: number; account: number; part?: number }[]>();
    for (const entry of entries) {
      const chunk = OrderIndexChunk.of(entry.orderId);
      const list = byChunk.get(chunk);
      if (list === undefined) byChunk.set(chunk, [entry]);
      else list.push(entry);
    }
    const chunks = [...byChunk.keys()];
    const stored = await this.database.getMany(chunks.map(indexKey));
    return chunks.map((chunk, index) => {
      const value = stored[index];
      const packed = value === undefined ? new OrderIndexChunk() : OrderIndexChunk.decode(value);
      for (const { orderId, account, part = 0 } of byChunk.get(chunk)!) packed.set(orderId, { account, uptoSequence, part });
      return { type: 'put', key: indexKey(chunk), value: packed.encode() };
    });
  }
}

function enteredPrefix(user: number): string {
  return `hist/entered/${accountKey(user)}/`;
}

function enteredPage({ user, first, ids }: EnteredOrders, from: number): Operation {
  const page = ids.slice(from, from + ENTERED_PER_PAGE);
  const value = new Uint8Array(page.length * ID_BYTES);
  const view = new DataView(value.buffer);
  for (const [at, id] of page.entries()) view.setFloat64(at * ID_BYTES, id, true);
  return { type: 'put', key: enteredPrefix(user) + wideKey(first + from), value };
}

function accountPrefix(table: PagedTable | DocumentTable, account: number): string {
  return `hist/${table}/${accountKey(account)}/`;
}

function pageKey(table: PagedTable, account: number, uptoSequence: number, part = 0): string {
  const first = accountPrefix(table, account) + wideKey(uptoSequence);
  return part === 0 ? first : `${first}/${part.toString(16).padStart(4, '0')}`;
}

/** The sequence in the key of a page. */
export function sequenceOfPage(key: string): number {
  return wideKeyOf(key.split('/', 4).join('/'));
}

/** What a batch has of an account, in pages. */
function pagesOf(rows: HistoryRows): HistoryRows[] {
  if (rows.count <= PAGE_ROWS) return [rows];
  const { account, count, bytes } = rows;
  const stride = bytes.byteLength / count;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pages: HistoryRows[] = [];
  let olderIdMax = rows.olderIdMax ?? Infinity;
  for (let first = 0; first < count; first += PAGE_ROWS) {
    const end = Math.min(count, first + PAGE_ROWS);
    pages.push({ account, count: end - first, bytes: bytes.subarray(first * stride, end * stride), olderIdMax });
    for (let row = first; row < end; row++) olderIdMax = Math.max(olderIdMax, view.getFloat64(row * stride + ROW_ID_AT, true));
  }
  return pages;
}

function indexKey(chunk: number): string {
  return INDEX + wideKey(chunk);
}

function doubleBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return bytes;
}

function packPage({ count, bytes, olderIdMax = Infinity }: HistoryRows): Uint8Array {
  const page = new Uint8Array(PAGE_HEADER_BYTES + bytes.byteLength);
  const view = new DataView(page.buffer);
  view.setUint32(0, PAGE_VERSION, true);
  view.setUint32(4, count, true);
  view.setFloat64(8, olderIdMax, true);
  page.set(bytes, PAGE_HEADER_BYTES);
  return page;
}

/** Rows of `stride` bytes in a page; undefined when its bytes are not what its header says. */
export function rowsInPage(page: Uint8Array, stride: number): number | undefined {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  if (page.byteLength < PAGE_HEADER_BYTES || view.getUint32(0, true) !== PAGE_VERSION) return undefined;
  const rows = view.getUint32(4, true);
  return page.byteLength === PAGE_HEADER_BYTES + rows * stride ? rows : undefined;
}

/** The rows get memory of their own, so that they begin at a multiple of 8. */
function unpackPage(account: number, uptoSequence: number, value: Uint8Array): HistoryPage {
  const view = pageView(account, uptoSequence, value);
  const bytes = Uint8Array.from(value.subarray(PAGE_HEADER_BYTES));
  return { account, uptoSequence, count: view.getUint32(4, true), olderIdMax: view.getFloat64(8, true), bytes };
}

function pageView(account: number, uptoSequence: number, value: Uint8Array): DataView {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  if (value.byteLength >= PAGE_HEADER_BYTES && view.getUint32(0, true) === PAGE_VERSION) return view;
  throw new StorageError('CORRUPT', `The history page ${uptoSequence} of account ${account} cannot be read.`, uptoSequence);
}
