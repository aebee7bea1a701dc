/** Looks into a book for tests, simulations and operators: full invariant walk, depth, and a dump that two equal books share. */
import { assert } from '../assert.js';
import { Side } from '../enums.js';
import type { BookSide } from './book-side.js';
import { NONE } from './order-slab.js';
import type { OrderBook } from './order-book.js';
import type { PriceLadder } from './price-ladder.js';

export interface DepthLevel {
  price: number;
  volume: number;
  orders: number;
}

export interface RestingOrder {
  orderId: number;
  account: number;
  price: number;
  leaves: number;
  /** Lots of the whole order. */
  volume: number;
  prioritySequence: number;
}

/** The best `levels` prices of a side (`Side`), best first. */
export function depthOf(book: OrderBook, side: number, levels = Infinity): DepthLevel[] {
  const { ladder, from } = sideOf(book, side);
  const depth: DepthLevel[] = [];
  for (let index = from.best(); index >= 0 && depth.length < levels; index = from.worse(index)) {
    depth.push({ price: ladder.band.priceAt(index), volume: ladder.volume(index), orders: ladder.orderCount(index) });
  }
  return depth;
}

/** Every resting order of a side in the order in which it would trade. */
export function queueOf(book: OrderBook, side: number): RestingOrder[] {
  const { ladder, from } = sideOf(book, side);
  const { slab } = book.orders;
  const orders: RestingOrder[] = [];
  for (let index = from.best(); index >= 0; index = from.worse(index)) {
    const price = ladder.band.priceAt(index);
    for (let slot = from.head(index); slot !== NONE; slot = slab.next(slot)) {
      const [leaves, volume, prioritySequence] = [slab.leaves(slot), slab.volume(slot), slab.prioritySequence(slot)];
      orders.push({ orderId: slab.id(slot), account: slab.account(slot), price, leaves, volume, prioritySequence });
    }
  }
  return orders;
}

/** One line per resting order, bids then asks, in trading order: equal exactly when two books would behave alike. */
export function dumpBook(book: OrderBook): string {
  const lines: string[] = [];
  for (const [name, side] of [
    ['bid', Side.BUY],
    ['ask', Side.SELL],
  ] as const) {
    for (const order of queueOf(book, side)) {
      lines.push(
        `${name} ${order.leaves}/${order.volume}@${order.price} #${order.orderId} account ${order.account} priority ${order.prioritySequence}\n`,
      );
    }
  }
  return lines.join('');
}

/** Walks the whole book and throws on the first broken invariant. */
export function checkBook(book: OrderBook): void {
  const orders = checkSide(book, book.orders.bids) + checkSide(book, book.orders.asks);
  assert(orders === book.orders.slab.count, 'every order of the slab is in a queue');
  assert(book.orders.slab.count + book.orders.slab.countFree() === book.orders.slab.capacity, 'every other slot is free');
  assert(book.orders.ids.size === orders, 'the table of ids has exactly the resting orders');
  const bid = book.orders.bids.best();
  const ask = book.orders.asks.best();
  assert(!book.isMatching || bid < 0 || ask < 0 || bid < ask, 'the book is neither crossed nor locked');
}

/** Checks one side and returns its number of orders. */
function checkSide(book: OrderBook, from: BookSide): number {
  const { ladder } = from;
  const ofGroups = new Map<number, number>();
  assert(ladder.band === book.band, 'both sides span the band of the book');
  ladder.occupied.check();
  assert(from.best() === (from.side === Side.BUY ? ladder.occupied.highest() : ladder.occupied.lowest()), 'the best price is known');
  let orders = 0;
  for (let index = 0; index < ladder.band.tickCount; index++) {
    const inLevel = checkLevel(book, from, index, ofGroups);
    assert(inLevel === ladder.orderCount(index), 'a level counts its orders');
    assert(inLevel > 0 === ladder.occupied.has(index), 'the bitmap has exactly the prices with orders');
    orders += inLevel;
  }
  for (const [group, count] of ofGroups) assert(book.orders.groups.count(group, from.side) === count, 'a group counts its orders');
  return orders;
}

/** Checks the queue at one index, adds its orders to the count of their groups, and returns their number. */
function checkLevel(book: OrderBook, from: BookSide, index: number, ofGroups: Map<number, number>): number {
  const { slab, groups } = book.orders;
  let orders = 0;
  let volume = 0;
  let previous = NONE;
  for (let slot = from.head(index); slot !== NONE; slot = slab.next(slot)) {
    assert(slab.previous(slot) === previous, 'links run both ways');
    assert(slab.index(slot) === index && slab.side(slot) === from.side, 'an order knows its place');
    assert(slab.leaves(slot) > 0, 'a resting order has open lots');
    assert(slab.leaves(slot) <= slab.volume(slot), 'no more is open than there is');
    assert(book.orders.find(slab.id(slot)) === slot, 'the table of ids leads to the order');
    assert(previous === NONE || comesBefore(book, index, previous, slot), 'a queue runs by priority');
    const group = slab.group(slot);
    const bound = groups.bound(group, from.side);
    assert(from.side === Side.BUY ? index <= bound : index >= bound, 'no order is better than the bound of its group');
    ofGroups.set(group, (ofGroups.get(group) ?? 0) + 1);
    assert(++orders <= slab.count, 'a queue has no circle');
    volume += slab.leaves(slot);
    previous = slot;
  }
  assert(from.tail(index) === previous, 'the tail is the last of the queue');
  assert(from.ladder.volume(index) === volume, 'a level sums all its orders');
  return orders;
}

/** Whether two neighbours of the queue at the index stand in the right order. */
function comesBefore(book: OrderBook, index: number, before: number, after: number): boolean {
  const { band } = book;
  const { slab } = book.orders;
  const price = band.priceAt(index);
  const isSplit = book.splitsLimits && (price === book.lowerLimit || price === book.upperLimit);
  if (isSplit && slab.isCloseFirst(before) !== slab.isCloseFirst(after)) return slab.isCloseFirst(before);
  return slab.prioritySequence(before) < slab.prioritySequence(after);
}

function sideOf(book: OrderBook, side: number): { from: BookSide; ladder: PriceLadder } {
  const from = side === Side.BUY ? book.orders.bids : book.orders.asks;
  return { from, ladder: from.ladder };
}
