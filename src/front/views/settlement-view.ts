/** SettlementResult, AccountSettlement and the statement of rest.md 3 and D8. */
import Type, { type Static } from 'typebox';
import { nameOf, Offset, Side } from '../../core/enums.js';
import type { TradeRecord } from '../../core/history.js';
import { LONG } from '../../core/positions.js';
import type { DayFigures } from '../../core/settlement/day-figures.js';
import { liquidationOutlook } from '../../core/settlement/liquidation-outlook.js';
import { marginCalls, type DayRecord, type StatementPosition, type StatementRecord } from '../../core/settlement/statements.js';
import type { ExchangeState } from '../../core/state.js';
import { toDecimal } from '../../core/units.js';
import { accountId, tradeId } from './ids.js';
import { averagePrice, toDate, toMs, toRatio } from './numbers.js';

export const SettlementResultSchema = Type.Object({
  settlement_date: Type.String(),
  next_trading_day: Type.String(),
  total_accounts: Type.Integer(),
  settled_accounts: Type.Integer(),
  failed_accounts: Type.Integer(),
  force_closed_accounts: Type.Array(Type.String(), { description: 'Liquidated on the day.' }),
  margin_calls: Type.Array(Type.String(), { description: 'Margin at or above the balance for the next day, highest risk first.' }),
  total_commission: Type.Number(),
  total_profit: Type.Number({ description: 'Of all accounts together: 0, for what some gain others lose.' }),
  total_gain: Type.Number({ description: 'Of the accounts that gained.' }),
  winners: Type.Integer(),
  losers: Type.Integer(),
  elapsed_ms: Type.Integer({ description: 'From the beginning of the run to the event that settled the day.' }),
  settled_at: Type.Integer(),
  failures: Type.Array(Type.Object({ account_id: Type.String(), code: Type.Integer(), message: Type.String() })),
});
export type SettlementResultView = Static<typeof SettlementResultSchema>;

export function settlementResultView(day: DayRecord): SettlementResultView {
  return {
    settlement_date: toDate(day.id),
    next_trading_day: toDate(day.nextTradingDay),
    total_accounts: day.accounts,
    settled_accounts: day.accounts,
    failed_accounts: 0,
    force_closed_accounts: day.forced.map(accountId),
    margin_calls: day.marginCalls.map(accountId),
    total_commission: sumToDecimal(day.commission),
    total_profit: sumToDecimal(day.profit),
    total_gain: sumToDecimal(day.gain),
    winners: day.winners,
    losers: day.losers,
    elapsed_ms: toMs(day.timeUs - day.startedUs),
    settled_at: toMs(day.timeUs),
    failures: [],
  };
}

/** A sum of the venue may have more digits than the number that shows it. */
function sumToDecimal(digits: string): number {
  return toDecimal(Number(digits));
}

export const SettledInstrumentSchema = Type.Object({
  instrument_id: Type.String(),
  settlement_price: Type.Number(),
  pre_settlement: Type.Optional(Type.Number()),
  open: Type.Optional(Type.Number()),
  high: Type.Optional(Type.Number()),
  low: Type.Optional(Type.Number()),
  last_price: Type.Optional(Type.Number()),
  volume: Type.Integer(),
  turnover: Type.Number(),
  open_interest: Type.Integer(),
});

/** The day of every instrument that was settled. */
export function settledInstrumentViews(state: ExchangeState, day: DayRecord): Static<typeof SettledInstrumentSchema>[] {
  const markets = new Map(day.market.map((market) => [market.instrument, market]));
  return day.prices.map(([instrument, price]) => {
    const market = markets.get(instrument);
    const view: Static<typeof SettledInstrumentSchema> = {
      instrument_id: state.instruments.get(instrument).instrumentId,
      settlement_price: toDecimal(price),
      volume: market?.volume ?? 0,
      turnover: sumToDecimal(market?.turnover ?? '0'),
      open_interest: market?.openInterest ?? 0,
    };
    if (market === undefined) return view;
    view.pre_settlement = toDecimal(market.preSettlement);
    if (market.volume === 0) return view;
    const { openPrice, highPrice, lowPrice, lastPrice } = market;
    const prices = { open: toDecimal(openPrice), high: toDecimal(highPrice), low: toDecimal(lowPrice), last_price: toDecimal(lastPrice) };
    return { ...view, ...prices };
  });
}

const MoneyFields = {
  pre_balance: Type.Number(),
  deposit: Type.Number(),
  withdraw: Type.Number(),
  close_profit: Type.Number(),
  position_profit: Type.Number(),
  commission: Type.Number(),
  balance: Type.Number(),
  available: Type.Number({ description: 'Balance less margin: orders of the day hold nothing any more.' }),
  margin: Type.Number({ description: 'For the next day.' }),
  risk_ratio: Type.Number(),
};

function moneyFields(statement: Omit<StatementRecord, 'id' | 'sequence' | 'positions'>) {
  return {
    pre_balance: toDecimal(statement.preBalance),
    deposit: toDecimal(statement.deposit),
    withdraw: toDecimal(statement.withdraw),
    close_profit: toDecimal(statement.closeProfit),
    position_profit: toDecimal(statement.positionProfit),
    commission: toDecimal(statement.commission),
    balance: toDecimal(statement.balance),
    available: toDecimal(statement.balance - statement.margin),
    margin: toDecimal(statement.margin),
    risk_ratio: toRatio(statement.riskRatio),
  };
}

export const AccountSettlementSchema = Type.Object({
  account_id: Type.String(),
  date: Type.String(),
  ...MoneyFields,
  force_close: Type.Boolean(),
});

export function accountSettlementView(statement: StatementRecord): Static<typeof AccountSettlementSchema> {
  return {
    account_id: accountId(statement.account),
    date: toDate(statement.id),
    ...moneyFields(statement),
    force_close: statement.forced === 1,
  };
}

export const StatementSchema = Type.Object({
  account_id: Type.String(),
  trading_day: Type.String(),
  currency: Type.String(),
  ...MoneyFields,
  mtm_total: Type.Number({ description: 'close_profit + position_profit' }),
  close_profit_by_trade: Type.Number({ description: 'Against the open prices.' }),
  float_profit: Type.Number({ description: 'Of the lots held on, against the open prices.' }),
  positions: Type.Array(
    Type.Object({
      instrument_id: Type.String(),
      direction: Type.String(),
      volume: Type.Integer(),
      avg_price: Type.Number(),
      settlement_price: Type.Number(),
      margin: Type.Number(),
      pnl: Type.Number({ description: 'Of the day, mark to market.' }),
      float_profit: Type.Number({ description: 'Against the open prices.' }),
      expired: Type.Optional(Type.Boolean({ description: 'The contract has ended: settled in cash, part of close_profit.' })),
    }),
  ),
  trades: Type.Array(
    Type.Object({
      trade_id: Type.String(),
      instrument_id: Type.String(),
      direction: Type.String(),
      offset: Type.String(),
      price: Type.Number(),
      volume: Type.Integer(),
      turnover: Type.Number(),
      commission: Type.Number(),
      trade_time: Type.Integer(),
    }),
  ),
});

/** `trades` are those of the account on that day, oldest first. */
export function statementView(
  state: ExchangeState,
  statement: StatementRecord,
  trades: readonly TradeRecord[],
): Static<typeof StatementSchema> {
  const positions = statement.positions.map((position) => statementPositionView(state, position));
  const living = positions.filter(({ expired }) => expired !== true);
  return {
    account_id: accountId(statement.account),
    trading_day: toDate(statement.id),
    currency: 'CNY',
    ...moneyFields(statement),
    mtm_total: toDecimal(statement.closeProfit + statement.positionProfit),
    close_profit_by_trade: toDecimal(statement.closeProfitByTrade),
    float_profit: toDecimal(living.reduce((sum, { float }) => sum + float, 0)),
    positions: positions.map(({ float: _float, ...view }) => view),
    trades: trades.map((trade) => statementTradeView(state, trade)),
  };
}

function statementPositionView(state: ExchangeState, position: StatementPosition) {
  const { instrumentId } = state.instruments.get(position.instrument);
  const sign = position.side === LONG ? 1 : -1;
  const float = sign * (position.settlementPrice * position.volume - position.openSum) * position.multiplier;
  return {
    instrument_id: instrumentId,
    direction: position.side === LONG ? 'LONG' : 'SHORT',
    volume: position.volume,
    avg_price: averagePrice(position.openSum, position.volume),
    settlement_price: toDecimal(position.settlementPrice),
    margin: toDecimal(position.margin),
    pnl: toDecimal(position.profit),
    float_profit: toDecimal(float),
    ...(position.ended === 1 ? { expired: true } : {}),
    float,
  };
}

function statementTradeView(state: ExchangeState, trade: TradeRecord) {
  const { instrumentId, multiplier } = state.instruments.get(trade.instrument);
  return {
    trade_id: tradeId(trade.tradeId),
    instrument_id: instrumentId,
    direction: nameOf(Side, trade.side),
    offset: nameOf(Offset, trade.offset),
    price: toDecimal(trade.price),
    volume: trade.volume,
    turnover: toDecimal(trade.price * multiplier * trade.volume),
    commission: toDecimal(trade.commission),
    trade_time: toMs(trade.timeUs),
  };
}

export const DryRunSchema = Type.Object({
  dry_run: Type.Boolean(),
  settlement_date: Type.String(),
  total_accounts: Type.Integer(),
  total_commission: Type.Number(),
  total_profit: Type.Number(),
  accounts: Type.Array(
    Type.Object({
      account_id: Type.String(),
      profit: Type.Number({ description: 'Of the day, mark to market, without commission.' }),
      commission: Type.Number(),
      balance: Type.Number(),
      margin: Type.Number(),
      available: Type.Number(),
      risk_ratio: Type.Number(),
    }),
    { description: 'Accounts that the day or its prices have changed, by id.' },
  ),
  margin_calls: Type.Array(
    Type.Object({
      account_id: Type.String(),
      risk_ratio: Type.Number(),
      shortfall: Type.Number({ description: 'What must be paid in to cover the margin.' }),
    }),
    { description: 'Accounts that cannot cover the margin of the next day, highest risk first.' },
  ),
  liquidations: Type.Array(
    Type.Object({
      account_id: Type.String(),
      risk_ratio: Type.Number(),
      positions: Type.Array(Type.Object({ instrument_id: Type.String(), direction: Type.String(), volume: Type.Integer() })),
    }),
    { description: 'What would be closed of them if the call were not met: the largest margin first, lot by lot, down to the target.' },
  ),
});

export function dryRunView(state: ExchangeState, figures: DayFigures): Static<typeof DryRunSchema> {
  const accounts: Static<typeof DryRunSchema>['accounts'] = [];
  let [commission, profit] = [0n, 0n];
  for (let account = 1; account <= figures.accountCount; account++) {
    const own = figures.dayProfit(account);
    commission += BigInt(figures.commission[account]);
    profit += BigInt(own);
    if (own === 0 && figures.commission[account] === 0 && figures.margin[account] === 0) continue;
    accounts.push({
      account_id: accountId(account),
      profit: toDecimal(own),
      commission: toDecimal(figures.commission[account]),
      balance: toDecimal(figures.balance[account]),
      margin: toDecimal(figures.margin[account]),
      available: toDecimal(figures.balance[account] - figures.margin[account]),
      risk_ratio: toRatio(figures.riskRatio(account)),
    });
  }
  const calls = marginCalls(figures);
  return {
    dry_run: true,
    settlement_date: toDate(figures.tradingDay),
    total_accounts: figures.accountCount,
    total_commission: sumToDecimal(commission.toString()),
    total_profit: sumToDecimal(profit.toString()),
    accounts,
    margin_calls: calls.map((account) => ({
      account_id: accountId(account),
      risk_ratio: toRatio(figures.riskRatio(account)),
      shortfall: toDecimal(Math.max(0, figures.margin[account] - figures.balance[account])),
    })),
    liquidations: calls.map((account) => ({
      account_id: accountId(account),
      risk_ratio: toRatio(figures.riskRatio(account)),
      positions: liquidationOutlook(state, figures, account, state.riskLimits.venue.liquidationTarget).map((closing) => ({
        instrument_id: state.instruments.get(closing.instrument).instrumentId,
        direction: closing.side === LONG ? 'SELL' : 'BUY',
        volume: closing.volume,
      })),
    })),
  };
}
