/**
 * What has finished and may leave memory: finished orders, own trades, documents (fund records and the like), audit records.
 *
 * The front keeps one of these for what the log holds but the history tables do not yet; the snapshot worker keeps one to
 * fill those tables. Orders and trades are packed records of fixed size in chunks, linked per account, so that a busy
 * exchange allocates a chunk now and then and nothing per order. Layouts are little-endian and written to disk: fields are
 * only ever appended, with a new stride.
 */
import type { CancelEntry, OrderEntry, Trade } from './events.js';
import type { Conditional, ConditionalRecord } from './conditionals/conditional.js';
import { ConditionalStatus, OrderStatus, Side } from './enums.js';
import { IntMap } from './int-map.js';
import { isOver, type Liquidation } from './liquidations.js';
import type { AuditRecord, FillEffect, FundRecord } from './observer.js';
import { StateObserver } from './observer.js';
import * as orderTable from './orders.js';
import type { SettledDay } from './settlement/settled-day.js';
import { dayDocument, StatementDocument } from './settlement/statements.js';
import { RecordJournal } from './record-journal.js';
import type { ExchangeState } from './state.js';

export interface OrderRecord {
  orderId: number;
  exchangeOrderId: number;
  account: number;
  instrument: number;
  side: number;
  offset: number;
  priceType: number;
  timeCondition: number;
  volumeCondition: number;
  price: number;
  volume: number;
  filled: number;
  /** Lots taken off while the order worked on (SMP_DECREMENT). */
  cancelled: number;
  status: number;
  code: number;
  reason: number;
  /** Σ price × lots of the fills. */
  filledNotional: number;
  insertUs: number;
  updateUs: number;
  minVolume: number;
  gtdDate: number;
  clientOrderId: string;
  /** Place in the log of the event that finished the order; of the state's last event for a live one. */
  sequence: number;
}

export interface TradeRecord {
  tradeId: number;
  orderId: number;
  account: number;
  instrument: number;
  side: number;
  offset: number;
  isTaker: number;
  price: number;
  volume: number;
  commission: number;
  /** Closing profit against the open prices, 1/10000; 0 of a trade that opened. */
  closeProfit: number;
  timeUs: number;
  tradingDay: number;
  sequence: number;
}

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const { OrderByte: Byte, OrderDouble: Double, OrderWord: Word } = orderTable;

/** Bytes of one packed record. */
export const ORDER_STRIDE = 160;
export const TRADE_STRIDE = 80;
/** Of the note that an order was entered: no more than its event and its id. */
export const ENTERED_STRIDE = 16;

function readOrderId(view: DataView, at: number): number {
  return view.getFloat64(at + 8, true);
}

/** Offsets of an order record: doubles, words, half words and bytes, then the client order id. */
export function readOrderRecord(view: DataView, at: number): OrderRecord {
  const idLength = view.getUint8(at + 89);
  let clientOrderId = '';
  for (let i = 0; i < idLength; i++) clientOrderId += String.fromCharCode(view.getUint8(at + 96 + i));
  return {
    sequence: view.getFloat64(at, true),
    orderId: view.getFloat64(at + 8, true),
    exchangeOrderId: view.getFloat64(at + 16, true),
    price: view.getFloat64(at + 24, true),
    filledNotional: view.getFloat64(at + 32, true),
    insertUs: view.getFloat64(at + 40, true),
    updateUs: view.getFloat64(at + 48, true),
    account: view.getUint32(at + 56, true),
    instrument: view.getUint32(at + 60, true),
    volume: view.getUint32(at + 64, true),
    filled: view.getUint32(at + 68, true),
    minVolume: view.getUint32(at + 72, true),
    gtdDate: view.getUint32(at + 76, true),
    cancelled: view.getUint32(at + 92, true),
    status: view.getUint16(at + 80, true),
    code: view.getUint16(at + 82, true),
    reason: view.getUint8(at + 84),
    side: view.getUint8(at + 85),
    offset: view.getUint8(at + 86),
    priceType: view.getUint8(at + 87),
    timeCondition: view.getUint8(at + 88),
    volumeCondition: view.getUint8(at + 90),
    clientOrderId,
  };
}

/** The same record of an order in the order table (live, or finished by the last event). */
export function orderRecordOf(state: ExchangeState, slot: number): OrderRecord {
  const o = state.orders;
  return {
    sequence: state.sequence,
    orderId: o.orderId[slot],
    exchangeOrderId: o.exchangeOrderId[slot],
    price: o.price[slot],
    filledNotional: o.filledNotional[slot],
    insertUs: o.insertUs[slot],
    updateUs: o.updateUs[slot],
    account: o.account[slot],
    instrument: o.instrument[slot],
    volume: o.volume[slot],
    filled: o.filled[slot],
    cancelled: o.cancelled[slot],
    minVolume: o.minVolume[slot],
    gtdDate: o.gtdDate[slot],
    status: o.status[slot],
    code: o.code[slot],
    reason: o.reason[slot],
    side: o.side[slot],
    offset: o.offset[slot],
    priceType: o.priceType[slot],
    timeCondition: o.timeCondition[slot],
    volumeCondition: o.volumeCondition[slot],
    clientOrderId: o.clientOrderId(slot),
  };
}

export function readTradeRecord(view: DataView, at: number): TradeRecord {
  return {
    sequence: view.getFloat64(at, true),
    tradeId: view.getFloat64(at + 8, true),
    orderId: view.getFloat64(at + 16, true),
    price: view.getFloat64(at + 24, true),
    commission: view.getFloat64(at + 32, true),
    closeProfit: view.getFloat64(at + 72, true),
    timeUs: view.getFloat64(at + 40, true),
    account: view.getUint32(at + 48, true),
    instrument: view.getUint32(at + 52, true),
    volume: view.getUint32(at + 56, true),
    tradingDay: view.getUint32(at + 60, true),
    side: view.getUint8(at + 64),
    offset: view.getUint8(at + 65),
    isTaker: view.getUint8(at + 66),
  };
}

/** Records that are kept one by one as JSON, by account and id; account 0 for those of the venue. */
export type DocumentTable = 'funds' | 'conditionals' | 'liquidations' | 'settlements' | 'days';

export interface HistoryDocument {
  readonly table: DocumentTable;
  readonly account: number;
  readonly id: number;
  /** Place in the log of the event that made it. A later one of the same id takes its place. */
  readonly sequence: number;
  readonly record: object;
}

/** Orders that all accounts of a user have entered. */
export function ordersEntered({ accounts, users }: ExchangeState, user: number): number {
  return users.get(user)!.accounts.reduce((sum, account) => sum + accounts.orderCount[account], 0);
}

/** Folds finished things out of the event stream. Every record starts with the sequence of its event. */
export class HistoryFold extends StateObserver {
  readonly orders = new RecordJournal(ORDER_STRIDE);
  readonly trades = new RecordJournal(TRADE_STRIDE);
  /** Orders in the order in which they were entered, by user: what lists of them count by. */
  readonly entered = new RecordJournal(ENTERED_STRIDE);
  /** Order id → number of its record in `orders`, of all below `indexed`: looking one up adds those that have come since. */
  private readonly orderNumbers = new IntMap();
  private indexed = 0;
  audits: AuditRecord[] = [];
  private kept: HistoryDocument[] = [];
  /** A day whose documents nobody has asked for yet. */
  private settled: SettledDay | undefined;

  constructor(private readonly state: ExchangeState) {
    super();
  }

  /** In the order of their events. */
  get documents(): readonly HistoryDocument[] {
    this.makeStatements();
    return this.kept;
  }

  /** All documents; they are forgotten here. */
  takeDocuments(): readonly HistoryDocument[] {
    const { documents } = this;
    this.kept = [];
    return documents;
  }

  override orderAccepted(_slot: number, event: OrderEntry): void {
    this.noteEntered(event);
  }

  override orderRefused(slot: number, event: OrderEntry): void {
    this.noteEntered(event);
    this.finished(slot, event.stamp.sequence);
  }

  override orderCancelled(slot: number, event: CancelEntry): void {
    if (this.state.orders.status[slot] === OrderStatus.Cancelled) this.finished(slot, event.stamp.sequence);
  }

  override traded(event: Trade, effect: FillEffect): void {
    this.tradeSide(event, effect.tradeId, effect.buySlot, effect.buyFee, effect.buyProfit);
    this.tradeSide(event, effect.tradeId, effect.sellSlot, effect.sellFee, effect.sellProfit);
    const { status } = this.state.orders;
    if (status[effect.buySlot] === OrderStatus.Filled) this.finished(effect.buySlot, event.stamp.sequence);
    if (status[effect.sellSlot] === OrderStatus.Filled) this.finished(effect.sellSlot, event.stamp.sequence);
  }

  override fundsMoved(record: FundRecord): void {
    const { account, id, sequence } = record;
    this.keep({ table: 'funds', account, id, sequence, record });
    // once more among the venue's, so that the newest of all accounts are found without looking at each
    this.keep({ table: 'funds', account: 0, id, sequence, record });
  }

  override conditionalChanged(conditional: Conditional, sequence: number): void {
    if (conditional.status === ConditionalStatus.PENDING) return;
    const { account, conditional: id } = conditional;
    const record: ConditionalRecord = { ...conditional, id, sequence };
    this.keep({ table: 'conditionals', account, id, sequence, record });
  }

  override liquidationChanged(liquidation: Liquidation): void {
    if (!isOver(liquidation.status)) return;
    const { id, sequence } = liquidation;
    this.keep({ table: 'liquidations', account: 0, id, sequence, record: liquidation });
  }

  /** Makes nothing of it yet: the front applies this event between two requests, with a statement for each account. */
  override daySettled(day: SettledDay): void {
    this.makeStatements();
    this.settled = day;
  }

  override audited(record: AuditRecord): void {
    this.audits.push(record);
  }

  /** A finished order that has not been dropped. */
  findOrder(orderId: number): OrderRecord | undefined {
    this.indexOrders();
    const n = this.orderNumbers.get(orderId);
    return n === -1 ? undefined : this.orders.readAt(n, readOrderRecord);
  }

  /** Forgets what is at or below `sequence`: the history tables hold it. */
  dropUpTo(sequence: number): void {
    this.indexed = Math.max(
      this.indexed,
      this.orders.dropUpTo(sequence, (view, at) => this.orderNumbers.delete(readOrderId(view, at))),
    );
    this.trades.dropUpTo(sequence);
    this.entered.dropUpTo(sequence);
    if (this.settled !== undefined && this.settled.sequence <= sequence) this.settled = undefined;
    if (this.kept.length > 0 && this.kept[0].sequence <= sequence) this.kept = this.kept.filter((each) => each.sequence > sequence);
    if (this.audits.length > 0 && this.audits[0].sequence <= sequence) this.audits = this.audits.filter((a) => a.sequence > sequence);
  }

  /** Not with each event: a fold that nobody asks need not know, and a start has many to fold before anybody can. */
  private indexOrders(): void {
    const { orders, orderNumbers } = this;
    orderNumbers.reserve(orders.end - this.indexed);
    for (; this.indexed < orders.end; this.indexed++) orderNumbers.set(orders.readAt(this.indexed, readOrderId), this.indexed);
  }

  private noteEntered({ account, stamp, orderId }: OrderEntry): void {
    this.entered.append(this.state.accounts.user[account], stamp.sequence, orderId);
  }

  private keep(document: HistoryDocument): void {
    this.makeStatements();
    this.kept.push(document);
  }

  private makeStatements(): void {
    if (this.settled === undefined) return;
    const day = this.settled;
    this.settled = undefined;
    this.kept.push(dayDocument(day));
    for (let account = 1; account <= day.figures.accountCount; account++) this.kept.push(new StatementDocument(day, account));
  }

  private finished(slot: number, sequence: number): void {
    const { words, doubles, bytes, clientIds } = this.state.orders;
    const at = this.orders.append(words[slot + Word.account], sequence, doubles[slot + Double.orderId]);
    const { view } = this.orders;
    view.setFloat64(at + 16, doubles[slot + Double.exchangeOrderId], true);
    view.setFloat64(at + 24, doubles[slot + Double.price], true);
    view.setFloat64(at + 32, doubles[slot + Double.filledNotional], true);
    view.setFloat64(at + 40, doubles[slot + Double.insertUs], true);
    view.setFloat64(at + 48, doubles[slot + Double.updateUs], true);
    view.setUint32(at + 56, words[slot + Word.account], true);
    view.setUint32(at + 60, words[slot + Word.instrument], true);
    view.setUint32(at + 64, words[slot + Word.volume], true);
    view.setUint32(at + 68, words[slot + Word.filled], true);
    view.setUint32(at + 72, doubles[slot + Double.minVolume], true);
    view.setUint32(at + 76, doubles[slot + Double.gtdDate], true);
    view.setUint16(at + 80, words[slot + Word.status], true);
    view.setUint16(at + 82, doubles[slot + Double.code], true);
    view.setUint8(at + 84, bytes[slot + Byte.reason]);
    view.setUint8(at + 85, words[slot + Word.side]);
    view.setUint8(at + 86, words[slot + Word.offset]);
    view.setUint8(at + 87, bytes[slot + Byte.priceType]);
    view.setUint8(at + 88, bytes[slot + Byte.timeCondition]);
    const length = words[slot + Word.clientIdLength];
    view.setUint8(at + 89, length);
    view.setUint8(at + 90, bytes[slot + Byte.volumeCondition]);
    view.setUint32(at + 92, words[slot + Word.cancelled], true);
    // what lies behind the last character is 0
    for (let word = 0; word * 4 < length; word++) view.setInt32(at + 96 + word * 4, clientIds[slot + word], true);
  }

  private tradeSide(event: Trade, tradeId: number, slot: number, commission: number, closeProfit: number): void {
    const o = this.state.orders;
    const at = this.trades.append(o.account[slot], event.stamp.sequence, tradeId);
    const view = this.trades.view;
    view.setFloat64(at + 16, o.orderId[slot], true);
    view.setFloat64(at + 24, event.price, true);
    view.setFloat64(at + 32, commission, true);
    view.setFloat64(at + 72, closeProfit, true);
    view.setFloat64(at + 40, event.stamp.timeUs, true);
    view.setUint32(at + 48, o.account[slot], true);
    view.setUint32(at + 52, event.instrument, true);
    view.setUint32(at + 56, event.volume, true);
    view.setUint32(at + 60, this.state.tradingDay, true);
    view.setUint8(at + 64, o.side[slot]);
    view.setUint8(at + 65, o.offset[slot]);
    view.setUint8(at + 66, event.takerSide !== Side.NONE && event.takerSide === o.side[slot] ? 1 : 0);
  }
}
