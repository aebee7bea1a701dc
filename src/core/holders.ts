/** Who stands against a change of an instrument: positions and working orders. */
import type { ExchangeState } from './state.js';

export interface Holder {
  readonly account: number;
  /** Lots, both sides together. */
  readonly lots: number;
  readonly workingOrders: number;
}

/** Whether the account holds lots of anything. */
export function holdsLots({ accounts, positions }: ExchangeState, account: number): boolean {
  for (let p = accounts.firstPosition[account]; p !== 0; p = positions.nextOfAccount[p]!) {
    if (positions.volume[p * 2] + positions.volume[p * 2 + 1] > 0) return true;
  }
  return false;
}

/** The accounts that hold lots of the instrument or have orders working in it, by number. Walks all positions. */
export function holdersOf(state: ExchangeState, instrument: number): Holder[] {
  const { positions, accounts, orders } = state;
  const holders: Holder[] = [];
  for (const position of positions.numbers()) {
    if (positions.instrument[position] !== instrument) continue;
    const account = positions.account[position];
    const lots = positions.volume[position * 2] + positions.volume[position * 2 + 1];
    let workingOrders = 0;
    for (let slot = accounts.firstOrder[account]; slot !== 0; slot = orders.nextOfAccount[slot]!) {
      if (orders.instrument[slot] === instrument) workingOrders++;
    }
    if (lots > 0 || workingOrders > 0) holders.push({ account, lots, workingOrders });
  }
  return holders.sort((a, b) => a.account - b.account);
}
