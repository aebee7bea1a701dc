/**
 * What a forced liquidation closes (ledger.md 8.4, steps 2 and 3): the fewest lots, in the order of the specification,
 * after which the risk ratio at the current marks, fees included, is at the target.
 */
import { MarginMode } from './enums.js';
import { closeFee, closeTodayFee, marginOf } from './fees.js';
import type { Instrument } from './instrument.js';
import { riskRatioOf } from './ledger.js';
import { HIS, LONG, SHORT, TODAY } from './positions.js';
import type { ExchangeState } from './state.js';

/** Lots of one side of a position that are to be closed. */
export interface Closing {
  readonly position: number;
  /** LONG or SHORT */
  readonly side: number;
  volume: number;
}

/** Closes everything, whatever the risk ratio comes to. */
export const CLOSE_ALL = 0;

/**
 * `target` in ppm, or CLOSE_ALL. Only instruments that `mayTrade` are touched: the target may be out of reach. Sides appear in
 * the order in which they are to be closed, each once.
 */
export function planLiquidation(
  state: ExchangeState,
  account: number,
  target: number,
  mayTrade: (instrument: Instrument) => boolean,
): Closing[] {
  const whatIf = new WhatIf(state, account, mayTrade);
  while (!whatIf.isAt(target)) {
    const sides = whatIf.hedgedPair() ?? whatIf.nextSide();
    if (sides === undefined) break;
    whatIf.close(sides, target);
  }
  return whatIf.closings();
}

/** One side of a position as it would be without the lots taken so far. */
interface Held {
  readonly position: number;
  readonly side: number;
  readonly instrument: Instrument;
  readonly group: number;
  /** Positive for a gain, at the mark. */
  readonly profit: number;
  /** Basis in 1/10000; the lot that is closed first is the last. */
  readonly lots: { basis: number; volume: number; isToday: boolean }[];
  volume: number;
  basisNotional: number;
  margin: number;
  takenHis: number;
  takenToday: number;
  fee: number;
}

class WhatIf {
  private margin: number;
  private balance: number;
  /** The sides that may be closed, in the order of ledger.md 8.4. */
  private readonly sides: Held[] = [];
  private readonly taken: Held[] = [];
  /** Σ margins of long and short by group. */
  private readonly groups = new Map<number, [number, number]>();

  constructor(
    private readonly state: ExchangeState,
    private readonly account: number,
    mayTrade: (instrument: Instrument) => boolean,
  ) {
    const { ledger, accounts, positions } = state;
    this.margin = accounts.margin[account];
    this.balance = ledger.balance(account);
    for (let p = accounts.firstPosition[account]; p !== 0; p = positions.nextOfAccount[p]!) {
      const instrument = state.instruments.get(positions.instrument[p]);
      if (!mayTrade(instrument)) continue;
      for (const side of [LONG, SHORT]) if (positions.volume[p * 2 + side] > 0) this.sides.push(this.held(p, side, instrument));
    }
    this.sides.sort(byUrgency);
  }

  isAt(target: number): boolean {
    return target !== CLOSE_ALL && riskRatioOf(this.margin, this.balance) <= target;
  }

  /** Both sides of an instrument under LARGER: alone, neither might free any margin. */
  hedgedPair(): Held[] | undefined {
    for (const long of this.sides) {
      if (long.side !== LONG || long.volume === 0 || long.instrument.marginMode !== MarginMode.LARGER) continue;
      const short = this.sides.find((held) => held.position === long.position && held.side === SHORT && held.volume > 0);
      if (short !== undefined && this.frees([long, short], Math.min(long.volume, short.volume))) return [long, short];
    }
    return undefined;
  }

  /** The first side that frees margin; when none does, the first at all. */
  nextSide(): Held[] | undefined {
    const left = this.sides.filter((held) => held.volume > 0);
    const found = left.find((held) => this.frees([held], held.volume)) ?? left[0];
    return found === undefined ? undefined : [found];
  }

  /** Takes lots off all of `sides` in equal volume until the target is reached or one of them is empty. */
  close(sides: readonly Held[], target: number): void {
    for (const held of sides) if (!this.taken.includes(held)) this.taken.push(held);
    while (sides.every((held) => held.volume > 0) && !this.isAt(target)) {
      const step = Math.min(sides[0].instrument.lotStep, ...sides.map((held) => held.volume));
      for (const held of sides) this.take(held, step);
    }
  }

  closings(): Closing[] {
    return this.taken.map(({ position, side, takenHis, takenToday }) => ({ position, side, volume: takenHis + takenToday }));
  }

  private take(held: Held, volume: number): void {
    const { instrument } = held;
    let left = volume;
    while (left > 0) {
      const lot = held.lots[held.lots.length - 1];
      const slice = Math.min(left, lot.volume);
      lot.volume -= slice;
      if (lot.volume === 0) held.lots.pop();
      held.basisNotional -= lot.basis * slice * instrument.multiplier;
      if (lot.isToday) held.takenToday += slice;
      else held.takenHis += slice;
      left -= slice;
    }
    held.volume -= volume;
    this.setMargin(held, marginOf(instrument, held.side, held.basisNotional, held.volume));
    // at the mark a closing moves profit from one sum to the other: only its fee changes the balance
    const mark = this.state.ledger.mark(instrument.instrument);
    const fee = closeFee(instrument, mark, held.takenHis) + closeTodayFee(instrument, mark, held.takenToday);
    this.balance -= fee - held.fee;
    held.fee = fee;
  }

  private setMargin(held: Held, margin: number): void {
    const delta = margin - held.margin;
    held.margin = margin;
    const sums = this.groups.get(held.group);
    if (sums === undefined) {
      this.margin += delta;
      return;
    }
    const before = Math.max(...sums);
    sums[held.side] += delta;
    this.margin += Math.max(...sums) - before;
  }

  /** Whether closing `volume` lots of each of `sides` would need less margin; `volume` takes one of them whole. */
  private frees(sides: readonly Held[], volume: number): boolean {
    const sums = this.groups.get(sides[0].group);
    if (sums === undefined) return sides.some(({ margin }) => margin > 0);
    const rest: [number, number] = [...sums];
    for (const held of sides)
      rest[held.side] -= held.margin - marginOf(held.instrument, held.side, this.basisAfter(held, volume), held.volume - volume);
    return Math.max(...rest) < Math.max(...sums);
  }

  private basisAfter(held: Held, volume: number): number {
    let left = volume;
    let basis = held.basisNotional;
    for (let at = held.lots.length - 1; left > 0; at--) {
      const slice = Math.min(left, held.lots[at].volume);
      basis -= held.lots[at].basis * slice * held.instrument.multiplier;
      left -= slice;
    }
    return basis;
  }

  private held(position: number, side: number, instrument: Instrument): Held {
    const { ledger, positions } = this.state;
    const sideIndex = position * 2 + side;
    const group = ledger.groups.of(instrument);
    if (instrument.marginMode === MarginMode.LARGER) {
      const { groups } = ledger;
      this.groups.set(group, [groups.sum(group, this.account, LONG), groups.sum(group, this.account, SHORT)]);
    }
    const his = Array.from(positions.lots(sideIndex, HIS), ({ basis, volume }) => ({ basis, volume, isToday: false }));
    const today = Array.from(positions.lots(sideIndex, TODAY), ({ basis, volume }) => ({ basis, volume, isToday: true }));
    return {
      position,
      side,
      instrument,
      group,
      profit: ledger.positionProfitOf(position, side),
      lots: [...his, ...today].reverse(),
      volume: positions.volume[sideIndex],
      basisNotional: positions.basisNotional[sideIndex],
      margin: positions.margin[sideIndex],
      takenHis: 0,
      takenToday: 0,
      fee: 0,
    };
  }
}

/** Larger margin first, then the larger loss, then the instrument's id. */
function byUrgency(a: Held, b: Held): number {
  if (a.margin !== b.margin) return b.margin - a.margin;
  if (a.profit !== b.profit) return a.profit - b.profit;
  if (a.instrument !== b.instrument) return a.instrument.instrumentId < b.instrument.instrumentId ? -1 : 1;
  return a.side - b.side;
}
