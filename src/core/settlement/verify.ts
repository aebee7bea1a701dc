/**
 * The books before a day is settled (ledger.md 7, S7): equations 10.1 to 10.6 over all accounts, and that every settled
 * amount can be kept exactly. Walks all lots and live orders; changes nothing.
 */
import { Offset } from '../enums.js';
import { marginOf } from '../fees.js';
import type { Instrument } from '../instrument.js';
import { HIS, LONG, POSITION_STEP, SHORT, TODAY, type PositionTable } from '../positions.js';
import type { ExchangeState } from '../state.js';
import { MONEY_MAX } from '../units.js';
import { WideSum } from '../wide-sum.js';
import type { DayFigures } from './day-figures.js';

/** What is wrong, in one sentence; undefined when the day may be settled. */
export function findBreach(state: ExchangeState, figures: DayFigures): string | undefined {
  return positionBreach(state) ?? orderBreach(state) ?? figuresBreach(state, figures);
}

/** The same of the figures alone, which must be those of this moment. */
export function figuresBreach(state: ExchangeState, figures: DayFigures): string | undefined {
  return openInterestBreach(state, figures) ?? accountBreach(figures);
}

/** 10.1, 10.3 and 10.4 of positions: sums and margins are functions of the lots. */
export function positionBreach({ positions: p, instruments }: ExchangeState): string | undefined {
  for (let position = POSITION_STEP; position <= p.last; position += POSITION_STEP) {
    const instrument = instruments.get(p.instrument[position]);
    for (let side = LONG; side <= SHORT; side++) {
      const breach = sideBreach(p, position * 2 + side, instrument);
      if (breach !== '') return `${breach} of account ${p.account[position]} in ${instrument.instrumentId}`;
    }
  }
  return undefined;
}

function sideBreach(p: PositionTable, sideIndex: number, instrument: Instrument): string {
  const { multiplier } = instrument;
  const lots = p.volume[sideIndex];
  p.sumLots(sideIndex);
  if (p.sumHis !== p.bucketVolume[sideIndex * 2 + HIS] || p.sumToday !== p.bucketVolume[sideIndex * 2 + TODAY]) return '10.4: lots by day';
  if (p.sumHis + p.sumToday !== lots) return '10.4: volume';
  if (p.takenOpen * multiplier !== p.openNotional[sideIndex]) return '10.1: open cost';
  if (p.takenBasis * multiplier !== p.basisNotional[sideIndex]) return '10.1: position cost';
  const margin = lots === 0 ? 0 : marginOf(instrument, sideIndex % 2, p.basisNotional[sideIndex], lots);
  return margin === p.margin[sideIndex] ? '' : '10.3: margin';
}

/** 10.3 and 10.4 of orders: what is frozen is what live orders hold. */
export function orderBreach({ accounts, orders: o, positions: p }: ExchangeState): string | undefined {
  const held = new Map<number, number>();
  const hold = (bucket: number, lots: number): void => void held.set(bucket, (held.get(bucket) ?? 0) + lots);
  for (let account = 1; account <= accounts.count; account++) {
    let margin = 0;
    let fee = 0;
    for (let slot = accounts.firstOrder[account]; slot !== 0; slot = o.nextOfAccount[slot]) {
      margin += o.frozenMargin[slot];
      fee += o.frozenFee[slot];
      if (o.offset[slot] === Offset.OPEN) continue;
      if (o.frozenHis[slot] + o.frozenToday[slot] !== o.leaves(slot)) return `10.4: lots held by order ${o.orderId[slot]}`;
      // a selling order closes the long side
      const sideIndex = o.position[slot] * 2 + (o.side[slot] === 0 ? SHORT : LONG);
      hold(sideIndex * 2 + HIS, o.frozenHis[slot]);
      hold(sideIndex * 2 + TODAY, o.frozenToday[slot]);
    }
    if (margin !== accounts.frozenMargin[account]) return `10.3: frozen margin of account ${account}`;
    if (fee !== accounts.frozenCommission[account]) return `10.3: frozen commission of account ${account}`;
  }
  for (let position = POSITION_STEP; position <= p.last; position += POSITION_STEP) {
    for (let bucket = position * 4; bucket < position * 4 + 4; bucket++) {
      const lots = held.get(bucket) ?? 0;
      if (lots !== p.frozenVolume[bucket] || lots > p.bucketVolume[bucket]) return `10.4: frozen lots of account ${p.account[position]}`;
    }
  }
  return undefined;
}

/** 10.5: as many lots long as short, and both the open interest. */
function openInterestBreach({ instruments, market }: ExchangeState, figures: DayFigures): string | undefined {
  const lots = new Float64Array((instruments.count + 1) * 2);
  for (let row = 0; row < figures.rowCount; row++) lots[figures.instrument[row] * 2 + figures.side[row]] += figures.volume[row];
  for (const { instrument, instrumentId } of instruments) {
    const interest = market.openInterest[instrument];
    if (lots[instrument * 2 + LONG] !== interest || lots[instrument * 2 + SHORT] !== interest) return `10.5: lots of ${instrumentId}`;
  }
  return undefined;
}

/** 10.6 at the settlement prices, and the range of money. */
function accountBreach(figures: DayFigures): string | undefined {
  const profit = new WideSum();
  for (let account = 1; account <= figures.accountCount; account++) {
    const balance = figures.balance[account];
    if (!Number.isSafeInteger(balance) || Math.abs(balance) > MONEY_MAX) return `10.1: balance of account ${account}`;
    if (!Number.isSafeInteger(figures.margin[account])) return `10.3: margin of account ${account}`;
    profit.add(figures.closeProfit[account]);
    profit.add(figures.positionProfit[account]);
  }
  return profit.high === 0 && profit.low === 0 ? undefined : '10.6: profits of all accounts';
}
