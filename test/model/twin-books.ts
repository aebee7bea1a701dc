/** The fast book and the naive one side by side: the same commands, compared after each. */
import { checkBook, depthOf, dumpBook, queueOf } from '../../src/core/book/inspect-book.js';
import type { BookSide } from '../../src/core/book/book-side.js';
import { Matcher } from '../../src/core/book/matcher.js';
import type { OrderBook } from '../../src/core/book/order-book.js';
import { NONE } from '../../src/core/book/order-slab.js';
import { InstrumentStatus, Offset, Phase, PriceType, Side } from '../../src/core/enums.js';
import { AmendEntry, BookSpec, CancelEntry, MassEntry, OrderEntry, PhaseEntry } from '../../src/core/events.js';
import { HIGHEST_STEP, LOWEST_STEP, type Command, type CommandOf } from './book-commands.js';
import { EventLines } from './event-lines.js';
import { NaiveBook, type NaiveOrder } from './naive-book.js';

const INSTRUMENT = 2;
const TICK = 5;
const MIDDLE_STEP = (LOWEST_STEP + HIGHEST_STEP) / 2;
/** The full walk over all levels costs more than all other comparisons together; queues and links are compared every time. */
const WALK_EVERY = 16;

/** Gets every command as it is, before the books do. */
export interface CommandListener {
  submit(order: OrderEntry): void;
  cancel(command: CancelEntry): void;
  amend(command: AmendEntry): void;
  massCancel(command: MassEntry): void;
  setPhase(command: PhaseEntry): void;
}

export class TwinBooks {
  readonly naive = new NaiveBook();
  readonly #sink = new EventLines();
  readonly #spec = new BookSpec();
  readonly #stride: number;
  #matcher = new Matcher(this.#sink);
  #lastId = 0;
  #sequence = 0;

  /** `stride` ticks make a step of a command's price. With a listener the profile is `sim` and all orders open: it has no positions to close. */
  constructor(
    stride: number,
    private readonly listener?: CommandListener,
  ) {
    this.#stride = stride;
    const switches = { tradePrice: 0, auctionTieBreak: 0, closeFirstAtLimit: 0, cancelInBreak: this.listener === undefined ? 0 : 1 };
    this.#fillSpec({ kind: 'spec', lower: LOWEST_STEP, upper: HIGHEST_STEP, reference: 100, ...switches });
    this.#spec.phase = Phase.CONTINUOUS;
    this.#spec.status = InstrumentStatus.active;
    this.naive.open(this.#spec);
    this.#matcher.openBook(this.#spec);
  }

  get book(): OrderBook {
    return this.#matcher.book(INSTRUMENT);
  }

  /** Runs the command on both and compares all there is to see; returns the events. */
  run(command: Command): string[] {
    this.#sink.lines = [];
    const expected = this.#runBoth(command);
    same('events', this.#sink.lines, expected);
    this.#compareQueues();
    if (this.#sequence % WALK_EVERY === 0 || command.kind === 'spec' || command.kind === 'restart') this.#compareLevels();
    return expected;
  }

  /** What the fast book looks like; equal for two that behave alike. */
  dump(): string {
    return dumpBook(this.book);
  }

  /** A new fast book from what rests, as after a restart. */
  restart(): void {
    this.#matcher = new Matcher(this.#sink);
    this.#spec.nextShardSequence = this.#sequence + 1;
    this.#spec.phase = this.naive.phase;
    this.#spec.status = this.naive.status;
    this.#spec.lastPrice = this.naive.lastPrice;
    this.#matcher.openBook(this.#spec);
    for (const it of [...this.naive.orders].sort((a, b) => a.priority - b.priority)) {
      const { id: orderId, account, group: selfTradeGroup, side, price, volume, leaves, priority: prioritySequence } = it;
      const values = { orderId, account, selfTradeGroup, side, price, volume, leaves, prioritySequence, instrument: INSTRUMENT };
      const traits = {
        timeCondition: it.time,
        selfTradeMode: it.mode,
        postOnly: Number(it.isPostOnly),
        closeFirst: Number(it.isCloseFirst),
      };
      this.#matcher.restore(Object.assign(new OrderEntry(), values, traits));
    }
  }

  #runBoth(command: Command): string[] {
    switch (command.kind) {
      case 'order': {
        const order = this.#orderOf(command);
        this.listener?.submit(order);
        const expected = this.naive.submit(order, ++this.#sequence);
        this.#matcher.submit(order);
        return expected;
      }
      case 'cancel': {
        const cancel = Object.assign(new CancelEntry(), this.#targetOf(command));
        this.#sequence++;
        this.listener?.cancel(cancel);
        this.#matcher.cancel(cancel);
        return this.naive.cancel(cancel);
      }
      case 'amend': {
        const target = this.#targetOf(command);
        const side = this.naive.orders.find((it) => it.id === target.orderId)?.side ?? 0;
        const newPrice = command.away === undefined ? 0 : this.#priceOf(side, command.away) + command.offTick;
        const change = { newPrice, newVolume: command.volume, closeFirst: command.closes };
        const amend = Object.assign(new AmendEntry(), target, change);
        this.listener?.amend(amend);
        this.#matcher.amend(amend);
        return this.naive.amend(amend, ++this.#sequence);
      }
      case 'mass': {
        const { account, side, reason } = command;
        const mass = Object.assign(new MassEntry(), { account, side, reason, instrument: INSTRUMENT });
        this.#sequence++;
        this.listener?.massCancel(mass);
        this.#matcher.massCancel(mass);
        return this.naive.massCancel(mass);
      }
      case 'phase': {
        const { phase, status } = command;
        const change = Object.assign(new PhaseEntry(), { phase, status, instrument: INSTRUMENT, reason: 1, request: 7 });
        this.#sequence++;
        this.listener?.setPhase(change);
        this.#matcher.setPhase(change);
        return this.naive.setPhase(change);
      }
      case 'spec':
        this.#fillSpec(command);
        this.naive.configure(this.#spec);
        this.#matcher.openBook(this.#spec);
        return [];
      case 'restart':
        this.restart();
        return [];
    }
  }

  #compareQueues(): void {
    const { book, naive } = this;
    if (book.lastPrice !== naive.lastPrice) throw new Error(`last price ${book.lastPrice}, expected ${naive.lastPrice}`);
    const [bids, asks] = [naive.queue(Side.BUY), naive.queue(Side.SELL)];
    this.#compareQueue(Side.BUY, book.orders.bids, bids);
    this.#compareQueue(Side.SELL, book.orders.asks, asks);
    // What is in order already is sorted in half the time at the next command.
    naive.orders = bids.concat(asks);
  }

  /** Walks the queue where it lies; it becomes a list of objects only to show what is wrong with it. */
  #compareQueue(side: number, from: BookSide, expected: readonly NaiveOrder[]): void {
    const { slab, band } = this.book.orders;
    let at = 0;
    let isSame = true;
    for (let index = from.best(); isSame && index >= 0; index = from.worse(index)) {
      const price = band.priceAt(index);
      for (let slot = from.head(index); isSame && slot !== NONE; slot = slab.next(slot)) {
        const it = expected[at++] as NaiveOrder | undefined;
        isSame = it?.id === slab.id(slot) && it.leaves === slab.leaves(slot) && it.price === price && it.account === slab.account(slot);
        isSame &&= it!.priority === slab.prioritySequence(slot) && it!.volume === slab.volume(slot);
      }
    }
    if (isSame && at === expected.length) return;
    const found = queueOf(this.book, side);
    const lines = found.map((it) => `${it.orderId} of ${it.account} ${it.leaves}/${it.volume}@${it.price} ${it.prioritySequence}`);
    same(`queue of side ${side}`, lines, expected.map(lineOf));
    throw new Error(`queue of side ${side} differs where nobody can see it`);
  }

  #compareLevels(): void {
    const { book, naive } = this;
    checkBook(book);
    for (const side of [Side.BUY, Side.SELL]) {
      const queue = naive.queue(side);
      const levels = [...new Set(queue.map((it) => it.price))].map((price) => {
        const orders = queue.filter((it) => it.price === price);
        return `${orders.reduce((sum, it) => sum + it.leaves, 0)}@${price} in ${orders.length}`;
      });
      const found = depthOf(book, side).map((it) => `${it.volume}@${it.price} in ${it.orders}`);
      same(`depth of side ${side}`, found, levels);
    }
    const { price, volume, imbalance } = book.indicative();
    same('indicative', [`${volume}@${price} ${imbalance}`], [naive.indicative()]);
  }

  #priceOf(side: number, away: number): number {
    return this.#atStep(side === Side.BUY ? MIDDLE_STEP - away : MIDDLE_STEP + away);
  }

  #atStep(step: number): number {
    return step * this.#stride * TICK;
  }

  #orderOf(command: CommandOf<'order'>): OrderEntry {
    const { account, side, priceType, volume, residual, postOnly } = command;
    const isLimit = priceType === PriceType.LIMIT;
    const [timeCondition, volumeCondition] = command.how;
    return Object.assign(new OrderEntry(), {
      orderId: ++this.#lastId,
      instrument: INSTRUMENT,
      account,
      // accounts 1 and 21, 2 and 22, ... belong to one user
      selfTradeGroup: account % 20,
      side,
      priceType,
      price: isLimit ? this.#priceOf(side, command.away) + command.offTick : 0,
      freezePrice: isLimit ? this.#priceOf(side, command.away) : this.#spec.upperLimit,
      volume,
      leaves: volume,
      timeCondition: isLimit || timeCondition === 2 ? timeCondition : 0,
      volumeCondition,
      minVolume: command.minVolume,
      residual: isLimit ? 0 : residual,
      maxSlippageTicks: isLimit ? 0 : command.slippage * this.#stride,
      postOnly,
      offset: command.closes === 1 && this.listener === undefined ? Offset.CLOSEYESTERDAY : Offset.OPEN,
      closeFirst: command.closes,
      selfTradeMode: command.mode,
    });
  }

  #targetOf(command: CommandOf<'cancel'> | CommandOf<'amend'>): Pick<CancelEntry, 'orderId' | 'instrument' | 'account' | 'request'> {
    const { orders } = this.naive;
    const resting = command.isResting && orders.length > 0 ? orders[command.pick % orders.length] : undefined;
    const orderId = resting?.id ?? Math.max(1, this.#lastId - command.pick);
    const owner = orders.find((it) => it.id === orderId)?.account ?? 1;
    return { orderId, instrument: INSTRUMENT, account: command.isForeign ? owner + 1 : owner, request: orderId + 9 };
  }

  #fillSpec(command: CommandOf<'spec'>): void {
    const { kind: _kind, lower, upper, reference, ...switches } = command;
    Object.assign(this.#spec, switches, {
      instrument: INSTRUMENT,
      priceTick: TICK,
      lowerLimit: this.#atStep(lower),
      upperLimit: this.#atStep(upper),
      // quarters of a step: on the tick or between two
      referencePrice: Math.round((reference * this.#stride * TICK) / 4),
      nextShardSequence: this.#sequence + 1,
    });
  }
}

function lineOf(it: NaiveOrder): string {
  return `${it.id} of ${it.account} ${it.leaves}/${it.volume}@${it.price} ${it.priority}`;
}

function same(what: string, found: string[], expected: string[]): void {
  const [a, b] = [found.join('\n'), expected.join('\n')];
  if (a !== b) throw new Error(`${what}: found\n${a}\nexpected\n${b}`);
}
