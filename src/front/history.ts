/**
 * Orders and trades of any age: live ones from the state, what finished lately from memory, the rest from the history
 * tables. The watermark divides memory from tables, so nothing is answered twice or left out. The snapshot worker may be ahead
 * of this thread: what the tables have of events that are not applied here yet is not told.
 */
import { ORDER_STRIDE, orderRecordOf, ordersEntered, readOrderRecord, readTradeRecord, TRADE_STRIDE } from '../core/history.js';
import type { DocumentTable, HistoryFold, OrderRecord, TradeRecord } from '../core/history.js';
import type { AuditRecord } from '../core/observer.js';
import type { RecordJournal } from '../core/record-journal.js';
import type { ExchangeState } from '../core/state.js';
import { ROW_ID_AT, type HistoryStore, type PagedTable } from '../storage/history-store.js';

/** Rows at the end of a page that are looked at first, for each that is wanted. */
const LAST_ROWS = 4;

/** Orders of a user that are sooner walked to in memory than asked of the tables. */
const NEAR_ORDERS = 1000;

type Reader<R> = (view: DataView, at: number) => R;

export class HistoryQueries {
  constructor(
    private readonly state: ExchangeState,
    /** What the tables do not hold yet; observes the state. */
    private readonly recent: HistoryFold,
    private readonly store: HistoryStore,
    /** Everything finished up to this event is in the tables. */
    private readonly watermark: () => number,
  ) {}

  /** Forgets what has reached the tables. */
  dropStored(): void {
    this.recent.dropUpTo(this.watermark());
  }

  liveOrder(slot: number): OrderRecord {
    return orderRecordOf(this.state, slot);
  }

  findOrder(orderId: number): OrderRecord | undefined {
    const slot = this.state.orders.find(orderId);
    if (slot !== -1) return this.liveOrder(slot);
    if (!Number.isSafeInteger(orderId) || orderId < 1 || orderId >= this.state.nextOrderId) return undefined;
    const recent = this.recent.findOrder(orderId);
    if (recent !== undefined) return recent;
    const row = this.store.orderRow(orderId, ORDER_STRIDE);
    return row === undefined ? undefined : readOrderRecord(row, 0);
  }

  /** Newest first. */
  async ordersOf(accounts: readonly number[], match: (order: OrderRecord) => boolean): Promise<OrderRecord[]> {
    const found: OrderRecord[] = [];
    for (const account of accounts) {
      // The watermark first: what reaches the tables after this look is still taken from memory, and only from there.
      const watermark = this.watermark();
      for (const order of this.liveOrders([account])) if (match(order)) found.push(order);
      collectRecent(this.recent.orders, account, watermark, readOrderRecord, match, found);
      await this.collectStored('orders', account, watermark, ORDER_STRIDE, readOrderRecord, match, found);
    }
    return found.sort((a, b) => b.orderId - a.orderId);
  }

  /** The newest orders of an account; older ones are read no further than that takes. */
  newestOrders(account: number, count: number): Promise<OrderRecord[]> {
    const slots = this.liveSlots(account);
    const { orderId } = this.state.orders;
    const least = leastOf(
      Float64Array.from(slots, (slot) => orderId[slot]),
      count,
    );
    const live = slots.filter((slot) => orderId[slot] >= least).map((slot) => this.liveOrder(slot));
    return this.newest('orders', this.recent.orders, account, ORDER_STRIDE, readOrderRecord, ({ orderId }) => orderId, live, count);
  }

  /**
   * Orders that all accounts of a user have entered, newest first, `count` of them behind the newest `skip`: read are those and no
   * others. Undefined where it is not known which these are: they were entered when nobody counted.
   */
  async ordersEntered(user: number, skip: number, count: number): Promise<OrderRecord[] | undefined> {
    const total = ordersEntered(this.state, user);
    const last = Math.min(skip + count, total);
    const ids = skip < NEAR_ORDERS ? undefined : await this.store.enteredBefore(user, total - skip, last - skip);
    const known = ids?.length === last - skip ? ids : await this.newestEntered(user, total, skip, last);
    if (known === undefined) return undefined;
    const found = known.map((id) => this.findOrder(id));
    return found.filter((order) => order !== undefined).sort((a, b) => b.orderId - a.orderId);
  }

  /** Ids of the orders from `skip` up to `last` of a user's `total`, the newest being 0: first those in memory, one by one. */
  private async newestEntered(user: number, total: number, skip: number, last: number): Promise<number[] | undefined> {
    const ids: number[] = [];
    let seen = 0;
    this.recent.entered.visit(user, (view, at) => {
      if (seen++ >= skip) ids.push(view.getFloat64(at + ROW_ID_AT, true));
      return seen < last;
    });
    // what is no longer in memory is in the tables
    const from = Math.max(skip, seen);
    if (from >= last) return ids;
    const stored = await this.store.enteredBefore(user, total - from, last - from);
    return stored.length < last - from ? undefined : [...ids, ...stored];
  }

  /** Orders that work, in no particular order. */
  liveOrders(accounts: readonly number[]): OrderRecord[] {
    return accounts.flatMap((account) => this.liveSlots(account).map((slot) => this.liveOrder(slot)));
  }

  /** The newest trades of an account. */
  newestTrades(account: number, count: number): Promise<TradeRecord[]> {
    return this.newest('trades', this.recent.trades, account, TRADE_STRIDE, readTradeRecord, ({ tradeId }) => tradeId, [], count);
  }

  /** Newest first; both sides of a trade when both belong to `accounts`. */
  async tradesOf(accounts: readonly number[], match: (trade: TradeRecord) => boolean): Promise<TradeRecord[]> {
    const found: TradeRecord[] = [];
    for (const account of accounts) {
      const watermark = this.watermark();
      collectRecent(this.recent.trades, account, watermark, readTradeRecord, match, found);
      await this.collectStored('trades', account, watermark, TRADE_STRIDE, readTradeRecord, match, found);
    }
    return found.sort((a, b) => b.tradeId - a.tradeId);
  }

  /** Records of an account, newest first: ids only grow, and what memory has is newer than what the tables have. */
  async documentsOf<R extends { sequence: number }>(
    table: DocumentTable,
    account: number,
    match: (record: R) => boolean,
    idMin?: number,
    idMax?: number,
  ): Promise<R[]> {
    const records: R[] = [];
    for await (const record of this.documents<R>(table, account, idMin, idMax)) if (match(record)) records.push(record);
    return records;
  }

  /** As `documentsOf`, one by one: whoever has seen enough stops, and the rest is not read. */
  async *documents<R extends { sequence: number }>(
    table: DocumentTable,
    account: number,
    idMin?: number,
    idMax?: number,
  ): AsyncGenerator<R, void, void> {
    const watermark = this.watermark();
    const storedUntil = Math.min(watermark, this.state.sequence);
    const found = new Map<number, R>();
    for (const document of this.recent.documents) {
      if (document.table !== table || document.account !== account || document.sequence <= watermark) continue;
      if (document.id >= (idMin ?? 0) && document.id <= (idMax ?? Infinity)) found.set(document.id, document.record as R);
    }
    yield* [...found].sort(([a], [b]) => b - a).map(([, record]) => record);
    for await (const json of this.store.documents(table, account, idMin, idMax)) {
      const record = JSON.parse(json) as R & { id: number };
      if (record.sequence <= storedUntil && !found.has(record.id)) yield record;
    }
  }

  /** One record. */
  async document<R extends { sequence: number }>(table: DocumentTable, account: number, id: number): Promise<R | undefined> {
    const recent = this.recent.documents.findLast(
      (document) => document.id === id && document.table === table && document.account === account,
    );
    if (recent !== undefined) return recent.record as R;
    const json = await this.store.document(table, account, id);
    return json === undefined ? undefined : (JSON.parse(json) as R);
  }

  /** Audit records whose ids lie within both bounds, newest first. */
  async *audits(idMin: number, idMax: number): AsyncGenerator<AuditRecord, void, void> {
    if (idMax < idMin || idMax < 1) return;
    const watermark = this.watermark();
    const storedUntil = Math.min(watermark, this.state.sequence);
    const recent = this.recent.audits.filter(({ id, sequence }) => sequence > watermark && id >= idMin && id <= idMax);
    yield* recent.reverse();
    for await (const json of this.store.audits(Math.max(1, idMin), idMax)) {
      const record = JSON.parse(json) as AuditRecord;
      if (record.sequence <= storedUntil) yield record;
    }
  }

  async audit(id: number): Promise<AuditRecord | undefined> {
    if (id < 1 || id > this.state.auditCount) return undefined;
    const recent = this.recent.audits.find((record) => record.id === id);
    if (recent !== undefined) return recent;
    const json = await this.store.audit(id);
    return json === undefined ? undefined : (JSON.parse(json) as AuditRecord);
  }

  private liveSlots(account: number): number[] {
    const { accounts, orders } = this.state;
    const slots: number[] = [];
    for (let slot = accounts.firstOrder[account]; slot !== 0; slot = orders.nextOfAccount[slot]) slots.push(slot);
    return slots;
  }

  private async newest<R extends { sequence: number }>(
    table: PagedTable,
    journal: RecordJournal,
    account: number,
    stride: number,
    read: Reader<R>,
    idOf: (record: R) => number,
    found: R[],
    count: number,
  ): Promise<R[]> {
    const watermark = this.watermark();
    journal.visitLargest(account, watermark, count, (view, at) => found.push(read(view, at)));
    const newestFirst = (a: R, b: R): number => idOf(b) - idOf(a);
    for await (const { bytes, uptoSequence, olderIdMax = Infinity } of this.store.pages(table, account)) {
      if (uptoSequence > watermark) continue;
      found.push(...newestRows(bytes, stride, read, count));
      // an order that rested for long lies in a page with younger ones: only what is above all older pages is sure
      if (found.length >= count && found.reduce((above, record) => above + Number(idOf(record) > olderIdMax), 0) >= count) break;
    }
    return found.sort(newestFirst).slice(0, count);
  }

  private async collectStored<R extends { sequence: number }>(
    table: PagedTable,
    account: number,
    watermark: number,
    stride: number,
    read: Reader<R>,
    match: (record: R) => boolean,
    found: R[],
  ): Promise<void> {
    const asOf = this.state.sequence;
    for await (const page of this.store.pages(table, account)) {
      if (page.uptoSequence > watermark) continue;
      for (const record of unpack(page.bytes, stride, read)) if (record.sequence <= asOf && match(record)) found.push(record);
    }
  }
}

function collectRecent<R>(
  journal: RecordJournal,
  account: number,
  watermark: number,
  read: Reader<R>,
  match: (record: R) => boolean,
  found: R[],
): void {
  journal.visit(account, (view, at) => {
    if (view.getFloat64(at, true) <= watermark) return false;
    const record = read(view, at);
    if (match(record)) found.push(record);
    return true;
  });
}

/** The rows of the largest ids, `count` at most unless ids are equal; the others are not unpacked. */
function newestRows<R>(bytes: Uint8Array, stride: number, read: Reader<R>, count: number): R[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ids = new Float64Array(bytes.byteLength / stride);
  for (let row = 0; row < ids.length; row++) ids[row] = view.getFloat64(row * stride + ROW_ID_AT, true);
  // the largest lie near the end: among the last rows there are `count` that are at least this
  const bound = leastOf(ids.subarray(Math.max(0, ids.length - LAST_ROWS * count)), count);
  const least = leastOf(
    ids.filter((id) => id >= bound),
    count,
  );
  const records: R[] = [];
  for (const [row, id] of ids.entries()) if (id >= least) records.push(read(view, row * stride));
  return records;
}

/** The least of the `count` largest; 0 when there are no more than that. */
function leastOf(ids: Float64Array, count: number): number {
  return ids.length <= count ? 0 : ids.toSorted()[ids.length - count];
}

function unpack<R>(bytes: Uint8Array, stride: number, read: Reader<R>): R[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: R[] = [];
  for (let at = 0; at < bytes.byteLength; at += stride) records.push(read(view, at));
  return records;
}
