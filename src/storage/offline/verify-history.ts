/**
 * The history tables against the log: everything that finished according to the events must stand in them as the fold
 * has it, and nothing else for the same events.
 *
 * Pages are named by the watermark of the batch that wrote them, and a batch holds what finished since the one before. So
 * folding the log from the place of a snapshot, where a batch ended too, makes the very same pages again.
 */
import { createHash } from 'node:crypto';
import { HistoryFold, ORDER_STRIDE, readOrderRecord, readTradeRecord, TRADE_STRIDE } from '../../core/history.js';
import type { ExchangeState } from '../../core/state.js';
import type { Database } from '../database.js';
import { HistoryStore, type HistoryRows, type PagedTable } from '../history-store.js';
import { enteredSince, rowsSince } from '../state-fold.js';
import { surveyHistory, type HistorySurvey, type PageKey } from './history-survey.js';

/** More say the same. */
const FAULTS_MAX = 100;

export class HistoryCheck {
  readonly faults: string[] = [];
  comparedRows = 0;
  comparedDocuments = 0;

  private fold!: HistoryFold;
  private state!: ExchangeState;
  /** Everything up to this event has been compared. */
  private taken = 0;
  /** Pages of the events that are folded, and the watermarks that they are named by, in order. */
  private readonly unseen = new Set<string>();
  private boundaries: number[] = [];
  /** Digests of what the fold made, the latest of each id. */
  private readonly documents = new Map<string, string>();

  private constructor(
    private readonly history: HistoryStore,
    readonly watermark: number,
    readonly survey: HistorySurvey,
    private readonly pages: PageKey[],
  ) {
    this.faults.push(...survey.faults);
  }

  /** Reads all tables once. */
  static async open(store: Database): Promise<HistoryCheck> {
    const history = new HistoryStore(store);
    const watermark = await history.watermark();
    const pages: PageKey[] = [];
    const survey = await surveyHistory(store, (page) => pages.push(page));
    return new HistoryCheck(history, watermark, survey, pages);
  }

  /** The fold begins with `state`, which is that of a snapshot or empty. */
  begin(state: ExchangeState): void {
    this.taken = state.sequence;
    this.state = state;
    this.fold = new HistoryFold(state);
    state.observe(this.fold);
    const covered = this.pages.filter(({ uptoSequence }) => uptoSequence > this.taken);
    for (const page of covered) {
      this.unseen.add(nameOf(page.table, page.account, page.uptoSequence));
      if (page.uptoSequence > this.watermark) this.fault(`${placeOf(page)} lies beyond the watermark of history, ${this.watermark}.`);
    }
    const ends = new Set(covered.map(({ uptoSequence }) => uptoSequence).filter((sequence) => sequence <= this.watermark));
    if (this.watermark > this.taken) ends.add(this.watermark);
    this.boundaries = [...ends].sort((a, b) => a - b);
  }

  /** All events up to `sequence` have been applied. */
  async afterBlock(sequence: number): Promise<void> {
    const [next] = this.boundaries;
    this.takeDocuments();
    if (next === undefined) {
      // what is not in the tables yet
      this.fold.dropUpTo(sequence);
      return;
    }
    if (sequence < next) return;
    this.boundaries.shift();
    if (sequence > next) this.fault(`History was written up to event ${next}, where no block of the log ends.`);
    else await this.compareBatch(next);
    this.taken = sequence;
    this.fold.dropUpTo(sequence);
  }

  /** The fold is at the end of the log. */
  async end(sequence: number): Promise<void> {
    if (this.watermark > sequence) this.fault(`History was written up to event ${this.watermark}, but the log ends at ${sequence}.`);
    for (const page of this.unseen) this.fault(`${page} is in history, but not in the log.`);
    for (const [key, digest] of this.documents) await this.compareDocument(key, digest);
    for await (const json of this.history.audits()) {
      const { id } = JSON.parse(json) as { id: number };
      const digest = this.documents.get(`audit/0/${id}`);
      if (digest === undefined) break;
      this.compareDigest(`audit/0/${id}`, digest, json);
      this.documents.delete(`audit/0/${id}`);
    }
    for (const key of this.documents.keys()) if (key.startsWith('audit/')) this.fault(`hist/${key} is missing.`);
  }

  private takeDocuments(): void {
    const { fold, watermark } = this;
    for (const { table, account, id, record, sequence } of fold.takeDocuments()) {
      if (sequence <= watermark) this.documents.set(`${table}/${account}/${id}`, digestOf(JSON.stringify(record)));
    }
    for (const record of fold.audits) {
      if (record.sequence <= watermark) this.documents.set(`audit/0/${record.id}`, digestOf(JSON.stringify(record)));
    }
    fold.audits = [];
  }

  private async compareBatch(boundary: number): Promise<void> {
    const { orders, trades } = this.fold;
    const orderRows = rowsSince(orders, this.taken);
    for (const rows of orderRows) await this.comparePage('orders', rows, boundary);
    for (const rows of rowsSince(trades, this.taken)) await this.comparePage('trades', rows, boundary);
    await this.compareIndex(orderRows, boundary);
    await this.compareEntered(boundary);
  }

  /** Batches of programs that did not count orders have none. */
  private async compareEntered(boundary: number): Promise<void> {
    for (const { user, first, ids } of enteredSince(this.fold.entered, this.taken, this.state)) {
      const stored = await this.history.enteredBefore(user, first + ids.length, ids.length);
      if (stored.length === 0) continue;
      this.comparedRows += stored.length;
      if (stored.join() !== ids.toReversed().join())
        this.fault(`The orders that user ${user} entered up to event ${boundary} are not those of the log.`);
    }
  }

  private async comparePage(table: PagedTable, { account, count, bytes }: HistoryRows, boundary: number): Promise<void> {
    this.unseen.delete(nameOf(table, account, boundary));
    const page = await this.history.rows(table, account, boundary);
    const place = placeOf({ table, account, uptoSequence: boundary });
    if (page === undefined) {
      this.fault(`${place} is missing: the log has ${count} of its rows.`);
      return;
    }
    this.comparedRows += count;
    const differs = firstDifference(bytes, page.bytes);
    if (differs === -1) return;
    this.fault(`${place} differs from the log at ${rowAt(table, bytes, differs)}.`);
  }

  private async compareIndex(rows: readonly HistoryRows[], boundary: number): Promise<void> {
    for (const { account, count, bytes } of rows) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const ids = Array.from({ length: count }, (_, row) => readOrderRecord(view, row * ORDER_STRIDE).orderId);
      const found = await this.history.locateOrders(ids);
      for (const id of ids) {
        const place = found.get(id);
        if (place?.account !== account || place.uptoSequence !== boundary) this.fault(`The index of history does not find order ${id}.`);
      }
    }
  }

  private async compareDocument(key: string, digest: string): Promise<void> {
    const [table, account, id] = key.split('/');
    if (table === 'audit') return;
    const json = await this.history.document(table as Parameters<HistoryStore['document']>[0], Number(account), Number(id));
    if (json === undefined) this.fault(`hist/${key} is missing.`);
    else this.compareDigest(key, digest, json);
  }

  private compareDigest(key: string, digest: string, json: string): void {
    this.comparedDocuments++;
    if (digestOf(json) !== digest) this.fault(`hist/${key} is not what the log says.`);
  }

  private fault(text: string): void {
    if (this.faults.length < FAULTS_MAX) this.faults.push(text);
  }
}

function nameOf(table: string, account: number, uptoSequence: number): string {
  return placeOf({ table, account, uptoSequence });
}

function placeOf({ table, account, uptoSequence }: { table: string; account: number; uptoSequence: number }): string {
  return `The page of ${table} of account ${account} up to event ${uptoSequence}`;
}

function digestOf(json: string): string {
  return createHash('sha1').update(json).digest('base64');
}

/** Index of the first byte that differs, or -1. */
function firstDifference(left: Uint8Array, right: Uint8Array): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) if (left[at] !== right[at]) return at;
  return left.length === right.length ? -1 : length;
}

function rowAt(table: PagedTable, bytes: Uint8Array, at: number): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stride = table === 'orders' ? ORDER_STRIDE : TRADE_STRIDE;
  const row = Math.floor(at / stride);
  if ((row + 1) * stride > bytes.byteLength) return 'its end';
  const { orderId, sequence } = table === 'orders' ? readOrderRecord(view, row * stride) : readTradeRecord(view, row * stride);
  return `order ${orderId}, event ${sequence}`;
}
