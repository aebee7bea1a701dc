/**
 * A data folder as a busy exchange leaves it when its process is killed: funded accounts, orders at rest, a snapshot, and
 * a tail of events behind it. Every event comes out of real books; blocks and snapshot are written by the modules that
 * write them in the exchange, so whoever reads the folder finds nothing made up for the occasion.
 */
import { roleMask } from '../../src/auth/permissions.js';
import { Side } from '../../src/core/enums.js';
import { FrameKind, PLAIN_MOVE } from '../../src/core/events.js';
import { closeStorage, openStorage, type Storage } from '../../src/storage/database.js';
import { LogStore } from '../../src/storage/log-store.js';
import { SnapshotStatus } from '../../src/storage/snapshot-status.js';
import { Snapshotter } from '../../src/storage/snapshotter.js';
import { StateFold } from '../../src/storage/state-fold.js';
import { WalStatus } from '../../src/storage/wal-status.js';
import { frameViews } from '../../src/wire/frame-layout.js';
import { DEPOSIT, EventStream, manyHolders, MIDDLE, TICK, uniform } from './event-stream.js';
import { FrameWriter } from './frame-writer.js';

/** Users who can make with one account and take with the other. */
export const TRADERS = 4;
/** Ticks from the middle of the book within which orders rest. */
const DEPTH_TICKS = 200;

export interface FolderPlan {
  accounts: number;
  instruments: number;
  /** Every account holds a position in every instrument before anything else happens. */
  holdings: boolean;
  /** Orders at rest at the snapshot, and about as many ever after. */
  liveOrders: number;
  /** Events behind the snapshot, at least: the last command is whole. */
  tailEvents: number;
  seed: number;
}

export interface PreparedFolder {
  /** Events in the snapshot, in the log behind it, and bytes of those. */
  snapshotEvents: number;
  snapshotBytes: number;
  tailEvents: number;
  tailBytes: number;
  liveOrders: number;
  /** Trades behind the snapshot. */
  tailTrades: number;
  /** Every user `user1`, `user2` ... owns the account of its number; the first `TRADERS` own one more each, from `accounts` + 1 on. */
  accounts: number;
  /** Number of a user more, an Admin without accounts. */
  operator: number;
  /** `SIM.i1`, `SIM.i2` ... */
  instruments: number;
  positions: number;
}

/** Fills an empty data folder. Takes a few seconds of one core for a million events. */
export async function prepareFolder(dataDir: string, plan: FolderPlan): Promise<PreparedFolder> {
  const random = uniform(plan.seed);
  const stream = plan.holdings ? manyHolders(plan.accounts, plan.instruments) : new EventStream(plan.accounts, plan.instruments);
  openSecondAccounts(stream, plan.accounts);
  const operator = addOperator(stream, plan.accounts + 1);
  const flow = new MarketFlow(stream, plan, random);
  while (stream.state.orders.size < plan.liveOrders) flow.rest();
  const storage = await openStorage(dataDir);
  try {
    const writer = new FrameWriter(new LogStore(storage.log));
    const head = { events: stream.count, bytes: stream.length };
    await writer.write(frameViews(stream.bytes), 0, head.bytes);
    const snapshotBytes = await takeSnapshot(storage, head.events);
    const { tradeCount } = stream.state;
    while (stream.count < head.events + plan.tailEvents) flow.command();
    await writer.write(frameViews(stream.bytes), head.bytes, stream.length);
    return {
      snapshotEvents: head.events,
      snapshotBytes,
      tailEvents: stream.count - head.events,
      tailBytes: stream.length - head.bytes,
      liveOrders: stream.state.orders.size,
      tailTrades: stream.state.tradeCount - tradeCount,
      accounts: plan.accounts,
      operator,
      instruments: plan.instruments,
      positions: stream.state.positions.count,
    };
  } finally {
    await closeStorage(storage);
  }
}

export function openSecondAccounts(stream: EventStream, accounts: number): void {
  for (let user = 1; user <= TRADERS; user++) {
    const account = accounts + user;
    stream.rare(FrameKind.AccountOpened, { account, user, name: 'b', accountType: 0, tradingPasswordHash: '' });
    stream.rare(FrameKind.FundsMoved, { account, kind: 0, amount: DEPOSIT, method: '', remark: '', ...PLAIN_MOVE });
  }
}

/** Returns the number of a user more, who is an Admin. */
export function addOperator(stream: EventStream, user: number): number {
  const text = { phone: '', email: '', realName: '', idCardSealed: '', passwordHash: 'x' };
  stream.rare(FrameKind.UserRegistered, { user, username: `user${user}`, roles: roleMask(['Admin'])!, ...text });
  return user;
}

/** Commands of many accounts on books around a middle that stays. */
class MarketFlow {
  private commands = 0;

  constructor(
    private readonly stream: EventStream,
    private readonly plan: FolderPlan,
    private readonly random: () => number,
  ) {}

  /** An order that rests. */
  rest(): void {
    this.order(-1 - this.below(DEPTH_TICKS));
  }

  /** Two commands of five cancel while the books are full, one of five takes from the other side, the others rest. */
  command(): void {
    const { state } = this.stream;
    const isFull = state.orders.size >= this.plan.liveOrders;
    if (this.random() < (isFull ? 0.55 : 0.25)) {
      const slot = state.accounts.firstOrder[this.account()];
      if (slot !== 0) this.stream.cancel(slot);
    } else if (this.random() < 0.35) {
      this.order(this.below(6));
    } else {
      this.rest();
    }
  }

  /** `towards`: ticks beyond the middle, on the other side of the book; negative ones rest. */
  private order(towards: number): void {
    const side = this.below(2);
    const price = MIDDLE + (side === Side.BUY ? towards : -towards) * TICK;
    // Every other client names its orders.
    const clientOrderId = this.commands++ % 2 === 0 ? '' : `c-${this.commands}`;
    this.stream.order(this.account(), 1 + this.below(this.plan.instruments), side, 0, price, 1 + this.below(5), clientOrderId);
  }

  private account(): number {
    return 1 + this.below(this.plan.accounts);
  }

  private below(limit: number): number {
    return Math.floor(this.random() * limit);
  }
}

/** What the snapshot worker does at that point of the log. Returns the size of the snapshot. */
export async function takeSnapshot(storage: Storage, sequence: number): Promise<number> {
  const wal = new WalStatus(WalStatus.create());
  wal.start(sequence);
  const status = new SnapshotStatus(SnapshotStatus.create());
  const snapshotter = new Snapshotter({ storage, fold: new StateFold(), wal, status });
  await snapshotter.start();
  await snapshotter.takeSnapshot();
  return status.figures().snapshotBytes;
}
