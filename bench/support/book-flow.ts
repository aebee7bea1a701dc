/**
 * The flow of the matching bench, the same for every book: about half of the commands enter a resting order, two fifths
 * cancel a live one, one tenth takes from the other side. The number of live orders stays where it was after filling.
 *
 * It is made once, before anything is measured, by running it: so a cancel always names an order that is still live.
 * The columns lie in shared memory, because every book runs in a thread of its own.
 */
import * as enums from '../../src/core/enums.js';
import { Matcher } from '../../src/core/book/matcher.js';
import { BookSpec, CancelEntry, OrderEntry } from '../../src/core/events.js';
import { FillCounter } from './fill-counter.js';

// Bound here: constants of the module are compiled in, imported and exported ones are looked up at every use.
const { Phase, Side, TimeCondition } = enums;

export const Kind = { ADD: 0, CANCEL: 1, TAKE: 2 } as const;
const { ADD, CANCEL, TAKE } = Kind;

/** Prices are ticks around this one; nothing rests at it. */
export const MIDDLE = 10_000;
/** Ticks on each side that orders rest at: a daily limit of ten percent. */
export const SPREAD_TICKS = 1000;
/** Price units of a tick. */
export const TICK = 10_000;
/** Orders that rest belong to as many accounts; takers are others, so that no self-trade stops what the peers would trade. */
const ACCOUNTS = 4096;
const VOLUME_MAX = 10;

/** Columns by command. The first `live` commands fill the book and are all of kind ADD. */
export interface BookFlow {
  live: number;
  commands: number;
  kind: Uint8Array;
  side: Uint8Array;
  /** Order entered, or cancelled; 1.. */
  id: Uint32Array;
  /** Ticks. */
  price: Int32Array;
  volume: Uint8Array;
}

/** `commands` on top of the `live` ones that fill the book. */
export function makeFlow(live: number, commands: number, seed: number): BookFlow {
  const total = live + commands;
  const flow: BookFlow = {
    live,
    commands: total,
    kind: new Uint8Array(new SharedArrayBuffer(total)),
    side: new Uint8Array(new SharedArrayBuffer(total)),
    id: new Uint32Array(new SharedArrayBuffer(total * 4)),
    price: new Int32Array(new SharedArrayBuffer(total * 4)),
    volume: new Uint8Array(new SharedArrayBuffer(total)),
  };
  const random = uniform(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const counter = new FillCounter(total);
  const matcher = new Matcher(counter);
  matcher.openBook(bookSpec());
  const order = new OrderEntry();
  const cancel = new CancelEntry();
  let nextId = 1;
  for (let at = 0; at < total; at++) {
    const draw = at < live || counter.live.length === 0 ? 0 : random();
    flow.kind[at] = draw < 0.5 ? ADD : draw < 0.9 ? CANCEL : TAKE;
    if (flow.kind[at] === CANCEL) {
      flow.id[at] = counter.live[below(counter.live.length)];
      fillCancel(cancel, flow, at);
      matcher.cancel(cancel);
      continue;
    }
    const buys = random() < 0.5;
    const distance = flow.kind[at] === ADD ? -1 - below(SPREAD_TICKS) : SPREAD_TICKS;
    flow.id[at] = nextId++;
    flow.side[at] = buys ? Side.BUY : Side.SELL;
    flow.price[at] = MIDDLE + (buys ? distance : -distance);
    flow.volume[at] = 1 + below(VOLUME_MAX);
    fillOrder(order, flow, at);
    matcher.submit(order);
  }
  return flow;
}

/** A band that holds every price of the flow. */
export function bookSpec(): BookSpec {
  const spec = new BookSpec();
  spec.priceTick = TICK;
  spec.lowerLimit = (MIDDLE - SPREAD_TICKS) * TICK;
  spec.upperLimit = (MIDDLE + SPREAD_TICKS) * TICK;
  spec.phase = Phase.CONTINUOUS;
  spec.nextShardSequence = 1;
  return spec;
}

/** Fills in what differs between the orders of the flow; all open, at a limit, in any volume, as a new entry does. */
export function fillOrder(order: OrderEntry, flow: BookFlow, at: number): void {
  const id = flow.id[at];
  const takes = flow.kind[at] === TAKE;
  order.orderId = id;
  order.account = takes ? accountOf(id) + ACCOUNTS : accountOf(id);
  order.selfTradeGroup = order.account;
  order.side = flow.side[at];
  order.timeCondition = takes ? TimeCondition.IOC : TimeCondition.GFD;
  order.price = flow.price[at] * TICK;
  order.freezePrice = order.price;
  order.volume = flow.volume[at];
  order.leaves = order.volume;
}

export function fillCancel(cancel: CancelEntry, flow: BookFlow, at: number): void {
  cancel.orderId = flow.id[at];
  cancel.account = accountOf(cancel.orderId);
}

function accountOf(id: number): number {
  return (id % ACCOUNTS) + 1;
}

/** Marsaglia's xorshift32 as numbers in [0, 1). */
function uniform(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
