/** The tables of the history: names, columns, units and meanings, all in one place. Columns are only ever appended. */
import {
  AuditResult,
  Exchange,
  FundKind,
  InstrumentStatus,
  InstrumentType,
  CancelReason,
  Offset,
  OrderStatus,
  Phase,
  PriceType,
  Side,
  TimeCondition,
  VolumeCondition,
} from '../core/enums.js';
import { PERIODS } from '../core/market-data/periods.js';
import {
  ACCOUNT_ID,
  AUDIT_ID,
  COUNT,
  DAY,
  FEE_RATE,
  FLAG,
  INSTRUMENT,
  LOTS,
  MONEY,
  nameOfEach,
  ORDER_ID,
  PPM_RATE,
  RATIO,
  TEXT,
  TIME,
  TRADE_ID,
  TRANSACTION_ID,
  USER_ID,
  VALUE,
  WIDE_MONEY,
  type Column,
  type ColumnKind,
} from './columns.js';

export interface Table {
  readonly name: string;
  readonly meaning: string;
  readonly columns: readonly Column[];
  /** What tells two rows apart. */
  readonly key: readonly string[];
  /** A row of the same key that comes later takes the place of the one before. */
  readonly isReplaced: boolean;
  /** Summed up in the manifest, to be held against the ledger. */
  readonly sums: readonly string[];
}

export const OrderEvent = {
  accepted: 0,
  refused: 1,
  cancelled: 2,
  amended: 3,
  cancel_refused: 4,
  amend_refused: 5,
  declined: 6,
  rested: 7,
} as const;
const PositionSide = { LONG: 0, SHORT: 1 } as const;
const Period = Object.fromEntries(PERIODS.map(({ name }, number) => [name, number]));
export const LimitLock = { NO: 0, UP: 1, DOWN: 2 } as const;

const SIDE = nameOfEach(Side);
const OPEN_CLOSE = nameOfEach(Offset);
const PERIOD = nameOfEach(Period);

type Definition = readonly [name: string, kind: ColumnKind, meaning: string];

/** In front of every table. */
const ORIGIN: readonly Definition[] = [
  ['trading_day', DAY, 'trading day of the event'],
  ['ts', TIME, 'time of the event'],
  ['sequence', COUNT, 'place of the event in the log (engine_seq)'],
];
const INSTRUMENT_ID: Definition = ['instrument_id', INSTRUMENT, 'instrument'];

function table(name: string, meaning: string, key: readonly string[], definitions: readonly Definition[], sums: string[] = []): Table {
  const columns = [...ORIGIN, ...definitions].map(([column, kind, text]) => ({ name: column, kind, meaning: text }));
  return { name, meaning, columns, key, isReplaced: false, sums };
}

const trades = table(
  'trades',
  'Every trade once, with both of its sides.',
  ['trade_id'],
  [
    INSTRUMENT_ID,
    ['trade_id', TRADE_ID, 'trade'],
    ['price', MONEY, 'price of one unit'],
    ['volume', LOTS, 'lots traded'],
    ['turnover', MONEY, 'price × multiplier × lots'],
    ['taker_side', SIDE, 'side of the order that came in; NONE in an auction'],
    ['is_self_trade', FLAG, 'both orders are of one self-trade group'],
    ['buy_order_id', ORDER_ID, 'order of the buyer'],
    ['buy_account_id', ACCOUNT_ID, 'account of the buyer'],
    ['buy_open_close', OPEN_CLOSE, 'whether the buyer opened or closed'],
    ['buy_fee', MONEY, 'commission of the buyer'],
    ['buy_profit', MONEY, 'closing profit of the buyer against the open prices; 0 when it opened'],
    ['sell_order_id', ORDER_ID, 'order of the seller'],
    ['sell_account_id', ACCOUNT_ID, 'account of the seller'],
    ['sell_open_close', OPEN_CLOSE, 'whether the seller opened or closed'],
    ['sell_fee', MONEY, 'commission of the seller'],
    ['sell_profit', MONEY, 'closing profit of the seller against the open prices; 0 when it opened'],
  ],
  ['volume', 'turnover', 'buy_fee', 'sell_fee'],
);

const orders = table(
  'orders',
  'Every finished order as it ended; ts is when. What works now is in order_events.',
  ['order_id'],
  [
    INSTRUMENT_ID,
    ['order_id', ORDER_ID, 'order'],
    ['account_id', ACCOUNT_ID, 'account of its owner'],
    ['direction', SIDE, 'BUY or SELL'],
    ['open_close', OPEN_CLOSE, 'whether it opens or closes'],
    ['order_type', nameOfEach(PriceType), 'price type'],
    ['time_condition', nameOfEach(TimeCondition), 'how long it may wait'],
    ['volume_condition', nameOfEach(VolumeCondition), 'how much must be filled'],
    ['price', MONEY, 'limit price; none for market kinds'],
    ['volume', LOTS, 'lots of the order'],
    ['filled', LOTS, 'lots that traded'],
    ['filled_notional', MONEY, 'Σ price × lots of the fills, without multiplier'],
    ['status', nameOfEach(OrderStatus), 'how it ended'],
    ['reason', nameOfEach(CancelReason), 'why it was cancelled'],
    ['code', COUNT, 'refusal code of a rejected order, 0 for none'],
    ['entered', TIME, 'when it came in'],
    ['client_order_id', TEXT, 'id that its sender chose'],
  ],
  ['volume', 'filled'],
);

const orderEvents = table(
  'order_events',
  'What happened to orders, but their fills, which are trades.',
  ['sequence'],
  [
    INSTRUMENT_ID,
    ['order_id', ORDER_ID, 'order; none of one that was declined before it got a number'],
    ['account_id', ACCOUNT_ID, 'account that it belongs to, or that asked'],
    ['event', nameOfEach(OrderEvent), 'what happened; rested: one of a market kind got a limit price and waits'],
    ['direction', SIDE, 'side of the order, where known'],
    ['price', MONEY, 'limit price of the order from now on; none for market kinds'],
    ['volume', LOTS, 'lots of the order; of a cancel the lots that left the book'],
    ['leaves', LOTS, 'lots still open behind the event'],
    ['reason', nameOfEach(CancelReason), 'of a cancel'],
    ['code', COUNT, 'refusal code, 0 for none'],
    ['origin', COUNT, 'where its command came from: see origins; none of what the exchange did by itself'],
  ],
);

const accountsEod = table(
  'accounts_eod',
  'Accounts at the end of each settled day.',
  ['trading_day', 'account_id'],
  [
    ['account_id', ACCOUNT_ID, 'account'],
    ['pre_balance', MONEY, 'balance the day began with'],
    ['deposit', MONEY, 'paid in'],
    ['withdraw', MONEY, 'taken out'],
    ['close_profit', MONEY, 'profit of closed lots against their basis'],
    ['close_profit_by_trade', MONEY, 'the same against the open prices'],
    ['position_profit', MONEY, 'profit of held lots'],
    ['commission', MONEY, 'fees'],
    ['balance', MONEY, 'what the next day begins with'],
    ['margin', MONEY, 'margin of the next day'],
    ['risk_ratio', RATIO, 'margin / balance'],
    ['trade_count', COUNT, 'own trades of the day'],
    ['is_forced', FLAG, 'the account was liquidated on the day'],
  ],
  ['commission', 'balance'],
);

const positionsEod = table(
  'positions_eod',
  'Positions at the end of each settled day.',
  ['trading_day', 'account_id', 'instrument_id', 'direction'],
  [
    INSTRUMENT_ID,
    ['account_id', ACCOUNT_ID, 'account'],
    ['direction', nameOfEach(PositionSide), 'LONG or SHORT'],
    ['volume', LOTS, 'lots held'],
    ['open_sum', MONEY, 'Σ open price × lots, without multiplier'],
    ['settlement_price', MONEY, 'of the day'],
    ['margin', MONEY, 'for the next day; 0 of a contract that has ended'],
    ['profit', MONEY, 'of the day'],
    ['is_ended', FLAG, 'the contract ended and its lots were settled in cash'],
  ],
  ['volume'],
);

const settlements = table(
  'settlements',
  'Instruments at the end of each settled day.',
  ['trading_day', 'instrument_id'],
  [
    INSTRUMENT_ID,
    ['settlement_price', MONEY, 'that the day was settled at; none when it was not'],
    ['pre_settlement', MONEY, 'that the day went by'],
    ['open', MONEY, 'first price; none without trades'],
    ['high', MONEY, 'highest price'],
    ['low', MONEY, 'lowest price'],
    ['close', MONEY, 'last price'],
    ['volume', LOTS, 'lots traded'],
    ['turnover', WIDE_MONEY, 'Σ price × multiplier × lots'],
    ['open_interest', LOTS, 'lots held, one side'],
    ['upper_limit', MONEY, 'highest price allowed'],
    ['lower_limit', MONEY, 'lowest price allowed'],
  ],
  ['volume', 'turnover'],
);

const transfers = table(
  'transfers',
  'Movements of money.',
  ['transaction_id'],
  [
    ['account_id', ACCOUNT_ID, 'account'],
    ['transaction_id', TRANSACTION_ID, 'movement'],
    ['user_id', USER_ID, 'owner of the account'],
    ['kind', nameOfEach(FundKind), 'deposit, withdrawal, …'],
    ['amount', MONEY, 'amount, always positive'],
    ['balance_before', MONEY, 'balance before'],
    ['balance_after', MONEY, 'balance after'],
    ['available_after', MONEY, 'available funds after'],
    ['method', TEXT, 'as it was given'],
    ['bank', TEXT, 'bank of a transfer'],
    ['remark', TEXT, 'as it was given'],
  ],
  ['amount'],
);

const ticks = table(
  'ticks',
  'Trades as the public saw them, with the market around them.',
  ['trade_id'],
  [
    INSTRUMENT_ID,
    ['trade_id', TRADE_ID, 'trade'],
    ['md_sequence', COUNT, 'number of the change of public data (md_seq)'],
    ['price', MONEY, 'price'],
    ['volume', LOTS, 'lots'],
    ['taker_side', SIDE, 'side of the order that came in; NONE in an auction'],
    ['turnover', MONEY, 'price × multiplier × lots'],
    ['volume_total', LOTS, 'lots of the day with this trade'],
    ['open_interest', LOTS, 'lots held after it'],
    ['open_interest_delta', LOTS, 'how it changed them'],
    ['bid', MONEY, 'best bid before the command, none without'],
    ['ask', MONEY, 'best ask before the command, none without'],
  ],
  ['volume', 'turnover'],
);

const klines: Table = {
  ...table(
    'klines',
    'Finished bars of every length; ts is when the bar begins.',
    ['instrument_id', 'period', 'ts'],
    [
      INSTRUMENT_ID,
      ['period', PERIOD, 'length of the bar'],
      ['open', MONEY, 'first price'],
      ['high', MONEY, 'highest price'],
      ['low', MONEY, 'lowest price'],
      ['close', MONEY, 'last price'],
      ['volume', LOTS, 'lots'],
      ['amount', WIDE_MONEY, 'Σ price × multiplier × lots'],
      ['open_interest_open', LOTS, 'lots held before its first trade'],
      ['open_interest_close', LOTS, 'lots held after its last trade'],
      ['trade_count', COUNT, 'trades'],
      ['bar_no', COUNT, 'number among the bars with a trade, from 0; behind a simulated history it goes on counting'],
    ],
    ['volume'],
  ),
  isReplaced: true,
};

const levels = (side: 'bid' | 'ask'): Definition[] =>
  [1, 2, 3, 4, 5].flatMap((level): Definition[] => [
    [`${side}_price${level}`, MONEY, `price of ${side} level ${level}, none without`],
    [`${side}_volume${level}`, LOTS, `lots there`],
  ]);

const marketSnapshots: Table = {
  ...table(
    'market_snapshots',
    'The market of an instrument at whole seconds behind a change.',
    ['instrument_id', 'ts'],
    [
      INSTRUMENT_ID,
      ['md_sequence', COUNT, 'number of the change of public data (md_seq)'],
      ['last', MONEY, 'last price; the settlement price of the day before while is_reference'],
      ['is_reference', FLAG, 'nothing has traded on the day'],
      ['open', MONEY, 'first price of the day'],
      ['high', MONEY, 'highest price of the day'],
      ['low', MONEY, 'lowest price of the day'],
      ['close', MONEY, 'closing price'],
      ['settlement', MONEY, 'settlement price, once set'],
      ['pre_settlement', MONEY, 'settlement price of the day before'],
      ['upper_limit', MONEY, 'highest price allowed'],
      ['lower_limit', MONEY, 'lowest price allowed'],
      ['volume', LOTS, 'lots of the day'],
      ['turnover', WIDE_MONEY, 'Σ price × multiplier × lots of the day'],
      ['average', MONEY, 'average price of the day'],
      ['open_interest', LOTS, 'lots held, one side'],
      ['last_volume', LOTS, 'lots of the last trade'],
      ['trade_count', COUNT, 'trades of the day'],
      ['interval_volume', LOTS, 'lots since the snapshot before'],
      ['bid_total', LOTS, 'lots of all bids'],
      ['ask_total', LOTS, 'lots of all asks'],
      ['limit_locked', nameOfEach(LimitLock), 'a side waits at the limit alone'],
      ['phase', nameOfEach(Phase), 'trading phase'],
      ['status', nameOfEach(InstrumentStatus), 'status of the instrument'],
      ...levels('bid'),
      ...levels('ask'),
    ],
  ),
  isReplaced: true,
};

const factors: Table = {
  ...table(
    'factors',
    'Factors behind finished bars of 1, 5 and 15 minutes, and of the periods of FACTORS_FILE, one row each; ts is when the bar begins.',
    ['instrument_id', 'period', 'ts', 'factor'],
    [
      INSTRUMENT_ID,
      ['period', PERIOD, 'length of the bar'],
      ['factor', TEXT, 'name, such as ma20, macd.signal or one of FACTORS_FILE'],
      ['value', VALUE, 'its value; prices as decimals'],
    ],
  ),
  isReplaced: true,
};

const instruments = table(
  'instruments',
  'Versions of instruments: as listed, after each change, and at the start of each trading day.',
  ['instrument_id', 'sequence'],
  [
    INSTRUMENT_ID,
    ['name', TEXT, 'name'],
    ['product_id', TEXT, 'product'],
    ['exchange', nameOfEach(Exchange), 'exchange'],
    ['instrument_type', nameOfEach(InstrumentType), 'type'],
    ['status', nameOfEach(InstrumentStatus), 'status'],
    ['multiplier', COUNT, 'units of one lot'],
    ['price_tick', MONEY, 'smallest step of a price'],
    ['long_margin_ratio', PPM_RATE, 'margin of long positions'],
    ['short_margin_ratio', PPM_RATE, 'margin of short positions'],
    ['fee_open_by_money', FEE_RATE, 'fee of opening'],
    ['fee_close_by_money', FEE_RATE, 'fee of closing'],
    ['fee_close_today_by_money', FEE_RATE, 'fee of closing lots of the same day'],
    ['fee_open_by_lot', MONEY, 'fee of opening, for each lot'],
    ['fee_close_by_lot', MONEY, 'fee of closing, for each lot'],
    ['fee_close_today_by_lot', MONEY, 'fee of closing lots of the same day, for each lot'],
    ['pre_settlement', MONEY, 'settlement price of the day before'],
    ['upper_limit', MONEY, 'highest price allowed'],
    ['lower_limit', MONEY, 'lowest price allowed'],
    ['list_date', DAY, 'first day; none when not known'],
    ['expire_date', DAY, 'last day; none without'],
  ],
);

const audit = table(
  'audit',
  'Who did what.',
  ['audit_id'],
  [
    ['audit_id', AUDIT_ID, 'entry'],
    ['user_id', USER_ID, 'who; none when nobody is known'],
    ['account_id', ACCOUNT_ID, 'account that it was about; none without'],
    ['log_type', TEXT, 'kind of action'],
    ['action', TEXT, 'action'],
    ['details', TEXT, 'more about it'],
    ['address', TEXT, 'where the request came from'],
    ['user_agent', TEXT, 'program that sent it'],
    ['result', nameOfEach(AuditResult), 'how it ended'],
  ],
);

const origins = table(
  'origins',
  'Where commands came from. A number means what its last row before the event says.',
  ['sequence'],
  [
    ['origin', COUNT, 'number, as in order_events'],
    ['address', TEXT, 'address of the client'],
    ['user_agent', TEXT, 'program that sent it'],
  ],
);

export const TABLES = {
  trades,
  orders,
  order_events: orderEvents,
  accounts_eod: accountsEod,
  positions_eod: positionsEod,
  settlements,
  transfers,
  ticks,
  market_snapshots: marketSnapshots,
  klines,
  factors,
  instruments,
  audit,
  origins,
} as const;

export type TableName = keyof typeof TABLES;
export const TABLE_NAMES = Object.keys(TABLES) as TableName[];
/** The view of a table for people. */
export const readableName = (name: string): string => `${name}_dec`;

export function hasInstrument({ columns }: Table): boolean {
  return columns.some(({ kind }) => kind === INSTRUMENT);
}
