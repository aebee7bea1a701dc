/**
 * Books of subscribers that join, lag, drop and return, while the market worker may die: kept by changes and pictures, by JSON
 * or by frames, they equal the exchange's own at every number they are told, and no change is ever missing without notice.
 */
import fc from 'fast-check';
import t from 'tap';
import { saveEngine } from '../../../src/cluster/market/market-checkpoint.js';
import type { DepthLevel } from '../../../src/core/market-data/public-book.js';
import { Side } from '../../../src/core/enums.js';
import { BinaryWatcher, TextWatcher, type BookWatcher } from './book-watchers.js';
import { Floor, limitOrder } from './floor.js';

const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
const runs = Number(process.env['COUNT'] ?? 60);

type Step =
  | { kind: 'order'; buys: boolean; price: number; volume: number; burst: number }
  | { kind: 'cancel'; which: number }
  | { kind: 'join'; depth: number; isBinary: boolean }
  | { kind: 'block' | 'unblock' | 'drop' | 'turn' | 'books' | 'checkpoint' | 'die'; which: number };

const stepArbitrary: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('order' as const),
      buys: fc.boolean(),
      price: fc.integer({ min: 92, max: 108 }),
      volume: fc.integer({ min: 1, max: 9 }),
      burst: fc.integer({ min: 1, max: 40 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('cancel' as const), which: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('join' as const), depth: fc.integer({ min: 1, max: 20 }), isBinary: fc.boolean() }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'block' as const,
        'unblock' as const,
        'drop' as const,
        'turn' as const,
        'books' as const,
        'checkpoint' as const,
        'die' as const,
      ),
      which: fc.nat(),
    }),
  },
);

class Hall {
  readonly floor = new Floor();
  readonly watchers: BookWatcher[] = [];
  private readonly buyer = this.floor.trader(100_000_000);
  private readonly seller = this.floor.trader(100_000_000);
  private checkpoint: unknown;
  /** The exchange's own book, bids and asks, by md_seq. */
  private readonly books: DepthLevel[][][] = [];

  constructor() {
    this.floor.list();
    this.note();
    this.floor.circle.depth.onChange = () => {
      this.note();
    };
    this.floor.turn();
    this.checkpoint = saveEngine(this.floor.market.engine);
  }

  step(step: Step): void {
    const { floor, watchers } = this;
    if (step.kind === 'order') this.order(step);
    else if (step.kind === 'join') this.join(step);
    else if (step.kind === 'cancel') this.cancel(step.which);
    else if (step.kind === 'turn') this.turn();
    else if (step.kind === 'books') {
      floor.market.engine.showBooks();
      this.turn();
    } else if (step.kind === 'checkpoint') this.checkpoint = saveEngine(floor.market.engine);
    else if (step.kind === 'die') this.die();
    else if (watchers.length > 0) this.trouble(watchers[step.which % watchers.length], step.kind);
  }

  /** Everything reaches everybody who reads: their books are compared at each number that they come by. */
  turn(): void {
    // what follows a full batch waits for its 10 ms
    for (let n = 0; n < 2; n++) {
      this.floor.nowMs += 10;
      this.floor.turn();
    }
    for (const watcher of this.watchers) {
      watcher.take(() => {
        this.compare(watcher);
      });
      if (watcher.socket.isBlocked) continue;
      this.compare(watcher);
      const have = this.floor.circle.depth.mdSequence(1);
      if (watcher.have !== have) throw new Error(`shows ${watcher.have} of ${have}`);
    }
  }

  private compare(watcher: BookWatcher): void {
    const { have, depth } = watcher;
    if (have === -1) return;
    const theirs = this.books[have].map((levels) => levels.slice(0, depth));
    const ours = [Side.BUY, Side.SELL].map((side) => watcher.levels(side, depth));
    if (JSON.stringify(ours) !== JSON.stringify(theirs)) {
      throw new Error(`book ${have} is ${JSON.stringify(ours)}, not ${JSON.stringify(theirs)}`);
    }
  }

  private note(): void {
    const { depth } = this.floor.circle;
    this.books[depth.mdSequence(1)] = [Side.BUY, Side.SELL].map((side) => depth.levels(1, side, 20));
  }

  release(): void {
    for (const watcher of this.watchers) this.trouble(watcher, 'unblock');
    this.turn();
    // what was asked for when a client read again comes now
    this.turn();
  }

  private order({ buys, price, volume, burst }: Extract<Step, { kind: 'order' }>): void {
    const { client, accountId } = buys ? this.buyer : this.seller;
    for (let n = 0; n < burst; n++) client.send(limitOrder(accountId, buys ? 'BUY' : 'SELL', volume, price + (n % 3)));
    this.turn();
  }

  private cancel(which: number): void {
    const { state } = this.floor;
    const live: { slot: number; account: number }[] = [];
    for (let account = 1; account <= state.accounts.count; account++) {
      for (let slot = state.accounts.firstOrder[account]; slot !== 0; slot = state.orders.nextOfAccount[slot]) live.push({ slot, account });
    }
    if (live.length === 0) return;
    const { slot, account } = live[which % live.length];
    this.floor.circle.cancel(account, state.orders.orderId[slot]);
    this.turn();
  }

  private join({ depth, isBinary }: Extract<Step, { kind: 'join' }>): void {
    this.watchers.push(isBinary ? new BinaryWatcher(this.floor, depth) : new TextWatcher(this.floor, depth));
    this.turn();
  }

  private trouble(watcher: BookWatcher, kind: string): void {
    const { socket, session } = watcher;
    if (kind === 'block') {
      socket.isBlocked = true;
      socket.heldBytes = 1 << 20;
    } else if (kind === 'unblock' && socket.isBlocked) {
      socket.isBlocked = false;
      socket.heldBytes = 0;
      session.drained();
    } else if (kind === 'drop') {
      session.close(4008);
      watcher.rejoin();
      this.turn();
    }
  }

  private die(): void {
    const { market, streams } = this.floor;
    while (streams.take());
    market.restart(this.checkpoint, streams.lastSequence(), streams.requests());
    this.turn();
  }
}

t.test('books of changes are those of pictures and of the exchange', async () => {
  fc.assert(
    fc.property(fc.array(stepArbitrary, { minLength: 5, maxLength: 40 }), (steps) => {
      const hall = new Hall();
      hall.step({ kind: 'join', depth: 5, isBinary: false });
      hall.step({ kind: 'join', depth: 5, isBinary: true });
      for (const step of steps) hall.step(step);
      hall.release();
      hall.turn();
    }),
    { seed, numRuns: runs },
  );
});
