/** Risk limits and liquidations under way as bytes of a state snapshot: few of them, so as JSON. */
import type { ByteReader, ByteWriter } from './byte-writer.js';
import type { RiskLimitsChanged } from './events.js';
import type { Liquidation } from './liquidations.js';
import type { ExchangeState } from './state.js';

const LIMIT_FIELDS = [
  'instrument',
  'maxPositionRatio',
  'maxOrderAmount',
  'minOrderVolume',
  'maxOrderVolume',
  'riskRatioWarning',
  'riskRatioReject',
  'liquidationThreshold',
  'liquidationTarget',
  'positionLimit',
  'selfTradePrevention',
] as const satisfies readonly (keyof RiskLimitsChanged)[];

export function writeRisk(out: ByteWriter, { riskLimits, liquidations }: ExchangeState): void {
  const limits = [{ ...riskLimits.venue, instrument: 0 }, ...riskLimits.overrides()];
  out.text(JSON.stringify(limits.map((of) => LIMIT_FIELDS.map((field) => of[field]))));
  out.u32(liquidations.count);
  out.text(JSON.stringify([...liquidations].sort((a, b) => a.id - b.id)));
}

export function readRisk(input: ByteReader, { riskLimits, liquidations }: ExchangeState): void {
  for (const values of JSON.parse(input.text()) as number[][]) {
    riskLimits.change(Object.fromEntries(LIMIT_FIELDS.map((field, i) => [field, values[i]])) as unknown as RiskLimitsChanged);
  }
  liquidations.count = input.u32();
  for (const liquidation of JSON.parse(input.text()) as Liquidation[]) liquidations.restore(liquidation);
}
