/** The exchange's state and history as the snapshot worker folds them. */
import { createHash } from 'node:crypto';
import { assert } from '../core/assert.js';
import { EffectsDigest } from '../core/effects-digest.js';
import { ENTERED_STRIDE, HistoryFold, ORDER_STRIDE, ordersEntered, readOrderRecord } from '../core/history.js';
import type { RecordJournal } from '../core/record-journal.js';
import { evaluateSoundness, type Verdict } from '../core/soundness/soundness.js';
import { FORMAT_WITHOUT_KEYS, restoreState, serializeState } from '../core/state-codec.js';
import { ExchangeState } from '../core/state.js';
import { EventDecoder } from '../wire/event-decoder.js';
import type { FrameViews } from '../wire/frame-layout.js';
import { PAGE_ROWS, ROW_ID_AT, type EnteredOrders, type HistoryBatch, type HistoryRows } from './history-store.js';
import { LOG_VERSION_WITHOUT_ORIGINS } from './log-block.js';
import { ReportFold } from './report-fold.js';
import type { Fold } from './snapshotter.js';

export class StateFold implements Fold {
  private state!: ExchangeState;
  private history!: HistoryFold;
  private reports!: ReportFold;
  private decoder!: EventDecoder;
  private effects: EffectsDigest | undefined;
  /** Everything up to this event has been taken or dropped. */
  private taken = 0;
  /** The last ids that were given until then. */
  private takenOrderId = 0;
  private takenTradeId = 0;

  /** `hasEffects`: what events do is summed up, for `takeEffects`. */
  constructor(private readonly hasEffects = false) {
    this.begin(new ExchangeState());
  }

  restore(bytes: Uint8Array): void {
    this.begin(restoreState(bytes));
  }

  apply(views: FrameViews, offset: number): void {
    this.decoder.decode(views, offset);
  }

  serialize(): Uint8Array {
    return serializeState(this.state);
  }

  /** Of the state, as every node has it that reads a log of this version. */
  hash(logVersion: number): string {
    const bytes = logVersion > LOG_VERSION_WITHOUT_ORIGINS ? this.serialize() : serializeState(this.state, FORMAT_WITHOUT_KEYS);
    return createHash('sha256').update(bytes).digest('hex');
  }

  /** A hash of what the events since the last call left behind. */
  takeEffects(): string {
    assert(this.effects !== undefined, 'effects are summed up');
    return this.effects.take();
  }

  /** All equations of the ledger on the state as it is. */
  soundness(): Verdict[] {
    return evaluateSoundness(this.state);
  }

  takeHistory(): HistoryBatch {
    const orders = rowsSince(this.history.orders, this.taken, this.takenOrderId);
    const batch = {
      orders,
      trades: rowsSince(this.history.trades, this.taken, this.takenTradeId),
      orderIndex: orders.flatMap(orderIdsOf),
      entered: enteredSince(this.history.entered, this.taken, this.state),
      documents: this.history.documents.map(({ table, account, id, record }) => ({ table, account, id, json: JSON.stringify(record) })),
      audits: this.history.audits.map((record) => ({ id: record.id, json: JSON.stringify(record) })),
      reports: { rows: rowsSince(this.reports.journal, this.taken), endedSequence: this.reports.takeEnded() },
    };
    this.dropHistory();
    return batch;
  }

  dropHistory(): void {
    this.noteTaken();
    this.history.dropUpTo(this.taken);
    this.reports.journal.dropUpTo(this.taken);
  }

  private begin(state: ExchangeState): void {
    this.state = state;
    this.history = new HistoryFold(state);
    state.observe(this.history);
    this.reports = new ReportFold(state);
    state.observe(this.reports);
    if (this.hasEffects) state.observe((this.effects = new EffectsDigest(state)));
    this.decoder = new EventDecoder(state);
    this.noteTaken();
  }

  private noteTaken(): void {
    this.taken = this.state.sequence;
    this.takenOrderId = this.state.nextOrderId - 1;
    this.takenTradeId = this.state.tradeCount;
  }
}

/** What finished behind `sequence`, packed as it is written to the history tables. `olderIdMax`: no record before has a larger id. */
export function rowsSince(journal: RecordJournal, sequence: number, olderIdMax = Infinity): HistoryRows[] {
  return [...journal.accountsSince(sequence)].map((account) => ({ account, olderIdMax, ...journal.packSince(account, sequence) }));
}

/** Orders entered behind `sequence`, up to the state as it is. */
export function enteredSince(journal: RecordJournal, sequence: number, state: ExchangeState): EnteredOrders[] {
  return rowsSince(journal, sequence).map(({ account: user, count, bytes }) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const ids = Float64Array.from({ length: count }, (_, row) => view.getFloat64(row * ENTERED_STRIDE + ROW_ID_AT, true));
    return { user, first: ordersEntered(state, user) - count, ids };
  });
}

function orderIdsOf({ account, count, bytes }: HistoryRows): { orderId: number; account: number; part: number }[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, row) => ({
    orderId: readOrderRecord(view, row * ORDER_STRIDE).orderId,
    account,
    part: Math.floor(row / PAGE_ROWS),
  }));
}
