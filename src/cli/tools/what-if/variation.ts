/** What is to be otherwise when the stream of orders is run again. */
import { numberOf, SelfTradeMode } from '../../../core/enums.js';
import type { InstrumentChanged } from '../../../core/events.js';
import { PROFILE_NAMES } from '../../../core/profile.js';
import { FEE_SCALE, PPM } from '../../../core/units.js';
import { UsageError } from '../../args.js';

/** A factor of what holds, or a value that takes its place. */
type Change = { factor: number } | { value: number };

export interface Variation {
  /** Of all three fees by money; fees by lot are multiplied as well, or are 0 when a rate is given. */
  fee?: Change;
  /** Of both margin ratios; margins by lot likewise. */
  margin?: Change;
  /** `SelfTradeMode` of every order. */
  selfTradeMode?: number;
  /** 'sim' or 'cn': trade price, auction tie-break, self-trade groups, close first at the limits. */
  profile?: string;
}

const RATIO_MAX = 1;

/** `fee=x2`, `fee=0.0001`, `margin=x1.5`, `margin=0.2`, `stp=CANCEL_BOTH`, `price-rule=cn`. Throws UsageError. */
export function parseVariation(texts: readonly string[]): Variation {
  const variation: Variation = {};
  for (const text of texts) {
    const [name, value = ''] = text.split('=');
    if (name === 'fee') variation.fee = changeOf(text, value);
    else if (name === 'margin') variation.margin = changeOf(text, value);
    else if (name === 'stp') variation.selfTradeMode = modeOf(value);
    else if (name === 'price-rule') variation.profile = profileOf(value);
    else throw new UsageError(`--what-if knows fee=, margin=, stp= and price-rule=, not '${text}' (--help has examples).`);
  }
  return variation;
}

/** The terms as the variation has them. */
export function variedTerms<T extends InstrumentChanged>(terms: T, { fee, margin, profile }: Variation): T {
  const varied: T = { ...terms };
  if (profile !== undefined) varied.profile = profile;
  if (fee !== undefined) {
    for (const name of ['feeOpenByMoney', 'feeCloseByMoney', 'feeCloseTodayByMoney'] as const)
      varied[name] = changed(terms[name], fee, FEE_SCALE);
    for (const name of ['feeOpenByLot', 'feeCloseByLot', 'feeCloseTodayByLot'] as const) varied[name] = scaled(terms[name], fee);
  }
  if (margin !== undefined) {
    for (const name of ['longMarginRatio', 'shortMarginRatio'] as const) varied[name] = Math.min(PPM, changed(terms[name], margin, PPM));
    for (const name of ['longMarginPerLot', 'shortMarginPerLot'] as const) varied[name] = scaled(terms[name], margin);
  }
  return varied;
}

function changed(rate: number, change: Change, scale: number): number {
  return 'factor' in change ? Math.round(rate * change.factor) : Math.round(change.value * scale);
}

function scaled(perLot: number, change: Change): number {
  return 'factor' in change ? Math.round(perLot * change.factor) : 0;
}

function changeOf(text: string, value: string): Change {
  const isFactor = value.startsWith('x');
  const number = Number(isFactor ? value.slice(1) : value);
  if (value === '' || value === 'x' || !Number.isFinite(number) || number < 0)
    throw new UsageError(`'${text}' needs a factor like x1.5, or a ratio like 0.12.`);
  if (!isFactor && number > RATIO_MAX)
    throw new UsageError(`'${text}' is more than the whole amount: a ratio is from 0 to 1, a factor begins with x.`);
  return isFactor ? { factor: number } : { value: number };
}

function modeOf(value: string): number {
  const mode = numberOf(SelfTradeMode, value.toUpperCase().replaceAll('-', '_'));
  if (mode === -1) throw new UsageError(`There is no self-trade mode '${value}': it is one of ${Object.keys(SelfTradeMode).join(', ')}.`);
  return mode;
}

function profileOf(value: string): string {
  if (!PROFILE_NAMES.some((name) => name === value)) throw new UsageError(`There is no price rule '${value}': it is sim or cn.`);
  return value;
}
