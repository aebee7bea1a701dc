/**
 * The trading clock: moves every instrument through the phases of its session template (trading-rules.md 13.4).
 *
 * What it does goes into the log as phase changes, so replay never asks it. `catchUp` runs before each command of a user:
 * transitions that were missed, by a late timer or while the exchange was down, come first and in order, and the book sees
 * the command in the new phase. (The front's own check still sees the durable one for the moment that the change takes.) A
 * phase set by hand holds until the next transition of the template.
 */
import { InstrumentStatus, PhaseReason } from '../../core/enums.js';
import type { Instrument } from '../../core/instrument.js';
import { StateObserver } from '../../core/observer.js';
import { lastTransition, minuteOf, msOf, nextTransition, type TradingCalendar, type Transition } from '../../core/sessions.js';
import type { ExchangeState } from '../../core/state.js';
import type { PhaseChanges } from './phase-changes.js';

/** The timer looks at least this often, so that a clock that was set is noticed. */
const LOOK_MS_MAX = 30_000;
const US_PER_MS = 1000;
/** The most transitions between a phase and the last one of its kind: those of two trading days. */
const LOOK_BACK_MAX = 32;

export interface PhaseClockParts {
  readonly state: ExchangeState;
  readonly changes: Pick<PhaseChanges, 'change'>;
  readonly calendar: TradingCalendar;
  /** UTC milliseconds. */
  readonly nowMs: () => number;
  /** Told when a transition could not be handed over; it is tried again. */
  readonly onDelay: (instrument: Instrument, error: unknown) => void;
}

interface Due {
  readonly instrument: Instrument;
  readonly transition: Transition;
}

export class PhaseClock extends StateObserver {
  /** By instrument: up to this exchange minute all transitions have been handed over. Missing: to be read off the state. */
  private readonly reached: (number | undefined)[] = [];
  /** By instrument: the template it goes by. */
  private readonly templates: string[] = [];
  /** UTC milliseconds of the next transition of any instrument; 0 when it must be looked for. */
  private dueMs = 0;
  private timer: NodeJS.Timeout | undefined;
  private isPaused = false;

  constructor(private readonly parts: PhaseClockParts) {
    super();
  }

  start(): void {
    this.catchUp();
    const wait = Math.max(1, Math.min(LOOK_MS_MAX, this.dueMs - this.parts.nowMs()));
    this.timer = setTimeout(() => {
      this.start();
    }, wait);
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  /** Nothing is handed over until `resume`; what comes due meanwhile is handed over then. */
  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.catchUp();
  }

  /** Hands over every transition that is due. Costs one comparison when none is. */
  catchUp(): void {
    if (this.isPaused) return;
    const nowMs = this.parts.nowMs();
    if (nowMs < this.dueMs) return;
    const minute = minuteOf(nowMs);
    for (const { instrument, transition } of this.missed(minute)) this.hand(instrument, transition);
    for (const { instrument } of this.parts.state.instruments) this.reached[instrument] = minute;
    this.dueMs = this.nextDueMs(minute);
  }

  override instrumentListed(instrument: Instrument): void {
    this.look(instrument);
  }

  override instrumentChanged(instrument: Instrument): void {
    if (this.templates[instrument.instrument] !== instrument.sessionTemplate) this.look(instrument);
  }

  /** Reads off the state anew how far the instrument has come, before the next command. */
  private look(instrument: Instrument): void {
    this.reached[instrument.instrument] = undefined;
    this.dueMs = 0;
  }

  /** In the order of time; at the same minute in the order of listing. */
  private missed(minute: number): Due[] {
    const { state, calendar } = this.parts;
    const due: Due[] = [];
    for (const instrument of state.instruments) {
      if (instrument.status === InstrumentStatus.delisted) continue;
      const { sessionTemplate } = instrument;
      this.templates[instrument.instrument] = sessionTemplate;
      let from = (this.reached[instrument.instrument] ??= this.reachedBy(instrument));
      for (;;) {
        const transition = nextTransition(sessionTemplate, from, calendar);
        if (transition === undefined || transition.minute > minute) break;
        due.push({ instrument, transition });
        from = transition.minute;
      }
    }
    return due.sort((a, b) => a.transition.minute - b.transition.minute);
  }

  /**
   * The exchange minute of the last transition that the instrument's phase shows. A phase set by hand hides those up to
   * then. A phase of the clock may have come late: its own transition is the last one of its kind.
   */
  private reachedBy(instrument: Instrument): number {
    const { calendar } = this.parts;
    const set = minuteOf(instrument.phaseUs / US_PER_MS);
    if (instrument.phaseReason !== PhaseReason.SCHEDULE) return set;
    // The clock of event times may be a little behind the one that transitions go by.
    let at = set + 1;
    for (let looks = 0; looks < LOOK_BACK_MAX; looks++) {
      const last = lastTransition(instrument.sessionTemplate, at, calendar);
      if (last === undefined) break;
      if (last.phase === instrument.phase) return last.minute;
      at = last.minute - 1;
    }
    return set;
  }

  private nextDueMs(minute: number): number {
    let next = Infinity;
    for (const instrument of this.parts.state.instruments) {
      const transition = nextTransition(instrument.sessionTemplate, minute, this.parts.calendar);
      if (transition !== undefined) next = Math.min(next, msOf(transition.minute));
    }
    return next;
  }

  private hand(instrument: Instrument, transition: Transition): void {
    this.parts.changes
      .change([instrument.instrument], { phase: transition.phase, reason: PhaseReason.SCHEDULE })
      .catch((error: unknown) => {
        this.parts.onDelay(instrument, error);
        this.look(instrument);
      });
  }
}
