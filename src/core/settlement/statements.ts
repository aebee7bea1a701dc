/**
 * What a settled day leaves in the history: the result of the venue and a statement for each account.
 *
 * The front settles ten thousand accounts between two requests, so it makes no text and no row object of them: a statement
 * is a reference to the figures of the day, and becomes a record when somebody reads it. The thread that writes the
 * history reads all of them; the front those that it is asked for until they are stored.
 */
import type { HistoryDocument } from '../history.js';
import { WideSum } from '../wide-sum.js';
import type { DayFigures } from './day-figures.js';
import type { MarketDay, SettledDay } from './settled-day.js';

/** One side of a position in a statement. */
export interface StatementPosition {
  instrument: number;
  /** LONG or SHORT */
  side: number;
  volume: number;
  multiplier: number;
  /** Σ open price × lots, without multiplier. */
  openSum: number;
  settlementPrice: number;
  /** For the next day; 0 of a contract that has ended. */
  margin: number;
  /** Of the day, settlement price against basis. */
  profit: number;
  /** 1: the contract has ended, its lots were settled in cash and are in the closing profit. */
  ended: number;
}

/** The day of an account; money in 1/10000, id is the trading day as yyyymmdd. Fields are only ever appended. */
export interface StatementRecord {
  id: number;
  sequence: number;
  account: number;
  preBalance: number;
  deposit: number;
  withdraw: number;
  closeProfit: number;
  closeProfitByTrade: number;
  positionProfit: number;
  commission: number;
  balance: number;
  margin: number;
  /** ppm */
  riskRatio: number;
  tradeCount: number;
  /** 1: the account was liquidated on the day. */
  forced: number;
  /** Oldest position first. */
  positions: StatementPosition[];
}

/** The day of the venue; id is the trading day as yyyymmdd. Sums are exact decimal digits in 1/10000. Fields are only ever appended. */
export interface DayRecord {
  id: number;
  sequence: number;
  timeUs: number;
  /** When the run began. */
  startedUs: number;
  nextTradingDay: number;
  accounts: number;
  commission: string;
  /** Of all accounts: 0, for what one gains others lose. */
  profit: string;
  /** Of those that gained. */
  gain: string;
  winners: number;
  losers: number;
  forced: number[];
  /** Accounts whose margin is not covered by their balance on the next day. */
  marginCalls: number[];
  prices: [instrument: number, price: number][];
  market: MarketDay[];
}

export class StatementDocument implements HistoryDocument {
  readonly table = 'settlements';
  readonly id: number;
  readonly sequence: number;

  constructor(
    private readonly day: SettledDay,
    readonly account: number,
  ) {
    this.id = day.event.tradingDay;
    this.sequence = day.sequence;
  }

  get record(): StatementRecord {
    const { account, id, sequence } = this;
    const { figures, forced } = this.day;
    return {
      id,
      sequence,
      account,
      preBalance: figures.preBalance[account],
      deposit: figures.deposit[account],
      withdraw: figures.withdraw[account],
      closeProfit: figures.closeProfit[account],
      closeProfitByTrade: figures.closeProfitByTrade[account],
      positionProfit: figures.positionProfit[account],
      commission: figures.commission[account],
      balance: figures.balance[account],
      margin: figures.margin[account],
      riskRatio: figures.riskRatio(account),
      tradeCount: figures.trades[account],
      forced: forced.includes(account) ? 1 : 0,
      positions: positionsOf(figures, account),
    };
  }
}

function positionsOf(figures: DayFigures, account: number): StatementPosition[] {
  const positions: StatementPosition[] = [];
  for (let row = figures.firstRow[account]; row < figures.firstRow[account + 1]; row++) {
    const instrument = figures.instrument[row];
    positions.push({
      instrument,
      side: figures.side[row],
      volume: figures.volume[row],
      multiplier: figures.multiplier[instrument],
      openSum: figures.openNotional[row] / figures.multiplier[instrument],
      settlementPrice: figures.price[instrument],
      margin: figures.rowMargin[row],
      profit: figures.profit[row],
      ended: figures.ends[instrument],
    });
  }
  return positions.reverse();
}

/** Accounts that cannot cover their margin at these figures, highest risk first. */
export function marginCalls(figures: DayFigures): number[] {
  const calls: number[] = [];
  for (let account = 1; account <= figures.accountCount; account++)
    if (figures.riskRatio(account) >= figures.callRatio) calls.push(account);
  return calls.sort((a, b) => figures.riskRatio(b) - figures.riskRatio(a) || a - b);
}

export function dayDocument(day: SettledDay): HistoryDocument {
  const record = dayRecord(day);
  return { table: 'days', account: 0, id: record.id, sequence: record.sequence, record };
}

function dayRecord({ event, figures, market, forced, timeUs, sequence }: SettledDay): DayRecord {
  const [commission, profit, gain] = [new WideSum(), new WideSum(), new WideSum()];
  let winners = 0;
  let losers = 0;
  for (let account = 1; account <= figures.accountCount; account++) {
    const own = figures.dayProfit(account);
    commission.add(figures.commission[account]);
    profit.add(own);
    if (own > 0) gain.add(own);
    if (own > 0) winners++;
    else if (own < 0) losers++;
  }
  return {
    id: event.tradingDay,
    sequence,
    timeUs,
    startedUs: event.startedUs,
    nextTradingDay: event.nextTradingDay,
    accounts: figures.accountCount,
    commission: commission.toBigInt().toString(),
    profit: profit.toBigInt().toString(),
    gain: gain.toBigInt().toString(),
    winners,
    losers,
    forced: [...forced],
    marginCalls: marginCalls(figures),
    prices: event.instruments.map((instrument, i) => [instrument, event.prices[i]]),
    market: [...market],
  };
}
