/**
 * Pending conditional orders (trading-rules.md 10), a fold of durable events like everything else.
 *
 *     placed ──► waiting ──price──► touched ──order accepted──► TRIGGERED
 *                   │                  │ └────order refused───► FAILED
 *                   └──────────────────┴──► CANCELLED, EXPIRED, FAILED by an event of their own
 *
 * A touched one still is PENDING to clients: it waits for its order, which is an ordinary one with a client order id that
 * names it. So whoever starts from the log finds exactly those whose order is still to be submitted, and since the
 * acceptance of that order is what ends them, none is lost and none fires twice.
 *
 * Waiting ones lie in two heaps per instrument by the price that meets them, so that a price that meets none costs two
 * comparisons.
 */
import { assert } from '../assert.js';
import { ConditionalStatus } from '../enums.js';
import type { ConditionalEnded, ConditionalPlaced } from '../events.js';
import { newConditional, parseConditionalId, thresholdOf, waitsForRise, type Conditional } from './conditional.js';
import { KeyHeap, type HeapNode } from './key-heap.js';

/** How many of an account, or for account 0 of the venue, have each `ConditionalStatus`. */
export type StatusCounts = [pending: number, triggered: number, cancelled: number, expired: number, failed: number];

/** A pending one and where it lies. */
interface Entry {
  readonly conditional: Conditional;
  /** Absent once it was touched. */
  price: HeapNode<Entry> | undefined;
  /** Absent when it is valid to the end of the day. */
  readonly expiry: HeapNode<Conditional> | undefined;
}

/** What waits for a price of one instrument. */
interface PriceWatch {
  /** By threshold. */
  readonly rise: KeyHeap<Entry>;
  /** By threshold below 0, so that the first one met is the first one here, too. */
  readonly fall: KeyHeap<Entry>;
}

const NO_COUNTS: Readonly<StatusCounts> = [0, 0, 0, 0, 0];

export class ConditionalTable {
  /** Number of the last one placed; numbers are gapless from 1. */
  count = 0;
  /** How often one was touched since this table was made, so that a look at it tells whether there is something to do. */
  touches = 0;

  private readonly entries = new Map<number, Entry>();
  private readonly byAccount = new Map<number, Set<Conditional>>();
  /** Index is the instrument's number. */
  private readonly watches: (PriceWatch | undefined)[] = [];
  private readonly touched = new Set<Conditional>();
  private readonly byExpiry = new KeyHeap<Conditional>();
  private readonly counts = new Map<number, StatusCounts>();

  /** `onChange` hears of each that was placed or ended, after the change. */
  constructor(private readonly onChange: (conditional: Conditional) => void = () => undefined) {}

  get pendingCount(): number {
    return this.entries.size;
  }

  get touchedCount(): number {
    return this.touched.size;
  }

  /** Of those that wait for a price. */
  get waitingCount(): number {
    return this.entries.size - this.touched.size;
  }

  /** A pending one. */
  find(conditional: number): Conditional | undefined {
    return this.entries.get(conditional)?.conditional;
  }

  /** Pending ones of an account, oldest first. */
  pendingOf(account: number): Conditional[] {
    return Array.from(this.byAccount.get(account) ?? []).sort(byNumber);
  }

  pendingCountOf(account: number): number {
    return this.byAccount.get(account)?.size ?? 0;
  }

  countsOf(account: number): Readonly<StatusCounts> {
    return this.counts.get(account) ?? NO_COUNTS;
  }

  /** Those whose order is to be submitted, in the order in which that is done: by the command that met them, then by age. */
  touchedInOrder(): Conditional[] {
    return Array.from(this.touched).sort((a, b) => a.touchedUs - b.touchedUs || byNumber(a, b));
  }

  /** Pending ones that are valid until this event time (µs) at most, touched ones included. */
  expiredBy(timeUs: number): Iterable<Conditional> {
    return this.byExpiry.upTo(timeUs);
  }

  place(event: ConditionalPlaced, timeUs: number): Conditional {
    assert(event.conditional === this.count + 1, 'a new conditional order has the next number');
    const conditional = newConditional(event, timeUs);
    this.tally(conditional, 1);
    this.add(conditional);
    this.count = event.conditional;
    this.onChange(conditional);
    return conditional;
  }

  /** A price of an instrument that is open for trading: touches all whose condition it meets. */
  price(instrument: number, price: number, timeUs: number): void {
    const watch = this.watches[instrument];
    if (watch === undefined) return;
    if (price >= watch.rise.least) this.touchUpTo(watch.rise, price, timeUs);
    if (-price >= watch.fall.least) this.touchUpTo(watch.fall, -price, timeUs);
  }

  /** An order was accepted: a touched conditional order that it is the order of has been triggered. */
  accepted(orderId: number, clientOrderId: string): void {
    const conditional = this.ofOrder(clientOrderId);
    if (conditional === undefined) return;
    conditional.resultOrderId = orderId;
    this.finish(conditional, ConditionalStatus.TRIGGERED);
  }

  /** The book refused an order for good. */
  refused(clientOrderId: string, code: number): void {
    const conditional = this.ofOrder(clientOrderId);
    if (conditional === undefined) return;
    conditional.code = code;
    this.finish(conditional, ConditionalStatus.FAILED);
  }

  /** Does nothing when the end of the day, or of the instrument, came first. */
  end(event: ConditionalEnded): void {
    const conditional = this.find(event.conditional);
    if (conditional === undefined) return;
    conditional.code = event.code;
    this.finish(conditional, event.status);
  }

  /** The trading day is over: those that name no other time expire. */
  endDay(): void {
    this.expire(({ validUntilUs }) => validUntilUs === 0);
  }

  /** The instrument is gone for good. */
  endInstrument(instrument: number): void {
    this.expire((conditional) => conditional.instrument === instrument);
  }

  /** Pending ones, oldest first. */
  pending(): Conditional[] {
    return Array.from(this.entries.values(), ({ conditional }) => conditional).sort(byNumber);
  }

  /** Accounts with counts, 0 included, in order. */
  countedAccounts(): number[] {
    return Array.from(this.counts.keys()).sort((a, b) => a - b);
  }

  /** Takes in what a snapshot holds. */
  restore(pending: Iterable<Conditional>, counts: Iterable<[account: number, counts: StatusCounts]>, count: number): void {
    for (const conditional of pending) this.add(conditional);
    for (const [account, its] of counts) this.counts.set(account, its);
    this.count = count;
  }

  private ofOrder(clientOrderId: string): Conditional | undefined {
    const conditional = this.find(parseConditionalId(clientOrderId));
    return conditional !== undefined && conditional.touchedUs > 0 ? conditional : undefined;
  }

  private expire(isOver: (conditional: Conditional) => boolean): void {
    for (const conditional of this.pending()) if (isOver(conditional)) this.finish(conditional, ConditionalStatus.EXPIRED);
  }

  private add(conditional: Conditional): void {
    const { validUntilUs } = conditional;
    const expiry = validUntilUs > 0 ? this.byExpiry.push(conditional, validUntilUs) : undefined;
    const entry: Entry = { conditional, price: undefined, expiry };
    this.entries.set(conditional.conditional, entry);
    if (conditional.touchedUs > 0) this.touched.add(conditional);
    else entry.price = this.heapOf(conditional).push(entry, keyOf(conditional));
    const siblings = this.byAccount.get(conditional.account);
    if (siblings === undefined) this.byAccount.set(conditional.account, new Set([conditional]));
    else siblings.add(conditional);
  }

  private touchUpTo(heap: KeyHeap<Entry>, key: number, timeUs: number): void {
    const met: Conditional[] = [];
    while (heap.least <= key) {
      const node = heap.first;
      const { conditional } = node.item;
      heap.remove(node);
      node.item.price = undefined;
      conditional.touchedUs = timeUs;
      met.push(conditional);
    }
    // so that all of them are nearly in order already whenever they are asked for
    for (const conditional of met.sort(byNumber)) this.touched.add(conditional);
    this.touches += met.length;
  }

  private finish(conditional: Conditional, status: number): void {
    const { price, expiry } = this.entries.get(conditional.conditional)!;
    if (price !== undefined) this.heapOf(conditional).remove(price);
    if (expiry !== undefined) this.byExpiry.remove(expiry);
    this.touched.delete(conditional);
    this.entries.delete(conditional.conditional);
    const siblings = this.byAccount.get(conditional.account)!;
    siblings.delete(conditional);
    if (siblings.size === 0) this.byAccount.delete(conditional.account);
    this.tally(conditional, -1);
    conditional.status = status;
    this.tally(conditional, 1);
    this.onChange(conditional);
  }

  private tally({ account, status }: Conditional, change: 1 | -1): void {
    for (const key of [account, 0]) {
      let counts = this.counts.get(key);
      if (counts === undefined) this.counts.set(key, (counts = [...NO_COUNTS]));
      counts[status] += change;
    }
  }

  private heapOf(conditional: Conditional): KeyHeap<Entry> {
    const watch = (this.watches[conditional.instrument] ??= { rise: new KeyHeap(), fall: new KeyHeap() });
    return waitsForRise(conditional) ? watch.rise : watch.fall;
  }
}

function keyOf(conditional: Conditional): number {
  return waitsForRise(conditional) ? thresholdOf(conditional) : -thresholdOf(conditional);
}

function byNumber(a: Conditional, b: Conditional): number {
  return a.conditional - b.conditional;
}
