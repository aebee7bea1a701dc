/** What the profile of an instrument decides (trading-rules.md 0.7): `cn` stands for the domestic rules, anything else for `sim`. */
import type { Instrument } from './instrument.js';

export const PROFILE_NAMES = ['sim', 'cn'] as const;

/** Median price, close first at the daily limits, the clearing tie-break, self-trade prevention by user. */
export function usesDomesticRules(instrument: Pick<Instrument, 'profile'>): boolean {
  return instrument.profile === 'cn';
}

/** 1: orders may be cancelled in a BREAK. */
export function cancelInBreakOf(instrument: Pick<Instrument, 'profile'>): 0 | 1 {
  return usesDomesticRules(instrument) ? 0 : 1;
}
