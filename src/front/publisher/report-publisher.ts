/**
 * The private stream: what happened to the orders and the money of an account, told to all sessions of its owner
 * (websocket.md 4).
 *
 * order_status, trade and transaction are numbered per account and each is sent. position_update and account_update show
 * a state, so the newest is enough: they go out once at the end of a loop turn, however many events touched them.
 */
import type { Conditional } from '../../core/conditionals/conditional.js';
import type { AmendEntry, CancelEntry, OrderEntry, Trade } from '../../core/events.js';
import { StateObserver, type FillEffect, type FundRecord } from '../../core/observer.js';
import type { SettledDay } from '../../core/settlement/settled-day.js';
import type { ExchangeState } from '../../core/state.js';
import { Reported, type ReportFold } from '../../storage/report-fold.js';
import type { FrameBuffer } from '../../wire/frame-buffer.js';
import { addAccountState, addPositionState } from '../../wire/session-reports.js';
import type { RiskAlert } from '../risk/risk-monitor.js';
import { addReport } from './report-frame.js';
import { ReportText, riskAlertText } from './report-text.js';
import { Touched } from './touched.js';

const NOBODY: readonly ReportReceiver[] = [];

export interface ReportReceiver {
  /** True: takes frames of the binary protocol; false: takes text. */
  readonly isBinary: boolean;
  /** True while older reports of the account are still being sent to it: the newer ones follow from there. */
  isBehind(account: number): boolean;
  /** Takes a message without sending it yet; never blocks, never throws. */
  push(text: string): void;
  /** Where frames are added, to be sent later. */
  frames(): FrameBuffer;
}

export interface ReportAudience {
  /** Sessions logged in as the user, or undefined when there are none. */
  receivers(user: number): readonly ReportReceiver[] | undefined;
}

export class ReportPublisher extends StateObserver {
  readonly texts: ReportText;
  private readonly touchedAccounts = new Touched();
  private readonly touchedPositions = new Touched();

  /** `reports` observes the state too, before this does. */
  constructor(
    private readonly state: ExchangeState,
    private readonly audience: ReportAudience,
    private readonly reports: ReportFold,
  ) {
    super();
    this.texts = new ReportText(state);
  }

  override orderAccepted(slot: number, event: OrderEntry): void {
    this.reportOrder(slot, event.account, Reported.ONLY);
  }

  override orderRefused(slot: number, event: OrderEntry): void {
    this.reportOrder(slot, event.account, Reported.ONLY);
  }

  override orderCancelled(slot: number, event: CancelEntry): void {
    this.reportOrder(slot, event.account, Reported.ONLY);
  }

  override orderAmended(slot: number, event: AmendEntry): void {
    this.reportOrder(slot, event.account, Reported.ONLY);
  }

  override traded(event: Trade, effect: FillEffect): void {
    this.reportFill(effect.buySlot, event.buyAccount, Reported.BUYER_ORDER, Reported.BUYER_TRADE);
    this.reportFill(effect.sellSlot, event.sellAccount, Reported.SELLER_ORDER, Reported.SELLER_TRADE);
  }

  override fundsMoved(record: FundRecord): void {
    const receivers = this.receivers(record.account);
    if (receivers === undefined) return;
    const { account } = record;
    const text = this.texts.transaction(record, this.state.accounts.reportSequence[account]);
    for (const receiver of receivers) {
      if (receiver.isBehind(account)) continue;
      if (receiver.isBinary) addReport(receiver.frames(), this.reports.views[Reported.ONLY], this.reports.offsets[Reported.ONLY], '');
      else receiver.push(text);
    }
    this.touchedAccounts.add(account);
  }

  override conditionalChanged(conditional: Conditional): void {
    this.sendText(conditional.account, () => this.texts.conditional(conditional));
  }

  override accountOpened(account: number): void {
    if (this.receivers(account) !== undefined) this.touchedAccounts.add(account);
  }

  /** Everybody's money and lots are others now: those who listen hear of theirs. */
  override daySettled({ figures }: SettledDay): void {
    for (let account = 1; account <= figures.accountCount; account++) {
      if (this.receivers(account) !== undefined) this.touchAll(account);
    }
  }

  riskAlert(alert: RiskAlert): void {
    this.sendText(alert.account, () => riskAlertText(alert));
  }

  /** Called when the events at hand are applied. */
  afterTurn(): void {
    if (this.touchedPositions.numbers.length > 0) this.sendPositions();
    if (this.touchedAccounts.numbers.length > 0) this.sendAccounts();
  }

  /** The account and all of its positions go out with the next turn, to all who listen. */
  touchAll(account: number): void {
    const { accounts, positions } = this.state;
    this.touchedAccounts.add(account);
    for (let p = accounts.firstPosition[account]; p !== 0; p = positions.nextOfAccount[p]!) this.touchedPositions.add(p);
  }

  private reportOrder(slot: number, account: number, place: number): void {
    const receivers = this.receivers(account);
    if (receivers === undefined) return;
    this.sendOrder(receivers, slot, account, place);
    this.touch(slot, account);
  }

  private reportFill(slot: number, account: number, orderPlace: number, tradePlace: number): void {
    const receivers = this.receivers(account);
    if (receivers === undefined) return;
    this.sendOrder(receivers, slot, account, orderPlace);
    const view = this.reports.views[tradePlace];
    const at = this.reports.offsets[tradePlace];
    let text = '';
    for (const receiver of receivers) {
      if (receiver.isBehind(account)) continue;
      if (receiver.isBinary) addReport(receiver.frames(), view, at, '');
      else receiver.push((text = text === '' ? this.texts.trade(view, at) : text));
    }
    this.touch(slot, account);
  }

  /** The order report at `place` of the last event, to everybody in the form that he takes. */
  private sendOrder(receivers: readonly ReportReceiver[], slot: number, account: number, place: number): void {
    const view = this.reports.views[place];
    const at = this.reports.offsets[place];
    const clientOrderId = this.state.orders.clientOrderId(slot);
    let text = '';
    for (const receiver of receivers) {
      if (receiver.isBehind(account)) continue;
      if (receiver.isBinary) addReport(receiver.frames(), view, at, clientOrderId);
      else receiver.push((text = text === '' ? this.texts.order(view, at, clientOrderId) : text));
    }
  }

  private touch(slot: number, account: number): void {
    const position = this.state.orders.position[slot];
    // an order that the book refused never touched a position
    if (position !== 0) this.touchedPositions.add(position);
    this.touchedAccounts.add(account);
  }

  private sendPositions(): void {
    for (const position of this.touchedPositions.numbers) {
      const account = this.state.positions.account[position];
      let text = '';
      for (const receiver of this.receivers(account) ?? NOBODY) {
        if (receiver.isBehind(account)) continue;
        if (receiver.isBinary) addPositionState(receiver.frames(), this.state, position);
        else receiver.push((text = text === '' ? this.texts.position(position) : text));
      }
    }
    this.touchedPositions.clear();
  }

  private sendAccounts(): void {
    for (const account of this.touchedAccounts.numbers) {
      let text = '';
      for (const receiver of this.receivers(account) ?? NOBODY) {
        if (receiver.isBehind(account)) continue;
        if (receiver.isBinary) addAccountState(receiver.frames(), this.state, account);
        else receiver.push((text = text === '' ? this.texts.account(account) : text));
      }
    }
    this.touchedAccounts.clear();
  }

  /** What only JSON has a form for. */
  private sendText(account: number, encode: () => string): void {
    const receivers = this.receivers(account);
    if (receivers === undefined) return;
    const text = encode();
    for (const receiver of receivers) if (!receiver.isBinary && !receiver.isBehind(account)) receiver.push(text);
  }

  private receivers(account: number): readonly ReportReceiver[] | undefined {
    return this.audience.receivers(this.state.accounts.user[account]);
  }
}
