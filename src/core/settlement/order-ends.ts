/**
 * Orders that do not live on into the next day: those that end with the old one, and those that the new one would not take
 * in if they came now (trading-rules.md 2.2). All others rest on in their queues.
 */
import { CancelReason, Offset, Phase, TimeCondition } from '../enums.js';
import type { Instrument } from '../instrument.js';
import type { ExchangeState } from '../state.js';
import { endsWith } from './day-figures.js';

export interface OrderEnd {
  readonly slot: number;
  /** `CancelReason` */
  readonly reason: number;
  /** The refusal that a new order like it would get; 0 when it ends by its own terms. */
  readonly code: number;
}

/** What a closed day leaves that ends before the next one: GTD orders, and all of contracts that end with the day. */
export function ordersEndingWith(state: ExchangeState, tradingDay: number, nextTradingDay: number): OrderEnd[] {
  const { orders: o, instruments } = state;
  const ends: OrderEnd[] = [];
  for (const slot of liveOrders(state)) {
    const isDue = o.timeCondition[slot] === TimeCondition.GTD && o.gtdDate[slot] < nextTradingDay;
    if (isDue || endsWith(instruments.get(o.instrument[slot]), tradingDay)) ends.push({ slot, reason: CancelReason.EXPIRED, code: 0 });
  }
  return ends;
}

/**
 * What the new day does not take in, of instruments that have been settled and are not open yet, looked at in the order of
 * acceptance: prices outside its limits, CLOSETODAY, which has
 * no lots of today left, and opening orders that risk ratio or funds do not cover any more.
 */
export function ordersRefusedByNewDay(state: ExchangeState): OrderEnd[] {
  const { orders: o, instruments, ledger, accounts, riskLimits, settlement } = state;
  const ends: OrderEnd[] = [];
  /** By account: what its orders looked at so far leave available. */
  const available = new Map<number, number>();
  for (const slot of liveOrders(state)) {
    const account = o.account[slot];
    const { phase, phaseUs } = instruments.get(o.instrument[slot]);
    if (phase !== Phase.SETTLING || phaseUs > settlement.settledUs) continue;
    let code = termsRefusal(state, slot, instruments.get(o.instrument[slot]));
    if (code === 0 && o.offset[slot] === Offset.OPEN) {
      const frozen = o.frozenMargin[slot] + o.frozenFee[slot];
      const left = available.get(account) ?? ledger.balance(account) - accounts.margin[account];
      if (ledger.riskRatio(account) >= riskLimits.venue.riskRatioReject) code = 1004;
      else if (left < frozen) code = 1001;
      else available.set(account, left - frozen);
    }
    if (code !== 0) ends.push({ slot, reason: CancelReason.DAY_END, code });
  }
  return ends;
}

function termsRefusal({ orders: o, tradingDay }: ExchangeState, slot: number, instrument: Instrument): number {
  const { listDate, expireDate, lowerLimit, upperLimit } = instrument;
  if (listDate > tradingDay || (expireDate !== 0 && tradingDay > expireDate)) return 1010;
  if (o.price[slot] < lowerLimit || o.price[slot] > upperLimit) return 1013;
  return o.offset[slot] === Offset.CLOSETODAY ? 2006 : 0;
}

/** Slots in the order of acceptance. */
function liveOrders({ accounts, orders }: ExchangeState): number[] {
  const slots: number[] = [];
  for (let account = 1; account <= accounts.count; account++) {
    for (let slot = accounts.firstOrder[account]; slot !== 0; slot = orders.nextOfAccount[slot]) slots.push(slot);
  }
  return slots.sort((a, b) => orders.exchangeOrderId[a] - orders.exchangeOrderId[b]);
}
