/** What limits must be, alone and among each other (rest.md A14). */
import { Refusal, type RefusalDetail } from '../../core/refusal.js';
import type { Limits } from '../../core/risk-limits.js';

/** Throws 9008 and names every field that is wrong. Types and bounds of single fields are the business of the schema. */
export function checkLimits(limits: Limits): void {
  const details: RefusalDetail[] = [];
  const isOrdered = (low: keyof Limits, high: keyof Limits, field: string, reason: string): void => {
    if (limits[low] > limits[high]) details.push({ field, reason });
  };
  isOrdered('minOrderVolume', 'maxOrderVolume', 'min_order_volume', 'must not be above max_order_volume');
  isOrdered('riskRatioWarning', 'riskRatioReject', 'risk_ratio_warning', 'must not be above risk_ratio_reject');
  isOrdered('riskRatioReject', 'liquidationThreshold', 'risk_ratio_reject', 'must not be above liquidation_threshold');
  isOrdered('liquidationTarget', 'liquidationThreshold', 'liquidation_target', 'must not be above liquidation_threshold');
  if (details.length > 0) throw new Refusal(9008, details);
}
