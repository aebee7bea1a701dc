/** What an order would take and do, by the server's own rates. */
import type { DataOf } from '../api/call.js';
import type { Account } from '../stores/desk.js';
import type { Instrument } from '../stores/market.js';

export type MarginRate = DataOf<'GET /api/account-admin/margin/rates'>[number];
export type FeeRate = DataOf<'GET /api/account-admin/commission/rates'>[number];

export interface Terms {
  readonly direction: 'BUY' | 'SELL';
  readonly offset: string;
  readonly orderType: string;
  readonly price: number;
  readonly volume: number;
}

export interface Estimate {
  readonly amount: number;
  readonly margin: number;
  readonly fee: number;
  readonly availableAfter: number;
  readonly riskAfter: number;
}

/** Money is frozen at the limit, or for market kinds at the worst price that the day allows. */
export function freezePrice(terms: Terms, instrument: Instrument): number {
  if (terms.orderType === 'LIMIT') return terms.price;
  return terms.direction === 'BUY' ? instrument.upper_limit : (instrument.last_price ?? instrument.pre_settlement);
}

export function estimate(terms: Terms, instrument: Instrument, account: Account, margin: MarginRate, fee: FeeRate): Estimate {
  const price = freezePrice(terms, instrument);
  const amount = price * terms.volume * instrument.contract_multiplier;
  const isOpen = terms.offset === 'OPEN';
  const isBuy = terms.direction === 'BUY';
  const byMoney = isBuy ? margin.long_margin_ratio_by_money : margin.short_margin_ratio_by_money;
  const byVolume = isBuy ? margin.long_margin_ratio_by_volume : margin.short_margin_ratio_by_volume;
  const needed = isOpen ? amount * byMoney + terms.volume * byVolume : 0;
  const [feeByMoney, feeByVolume] = feeOf(terms.offset, fee);
  const cost = amount * feeByMoney + terms.volume * feeByVolume;
  return {
    amount,
    margin: needed,
    fee: cost,
    availableAfter: account.available - needed - cost,
    riskAfter: ratio(account.margin + needed, account.balance - cost),
  };
}

function feeOf(offset: string, fee: FeeRate): readonly [byMoney: number, byVolume: number] {
  if (offset === 'OPEN') return [fee.open_ratio_by_money, fee.open_ratio_by_volume];
  if (offset === 'CLOSETODAY') return [fee.close_today_ratio_by_money, fee.close_today_ratio_by_volume];
  return [fee.close_ratio_by_money, fee.close_ratio_by_volume];
}

/** As the exchange tells it: 0 without margin, 999 when nothing is left for it. */
function ratio(margin: number, balance: number): number {
  if (margin === 0) return 0;
  return balance <= 0 ? 999 : margin / balance;
}
