/**
 * What settling a day at given prices means for every account (ledger.md 7, S5, S6, S10): money, margins and one row per
 * position side that holds lots. Computed in one pass over accounts and their positions; nothing is changed.
 *
 * Dry runs, the checks before a settlement, its statements and the settlement itself all take their figures from here.
 */
import { assert } from '../assert.js';
import { marginOf } from '../fees.js';
import type { Instrument } from '../instrument.js';
import { riskRatioOf } from '../ledger.js';
import { EACH_SIDE } from '../margin-groups.js';
import { LONG, POSITION_STEP, SHORT } from '../positions.js';
import type { ExchangeState } from '../state.js';

/** Whether the contract ends with the day: what is held of it is settled in cash. */
export function endsWith({ expireDate }: Pick<Instrument, 'expireDate'>, tradingDay: number): boolean {
  return expireDate !== 0 && expireDate <= tradingDay;
}

/** The instrument with the rates that are planned for the next day. */
export function termsOfNextDay({ settlement }: ExchangeState, instrument: Instrument): Instrument {
  const rates = settlement.planned.get(instrument.instrument);
  return rates === undefined ? instrument : { ...instrument, ...rates };
}

/** Instruments that the day cannot be settled without a price of, by number: those held, and those traded. */
export function instrumentsToSettle(state: ExchangeState): Instrument[] {
  const { openInterest, volume } = state.market;
  return Array.from(state.instruments).filter(({ instrument }) => openInterest[instrument] !== 0 || volume[instrument] !== 0);
}

export class DayFigures {
  readonly accountCount: number;
  // by account; money in 1/10000
  readonly preBalance: Float64Array;
  readonly deposit: Float64Array;
  readonly withdraw: Float64Array;
  /** Closed by trades, and of ending contracts by cash settlement. */
  readonly closeProfit: Float64Array;
  readonly closeProfitByTrade: Float64Array;
  /** Of lots that live on, at the settlement price against their basis; it becomes part of the balance. */
  readonly positionProfit: Float64Array;
  readonly commission: Float64Array;
  /** Settled: what the next day begins with. */
  readonly balance: Float64Array;
  /** For the next day. */
  readonly margin: Float64Array;
  /** Own trades of the day. */
  readonly trades: Uint32Array;
  /** The rows of account a are firstRow[a] up to firstRow[a + 1], latest position first. */
  readonly firstRow: Uint32Array;

  // by row
  rowCount = 0;
  readonly instrument: Uint32Array;
  /** Of the position at the time. */
  readonly sideIndex: Uint32Array;
  /** LONG or SHORT */
  readonly side: Uint8Array;
  readonly volume: Uint32Array;
  /** Σ open price × multiplier × lots. */
  readonly openNotional: Float64Array;
  /** Of the day: settlement price against basis. */
  readonly profit: Float64Array;
  readonly rowMargin: Float64Array;

  /** Settlement prices by instrument number; 0 for those that are not settled. */
  readonly price: Float64Array;
  readonly multiplier: Float64Array;
  /** By instrument number: 1 for a contract that ends with the day. */
  readonly ends: Uint8Array;

  /** ppm: accounts at or above it cannot cover their margin. */
  readonly callRatio: number;
  /** By instrument number: with the rates of the next day. */
  readonly terms: Instrument[] = [];

  // of the account under way
  private readonly groupSums: Float64Array;
  private readonly groups: number[] = [];
  private sideMargins = 0;

  /** Each instrument that is held must have a price. */
  constructor(
    private readonly state: ExchangeState,
    readonly tradingDay: number,
    instruments: readonly number[],
    prices: readonly number[],
  ) {
    const { accounts, positions } = state;
    const count = (this.accountCount = accounts.count);
    this.callRatio = state.riskLimits.venue.liquidationThreshold;
    this.preBalance = accounts.preBalance.slice(0, count + 1);
    this.deposit = accounts.deposit.slice(0, count + 1);
    this.withdraw = accounts.withdraw.slice(0, count + 1);
    this.closeProfit = accounts.closeProfit.slice(0, count + 1);
    this.closeProfitByTrade = accounts.closeProfitByTrade.slice(0, count + 1);
    this.commission = accounts.commission.slice(0, count + 1);
    this.trades = accounts.tradesToday.slice(0, count + 1);
    this.positionProfit = new Float64Array(count + 1);
    this.balance = new Float64Array(count + 1);
    this.margin = new Float64Array(count + 1);
    this.firstRow = new Uint32Array(count + 2);
    const rows = countSides(state);
    this.instrument = new Uint32Array(rows);
    this.sideIndex = new Uint32Array(rows);
    this.side = new Uint8Array(rows);
    this.volume = new Uint32Array(rows);
    this.openNotional = new Float64Array(rows);
    this.profit = new Float64Array(rows);
    this.rowMargin = new Float64Array(rows);
    this.price = new Float64Array(state.instruments.count + 1);
    this.multiplier = new Float64Array(state.instruments.count + 1);
    this.ends = new Uint8Array(state.instruments.count + 1);
    for (const [i, instrument] of instruments.entries()) this.price[instrument] = prices[i];
    let groups = 0;
    for (const instrument of state.instruments) {
      groups = Math.max(groups, state.ledger.groups.of(instrument));
      this.multiplier[instrument.instrument] = instrument.multiplier;
      this.terms[instrument.instrument] = termsOfNextDay(state, instrument);
      if (endsWith(instrument, tradingDay)) this.ends[instrument.instrument] = 1;
    }
    this.groupSums = new Float64Array((groups + 1) * 2);
    const { nextOfAccount } = positions;
    for (let account = 1; account <= count; account++) {
      this.firstRow[account] = this.rowCount;
      for (let p = accounts.firstPosition[account]; p !== 0; p = nextOfAccount[p]) {
        this.addSide(account, p, LONG);
        this.addSide(account, p, SHORT);
      }
      this.finishAccount(account);
    }
    this.firstRow[count + 1] = this.rowCount;
  }

  /** margin / balance for the next day, ppm, rounded down. */
  riskRatio(account: number): number {
    return riskRatioOf(this.margin[account], this.balance[account]);
  }

  /** Profit of the day without commission. */
  dayProfit(account: number): number {
    return this.closeProfit[account] + this.positionProfit[account];
  }

  private addSide(account: number, position: number, side: number): void {
    const { positions, ledger } = this.state;
    const sideIndex = position * 2 + side;
    const lots = positions.volume[sideIndex];
    if (lots === 0) return;
    const number = positions.instrument[position];
    const price = this.price[number];
    assert(price > 0, 'an instrument that is held is settled at a price');
    const value = price * this.multiplier[number] * lots;
    const sign = side === LONG ? 1 : -1;
    const profit = sign * (value - positions.basisNotional[sideIndex]);
    const row = this.rowCount++;
    this.instrument[row] = number;
    this.sideIndex[row] = sideIndex;
    this.side[row] = side;
    this.volume[row] = lots;
    this.openNotional[row] = positions.openNotional[sideIndex];
    this.profit[row] = profit;
    if (this.ends[number] === 1) {
      this.closeProfit[account] += profit;
      this.closeProfitByTrade[account] += sign * (value - positions.openNotional[sideIndex]);
      return;
    }
    this.positionProfit[account] += profit;
    const terms = this.terms[number];
    const margin = marginOf(terms, side, value, lots);
    this.rowMargin[row] = margin;
    const group = ledger.groups.of(terms);
    if (group === EACH_SIDE) {
      this.sideMargins += margin;
    } else {
      if (this.groupSums[group * 2] + this.groupSums[group * 2 + 1] === 0) this.groups.push(group);
      this.groupSums[group * 2 + side] += margin;
    }
  }

  private finishAccount(account: number): void {
    const staticBalance = this.preBalance[account] + this.deposit[account] - this.withdraw[account];
    this.balance[account] = staticBalance + this.closeProfit[account] + this.positionProfit[account] - this.commission[account];
    let margin = this.sideMargins;
    for (const group of this.groups) {
      margin += Math.max(this.groupSums[group * 2], this.groupSums[group * 2 + 1]);
      this.groupSums[group * 2] = 0;
      this.groupSums[group * 2 + 1] = 0;
    }
    this.groups.length = 0;
    this.sideMargins = 0;
    this.margin[account] = margin;
  }
}

function countSides({ positions }: ExchangeState): number {
  let count = 0;
  for (let position = POSITION_STEP; position <= positions.last; position += POSITION_STEP) {
    if (positions.volume[position * 2] !== 0) count++;
    if (positions.volume[position * 2 + 1] !== 0) count++;
  }
  return count;
}
