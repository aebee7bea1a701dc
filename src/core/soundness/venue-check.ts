/** The equations of the whole venue (ledger.md 10.5 to 10.8, 10.12, 10.15, 10.17), from what the accounts add up to. */
import { RECENT_TRADES } from '../market.js';
import type { ExchangeState } from '../state.js';
import { WIDE } from '../units.js';
import type { VenueTotals } from './account-check.js';
import { Comparison } from './comparison.js';

export function venueComparisons(state: ExchangeState, totals: VenueTotals): Comparison[] {
  const outside = state.totalDeposits.toBigInt() - state.totalWithdrawals.toBigInt();
  const fees = BigInt(state.feeAccount);
  const [balance, closeProfit] = [totals.balance.value, totals.closeProfit.value];
  return [
    openInterest(state, totals),
    comparison('10.6', closeProfit, -totals.positionProfit.value),
    comparison('10.7', balance + fees + BigInt(state.defaultFund), outside),
    comparison('10.8', fees - state.carried.fees.toBigInt(), totals.commission.value),
    dayStatistics(state),
    comparison(
      '10.15',
      balance + BigInt(state.defaultFund),
      outside + state.carried.closeProfitByTrade.toBigInt() + totals.closeProfitByTrade.value + totals.floatProfit.value - fees,
    ),
    numbers(state, totals),
  ];
}

function comparison(id: string, left: bigint, right: bigint): Comparison {
  const made = new Comparison(id);
  made.equal(left, right);
  return made;
}

function openInterest(state: ExchangeState, { long, short }: VenueTotals): Comparison {
  const made = new Comparison('10.5');
  for (const { instrument } of state.instruments) {
    made.equal(long[instrument] ?? 0, short[instrument] ?? 0, 0, instrument);
    made.equal(state.market.openInterest[instrument], long[instrument] ?? 0, 0, instrument);
  }
  return made;
}

/** Exact while the latest trades are all trades of the day; afterwards no fewer lots than they have, at prices of the day's range. */
function dayStatistics(state: ExchangeState): Comparison {
  const made = new Comparison('10.12');
  const { market } = state;
  for (const { instrument, multiplier } of state.instruments) {
    let volume = 0;
    let turnover = 0n;
    let older = 0;
    for (const trade of market.recent(instrument, RECENT_TRADES)) {
      if (trade.tradeId <= state.settlement.lastTradeId) {
        older++;
        continue;
      }
      volume += trade.volume;
      turnover += BigInt(trade.price) * BigInt(multiplier) * BigInt(trade.volume);
    }
    const kept = BigInt(market.turnoverHigh[instrument]) * BigInt(WIDE) + BigInt(market.turnoverLow[instrument]);
    if (older > 0 || market.tradeCount[instrument] <= RECENT_TRADES) {
      made.equal(market.volume[instrument], volume, 0, instrument);
      made.equal(kept, turnover, 0, instrument);
    } else {
      made.atMost(volume, market.volume[instrument], 0, instrument);
    }
  }
  return made;
}

/** Live orders are the listed ones, and no number was given twice: the next ones are beyond all that are in use. */
function numbers(state: ExchangeState, { liveOrders }: VenueTotals): Comparison {
  const made = new Comparison('10.17');
  const { orders, accounts, market } = state;
  made.equal(orders.size, liveOrders);
  for (let account = 1; account <= accounts.count; account++) {
    for (let slot = accounts.firstOrder[account]; slot !== 0; slot = orders.nextOfAccount[slot]) {
      const orderId = orders.orderId[slot];
      made.atMost(orderId, state.nextOrderId - 1, account, orders.instrument[slot], orderId);
      made.atMost(orders.exchangeOrderId[slot], state.sequence, account, orders.instrument[slot], orderId);
    }
  }
  for (const { instrument } of state.instruments) {
    for (const { tradeId } of market.recent(instrument, 1)) made.atMost(tradeId, state.tradeCount, 0, instrument);
  }
  return made;
}
