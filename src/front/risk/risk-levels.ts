/** Levels of risk and the alerts that their crossings give (ledger.md 8.1). */
import { RiskLevel } from '../../core/enums.js';
import type { Limits } from '../../core/risk-limits.js';
import { PPM } from '../../core/units.js';

export type AlertType = 'level_escalation' | 'near_liquidation' | 'liquidation_triggered' | 'margin_insufficient' | 'negative_available';

/** Lower bounds of medium, high and critical, ppm. */
const BOUNDS = [600_000, 800_000, 950_000] as const;

/** `RiskLevel` of a risk ratio in ppm. */
export function riskLevelOf(ratio: number): number {
  let level: number = RiskLevel.low;
  for (const bound of BOUNDS) if (ratio >= bound) level++;
  return level;
}

/** Bits of what holds for an account. */
export const Warning = {
  /** From the ratio that opening orders are refused at up to the one that liquidation begins at. */
  NEAR: 1,
  /** The margin is more than the balance. */
  INSUFFICIENT: 2,
  NEGATIVE: 4,
} as const;

/** Risk ratio in ppm, money in 1/10000. */
export function warningsOf(ratio: number, available: number, limits: Limits): number {
  const near = ratio >= limits.riskRatioReject && ratio < limits.liquidationThreshold ? Warning.NEAR : 0;
  return near | (ratio > PPM ? Warning.INSUFFICIENT : 0) | (available < 0 ? Warning.NEGATIVE : 0);
}

/** What has been crossed upwards since the account was last looked at: each once, until it is crossed again. */
export function alertsOf(levelBefore: number, level: number, warningsBefore: number, warnings: number): AlertType[] {
  const alerts: AlertType[] = [];
  const isNew = (warning: number): boolean => (warnings & warning) !== 0 && (warningsBefore & warning) === 0;
  if (level > levelBefore) alerts.push('level_escalation');
  if (isNew(Warning.NEAR)) alerts.push('near_liquidation');
  if (isNew(Warning.INSUFFICIENT)) alerts.push('margin_insufficient');
  if (isNew(Warning.NEGATIVE)) alerts.push('negative_available');
  return alerts;
}
