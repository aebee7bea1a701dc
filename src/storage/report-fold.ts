/**
 * The numbered reports of the private stream, kept as they were sent: order, trade and fund reports by account, as frames of
 * the binary protocol behind the sequence of their event. The front keeps one of these for what the history tables do not
 * hold yet; the snapshot worker keeps one to fill them.
 */
import { CancelReason, Side } from '../core/enums.js';
import type { AmendEntry, CancelEntry, OrderEntry, Trade } from '../core/events.js';
import { StateObserver, type FillEffect, type FundRecord } from '../core/observer.js';
import { RecordJournal } from '../core/record-journal.js';
import type { ExchangeState } from '../core/state.js';
import { REPORT_BYTES_MAX, writeFundReport, writeOrderReport, writeTradeReport } from '../wire/session-reports.js';

/** Bytes of the sequence in front of a frame. */
export const REPORT_AT = 8;
export const REPORT_STRIDE = REPORT_AT + REPORT_BYTES_MAX;

/** Places of the last event's reports in `views` and `offsets`: an event that is no trade has one. */
export const Reported = { ONLY: 0, BUYER_ORDER: 0, BUYER_TRADE: 1, SELLER_ORDER: 2, SELLER_TRADE: 3 } as const;

export class ReportFold extends StateObserver {
  readonly journal = new RecordJournal(REPORT_STRIDE);
  /** Frames of the last event that made any, by `Reported`; they stay where they are until dropped. */
  readonly views: DataView[] = Array.from({ length: 4 }, () => this.journal.view);
  readonly offsets = [0, 0, 0, 0];

  private endedSequence = 0;

  constructor(private readonly state: ExchangeState) {
    super();
  }

  override orderAccepted(slot: number, event: OrderEntry): void {
    this.order(slot, event.account, event.stamp.sequence, CancelReason.NONE);
  }

  override orderRefused(slot: number, event: OrderEntry): void {
    this.order(slot, event.account, event.stamp.sequence, CancelReason.NONE);
  }

  override orderCancelled(slot: number, event: CancelEntry): void {
    this.order(slot, event.account, event.stamp.sequence, event.reason);
  }

  override orderAmended(slot: number, event: AmendEntry): void {
    this.order(slot, event.account, event.stamp.sequence, CancelReason.NONE);
  }

  override traded(event: Trade, effect: FillEffect): void {
    const { reportSequence } = this.state.accounts;
    const { buyAccount, sellAccount } = event;
    // the state has counted both sides already: with one account on both, the buyer's pair comes before the seller's
    const buyerLast = reportSequence[buyAccount] - (buyAccount === sellAccount ? 2 : 0);
    this.fill(event, effect, Side.BUY, effect.buySlot, buyAccount, buyerLast, Reported.BUYER_ORDER);
    this.fill(event, effect, Side.SELL, effect.sellSlot, sellAccount, reportSequence[sellAccount], Reported.SELLER_ORDER);
  }

  override fundsMoved(record: FundRecord): void {
    const at = this.add(record.account, record.sequence, Reported.ONLY);
    writeFundReport(this.journal.view, at, record, this.state.accounts.reportSequence[record.account]);
  }

  override daySettled(): void {
    // the event itself is behind: this is what the day before it came to
    this.endedSequence = this.state.sequence;
  }

  /** The last event of the days that have ended since the last call, 0 for none. */
  takeEnded(): number {
    const ended = this.endedSequence;
    this.endedSequence = 0;
    return ended;
  }

  private order(slot: number, account: number, sequence: number, reason: number): void {
    const at = this.add(account, sequence, Reported.ONLY);
    writeOrderReport(this.journal.view, at, this.state.orders, slot, 0, reason, this.state.accounts.reportSequence[account]);
  }

  /** `last` is the number of the trade report; the order report has the one before. */
  private fill(event: Trade, effect: FillEffect, side: number, slot: number, account: number, last: number, place: number): void {
    const { orders } = this.state;
    const { sequence } = event.stamp;
    const orderAt = this.add(account, sequence, place);
    writeOrderReport(this.journal.view, orderAt, orders, slot, event.volume, CancelReason.NONE, last - 1);
    const tradeAt = this.add(account, sequence, place + 1);
    writeTradeReport(this.journal.view, tradeAt, orders, event, effect, side, last);
  }

  /** Where the frame goes, in `journal.view`. */
  private add(account: number, sequence: number, place: number): number {
    const at = this.journal.append(account, sequence) + REPORT_AT;
    this.views[place] = this.journal.view;
    this.offsets[place] = at;
    return at;
  }
}
