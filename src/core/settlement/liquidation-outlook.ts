/**
 * What would be closed of an account that does not meet its margin call, at the settlement prices (ledger.md 8.4): the
 * largest margin first, as few lots as bring the risk ratio down to the target. After a settlement all lots of a side are
 * alike, so figures are enough; the liquidation itself goes by the marks of its time.
 */
import { closeFee, marginOf } from '../fees.js';
import { riskRatioOf } from '../ledger.js';
import { EACH_SIDE } from '../margin-groups.js';
import type { ExchangeState } from '../state.js';
import type { DayFigures } from './day-figures.js';

export interface Outlook {
  readonly instrument: number;
  /** LONG or SHORT */
  readonly side: number;
  readonly volume: number;
}

/** `target` in ppm. */
export function liquidationOutlook(state: ExchangeState, figures: DayFigures, account: number, target: number): Outlook[] {
  const rows = livingRows(state, figures, account);
  const taken = new Map<number, number>();
  const ratio = (): number => ratioWithout(state, figures, account, taken);
  // rows whose closing frees no margin come last: the smaller side of a group
  for (const mustFree of [true, false]) {
    for (const row of rows) {
      if (taken.has(row)) continue;
      const before = ratio();
      if (before <= target) break;
      taken.set(row, figures.volume[row]);
      if (mustFree && ratio() >= before) taken.delete(row);
      else if (ratio() <= target) takeFewest(taken, row, target, ratio);
    }
  }
  return [...taken].map(([row, volume]) => ({ instrument: figures.instrument[row], side: figures.side[row], volume }));
}

/** Larger margin first, then the larger loss, then the instrument's id. */
function livingRows({ instruments }: ExchangeState, figures: DayFigures, account: number): number[] {
  const rows: number[] = [];
  for (let row = figures.firstRow[account]; row < figures.firstRow[account + 1]; row++) {
    if (figures.ends[figures.instrument[row]] === 0) rows.push(row);
  }
  const idOf = (row: number): string => instruments.get(figures.instrument[row]).instrumentId;
  return rows.sort((a, b) => {
    if (figures.rowMargin[a] !== figures.rowMargin[b]) return figures.rowMargin[b] - figures.rowMargin[a];
    if (figures.profit[a] !== figures.profit[b]) return figures.profit[a] - figures.profit[b];
    return idOf(a) < idOf(b) ? -1 : 1;
  });
}

/** All lots of the row are enough: looks for the smallest number that is. */
function takeFewest(taken: Map<number, number>, row: number, target: number, ratio: () => number): void {
  let [low, high] = [0, taken.get(row)!];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    taken.set(row, middle);
    if (ratio() <= target) high = middle;
    else low = middle;
  }
  taken.set(row, high);
}

function ratioWithout({ ledger }: ExchangeState, figures: DayFigures, account: number, taken: ReadonlyMap<number, number>): number {
  let margin = 0;
  let balance = figures.balance[account];
  const groups = new Map<number, [number, number]>();
  for (let row = figures.firstRow[account]; row < figures.firstRow[account + 1]; row++) {
    const number = figures.instrument[row];
    if (figures.ends[number] === 1) continue;
    const instrument = figures.terms[number];
    const closed = taken.get(row) ?? 0;
    const left = figures.volume[row] - closed;
    const own = marginOf(instrument, figures.side[row], figures.price[number] * instrument.multiplier * left, left);
    balance -= closeFee(instrument, figures.price[number], closed);
    const group = ledger.groups.of(instrument);
    if (group === EACH_SIDE) {
      margin += own;
      continue;
    }
    const sums = groups.get(group) ?? [0, 0];
    sums[figures.side[row]] += own;
    groups.set(group, sums);
  }
  for (const sums of groups.values()) margin += Math.max(...sums);
  return riskRatioOf(margin, balance);
}
