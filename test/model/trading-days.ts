/**
 * Random trading days through the real gate, books, fold and risk monitor: all kinds of orders and closings, amends, mass
 * cancels, deposits and withdrawals, changed terms, prices that wander until accounts are liquidated and owe, settlements.
 */
import { FundKind } from '../../src/core/enums.js';
import { FrameKind, PLAIN_MOVE } from '../../src/core/events.js';
import { instrumentsToSettle } from '../../src/core/settlement/day-figures.js';
import { liveSlots } from '../../src/core/state-codec.js';
import { RiskCircle } from '../support/risk-circle.js';
import { settleDay } from '../support/settle-day.js';

export interface DaysPlan {
  seed: number;
  accounts: number;
  days: number;
  /** Of each day. */
  commands: number;
}

interface Held {
  instrument: number;
  isLong: boolean;
  /** Only CLOSETODAY can close it. */
  isOfToday: boolean;
  lots: number;
}

const TICK = 1;
/** Commands between two looks of the risk monitor. */
const WORK_EVERY = 8;

export class TradingDays {
  readonly circle = new RiskCircle({ maxPositionRatio: 1, rejectRiskRatio: 950_000 });
  readonly counts = { orders: 0, refused: 0, amends: 0, cancels: 0, moves: 0, settlements: 0 };
  private readonly random: () => number;
  /** Middle of what is quoted, in currency units, by instrument. */
  private readonly middles: number[] = [0];

  constructor(private readonly plan: DaysPlan) {
    this.random = uniform(plan.seed);
    this.list();
    for (let account = 1; account <= plan.accounts; account++) {
      // every third is poor; every fifth user has two accounts
      const deposit = account % 3 === 0 ? 10_000 + this.below(20_000) : 2_000_000;
      if (account % 5 === 0) this.circle.account(this.circle.state.users.count, deposit);
      else this.circle.trader(deposit);
    }
  }

  async run(): Promise<void> {
    for (let day = 0; day < this.plan.days; day++) {
      for (let command = 0; command < this.plan.commands; command++) {
        this.command();
        if (command % WORK_EVERY === 0) await this.circle.work();
      }
      await this.circle.pass(2000);
      this.settle();
      await this.circle.pass(2000);
    }
  }

  private list(): void {
    const odd = { multiplier: 7, priceTick: 10_000, preSettlement: 33_330_000, longMarginRatio: 83_333, shortMarginRatio: 91_117 };
    const fees = { feeOpenByMoney: 5133, feeCloseByMoney: 5101, feeCloseTodayByMoney: 2577, feeOpenByLot: 3, feeCloseTodayByLot: 7 };
    const { circle } = this;
    circle.list({ instrumentId: 'DCE.a', exchange: 3, ...odd, ...fees });
    circle.list({ instrumentId: 'SHFE.b', exchange: 1, profile: 'cn', ...odd, ...fees, multiplier: 11 });
    circle.list({ instrumentId: 'SHFE.c1', exchange: 1, productId: 'c', marginMode: 1, ...odd, ...fees });
    circle.list({
      instrumentId: 'SHFE.c2',
      exchange: 1,
      productId: 'c',
      marginMode: 1,
      ...odd,
      longMarginPerLot: 12_345,
      shortMarginPerLot: 54_321,
    });
    circle.list({
      instrumentId: 'CFFEX.d',
      exchange: 0,
      marginMode: 1,
      marginGroup: 'index',
      ...odd,
      ...fees,
      preSettlement: 33_333_000 - 3000,
    });
    circle.list({ instrumentId: 'INE.e', exchange: 2, ...odd, ...fees, expireDate: 20260107 });
    for (const { preSettlement } of circle.state.instruments) this.middles.push(preSettlement / 10_000);
  }

  private command(): void {
    const draw = this.random();
    const account = 1 + this.below(this.plan.accounts);
    const instrument = 1 + this.below(this.middles.length - 1);
    if (draw < 0.62) this.order(account, instrument);
    else if (draw < 0.7) this.change('cancel');
    else if (draw < 0.8) this.change('amend');
    else if (draw < 0.803) this.circle.massCancel(account);
    else if (draw < 0.84) this.move(account);
    else if (draw < 0.843) this.changeTerms(instrument);
    else if (draw < 0.88) this.wander(instrument);
    else this.circle.settle();
    // now and then commands overlap
    if (this.random() < 0.7) this.circle.settle();
  }

  private order(account: number, anyInstrument: number): void {
    const held = this.random() < 0.5 ? this.heldBy(account) : undefined;
    const instrument = held?.instrument ?? anyInstrument;
    const side = held === undefined ? this.pick(['BUY', 'SELL']) : held.isLong ? 'SELL' : 'BUY';
    // a poor account takes what it can pay the margin of
    const most = account % 3 === 0 ? Math.max(1, Math.floor(this.circle.state.ledger.available(account) / 25_000_000)) : 12;
    const volume = 1 + this.below(Math.min(12, held?.lots ?? most));
    let offset = held === undefined && this.random() < 0.95 ? 'OPEN' : this.pick(['CLOSE', 'CLOSETODAY', 'CLOSEYESTERDAY']);
    // mostly one that takes what is there
    if (held !== undefined && this.random() < 0.7) offset = held.isOfToday ? 'CLOSETODAY' : 'CLOSE';
    const text = `${side} ${offset} ${volume}@${this.kind(instrument, side === 'BUY')}${this.mode()}`;
    const heard = this.circle.submit(account, instrument, text);
    if (heard.code === 0) this.counts.orders++;
    else this.counts.refused++;
  }

  /** A position side of the account that has lots. */
  private heldBy(account: number): Held | undefined {
    const { accounts, positions, instruments } = this.circle.state;
    const sides: Held[] = [];
    for (let position = accounts.firstPosition[account]; position !== 0; position = positions.nextOfAccount[position]) {
      const instrument = positions.instrument[position];
      const keepsDaysApart = [1, 2].includes(instruments.get(instrument).exchange);
      for (const side of [0, 1]) {
        const sideIndex = position * 2 + side;
        const lots = positions.volume[sideIndex];
        const isOfToday = keepsDaysApart && positions.closable(sideIndex, 0) === 0;
        if (lots > 0) sides.push({ instrument, isLong: side === 0, isOfToday, lots });
      }
    }
    return sides.length === 0 ? undefined : this.pick(sides);
  }

  private kind(instrument: number, buys: boolean): string {
    if (this.random() < 0.15) {
      return this.pick([
        'MARKET',
        'BEST1',
        'BEST5',
        'MARKET TO_LIMIT',
        'BEST5 slip=2',
        'BEST1 TO_LIMIT slip=3',
        'MARKET IOC ALL',
        'BEST5 IOC MIN min=2',
      ]);
    }
    return `${this.price(instrument, buys)} ${this.pick(['GFD', 'GFD', 'GFD', 'GTC', 'GTC', 'GTD gtd=20260109', 'GFS', 'IOC', 'IOC ALL', 'POST'])}`;
  }

  private mode(): string {
    return this.pick(['', '', '', ' smp=CANCEL_INCOMING', ' smp=CANCEL_RESTING', ' smp=CANCEL_BOTH', ' smp=DECREMENT']);
  }

  /** Near the middle, and inside the daily limits. */
  private price(instrument: number, buys: boolean): number {
    const { lowerLimit, upperLimit } = this.circle.state.instruments.get(instrument);
    const towards = (this.below(14) - 8) * TICK;
    const price = this.middles[instrument] + (buys ? towards : -towards);
    return Math.min(upperLimit / 10_000, Math.max(lowerLimit / 10_000, Math.round(price)));
  }

  private change(kind: 'cancel' | 'amend'): void {
    const { circle } = this;
    const slots = liveSlots(circle.state);
    if (slots.length === 0) return;
    const slot = slots[this.below(slots.length)];
    const { account, orderId, instrument, side } = circle.state.orders;
    if (kind === 'cancel') {
      circle.submitCancel(account[slot], orderId[slot]);
      this.counts.cancels++;
    } else {
      const price = this.random() < 0.5 ? 0 : this.price(instrument[slot], side[slot] === 0);
      circle.submitAmend(account[slot], orderId[slot], price, this.below(14));
      this.counts.amends++;
    }
  }

  private move(account: number): void {
    const { circle } = this;
    if (this.random() < 0.5) {
      circle.deposit(account, (1 + this.below(account % 3 === 0 ? 10_000 : 1_000_000)) / 100);
    } else {
      const quota = Math.floor((circle.state.ledger.withdrawable(account) - circle.gateway.reservedMoney(account)) / 100);
      const cents = Math.min(quota, 1 + this.below(account % 3 === 0 ? 1_000_000 : 10_000_000));
      if (cents <= 0) return;
      circle.rare(FrameKind.FundsMoved, { account, kind: FundKind.withdrawal, amount: cents * 100, method: '', remark: '', ...PLAIN_MOVE });
    }
    this.counts.moves++;
  }

  private changeTerms(number: number): void {
    const { circle } = this;
    circle.settle();
    const instrument = circle.state.instruments.get(number);
    circle.rare(FrameKind.InstrumentChanged, {
      ...instrument,
      longMarginRatio: 60_000 + this.below(60_000),
      shortMarginRatio: 60_000 + this.below(60_000),
      feeOpenByMoney: this.below(10_000),
      feeCloseByMoney: this.below(10_000),
    });
    void circle.shards.open(instrument);
    circle.settle();
  }

  private wander(instrument: number): void {
    const { lowerLimit, upperLimit } = this.circle.state.instruments.get(instrument);
    const next = this.middles[instrument] * (1 + (this.random() - 0.5) * 0.06);
    this.middles[instrument] = Math.min(upperLimit / 10_000, Math.max(lowerLimit / 10_000, Math.round(next)));
  }

  private settle(): void {
    const { circle } = this;
    const prices: Record<number, number> = {};
    for (const { instrument, lowerLimit, upperLimit } of instrumentsToSettle(circle.state)) {
      // off the tick, within the daily limits, and now and then so far away that somebody cannot pay
      const gap = this.random() < 0.4 ? this.pick([-0.1, 0.1]) : 0;
      const wanted = circle.state.ledger.mark(instrument) * (1 + gap) + (this.below(41) - 20) * 1000;
      const price = Math.min(upperLimit, Math.max(lowerLimit, Math.round(wanted / 1000) * 1000)) / 10_000;
      prices[instrument] = price;
      this.middles[instrument] = Math.round(price);
    }
    settleDay(circle, prices);
    this.counts.settlements++;
  }

  private pick<T>(of: readonly T[]): T {
    return of[this.below(of.length)];
  }

  private below(limit: number): number {
    return Math.floor(this.random() * limit);
  }
}

/** Marsaglia's xorshift32 as numbers in [0, 1). */
function uniform(seed: number): () => number {
  let value = seed | 0 || 1;
  return () => {
    value ^= value << 13;
    value ^= value >>> 17;
    value ^= value << 5;
    return (value >>> 0) / 2 ** 32;
  };
}
