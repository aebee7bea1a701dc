/**
 * Commands that were handed to matching and whose events are not back yet: who waits, and what is reserved for them.
 *
 * A command carries its reference through the rings. The reference holds the slot and a generation, so an event of a
 * command that was given up (a worker died) never meets a newer command in the same slot.
 */
import { HIS, TODAY } from '../../core/positions.js';
import { FLEXIBLE, type Reservations } from '../../core/reservations.js';

/** Whoever waits for the answer of a command: a WebSocket session, an HTTP request. Calls come on the front thread. */
export interface CommandWaiter {
  /** The order is in the log. `slot` of the order table can be read during the call. */
  accepted(token: number, slot: number): void;
  /** All events of the command are applied. `slot` is the submitted, amended or cancelled order as it is now. */
  completed(token: number, slot: number): void;
  /** Refused by the book or given up; nothing stays reserved. `orderId` is 0 when the order never got one. */
  refused(token: number, orderId: number, code: number): void;
}

/** What a command under way is. */
export const CommandKind = { SUBMIT: 0, CANCEL: 1, AMEND: 2, MASS_CANCEL: 3 } as const;

export const IN_FLIGHT_MAX = 1 << 16;
const SLOT_MASK = IN_FLIGHT_MAX - 1;

export class InFlight {
  private free: number[] = [];
  private used = 0;
  private readonly generation = new Uint16Array(IN_FLIGHT_MAX).fill(1);
  private readonly live = new Uint8Array(IN_FLIGHT_MAX);
  readonly waiter: (CommandWaiter | undefined)[] = [];
  readonly token = new Float64Array(IN_FLIGHT_MAX);
  readonly orderId = new Float64Array(IN_FLIGHT_MAX);
  readonly shard = new Uint16Array(IN_FLIGHT_MAX);
  /** `CommandKind` */
  readonly kind = new Uint8Array(IN_FLIGHT_MAX);
  /** Client order id of a submit, '' for none. */
  readonly clientOrderId: string[] = [];
  // what is reserved
  readonly account = new Uint32Array(IN_FLIGHT_MAX);
  readonly instrument = new Uint32Array(IN_FLIGHT_MAX);
  readonly side = new Uint8Array(IN_FLIGHT_MAX);
  readonly margin = new Float64Array(IN_FLIGHT_MAX);
  readonly fee = new Float64Array(IN_FLIGHT_MAX);
  readonly his = new Uint32Array(IN_FLIGHT_MAX);
  readonly today = new Uint32Array(IN_FLIGHT_MAX);
  /** Lots that an opening order will open. */
  readonly openLots = new Uint32Array(IN_FLIGHT_MAX);
  /** 1: the lots of today are FLEXIBLE. */
  readonly flexible = new Uint8Array(IN_FLIGHT_MAX);

  constructor(private readonly reservations: Reservations) {}

  get count(): number {
    return this.used - this.free.length;
  }

  /** A slot, or -1 when too many commands are under way. Its reserved amounts are 0. */
  allocate(waiter: CommandWaiter, token: number): number {
    const slot = this.free.pop() ?? (this.used < IN_FLIGHT_MAX ? this.used++ : -1);
    if (slot === -1) return -1;
    this.live[slot] = 1;
    this.waiter[slot] = waiter;
    this.token[slot] = token;
    this.clientOrderId[slot] = '';
    this.kind[slot] = CommandKind.SUBMIT;
    this.orderId[slot] = 0;
    this.margin[slot] = 0;
    this.fee[slot] = 0;
    this.his[slot] = 0;
    this.today[slot] = 0;
    this.openLots[slot] = 0;
    return slot;
  }

  /** What the command carries. */
  reference(slot: number): number {
    return this.generation[slot] * IN_FLIGHT_MAX + slot;
  }

  /** The slot of a reference, or -1 when its command is no longer under way. */
  find(reference: number): number {
    const slot = reference & SLOT_MASK;
    return this.live[slot] === 1 && this.generation[slot] === reference >>> 16 ? slot : -1;
  }

  /** Reserves what the slot's columns say. */
  reserve(slot: number): void {
    this.book(slot, 1);
  }

  /** Gives the reservation back: the order has become state, or has come to nothing. */
  releaseReservation(slot: number): void {
    this.book(slot, -1);
    this.margin[slot] = 0;
    this.fee[slot] = 0;
    this.his[slot] = 0;
    this.today[slot] = 0;
    this.openLots[slot] = 0;
  }

  release(slot: number): void {
    this.live[slot] = 0;
    this.waiter[slot] = undefined;
    // never 0, so that no reference is 0: that is what events of no command carry
    this.generation[slot] = this.generation[slot] === 0xffff ? 1 : this.generation[slot] + 1;
    this.free.push(slot);
  }

  /** Slots of the commands under way at a shard. */
  *ofShard(shard: number): Generator<number> {
    for (let slot = 0; slot < this.used; slot++) if (this.live[slot] === 1 && this.shard[slot] === shard) yield slot;
  }

  /** Instruments of the orders and amends of an account that are under way; some may come more than once. */
  *instrumentsOf(account: number): Generator<number> {
    for (let slot = 0; slot < this.used; slot++) {
      const kind = this.kind[slot];
      const isEntry = kind === CommandKind.SUBMIT || kind === CommandKind.AMEND;
      if (this.live[slot] === 1 && isEntry && this.account[slot] === account) yield this.instrument[slot];
    }
  }

  private book(slot: number, sign: number): void {
    const account = this.account[slot];
    const instrument = this.instrument[slot];
    const money = this.margin[slot] + this.fee[slot];
    if (money !== 0) {
      this.reservations.addMoney(account, sign * money);
      this.reservations.addOpenMargin(account, instrument, sign * this.margin[slot]);
    }
    const side = this.side[slot];
    if (this.openLots[slot] !== 0) this.reservations.addOpenLots(account, instrument, side, sign * this.openLots[slot]);
    if (this.his[slot] !== 0) this.reservations.addLots(account, instrument, side, HIS, sign * this.his[slot]);
    if (this.today[slot] === 0) return;
    this.reservations.addLots(account, instrument, side, this.flexible[slot] === 1 ? FLEXIBLE : TODAY, sign * this.today[slot]);
  }
}
