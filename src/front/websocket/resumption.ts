/**
 * A session that comes back gets the reports that it missed, each once and in order, before anything new of the account
 * (websocket.md 4). What happens while they are read is not lost: the account's new reports are kept from the session until
 * it has caught up in memory, where the last step takes no time.
 */
import type { FundRecord } from '../../core/observer.js';
import type { ExchangeState } from '../../core/state.js';
import { headKind, headTextLength } from '../../wire/session-head.js';
import { addSystemNotice } from '../../wire/session-answers.js';
import { FundReportAt, NoticeEvent, OrderReportAt, SessionKind } from '../../wire/session-layout.js';
import { addAccountState, addPositionState } from '../../wire/session-reports.js';
import type { HistoryQueries } from '../history.js';
import { addReport } from '../publisher/report-frame.js';
import { ReportText } from '../publisher/report-text.js';
import { reportSeqOf, type KeptReport, type ReportLog } from '../report-log.js';
import { accountId } from '../views/ids.js';
import { systemMessage } from './answers.js';
import type { Session } from './session.js';

/** Reports handed over before the client must have taken some. */
const CHUNK = 256;
/** Between two looks whether it has. */
const WAIT_MS = 20;

export interface ResumptionParts {
  readonly state: ExchangeState;
  readonly reports: Pick<ReportLog, 'recentSince' | 'since'>;
  readonly history: Pick<HistoryQueries, 'findOrder' | 'document'>;
  readonly log: { error(details: object, message: string): void };
}

export class Resumption {
  private readonly texts: ReportText;

  constructor(private readonly parts: ResumptionParts) {
    this.texts = new ReportText(parts.state);
  }

  /** Sends the session what followed report `after` of one of its accounts. Reports of the account wait meanwhile. */
  start(session: Session, account: number, after: number): void {
    if (session.isBehind(account)) return;
    session.fallBehind(account);
    void this.run(session, account, after).catch((error: unknown) => {
      this.parts.log.error({ err: error, account }, 'reports could not be sent again');
      this.startOver(session, account);
    });
  }

  private async run(session: Session, account: number, after: number): Promise<void> {
    const { reports, state } = this.parts;
    const { reportSequence } = state.accounts;
    for (let sent = after; ;) {
      const recent = reports.recentSince(account, sent, reportSequence[account]);
      // few enough to be sent without a pause, in which nothing new can come between
      if (recent !== undefined && recent.length <= CHUNK && recent.every((report) => this.isPlain(report, session))) {
        for (const report of recent) this.push(session, report, this.liveClientId(report));
        break;
      }
      const missed = await reports.since(account, sent, reportSequence[account]);
      if (session.isClosed) return;
      if (missed === undefined) {
        this.startOver(session, account);
        return;
      }
      for (const report of missed.slice(0, CHUNK)) await this.send(session, report);
      sent += Math.min(CHUNK, missed.length);
      await this.taken(session);
      if (session.isClosed) return;
    }
    this.finish(session, account);
  }

  /** The missing ones are not known any more: the client is told so, and how things stand. */
  private startOver(session: Session, account: number): void {
    if (session.isClosed) return;
    if (session.isBinary) addSystemNotice(session.frames(), NoticeEvent.RESYNC, account);
    else session.push(systemMessage('resync', `Reports of ${accountId(account)} are missing: query the state and go on from there.`));
    this.finish(session, account);
  }

  /** How things stand, and from here on the session hears of the account as everybody does. */
  private finish(session: Session, account: number): void {
    const { state } = this.parts;
    const { accounts, positions } = state;
    for (let p = accounts.firstPosition[account]; p !== 0; p = positions.nextOfAccount[p]!) {
      if (session.isBinary) addPositionState(session.frames(), state, p);
      else session.push(this.texts.position(p));
    }
    if (session.isBinary) addAccountState(session.frames(), state, account);
    else session.push(this.texts.account(account));
    session.caughtUp(account);
    session.flush();
  }

  /** Whether everything that its message says is at hand. */
  private isPlain(report: KeptReport, session: Session): boolean {
    const kind = headKind(report.view, report.at);
    if (kind === SessionKind.FUND_REPORT) return session.isBinary;
    return kind !== SessionKind.ORDER_REPORT || headTextLength(report.view, report.at) === 0 || this.liveClientId(report) !== '';
  }

  /** The client order id of a working order, '' for any other. */
  private liveClientId({ view, at }: KeptReport): string {
    if (headKind(view, at) !== SessionKind.ORDER_REPORT) return '';
    const { orders } = this.parts.state;
    const slot = orders.find(view.getFloat64(at + OrderReportAt.orderId, true));
    return slot === -1 ? '' : orders.clientOrderId(slot);
  }

  private async send(session: Session, report: KeptReport): Promise<void> {
    const { view, at } = report;
    const { history } = this.parts;
    const kind = headKind(view, at);
    if (kind === SessionKind.FUND_REPORT && !session.isBinary) {
      const id = view.getFloat64(at + FundReportAt.fundId, true);
      const record = await history.document<FundRecord>('funds', view.getUint32(at + FundReportAt.account, true), id);
      if (record !== undefined) session.push(this.texts.transaction(record, reportSeqOf(report)));
      return;
    }
    let clientOrderId = this.liveClientId(report);
    if (clientOrderId === '' && kind === SessionKind.ORDER_REPORT && headTextLength(view, at) > 0) {
      clientOrderId = history.findOrder(view.getFloat64(at + OrderReportAt.orderId, true))?.clientOrderId ?? '';
    }
    this.push(session, report, clientOrderId);
  }

  private push(session: Session, { view, at }: KeptReport, clientOrderId: string): void {
    if (session.isBinary) addReport(session.frames(), view, at, clientOrderId);
    else if (headKind(view, at) === SessionKind.ORDER_REPORT) session.push(this.texts.order(view, at, clientOrderId));
    else session.push(this.texts.trade(view, at));
  }

  private async taken(session: Session): Promise<void> {
    session.flush();
    while (!session.isClosed && session.waitingCount > 0) await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
}
