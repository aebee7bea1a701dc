/** Limits of the venue and of single instruments (trading-rules.md 15, rest.md A14): what the last RiskLimitsChanged said. */
import type { RiskLimitsChanged } from './events.js';
import { PPM } from './units.js';

export type Limits = Omit<RiskLimitsChanged, 'instrument'>;

export const DEFAULT_LIMITS: Limits = {
  maxPositionRatio: 500_000,
  maxOrderAmount: 0,
  minOrderVolume: 1,
  maxOrderVolume: 10_000,
  riskRatioWarning: 800_000,
  riskRatioReject: 950_000,
  liquidationThreshold: PPM,
  liquidationTarget: 950_000,
  positionLimit: 0,
  selfTradePrevention: 1,
};

export class RiskLimitTable {
  /** Of the venue. Those about the risk ratio of an account hold for all of it, whatever an instrument says. */
  venue: Limits = DEFAULT_LIMITS;
  /** By instrument number; a hole stands for the venue's. */
  private readonly own: (Limits | undefined)[] = [];

  of(instrument: number): Limits {
    return this.own[instrument] ?? this.venue;
  }

  change({ instrument, ...limits }: RiskLimitsChanged): void {
    if (instrument === 0) this.venue = limits;
    else this.own[instrument] = limits;
  }

  /** The instruments that have limits of their own, by number. */
  *overrides(): Generator<RiskLimitsChanged> {
    for (const [instrument, limits] of this.own.entries()) {
      if (limits !== undefined) yield { ...limits, instrument };
    }
  }
}
