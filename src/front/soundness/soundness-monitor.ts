/**
 * The equations of the ledger on the running exchange (ledger.md 10): after a turn those of accounts that it touched and
 * of the next few of all, so that every account has its turn; every second what all accounts add up to; all of them at
 * the start and, by the snapshot worker, before every snapshot. The first one that does not hold is told once, with where and when; the exchange halts then.
 */
import type { DepthFold } from '../../core/depth.js';
import type { AmendEntry, CancelEntry, OrderEntry, Trade } from '../../core/events.js';
import { StateObserver, type FillEffect, type FundRecord } from '../../core/observer.js';
import type { SettledDay } from '../../core/settlement/settled-day.js';
import { brokenOfAccount, evaluateSoundness, soundnessInSlices, type Verdict } from '../../core/soundness/soundness.js';
import { brokenTotal } from '../../core/soundness/totals-check.js';
import { TradeCheck } from '../../core/soundness/trade-check.js';
import type { ExchangeState } from '../../core/state.js';

/** Touched accounts that one turn is sampled by, and further ones that are looked at with them. */
const SAMPLE_MAX = 8;
const SCAN_MAX = 4;
/**
 * Between two samples, and how many times as long as the last one took: one percent of a core. An account with ten positions
 * takes about 20 µs, and one with ten thousand live orders a hundred times that.
 */
const SAMPLE_MS = 20;
const SAMPLE_SHARE = 100;
/** A sample that has taken so long looks at no further account. */
const SAMPLE_MS_MAX = 1;
/** Between two times that all accounts are added up, and how many times as long as it took: half a percent of a core. */
const ADD_UP_MS = 1000;
const ADD_UP_SHARE = 200;
/** Accounts and positions that are few enough to evaluate all equations while somebody waits: about 20 ms. */
const SMALL = 10_000;

export interface SoundnessMonitorParts {
  readonly state: ExchangeState;
  readonly depth: DepthFold;
  readonly nowMs: () => number;
  /** `sequence` is the last event of the state that was looked at. */
  readonly onBroken: (verdict: Verdict, sequence: number) => void;
}

/** An equation as it was last evaluated over everything, or where it was found broken. */
export interface EquationState extends Verdict {
  /** The last event of that state. */
  readonly sequence: number;
}

export class SoundnessMonitor extends StateObserver {
  private readonly known = new Map<string, EquationState>();
  private readonly touched = new Set<number>();
  private readonly trades: TradeCheck;
  private isBroken = false;
  /** When the next sample is taken. */
  private sampleMs = 0;
  /** When all accounts are added up again. */
  private addUpMs = 0;
  /** The account that the scan of all looks at next. */
  private scanFrom = 1;

  constructor(private readonly parts: SoundnessMonitorParts) {
    super();
    this.trades = new TradeCheck(parts.state);
  }

  get ok(): boolean {
    return !this.isBroken;
  }

  override orderAccepted(_slot: number, { account }: OrderEntry): void {
    this.touch(account);
  }

  override orderCancelled(_slot: number, { account }: CancelEntry): void {
    this.touch(account);
  }

  override orderAmended(_slot: number, { account }: AmendEntry): void {
    this.touch(account);
  }

  override traded(event: Trade, effect: FillEffect): void {
    this.touch(event.buyAccount);
    this.touch(event.sellAccount);
    this.trades.traded(event, effect);
  }

  override fundsMoved({ account }: FundRecord): void {
    this.touch(account);
  }

  override daySettled(day: SettledDay): void {
    this.trades.daySettled(day);
  }

  /** All equations, as they are now. */
  evaluate(): void {
    const { state, depth } = this.parts;
    this.note([...evaluateSoundness(state, depth), ...this.trades.verdicts()], state.sequence);
  }

  /** The same of a state that nothing happens to; the event loop has its turns meanwhile. */
  async evaluateInTurns(): Promise<void> {
    const { state, depth } = this.parts;
    const { sequence } = state;
    const slices = soundnessInSlices(state, depth);
    for (let step = slices.next(); ; step = slices.next()) {
      if (step.done === true) {
        this.note([...step.value, ...this.trades.verdicts()], sequence);
        return;
      }
      await new Promise(setImmediate);
      if (state.sequence === sequence) continue;
      // something has happened all the same
      this.evaluate();
      return;
    }
  }

  /** To be called when the events at hand are applied. */
  afterTurn(): void {
    const { nowMs, state } = this.parts;
    const beganMs = nowMs();
    if (beganMs < this.sampleMs) return;
    if (this.trades.broken !== undefined) this.note([this.trades.broken], state.sequence);
    for (const account of this.touched) {
      this.look(account);
      if (nowMs() - beganMs >= SAMPLE_MS_MAX) break;
    }
    this.touched.clear();
    this.scan();
    this.sampleMs = beganMs + Math.max(SAMPLE_MS, (nowMs() - beganMs) * SAMPLE_SHARE);
  }

  /** The next few accounts, and now and then what all add up to: to be called again and again, even when nothing happens. */
  scan(): void {
    this.addUp();
    const { nowMs, state } = this.parts;
    const { count } = state.accounts;
    const beganMs = nowMs();
    for (let left = Math.min(SCAN_MAX, count); left > 0; left--) {
      this.look(this.scanFrom);
      this.scanFrom = this.scanFrom < count ? this.scanFrom + 1 : 1;
      if (nowMs() - beganMs >= SAMPLE_MS_MAX) break;
    }
  }

  /** What was found elsewhere of a state that ended with this event. */
  note(verdicts: readonly Verdict[], sequence: number): void {
    for (const verdict of verdicts) {
      // what was broken once stays on show
      if (this.known.get(verdict.id)?.ok === false) continue;
      this.known.set(verdict.id, { ...verdict, sequence });
      if (verdict.ok || this.isBroken) continue;
      this.isBroken = true;
      this.parts.onBroken(verdict, sequence);
    }
  }

  /** Every equation by its number: of this moment while the exchange is small, else of the last whole evaluation. */
  report(): EquationState[] {
    const { accounts, positions } = this.parts.state;
    if (this.known.size === 0 || accounts.count + positions.count <= SMALL) this.evaluate();
    return [...this.known.values()].sort((a, b) => numberOf(a) - numberOf(b));
  }

  private addUp(): void {
    const { state, nowMs } = this.parts;
    const beganMs = nowMs();
    if (beganMs < this.addUpMs) return;
    const broken = brokenTotal(state);
    if (broken !== undefined) this.note([broken], state.sequence);
    this.addUpMs = beganMs + Math.max(ADD_UP_MS, (nowMs() - beganMs) * ADD_UP_SHARE);
  }

  private touch(account: number): void {
    if (this.touched.size < SAMPLE_MAX) this.touched.add(account);
  }

  private look(account: number): void {
    const { state } = this.parts;
    const broken = brokenOfAccount(state, account);
    if (broken !== undefined) this.note([broken], state.sequence);
  }
}

function numberOf({ id }: Verdict): number {
  return Number(id.split('.')[1]);
}
