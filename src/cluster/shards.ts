/**
 * The shards: instruments spread over matching threads, each with a command ring of its own.
 *
 * The front is the only producer of every command ring. A shard that is being rebuilt takes no commands (`shardOf` is -1).
 */
import { BookSpec, FrameKind, OrderEntry, type AmendEntry, type CancelEntry, type MassEntry, type PhaseEntry } from '../core/events.js';
import { AuctionTieBreak, TradePrice } from '../core/enums.js';
import type { Instrument } from '../core/instrument.js';
import { cancelInBreakOf, usesDomesticRules } from '../core/profile.js';
import { sortPlaces } from '../core/sort-places.js';
import { liveSlots } from '../core/state-codec.js';
import type { ExchangeState } from '../core/state.js';
import type { RingProducer } from '../ring/ring-producer.js';
import { writeAmend } from '../wire/amend-frame.js';
import { writeBook } from '../wire/book-frame.js';
import { writeCancel } from '../wire/cancel-frame.js';
import { AMEND_BYTES, BOOK_BYTES, CANCEL_BYTES, MASS_BYTES, PHASE_BYTES } from '../wire/frame-layout.js';
import { writeMass } from '../wire/mass-frame.js';
import { orderFrameBytes, writeOrder } from '../wire/order-frame.js';
import { writePhase } from '../wire/phase-frame.js';

type Fill = (ring: RingProducer, offset: number) => void;

interface Waiting {
  readonly attempt: () => boolean;
  readonly resolve: (isWritten: boolean) => void;
}

/** Commands shown at once: few enough to keep matching busy while the front reads on. */
const BATCH_MAX = 16;
/** Between two looks for room in a full ring. */
const RETRY_MS = 1;

export class Shards {
  private readonly ready: boolean[];
  /** By instrument: its book has been opened, so commands may follow. */
  private readonly opened: boolean[] = [];
  /** Instruments that take no orders for a moment, while terms change that orders under way must not meet. */
  private readonly held = new Set<number>();
  /** Control frames that wait for room, by shard. No other command passes them. */
  private readonly waiting: Waiting[][];

  /** Commands written and not yet shown, by shard; shown at the latest when the sockets of this turn have been read. */
  private readonly unpublished: number[];
  private flushScheduled = false;
  /** Shows what has been written. */
  readonly flush = (): void => {
    this.flushScheduled = false;
    for (let shard = 0; shard < this.rings.length; shard++) if (this.unpublished[shard] > 0) this.publish(shard);
  };

  constructor(
    private readonly rings: RingProducer[],
    private readonly state: ExchangeState,
  ) {
    this.ready = rings.map(() => false);
    this.unpublished = rings.map(() => 0);
    this.waiting = rings.map(() => []);
  }

  get count(): number {
    return this.rings.length;
  }

  /** Shard that takes orders of an instrument, or -1 while its book is not open or held. */
  shardOf(instrument: number): number {
    return this.held.has(instrument) ? -1 : this.openShardOf(instrument);
  }

  /** Shard of an instrument, held or not, or -1 while its book is not open. */
  openShardOf(instrument: number): number {
    const shard = this.homeOf(instrument);
    return this.ready[shard] && this.opened[instrument] ? shard : -1;
  }

  /** From now on the instrument takes no orders; those written before are still under way. */
  hold(instrument: number): void {
    this.held.add(instrument);
  }

  release(instrument: number): void {
    this.held.delete(instrument);
  }

  newOrder(shard: number, order: OrderEntry): boolean {
    return this.handOver(shard, FrameKind.NewOrder, order);
  }

  cancelOrder(shard: number, cancel: CancelEntry): boolean {
    const offset = this.claim(shard, CANCEL_BYTES);
    if (offset === -1) return false;
    const ring = this.rings[shard];
    writeCancel(ring, offset, FrameKind.CancelOrder, cancel);
    this.written(shard);
    return true;
  }

  amendOrder(shard: number, amend: AmendEntry): boolean {
    const offset = this.claim(shard, AMEND_BYTES);
    if (offset === -1) return false;
    writeAmend(this.rings[shard], offset, FrameKind.AmendOrder, amend);
    this.written(shard);
    return true;
  }

  massCancel(shard: number, mass: MassEntry): boolean {
    const offset = this.claim(shard, MASS_BYTES);
    if (offset === -1) return false;
    writeMass(this.rings[shard], offset, FrameKind.MassCancel, mass);
    this.written(shard);
    return true;
  }

  /** Hands the frame of an event to the shard, which passes it on ahead of the events of later commands. False when there is no room. */
  passOn(shard: number, frame: Uint8Array): boolean {
    const offset = this.claim(shard, frame.length);
    if (offset === -1) return false;
    this.rings[shard].bytes.set(frame, offset);
    this.written(shard);
    return true;
  }

  /** Changes the phase or status of an open book, before any command that is handed over later. */
  setPhase(shard: number, entry: PhaseEntry): void {
    void this.control(shard, PHASE_BYTES, (ring, offset) => {
      writePhase(ring, offset, FrameKind.SetPhase, entry);
    });
  }

  /** Opens the book of an instrument that has just been listed; gives an open one the terms that have just changed. */
  async open(instrument: Instrument): Promise<void> {
    await this.openBook(this.homeOf(instrument.instrument), instrument, this.state.shardSequence + 1);
  }

  /** Gives a fresh matching thread its books and live orders, in the order of their queues; then it takes commands. */
  async restore(shard: number): Promise<void> {
    const nextShardSequence = this.state.shardSequence + 1;
    for (const instrument of this.state.instruments) {
      if (this.homeOf(instrument.instrument) === shard && !(await this.openBook(shard, instrument, nextShardSequence))) return;
    }
    const { orders } = this.state;
    const slots = liveSlots(this.state).filter((slot) => this.homeOf(orders.instrument[slot]) === shard);
    const entry = new OrderEntry();
    for (const slot of sortPlaces(slots, orders.prioritySequence)) {
      this.fillEntry(entry, slot);
      // one that finds room waits for nothing
      if (this.handOver(shard, FrameKind.RestoreOrder, entry)) continue;
      const bytes = orderFrameBytes(entry);
      if (!(await this.control(shard, bytes, (ring, offset) => writeOrder(ring, offset, FrameKind.RestoreOrder, entry)))) return;
    }
    this.ready[shard] = true;
  }

  async restoreAll(): Promise<void> {
    await Promise.all(this.rings.map((_, shard) => this.restore(shard)));
  }

  /** The thread of the shard is gone. What was written for it is shown, so that its successor begins behind it. */
  close(shard: number): void {
    this.ready[shard] = false;
    for (const { resolve } of this.waiting[shard].splice(0)) resolve(false);
    this.publish(shard);
  }

  private handOver(shard: number, kind: FrameKind, order: OrderEntry): boolean {
    const offset = this.claim(shard, orderFrameBytes(order));
    if (offset === -1) return false;
    writeOrder(this.rings[shard], offset, kind, order);
    this.written(shard);
    return true;
  }

  private homeOf(instrument: number): number {
    return instrument % this.rings.length;
  }

  /** False when the shard was closed meanwhile. */
  private openBook(shard: number, instrument: Instrument, nextShardSequence: number): Promise<boolean> {
    const spec = new BookSpec();
    spec.instrument = instrument.instrument;
    spec.priceTick = instrument.priceTick;
    spec.lowerLimit = instrument.lowerLimit;
    spec.upperLimit = instrument.upperLimit;
    spec.referencePrice = instrument.preSettlement;
    spec.lastPrice = this.state.market.lastPrice[instrument.instrument];
    spec.phase = instrument.phase;
    spec.status = instrument.status;
    if (usesDomesticRules(instrument)) {
      spec.tradePrice = TradePrice.MEDIAN3;
      spec.auctionTieBreak = AuctionTieBreak.CLEARING_NEAREST;
      spec.closeFirstAtLimit = 1;
    }
    spec.cancelInBreak = cancelInBreakOf(instrument);
    spec.nextShardSequence = nextShardSequence;
    // Commands may follow at once: none gets in front of it.
    this.opened[instrument.instrument] = true;
    return this.control(shard, BOOK_BYTES, (ring, offset) => writeBook(ring, offset, FrameKind.OpenBook, spec));
  }

  /** Shows commands in small batches: waking a thread costs more than a command. */
  private written(shard: number): void {
    if (++this.unpublished[shard] >= BATCH_MAX) {
      this.publish(shard);
    } else if (!this.flushScheduled) {
      this.flushScheduled = true;
      setImmediate(this.flush);
    }
  }

  private publish(shard: number): void {
    this.unpublished[shard] = 0;
    this.rings[shard].publish();
  }

  /** Room for a command, or -1 when the ring is full. */
  private claim(shard: number, bytes: number): number {
    return this.waiting[shard].length > 0 ? -1 : this.rings[shard].claim(bytes);
  }

  /**
   * Control frames are not dropped: one that finds the ring full waits for room, and every later command waits behind it or
   * is refused. Resolves to false when the shard was closed meanwhile.
   */
  private control(shard: number, bytes: number, fill: Fill): Promise<boolean> {
    const queue = this.waiting[shard];
    const attempt = (): boolean => this.tryWrite(shard, bytes, fill);
    if (queue.length === 0 && attempt()) return Promise.resolve(true);
    return new Promise((resolve) => {
      queue.push({ attempt, resolve });
      if (queue.length === 1) void writeWaiting(queue);
    });
  }

  /** False when the ring is full. */
  private tryWrite(shard: number, bytes: number, fill: Fill): boolean {
    const ring = this.rings[shard];
    const offset = ring.claim(bytes);
    if (offset === -1) return false;
    fill(ring, offset);
    this.publish(shard);
    return true;
  }

  private fillEntry(entry: OrderEntry, slot: number): void {
    const { orders } = this.state;
    entry.stamp.timeUs = orders.insertUs[slot];
    entry.orderId = orders.orderId[slot];
    entry.price = orders.price[slot];
    entry.freezePrice = orders.freezePrice[slot];
    entry.prioritySequence = orders.prioritySequence[slot];
    entry.account = orders.account[slot];
    entry.instrument = orders.instrument[slot];
    entry.volume = orders.volume[slot];
    entry.leaves = orders.leaves(slot);
    entry.minVolume = orders.minVolume[slot];
    entry.gtdDate = orders.gtdDate[slot];
    entry.selfTradeGroup = orders.selfTradeGroup[slot];
    entry.side = orders.side[slot];
    entry.offset = orders.offset[slot];
    entry.priceType = orders.priceType[slot];
    entry.timeCondition = orders.timeCondition[slot];
    entry.volumeCondition = orders.volumeCondition[slot];
    entry.selfTradeMode = orders.selfTradeMode[slot];
    entry.residual = orders.residual[slot];
    entry.postOnly = orders.postOnly[slot];
    entry.closeFirst = orders.closeFirst[slot];
    entry.maxSlippageTicks = orders.maxSlippageTicks[slot];
    entry.clientOrderId = '';
  }
}

/** Writes what waits for room, in order. */
async function writeWaiting(queue: Waiting[]): Promise<void> {
  while (queue.length > 0) {
    await later();
    while (queue.length > 0 && queue[0].attempt()) queue.shift()!.resolve(true);
  }
}

function later(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, RETRY_MS));
}
