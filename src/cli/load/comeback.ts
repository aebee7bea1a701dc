/**
 * What a connection needs to go on after it was cut: its requests without an answer, to send them again, and the last report
 * of each account, to ask for those behind it.
 *
 * An order sent again carries its client order id, by which the exchange knows it: it is one order, and the answer is that
 * of the first time. Reports are numbered by account, so that one that is missing shows, and one that comes twice.
 */
import type { Histogram } from 'hdr-histogram-js';

/** An account as the protocol of the connection names it. */
export type AccountName = string | number;
/** A request as it goes over the wire: a text, or the bytes of a frame. */
export type KeptRequest = string | Uint8Array;

/** Sums over all connections of a run that are cut. */
export interface StormCounts {
  storms: number;
  cut: number;
  ordersSentAgain: number;
  cancelsSentAgain: number;
  /** Cancels sent again whose order was cancelled already: the cut had swallowed the answer. */
  cancelsFoundDone: number;
  /** Reports that came after a cut because they were asked for. */
  reportsReplayed: number;
  reportsMissed: number;
  reportsRepeated: number;
}

export function noStorms(): StormCounts {
  return {
    storms: 0,
    cut: 0,
    ordersSentAgain: 0,
    cancelsSentAgain: 0,
    cancelsFoundDone: 0,
    reportsReplayed: 0,
    reportsMissed: 0,
    reportsRepeated: 0,
  };
}

export class Comeback {
  /** The connection is cut and not let in again yet. */
  isAway = false;

  private readonly counts: StormCounts;
  private readonly tradingAgainUs: Histogram;
  /** In the order of their numbers. */
  private readonly unanswered = new Map<number, KeptRequest>();
  private readonly sentAgain = new Set<number>();
  private readonly lastReports = new Map<AccountName, number>();
  /** Accounts whose missed reports are still on their way: how often their state has still to come until all are there. */
  private readonly statesDue = new Map<AccountName, number>();
  /** Accounts whose missed reports are not known any more. */
  private readonly startedOver = new Set<AccountName>();
  /** Of the connection's requests, the last one that was sent before the cut. */
  private lastSent = 0;
  /** When the connection was cut, on the clock of `performance.now()`; 0 while it trades. */
  private cutMs = 0;
  private wantsAnswer = false;

  /** The exchange says `statesPerLogin` times how an account stands; with the last one all missed reports are there. */
  constructor(
    { counts, tradingAgainUs }: { counts: StormCounts; tradingAgainUs: Histogram },
    accounts: readonly AccountName[],
    private readonly statesPerLogin: number,
  ) {
    this.counts = counts;
    this.tradingAgainUs = tradingAgainUs;
    for (const account of accounts) this.lastReports.set(account, 0);
  }

  /** The connection trades, with nothing of a cut left to be done. */
  get isTrading(): boolean {
    return this.cutMs === 0;
  }

  keep(number: number, request: KeptRequest): void {
    this.unanswered.set(number, request);
  }

  /** The request has its answer, or is given up. */
  settle(number: number): void {
    this.unanswered.delete(number);
    this.wantsAnswer = false;
    this.noteTrading();
  }

  /** The connection is cut; `lastSent` is its last request so far. */
  leave(lastSent: number): void {
    this.isAway = true;
    this.lastSent = lastSent;
    // cut again before it was back: the time runs from the first cut
    if (this.cutMs === 0) this.cutMs = performance.now();
    this.counts.cut++;
  }

  /** Before it asks to be let in: the last report of each account. */
  resumePoints(): ReadonlyMap<AccountName, number> {
    for (const account of this.lastReports.keys()) this.statesDue.set(account, this.statesPerLogin);
    return this.lastReports;
  }

  /** It is let in: gives the requests to send now, `isOrder` tells orders from cancels. */
  comeIn(isOrder: (number: number) => boolean): Iterable<KeptRequest> {
    this.isAway = false;
    this.sentAgain.clear();
    for (const number of this.unanswered.keys()) {
      // what fell due during the cut is sent for the first time
      if (number > this.lastSent) break;
      this.sentAgain.add(number);
      if (isOrder(number)) this.counts.ordersSentAgain++;
      else this.counts.cancelsSentAgain++;
    }
    this.wantsAnswer = this.unanswered.size > 0;
    this.noteTrading();
    return this.unanswered.values();
  }

  /** A cancel is refused because its order works no more; whether that is so because it was sent before. */
  findsDone(number: number): boolean {
    if (!this.sentAgain.delete(number)) return false;
    this.counts.cancelsFoundDone++;
    return true;
  }

  /** A numbered report has come. */
  report(account: AccountName, number: number): void {
    const last = this.lastReports.get(account);
    if (last === undefined) return;
    const isReplayed = this.statesDue.has(account);
    if (isReplayed && this.cutMs !== 0) this.counts.reportsReplayed++;
    // numbers begin anew with a trading day, which no replay reaches beyond
    const isNewDay = number === 1 && !isReplayed;
    if (number <= last && !isNewDay) {
      this.counts.reportsRepeated++;
      return;
    }
    if (number > last && !this.startedOver.has(account)) this.counts.reportsMissed += number - last - 1;
    this.lastReports.set(account, number);
  }

  /** The exchange says that reports of the account are of a former day. */
  startOver(account: AccountName): void {
    if (this.lastReports.has(account)) this.startedOver.add(account);
  }

  /** How an account stands, and with which report. */
  state(account: AccountName, lastReport: number): void {
    const due = this.statesDue.get(account);
    if (due === undefined) return;
    if (due > 1) {
      this.statesDue.set(account, due - 1);
      return;
    }
    this.statesDue.delete(account);
    const last = this.lastReports.get(account) ?? 0;
    if (!this.startedOver.delete(account)) this.counts.reportsMissed += Math.max(0, lastReport - last);
    this.lastReports.set(account, lastReport);
    this.noteTrading();
  }

  /** Trading again: let in, with nothing missed, and what was under way begins to be answered. */
  private noteTrading(): void {
    if (this.cutMs === 0 || this.isAway || this.wantsAnswer || this.statesDue.size > 0) return;
    this.tradingAgainUs.recordValue(Math.max(1, Math.round((performance.now() - this.cutMs) * 1000)));
    this.cutMs = 0;
  }
}
