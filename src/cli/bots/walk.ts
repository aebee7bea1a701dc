/** A price that walks: small steps of either sign, drawn back to where it began, never near the limits of the day. */
import type { Instrument } from '../../client/index.js';
import type { Random } from '../load/random.js';

const UNITS = 10_000;
/** Ticks of one step at most, and the pull back per tick away from the beginning. */
const STEP_TICKS = 2;
const PULL = 0.002;

export class Walk {
  readonly instrumentId: string;
  /** SHFE and INE close lots of the day by a word of their own. */
  readonly closeOffset: 'CLOSE' | 'CLOSETODAY';
  private readonly tickUnits: number;
  private readonly middleTicks: number;
  /** Ticks that the middle may be away from where it began. */
  private readonly reach: number;
  private ticks = 0;

  constructor(
    instrument: Instrument,
    private readonly random: Random,
  ) {
    const { pre_settlement: middle, price_tick: tick, upper_limit: upper, lower_limit: lower } = instrument;
    this.instrumentId = instrument.instrument_id;
    this.closeOffset = ['SHFE', 'INE'].includes(instrument.exchange) ? 'CLOSETODAY' : 'CLOSE';
    this.tickUnits = Math.round(tick * UNITS);
    this.middleTicks = Math.round((middle * UNITS) / this.tickUnits);
    this.reach = Math.max(1, Math.floor(Math.min(upper - middle, middle - lower) / tick / 2));
  }

  step(): void {
    const drift = Math.round((this.random.next() * 2 - 1) * STEP_TICKS - this.ticks * PULL);
    this.ticks = Math.max(-this.reach, Math.min(this.reach, this.ticks + drift));
  }

  /** A price some ticks above the middle, or below it. */
  price(offsetTicks: number): number {
    const away = Math.max(-this.reach, Math.min(this.reach, offsetTicks));
    return ((this.middleTicks + this.ticks + away) * this.tickUnits) / UNITS;
  }
}
