/**
 * Watches the risk of all accounts (ledger.md 8.2): alerts once per crossing, and asks for the liquidation of those at the
 * threshold.
 *
 * An account that an event has touched is looked at when the turn of the loop ends. A print moves the marks of all holders
 * of an instrument, who may be ten thousand, so they are not walked: right away only those whose risk is high already are
 * looked at, a bounded number per turn; everybody else is met by the scan, which passes over all accounts in less than a
 * second, a slice at a time, whenever marks have moved since it last began.
 */
import { LiquidationTrigger, nameOf, RiskLevel } from '../../core/enums.js';
import { StateObserver, type FillEffect, type FundRecord } from '../../core/observer.js';
import type { AmendEntry, CancelEntry, OrderEntry, Trade } from '../../core/events.js';
import { riskRatioOf } from '../../core/ledger.js';
import type { Liquidation } from '../../core/liquidations.js';
import type { SettledDay } from '../../core/settlement/settled-day.js';
import type { ExchangeState } from '../../core/state.js';
import { grown } from '../../core/columns.js';
import { canClose } from './episode.js';
import type { Liquidator } from './liquidator.js';
import { alertsOf, riskLevelOf, warningsOf, type AlertType } from './risk-levels.js';

export interface RiskAlert {
  readonly account: number;
  readonly type: AlertType;
  /** `RiskLevel` */
  readonly level: number;
  /** ppm */
  readonly ratio: number;
  /** 1/10000 */
  readonly available: number;
  readonly timeUs: number;
}

/** How often `tick` is to be called. */
export const TICK_MS = 250;
/** Ticks that one pass over all accounts takes: with the one that begins it, less than a second. An idle exchange wakes seldom. */
export const PASS_TICKS = 3;
/** A pass begins after so many ticks even when nothing seems to have moved. */
const QUIET_TICKS_MAX = 40;
/** Accounts of high risk that are looked at when marks have moved, per turn. */
const WATCHED_PER_TURN = 256;

export class RiskMonitor extends StateObserver {
  /** As of the last look, by account. */
  private level = new Uint8Array(64);
  private warnings = new Uint8Array(64);
  /** 1: at the threshold since the last settlement, which is why it will be liquidated. */
  private called = new Uint8Array(64);
  private readonly touched = new Set<number>();
  /** Accounts of high or critical risk. */
  private readonly watched = new Set<number>();
  private watchCursor: Iterator<number> | undefined;
  private marksMoved = false;
  /** Something that concerns any account has changed since the scan last began. */
  private isStale = true;
  private quietTicks = 0;
  /** The next account of the pass under way; 0 between passes. */
  private scanFrom = 0;
  private lastLiquidation: number;
  /** Accounts whose liquidation has begun in this turn. */
  private begun: number[] = [];

  constructor(
    private readonly state: ExchangeState,
    private readonly liquidator: Liquidator,
    private readonly onAlert: (alert: RiskAlert) => void,
  ) {
    super();
    this.lastLiquidation = state.liquidations.count;
  }

  /** Takes the levels as they are for known: a restart is no crossing. */
  prime(): void {
    this.lastLiquidation = this.state.liquidations.count;
    for (let account = 1; account <= this.state.accounts.count; account++) this.look(account, true);
  }

  override traded({ buyAccount, sellAccount }: Trade, _effect: FillEffect): void {
    this.touched.add(buyAccount).add(sellAccount);
    this.marksMoved = true;
  }

  override fundsMoved({ account }: FundRecord): void {
    this.touched.add(account);
  }

  override orderAccepted(_slot: number, { account }: OrderEntry): void {
    if (this.state.liquidations.isOpen(account)) this.touched.add(account);
  }

  override orderCancelled(_slot: number, { account }: CancelEntry): void {
    this.touched.add(account);
  }

  override orderAmended(_slot: number, { account }: AmendEntry): void {
    this.touched.add(account);
  }

  override liquidationChanged({ id, account }: Liquidation): void {
    this.touched.add(account);
    if (id <= this.lastLiquidation) return;
    this.lastLiquidation = id;
    this.begun.push(account);
  }

  override instrumentChanged(): void {
    this.isStale = true;
  }

  override riskLimitsChanged(): void {
    this.isStale = true;
  }

  /** Accounts may have waited for an instrument to trade. */
  override phaseChanged(): void {
    this.isStale = true;
  }

  /** Who is at the threshold by the settlement is called for margin; liquidated when trading goes on (ledger.md 8.6). */
  override daySettled({ figures }: SettledDay): void {
    const { liquidationThreshold } = this.state.riskLimits.venue;
    this.isStale = true;
    this.reserve(figures.accountCount);
    for (let account = 1; account <= figures.accountCount; account++) {
      if (figures.riskRatio(account) >= liquidationThreshold) this.called[account] = 1;
    }
  }

  /** To be called when the events at hand are applied. */
  afterTurn(): void {
    for (const account of this.begun) this.alert(account, 'liquidation_triggered', this.state.ledger.riskRatio(account));
    this.begun = [];
    for (const account of this.touched) {
      this.look(account);
      this.liquidator.advance(account);
    }
    this.touched.clear();
    if (!this.marksMoved) return;
    this.marksMoved = false;
    this.isStale = true;
    this.lookAtWatched();
  }

  /** One slice of the scan, and whatever waits for time to pass. */
  tick(): void {
    if (this.scanFrom === 0 && (this.isStale || ++this.quietTicks >= QUIET_TICKS_MAX)) {
      this.isStale = false;
      this.quietTicks = 0;
      this.scanFrom = 1;
    }
    if (this.scanFrom !== 0) this.scanSlice();
    this.liquidator.advanceAll();
  }

  /** A whole pass at once. */
  scan(): void {
    this.isStale = false;
    this.scanFrom = 0;
    for (let account = 1; account <= this.state.accounts.count; account++) this.look(account);
    this.liquidator.advanceAll();
  }

  private scanSlice(): void {
    const { count } = this.state.accounts;
    const end = Math.min(count, this.scanFrom + Math.ceil(count / PASS_TICKS) - 1);
    for (let account = this.scanFrom; account <= end; account++) this.look(account);
    this.scanFrom = end < count ? end + 1 : 0;
  }

  /** Goes on where the last turn stopped, once around at most. */
  private lookAtWatched(): void {
    for (let left = Math.min(WATCHED_PER_TURN, this.watched.size); left > 0 && this.watched.size > 0;) {
      this.watchCursor ??= this.watched.values();
      const next = this.watchCursor.next();
      if (next.done === true) {
        this.watchCursor = undefined;
        continue;
      }
      this.look(next.value);
      left--;
    }
  }

  private look(account: number, isSilent = false): void {
    const { ledger, accounts, riskLimits } = this.state;
    this.reserve(account);
    const balance = ledger.balance(account);
    const ratio = riskRatioOf(accounts.margin[account], balance);
    const available = ledger.availableAt(account, balance);
    const level = riskLevelOf(ratio);
    const warnings = warningsOf(ratio, available, riskLimits.venue);
    if (!isSilent && (level > this.level[account] || warnings !== this.warnings[account])) {
      for (const type of alertsOf(this.level[account], level, this.warnings[account], warnings)) this.alert(account, type, ratio);
    }
    this.level[account] = level;
    this.warnings[account] = warnings;
    if (level >= RiskLevel.high) this.watched.add(account);
    else this.watched.delete(account);
    if (ratio >= riskLimits.venue.liquidationThreshold) this.liquidate(account);
    else this.called[account] = 0;
    // without margin the ratio is 0, whatever is owed
    if (balance < 0) this.liquidator.cover(account);
  }

  private liquidate(account: number): void {
    // it waits for the first continuous phase of something that it holds (ledger.md 8.6)
    if (this.liquidator.isBusy(account) || !canClose(this.state, account)) return;
    const trigger = this.called[account] === 1 ? LiquidationTrigger.settlement : LiquidationTrigger.auto;
    this.liquidator.want({ account, trigger, user: 0, remark: '' });
  }

  private alert(account: number, type: AlertType, ratio: number): void {
    const available = this.state.ledger.available(account);
    this.onAlert({ account, type, level: riskLevelOf(ratio), ratio, available, timeUs: this.state.timeUs });
  }

  /** Room for the account. */
  private reserve(account: number): void {
    if (account < this.level.length) return;
    const capacity = Math.max(this.level.length * 2, account + 1);
    this.level = grown(this.level, capacity);
    this.warnings = grown(this.warnings, capacity);
    this.called = grown(this.called, capacity);
  }
}

/** What an alert says to people. */
export function alertMessage({ type, level, ratio }: RiskAlert): string {
  // rounded down: nobody below a threshold reads that he is at it
  const percent = `${(Math.floor(ratio / 100) / 100).toFixed(2)} %`;
  switch (type) {
    case 'level_escalation':
      return `The risk ratio is ${percent}: the level is ${nameOf(RiskLevel, level)} now.`;
    case 'near_liquidation':
      return `The risk ratio is ${percent}: close positions or deposit, or positions will be closed by force.`;
    case 'liquidation_triggered':
      return `The risk ratio is ${percent}: positions are being closed by force.`;
    case 'margin_insufficient':
      return 'The balance does not cover the margin any more.';
    case 'negative_available':
      return 'The available amount is below zero: opening orders and withdrawals are refused.';
  }
}
