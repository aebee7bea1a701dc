/**
 * The statement of a day as the text that clients take apart (diff.md 5.7): three sections, tables between lines of dashes,
 * bilingual labels, money with two decimals. Every label in the first section has exactly one number behind it.
 */
import { nameOf, Offset, Side } from '../../../core/enums.js';
import type { TradeRecord } from '../../../core/history.js';
import type { StatementRecord } from '../../../core/settlement/statements.js';
import type { ExchangeState } from '../../../core/state.js';
import { toDecimal } from '../../../core/units.js';
import { tradeId } from '../../views/ids.js';
import { partsOf } from './order-fields.js';

const RULE = '-'.repeat(100);

export function settlementText(state: ExchangeState, userName: string, statement: StatementRecord, trades: readonly TradeRecord[]): string {
  const closes = trades.filter(({ offset }) => offset !== Offset.OPEN);
  return [
    '交易结算单 Settlement Statement',
    `客户号 ${userName}   日期 ${statement.id}`,
    '',
    '资金状况 Account Summary',
    RULE,
    ...accountLines(statement),
    '',
    ...table('成交记录 Transaction Record', TRADE_COLUMNS, trades, (trade) => tradeRow(state, trade)),
    '',
    ...table('平仓明细 Position Closed', CLOSE_COLUMNS, closes, (trade) => closeRow(state, trade)),
    '',
  ].join('\n');
}

function accountLines(s: StatementRecord): string[] {
  const available = s.balance - s.margin;
  return [
    `期初结存 Balance b/f: ${money(s.preBalance)}   出 入 金 Deposit/Withdrawal: ${money(s.deposit - s.withdraw)}`,
    `平仓盈亏 Realized P/L: ${money(s.closeProfit)}   持仓盯市盈亏 MTM P/L: ${money(s.positionProfit)}`,
    `手 续 费 Commission: ${money(s.commission)}   期末结存 Balance c/f: ${money(s.balance)}`,
    `客户权益 Client Equity: ${money(s.balance)}   保证金占用 Margin Occupied: ${money(s.margin)}`,
    `可用资金 Fund Avail: ${money(available)}   追加保证金 Margin Call: ${money(Math.max(0, -available))}`,
  ];
}

const TRADE_COLUMNS = ['Date', 'Exchange', 'Instrument', 'B/S', 'Price', 'Lots', 'Turnover', 'O/C', 'Fee', 'Realized P/L', 'Trans.No.'];

function tradeRow(state: ExchangeState, trade: TradeRecord): string[] {
  const instrument = state.instruments.get(trade.instrument);
  const { exchange, code } = partsOf(instrument.instrumentId);
  return [
    String(trade.tradingDay),
    exchange,
    code,
    nameOf(Side, trade.side),
    money(trade.price),
    String(trade.volume),
    money(trade.price * instrument.multiplier * trade.volume),
    nameOf(Offset, trade.offset),
    money(trade.commission),
    money(trade.closeProfit),
    tradeId(trade.tradeId),
  ];
}

const CLOSE_COLUMNS = ['Close Date', 'Exchange', 'Instrument', 'B/S', 'Lots', 'Trans. Price', 'Realized P/L'];

function closeRow(state: ExchangeState, trade: TradeRecord): string[] {
  const { exchange, code } = partsOf(state.instruments.get(trade.instrument).instrumentId);
  return [
    String(trade.tradingDay),
    exchange,
    code,
    nameOf(Side, trade.side),
    String(trade.volume),
    money(trade.price),
    money(trade.closeProfit),
  ];
}

function table(title: string, columns: string[], trades: readonly TradeRecord[], row: (trade: TradeRecord) => string[]): string[] {
  return [title, RULE, line(columns), RULE, ...trades.map((trade) => line(row(trade))), RULE];
}

function line(cells: readonly string[]): string {
  return `|${cells.join('|')}|`;
}

function money(units: number): string {
  return toDecimal(units).toFixed(2);
}
