/**
 * A data folder with a long log of trading that nobody has exported: orders that meet and trade, and others that rest and are
 * cancelled. Every event comes out of real books; the snapshot worker's code has filled the tables of what is finished.
 */
import { Side } from '../../src/core/enums.js';
import { closeStorage, openStorage } from '../../src/storage/database.js';
import { LogStore } from '../../src/storage/log-store.js';
import { frameViews } from '../../src/wire/frame-layout.js';
import { EventStream, MIDDLE, TICK, uniform } from './event-stream.js';
import { FrameWriter } from './frame-writer.js';
import { addOperator, openSecondAccounts, takeSnapshot } from './prepared-folder.js';

export interface TradedPlan {
  trades: number;
  accounts: number;
  instruments: number;
  /** From one event to the next. */
  stepUs: number;
  seed: number;
}

export interface TradedFolder {
  events: number;
  trades: number;
  /** Ids of finished orders are 1 to this. */
  orders: number;
  accounts: number;
  /** Number of a user who is an Admin. */
  operator: number;
}

/** One order in so many rests and is cancelled. */
const CANCEL_EVERY = 4;
/** Trades between two writes and between two snapshots. */
const TRADES_PER_WRITE = 5000;
const TRADES_PER_SNAPSHOT = 100_000;
const WIDTH_TICKS = 100;

/** Fills an empty data folder. */
export async function tradedFolder(dataDir: string, plan: TradedPlan, progress: (text: string) => void): Promise<TradedFolder> {
  const stream = new EventStream(plan.accounts, plan.instruments, plan.stepUs);
  openSecondAccounts(stream, plan.accounts);
  const operator = addOperator(stream, plan.accounts + 1);
  const flow = new TradeFlow(stream, plan);
  const { state } = stream;
  const storage = await openStorage(dataDir);
  try {
    const writer = new FrameWriter(new LogStore(storage.log));
    for (let snapshot = 0; state.tradeCount < plan.trades;) {
      const until = Math.min(plan.trades, state.tradeCount + TRADES_PER_WRITE);
      while (state.tradeCount < until) flow.next();
      await writer.write(frameViews(stream.bytes), 0, stream.length);
      stream.length = 0;
      progress(`preparing a data folder, ${state.tradeCount} of ${plan.trades} trades`);
      if (state.tradeCount < plan.trades && state.tradeCount < snapshot + TRADES_PER_SNAPSHOT) continue;
      await takeSnapshot(storage, stream.count);
      snapshot = state.tradeCount;
    }
  } finally {
    await closeStorage(storage);
  }
  return { events: stream.count, trades: state.tradeCount, orders: state.nextOrderId - 1, accounts: plan.accounts, operator };
}

class TradeFlow {
  private readonly random: () => number;
  private commands = 0;

  constructor(
    private readonly stream: EventStream,
    private readonly plan: TradedPlan,
  ) {
    this.random = uniform(plan.seed);
  }

  /** Two orders that trade with each other, and now and then one that finds nobody. */
  next(): void {
    const { accounts, instruments } = this.plan;
    const instrument = 1 + this.below(instruments);
    const maker = 1 + this.below(accounts);
    const taker = 1 + ((maker + this.below(accounts - 1)) % accounts);
    const side = this.below(2);
    const price = MIDDLE + (this.below(WIDTH_TICKS) - WIDTH_TICKS / 2) * TICK;
    const volume = 1 + this.below(5);
    if (this.commands++ % CANCEL_EVERY === 0) {
      this.order(maker, instrument, side, price, volume);
      this.stream.cancel(this.stream.state.accounts.firstOrder[maker]);
    }
    this.order(maker, instrument, side, price, volume);
    this.order(taker, instrument, 1 - side, price, volume);
  }

  /** Closes what it holds before it opens more. */
  private order(account: number, instrument: number, side: number, price: number, volume: number): void {
    const { positions } = this.stream.state;
    const position = positions.find(account, instrument);
    const held = position === -1 ? 0 : positions.closable(position * 2 + (side === Side.SELL ? 0 : 1), 1);
    this.stream.order(account, instrument, side, held >= volume ? 1 : 0, price, volume);
  }

  private below(limit: number): number {
    return Math.floor(this.random() * limit);
  }
}
