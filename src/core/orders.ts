/**
 * Live orders: a slab with a free list, found by order id, linked per account.
 *
 * An order is a record of 16 words, 16 doubles and 8 bytes, each kind in a memory of its own, and a slot is its place in
 * all of them, a multiple of 16. Words and the first 8 doubles are what events change: two cache lines.
 *
 * A slot is given back only when the next event is applied, so whoever listens to an event can still read an order that
 * the event has finished. Slot 0 is never used.
 */
import { asciiText, type ClientOrderId } from './client-order-id.js';
import { bytesOf, doublesOf, type Field, grown, nextCapacity, recordMemory, wordsOf } from './columns.js';
import { OrderStatus } from './enums.js';
import type { OrderEntry } from './events.js';
import { IntMap } from './int-map.js';

/** From one slot to the next. */
const RECORD = 16;
const CAPACITY_MIN = 1024;

/** Places in the words of a record. */
export const OrderWord = {
  account: 0,
  instrument: 1,
  position: 2,
  volume: 3,
  filled: 4,
  cancelled: 5,
  frozenHis: 6,
  frozenToday: 7,
  openLots: 8,
  status: 9,
  side: 10,
  offset: 11,
  next: 12,
  previous: 13,
  clientIdLength: 14,
} as const;

/** In the doubles; the first eight are what events read and change. */
export const OrderDouble = {
  orderId: 0,
  price: 1,
  freezePrice: 2,
  filledNotional: 3,
  frozenMargin: 4,
  frozenFee: 5,
  insertUs: 6,
  updateUs: 7,
  exchangeOrderId: 8,
  prioritySequence: 9,
  code: 10,
  minVolume: 11,
  gtdDate: 12,
  selfTradeGroup: 13,
  maxSlippageTicks: 14,
} as const;

/** In the bytes. */
export const OrderByte = {
  reason: 0,
  priceType: 1,
  timeCondition: 2,
  volumeCondition: 3,
  selfTradeMode: 4,
  residual: 5,
  postOnly: 6,
  closeFirst: 7,
} as const;

// What a module exports it looks up at every use itself; so it has its own names for it.
const W = OrderWord;
const D = OrderDouble;
const B = OrderByte;

export class OrderTable {
  private slots = 0;
  private capacity = CAPACITY_MIN;
  private freeSlot = 0;
  private readonly byId = new IntMap();
  private finished = 0;

  private doubleMemory = recordMemory(CAPACITY_MIN * RECORD * 8);
  private wordMemory = recordMemory(CAPACITY_MIN * RECORD * 4);
  private byteMemory = recordMemory(CAPACITY_MIN * RECORD);
  /** Whole records, for those who touch several fields of one: `words[slot + OrderWord.filled]`. */
  doubles!: Float64Array;
  words!: Uint32Array;
  bytes!: Uint8Array;
  /** Names that clients gave, in as many words as the slots are apart; few look at them. */
  clientIds = new Int32Array(CAPACITY_MIN * RECORD);
  clientIdBytes = new Uint8Array(this.clientIds.buffer);

  orderId!: Field;
  exchangeOrderId!: Field;
  price!: Field;
  freezePrice!: Field;
  prioritySequence!: Field;
  /** Σ price × lots of the fills: the average fill price follows. */
  filledNotional!: Field;
  frozenMargin!: Field;
  frozenFee!: Field;
  insertUs!: Field;
  updateUs!: Field;
  account!: Field;
  instrument!: Field;
  position!: Field;
  volume!: Field;
  filled!: Field;
  /** Lots taken off the order while it stayed live (SMP_DECREMENT). */
  cancelled!: Field;
  minVolume!: Field;
  gtdDate!: Field;
  selfTradeGroup!: Field;
  /** Lots of the position that a CLOSE order holds, by bucket; consumed HIS first, released in reverse. */
  frozenHis!: Field;
  frozenToday!: Field;
  /** Lots of an OPEN order that count as held by its side of the position. */
  openLots!: Field;
  status!: Field;
  code!: Field;
  reason!: Field;
  side!: Field;
  offset!: Field;
  priceType!: Field;
  timeCondition!: Field;
  volumeCondition!: Field;
  selfTradeMode!: Field;
  residual!: Field;
  postOnly!: Field;
  closeFirst!: Field;
  maxSlippageTicks!: Field;
  nextOfAccount!: Field;
  previousOfAccount!: Field;

  constructor() {
    this.lay();
  }

  /** The number of live orders. */
  get size(): number {
    return this.byId.size;
  }

  /** The slot of a live order, or -1. */
  find(orderId: number): number {
    return this.byId.get(orderId);
  }

  /** Bytes of the name that the client gave; they begin at slot × 4 of `clientIdBytes`. */
  clientIdLength(slot: number): number {
    return this.words[slot + W.clientIdLength];
  }

  readClientId(slot: number, into: ClientOrderId): void {
    into.take(this.clientIds, slot, this.words[slot + W.clientIdLength]);
  }

  clientOrderId(slot: number): string {
    return asciiText(this.clientIdBytes, slot * 4, this.words[slot + W.clientIdLength]);
  }

  /** Takes a slot for an order that is live from now on. The caller links it to its account. */
  insert(order: OrderEntry): number {
    const slot = this.fill(order);
    this.byId.set(order.orderId, slot);
    return slot;
  }

  /** A slot for an order that never was live (refused by the book): readable until the next event. */
  insertFinished(order: OrderEntry): number {
    const slot = this.fill(order);
    this.markFinished(slot);
    return slot;
  }

  /** Makes room for so many more at once. */
  reserve(orders: number): void {
    this.byId.reserve(orders);
    if (this.slots + orders >= this.capacity) this.grow(this.slots + orders + 1);
  }

  /** Reads the order without a use for it: `LookAhead`. */
  touch(slot: number): number {
    return this.words[slot] + this.doubles[slot] + this.bytes[slot];
  }

  /** The same of those before and behind it in the list of its account. */
  touchNeighbours(slot: number): number {
    const { words } = this;
    return words[words[slot + W.next] + W.previous] + words[words[slot + W.previous] + W.next];
  }

  leaves(slot: number): number {
    const { words } = this;
    return words[slot + W.volume] - words[slot + W.filled] - words[slot + W.cancelled];
  }

  /** Books a fill on the order itself; returns the lots still open. */
  addFill(slot: number, price: number, volume: number, timeUs: number): number {
    const { words, doubles } = this;
    const leaves = this.leaves(slot) - volume;
    words[slot + W.filled] += volume;
    words[slot + W.status] = leaves === 0 ? OrderStatus.Filled : OrderStatus.PartiallyFilled;
    doubles[slot + D.filledNotional] += price * volume;
    doubles[slot + D.updateUs] = timeUs;
    return leaves;
  }

  /** Puts the order in front of the list of its account, whose first one was `first`. */
  link(slot: number, first: number): void {
    const { words } = this;
    words[slot + W.next] = first;
    words[slot + W.previous] = 0;
    if (first !== 0) words[first + W.previous] = slot;
  }

  /** Takes the order out of the list of its account; returns the first of the list, which was `first`. */
  unlink(slot: number, first: number): number {
    const { words } = this;
    const next = words[slot + W.next];
    const previous = words[slot + W.previous];
    if (next !== 0) words[next + W.previous] = previous;
    if (previous === 0) return next;
    words[previous + W.next] = next;
    return first;
  }

  /** Takes the order off the map; its slot stays readable until `releaseFinished`. */
  finish(slot: number): void {
    this.byId.delete(this.doubles[slot + D.orderId]);
    this.markFinished(slot);
  }

  /** Gives the slots of the orders that the previous event finished back to the free list. */
  releaseFinished(): void {
    while (this.finished !== 0) {
      const slot = this.finished;
      this.finished = this.words[slot + W.next];
      this.words[slot + W.next] = this.freeSlot;
      this.freeSlot = slot;
    }
  }

  private markFinished(slot: number): void {
    this.words[slot + W.next] = this.finished;
    this.finished = slot;
  }

  private fill(order: OrderEntry): number {
    const slot = this.allocate();
    const { doubles, words, bytes } = this;
    doubles[slot + D.orderId] = order.orderId;
    doubles[slot + D.price] = order.price;
    doubles[slot + D.freezePrice] = order.freezePrice;
    doubles[slot + D.filledNotional] = 0;
    doubles[slot + D.frozenMargin] = 0;
    doubles[slot + D.frozenFee] = 0;
    doubles[slot + D.insertUs] = order.stamp.timeUs;
    doubles[slot + D.updateUs] = order.stamp.timeUs;
    doubles[slot + D.exchangeOrderId] = order.stamp.sequence;
    doubles[slot + D.prioritySequence] = order.prioritySequence;
    doubles[slot + D.code] = order.code;
    doubles[slot + D.minVolume] = order.minVolume;
    doubles[slot + D.gtdDate] = order.gtdDate;
    doubles[slot + D.selfTradeGroup] = order.selfTradeGroup;
    doubles[slot + D.maxSlippageTicks] = order.maxSlippageTicks;
    words[slot + W.account] = order.account;
    words[slot + W.instrument] = order.instrument;
    words[slot + W.position] = 0;
    words[slot + W.volume] = order.volume;
    words[slot + W.filled] = 0;
    words[slot + W.cancelled] = 0;
    words[slot + W.frozenHis] = 0;
    words[slot + W.frozenToday] = 0;
    words[slot + W.openLots] = 0;
    words[slot + W.status] = OrderStatus.Submitted;
    words[slot + W.side] = order.side;
    words[slot + W.offset] = order.offset;
    words[slot + W.next] = 0;
    words[slot + W.previous] = 0;
    bytes[slot + B.reason] = 0;
    bytes[slot + B.priceType] = order.priceType;
    bytes[slot + B.timeCondition] = order.timeCondition;
    bytes[slot + B.volumeCondition] = order.volumeCondition;
    bytes[slot + B.selfTradeMode] = order.selfTradeMode;
    bytes[slot + B.residual] = order.residual;
    bytes[slot + B.postOnly] = order.postOnly;
    bytes[slot + B.closeFirst] = order.closeFirst;
    words[slot + W.clientIdLength] = order.clientId.length;
    order.clientId.put(this.clientIds, slot);
    return slot;
  }

  private allocate(): number {
    const free = this.freeSlot;
    if (free !== 0) {
      this.freeSlot = this.words[free + W.next];
      return free;
    }
    const record = ++this.slots;
    if (record >= this.capacity) this.grow();
    return record * RECORD;
  }

  private grow(atLeast = 0): void {
    this.capacity = Math.max(nextCapacity(this.capacity), atLeast);
    const length = this.capacity * RECORD;
    this.doubleMemory = recordMemory(length * 8, this.doubleMemory);
    this.wordMemory = recordMemory(length * 4, this.wordMemory);
    this.byteMemory = recordMemory(length, this.byteMemory);
    this.clientIds = grown(this.clientIds, length);
    this.clientIdBytes = new Uint8Array(this.clientIds.buffer);
    this.lay();
  }

  /** The fields over the memory as it is now. */
  private lay(): void {
    this.doubles = doublesOf(this.doubleMemory);
    this.words = wordsOf(this.wordMemory);
    this.bytes = bytesOf(this.byteMemory);
    const double = (place: number): Field => doublesOf(this.doubleMemory, place);
    const word = (place: number): Field => wordsOf(this.wordMemory, place);
    const byte = (place: number): Field => bytesOf(this.byteMemory, place);
    this.orderId = double(D.orderId);
    this.price = double(D.price);
    this.freezePrice = double(D.freezePrice);
    this.filledNotional = double(D.filledNotional);
    this.frozenMargin = double(D.frozenMargin);
    this.frozenFee = double(D.frozenFee);
    this.insertUs = double(D.insertUs);
    this.updateUs = double(D.updateUs);
    this.exchangeOrderId = double(D.exchangeOrderId);
    this.prioritySequence = double(D.prioritySequence);
    this.code = double(D.code);
    this.minVolume = double(D.minVolume);
    this.gtdDate = double(D.gtdDate);
    this.selfTradeGroup = double(D.selfTradeGroup);
    this.maxSlippageTicks = double(D.maxSlippageTicks);
    this.account = word(W.account);
    this.instrument = word(W.instrument);
    this.position = word(W.position);
    this.volume = word(W.volume);
    this.filled = word(W.filled);
    this.cancelled = word(W.cancelled);
    this.frozenHis = word(W.frozenHis);
    this.frozenToday = word(W.frozenToday);
    this.openLots = word(W.openLots);
    this.status = word(W.status);
    this.side = word(W.side);
    this.offset = word(W.offset);
    this.nextOfAccount = word(W.next);
    this.previousOfAccount = word(W.previous);
    this.reason = byte(B.reason);
    this.priceType = byte(B.priceType);
    this.timeCondition = byte(B.timeCondition);
    this.volumeCondition = byte(B.volumeCondition);
    this.selfTradeMode = byte(B.selfTradeMode);
    this.residual = byte(B.residual);
    this.postOnly = byte(B.postOnly);
    this.closeFirst = byte(B.closeFirst);
  }
}
