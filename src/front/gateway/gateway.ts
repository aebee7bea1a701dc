/**
 * The one gate of orders: every protocol hands its decoded requests here, and every answer comes back from durable events.
 *
 * submit: checks against state and reservations, reserves, stamps time and order id, writes the command to the ring of
 * the instrument's shard. Later the events of the command, applied to the state, release the reservation and tell the
 * waiter. Nothing is allocated per order but what the waiter itself needs.
 */
import { isAdmin } from '../../auth/permissions.js';
import { AmendEntry, CancelEntry, type MassEntry, OrderEntry, type Stamp } from '../../core/events.js';
import { CancelReason, SelfTradeMode, Side, TimeCondition, VolumeCondition } from '../../core/enums.js';
import { positionSide } from '../../core/fees.js';
import { StateObserver } from '../../core/observer.js';
import { checkCancel } from '../../core/phases.js';
import { PreTrade, type BestPrices } from '../../core/pre-trade.js';
import { cancelInBreakOf, usesDomesticRules } from '../../core/profile.js';
import { Reservations } from '../../core/reservations.js';
import type { ExchangeState } from '../../core/state.js';
import type { Caller } from '../caller.js';
import type { EventClock } from '../clock.js';
import { AmendFloors } from './amend-floors.js';
import { CommandKind, InFlight, type CommandWaiter } from './in-flight.js';
import { MassCancels } from './mass-cancels.js';
import type { MassOutcome } from './mass-tally.js';
import type { OrderRequest } from './order-request.js';
import type { CommandOrigin } from './origins.js';

export type { CommandWaiter } from './in-flight.js';

/** A client order id was used before: `duplicateOrderId` names the first order, whose state is the answer. */
export const DUPLICATE = -1;
/** The order is not in a book: whether it is unknown, finished or somebody else's is a question to the history. */
export const NOT_LIVE = -2;
/** A client order id is under way: the waiter hears what the first order's waiter hears. */
const HANDED_OVER = 0;
/** The live order belongs to another account. Slot 0 is never used. */
const NOT_OWN = 0;

/** Where commands go: the command rings of the shards. */
export interface CommandPort {
  /** The shard of an instrument, or -1 while its matching is being rebuilt. */
  shardOf(instrument: number): number;
  /** False when the ring is full; nothing was written then. Commands of the exchange itself have no origin. */
  newOrder(shard: number, order: OrderEntry, origin: CommandOrigin | undefined): boolean;
  cancelOrder(shard: number, cancel: CancelEntry, origin: CommandOrigin | undefined): boolean;
  amendOrder(shard: number, amend: AmendEntry, origin: CommandOrigin | undefined): boolean;
  massCancel(shard: number, mass: MassEntry, origin: CommandOrigin | undefined): boolean;
}

/** Why no order may enter now: 0, or 5002 / 9005. */
export type Gate = () => number;

interface Follower {
  waiter: CommandWaiter;
  token: number;
}

export class Gateway extends StateObserver {
  readonly reservations = new Reservations();
  /** Set when submit returned DUPLICATE. */
  duplicateOrderId = 0;
  /** Set by cancelByClientId. */
  namedOrderId = 0;

  private readonly inFlight = new InFlight(this.reservations);
  private readonly preTrade: PreTrade;
  private readonly order = new OrderEntry();
  private readonly cancelEntry = new CancelEntry();
  private readonly amendEntry = new AmendEntry();
  /** Set at a takeover: numbers go on behind those that another node gave. */
  nextOrderId: number;
  /** Client order ids under way: account and id → slot. */
  private readonly clientIds = new Map<string, number>();
  private readonly followers = new Map<number, Follower[]>();
  private readonly amendFloors: AmendFloors;
  private readonly masses: MassCancels;
  /** The command whose events are being applied: its slot in `inFlight`, and the slot of its order. */
  private current = -1;
  private currentOrder = 0;

  constructor(
    private readonly state: ExchangeState,
    prices: BestPrices,
    private readonly port: CommandPort,
    private readonly clock: EventClock,
    private readonly gate: Gate,
    /** Told about every refusal at the front; with the order, unless it is one that may come later. */
    private readonly onRefused: (code: number, request?: OrderRequest, origin?: CommandOrigin) => void,
  ) {
    super();
    this.preTrade = new PreTrade(state, this.reservations, prices);
    this.amendFloors = new AmendFloors(state.orders);
    this.masses = new MassCancels(state, this.inFlight, port, clock);
    this.nextOrderId = state.nextOrderId;
  }

  /** Money of the account that commands under way will need, 1/10000. */
  reservedMoney(account: number): number {
    return this.reservations.money(account);
  }

  get commandsUnderWay(): number {
    return this.inFlight.count;
  }

  /** 0: the waiter will hear; above 0: refused with this code, nothing happened; DUPLICATE. */
  submit(caller: Caller, request: OrderRequest, waiter: CommandWaiter, token: number): number {
    const outcome = this.trySubmit(caller, request, waiter, token);
    if (outcome > 0) this.onRefused(outcome, request, caller.origin);
    return outcome;
  }

  /** 0, or the code that a conditional order with these terms is refused with. */
  checkConditional(caller: Caller, request: OrderRequest): number {
    const code = this.gate() || this.checkOwner(caller, request.account) || this.preTrade.checkConditional(request);
    if (code !== 0) this.onRefused(code);
    return code;
  }

  private trySubmit(caller: Caller, request: OrderRequest, waiter: CommandWaiter, token: number): number {
    const refusal = this.gate() || this.checkSelfTradeMode(caller, request) || this.checkOwner(caller, request.account);
    if (refusal !== 0) return refusal;
    if (request.clientOrderId !== '') {
      const repeated = this.findRepeated(request, waiter, token);
      if (repeated !== undefined) return repeated;
    }
    return this.preTrade.check(request) || this.handOver(request, caller.origin, waiter, token);
  }

  /**
   * A closing order of the exchange itself for an account that is being liquidated: neither owner, status nor means are
   * asked for, and orders of its own group that it meets are cancelled. Otherwise as `submit`.
   */
  submitForced(request: OrderRequest, waiter: CommandWaiter, token: number): number {
    request.selfTradeMode = SelfTradeMode.CANCEL_RESTING;
    return this.gate() || this.preTrade.checkForced(request) || this.handOver(request, undefined, waiter, token);
  }

  /** Cancels the live order in `orderSlot` for a reason of the exchange (`CancelReason`), in any phase. Otherwise as `cancel`. */
  cancelForced(orderSlot: number, reason: number, waiter: CommandWaiter, token: number): number {
    const { account, instrument, orderId } = this.state.orders;
    const code = this.gate();
    if (code !== 0) return code;
    return this.handOverCancel(undefined, account[orderSlot], orderId[orderSlot], instrument[orderSlot], reason, waiter, token);
  }

  /** The order has passed all checks: `preTrade` knows what it needs. */
  private handOver(request: OrderRequest, origin: CommandOrigin | undefined, waiter: CommandWaiter, token: number): number {
    const shard = this.port.shardOf(request.instrument);
    if (shard === -1) return 4001;
    const slot = this.inFlight.allocate(waiter, token);
    if (slot === -1) return 3003;
    this.fillOrder(request, slot);
    if (!this.port.newOrder(shard, this.order, origin)) {
      this.inFlight.release(slot);
      return 3003;
    }
    this.nextOrderId++;
    this.remember(request, slot, shard);
    return HANDED_OVER;
  }

  /** 0: the waiter will hear; above 0: refused with this code; NOT_LIVE. */
  cancel(caller: Caller, account: number, orderId: number, waiter: CommandWaiter, token: number): number {
    const refusal = this.gate() || this.checkOwner(caller, account);
    if (refusal !== 0) return refusal;
    const orderSlot = this.findOwn(account, orderId);
    if (orderSlot < 0) return orderSlot;
    if (orderSlot === NOT_OWN) return 9006;
    const { orders, instruments } = this.state;
    const instrument = instruments.get(orders.instrument[orderSlot]);
    const forbidden = checkCancel(instrument.phase, orders.timeCondition[orderSlot], cancelInBreakOf(instrument));
    if (forbidden !== 0) return forbidden;
    return this.handOverCancel(caller.origin, account, orderId, instrument.instrument, CancelReason.NONE, waiter, token);
  }

  /** As `cancel`, by the client's own id; the order may be under way still. `namedOrderId` tells which it is, 0 for none. */
  cancelByClientId(caller: Caller, account: number, clientOrderId: string, waiter: CommandWaiter, token: number): number {
    this.namedOrderId = this.orderIdOf(account, clientOrderId);
    if (this.namedOrderId !== 0) return this.cancel(caller, account, this.namedOrderId, waiter, token);
    const refusal = this.gate() || this.checkOwner(caller, account);
    if (refusal !== 0) return refusal;
    const slot = this.clientIds.get(clientKey(account, clientOrderId));
    if (slot === undefined) return 3001;
    this.namedOrderId = this.inFlight.orderId[slot];
    // it reaches the book behind its order
    return this.handOverCancel(caller.origin, account, this.namedOrderId, this.inFlight.instrument[slot], CancelReason.NONE, waiter, token);
  }

  /** The order that the account has entered today under this id of its own, 0 for none. */
  orderIdOf(account: number, clientOrderId: string): number {
    return this.state.clientOrderIds.find(account, clientOrderId) ?? 0;
  }

  private handOverCancel(
    origin: CommandOrigin | undefined,
    account: number,
    orderId: number,
    instrument: number,
    reason: number,
    waiter: CommandWaiter,
    token: number,
  ): number {
    const shard = this.port.shardOf(instrument);
    if (shard === -1) return 4001;
    const slot = this.inFlight.allocate(waiter, token);
    if (slot === -1) return 3003;
    const cancel = this.cancelEntry;
    cancel.stamp.timeUs = this.clock.nowUs();
    cancel.orderId = orderId;
    cancel.account = account;
    cancel.instrument = instrument;
    cancel.reason = reason;
    cancel.request = this.inFlight.reference(slot);
    return this.handedOver(this.port.cancelOrder(shard, cancel, origin), slot, CommandKind.CANCEL, orderId, shard);
  }

  /**
   * Gives a working order another limit price (1/10000) or total volume (what is filled included); 0 keeps it as it is. A
   * total that is filled already ends the order. Refusals leave the order as it is; otherwise as `cancel`.
   */
  amend(
    caller: Caller,
    account: number,
    orderId: number,
    newPrice: number,
    newVolume: number,
    waiter: CommandWaiter,
    token: number,
  ): number {
    const refusal = this.gate() || this.checkOwner(caller, account);
    if (refusal !== 0) return refusal;
    const orderSlot = this.findOwn(account, orderId);
    if (orderSlot < 0) return orderSlot;
    if (orderSlot === NOT_OWN) return 9006;
    // of a market kind, and about to end or to come to rest: its command is not wholly applied
    if (this.state.orders.price[orderSlot] === 0) return 3002;
    const code = this.preTrade.checkAmend(orderSlot, newPrice, newVolume, this.amendFloors.of(orderSlot));
    if (code !== 0) return code;
    const instrument = this.state.orders.instrument[orderSlot];
    const shard = this.port.shardOf(instrument);
    if (shard === -1) return 4001;
    const slot = this.inFlight.allocate(waiter, token);
    if (slot === -1) return 3003;
    const amend = this.amendEntry;
    amend.stamp.timeUs = this.clock.nowUs();
    amend.orderId = orderId;
    amend.newPrice = newPrice;
    amend.newVolume = newVolume;
    amend.account = account;
    amend.instrument = instrument;
    amend.request = this.inFlight.reference(slot);
    amend.closeFirst = this.preTrade.closeFirst;
    const outcome = this.handedOver(this.port.amendOrder(shard, amend, caller.origin), slot, CommandKind.AMEND, orderId, shard);
    if (outcome !== HANDED_OVER) return outcome;
    const { side, offset } = this.state.orders;
    this.reserve(slot, account, instrument, positionSide(side[orderSlot], offset[orderSlot]));
    this.amendFloors.add(orderId, this.preTrade.amended);
    return HANDED_OVER;
  }

  /**
   * Cancels the working orders of an account on one side (NONE: on both), of one instrument or, for 0, of all. 0: `done`
   * hears the outcome, at once when there is nothing to do; above 0: refused with this code, nothing happened.
   */
  massCancel(caller: Caller, account: number, instrument: number, side: number, done: (outcome: MassOutcome) => void): number {
    const refusal = this.gate() || this.checkOwner(caller, account);
    if (refusal !== 0) return refusal;
    const scope = { origin: caller.origin, account, side, reason: 0 };
    return this.masses.start(scope, this.masses.instrumentsWithOrders(account, instrument, side), done);
  }

  /**
   * The exchange itself takes all orders of an account, in any phase and those under way too: it was frozen or is being
   * liquidated. `reason` is a `CancelReason`. 0: `done` hears the outcome, at once when there is nothing to do; above 0:
   * nothing happened, try again.
   */
  cancelByExchange(account: number, reason: number, done: (outcome: MassOutcome) => void): number {
    const refusal = this.gate();
    if (refusal !== 0) return refusal;
    const instruments = this.masses.instrumentsWithOrders(account, 0, Side.NONE);
    for (const instrument of this.inFlight.instrumentsOf(account)) instruments.add(instrument);
    return this.masses.start({ origin: undefined, account, side: Side.NONE, reason }, instruments, done);
  }

  /** Whether a command of the account is under way. */
  isBusy(account: number): boolean {
    return this.inFlight.instrumentsOf(account).next().done !== true;
  }

  /**
   * The worker of a shard is gone and all it had published is applied: what is still under way there came to nothing.
   * Returns the ids that its orders had taken.
   */
  giveUp(shard: number, code: number): number[] {
    const lost: number[] = [];
    for (const slot of this.inFlight.ofShard(shard)) {
      if (this.inFlight.kind[slot] === CommandKind.SUBMIT) lost.push(this.inFlight.orderId[slot]);
      this.finishRefused(slot, 0, code);
    }
    return lost;
  }

  override orderAccepted(slot: number, event: OrderEntry): void {
    const waiting = this.inFlight.find(event.request);
    if (waiting === -1 || this.inFlight.orderId[waiting] !== event.orderId) return;
    this.inFlight.releaseReservation(waiting);
    this.current = waiting;
    this.currentOrder = slot;
    this.inFlight.waiter[waiting]!.accepted(this.inFlight.token[waiting], slot);
    if (this.followers.size === 0) return;
    for (const follower of this.followers.get(waiting) ?? []) follower.waiter.accepted(follower.token, slot);
  }

  override orderRefused(_slot: number, event: OrderEntry): void {
    const waiting = this.inFlight.find(event.request);
    if (waiting !== -1 && this.inFlight.orderId[waiting] === event.orderId) this.finishRefused(waiting, event.orderId, event.code);
  }

  override orderCancelled(slot: number, event: CancelEntry): void {
    if (event.request === 0) return;
    const waiting = this.inFlight.find(event.request);
    if (waiting !== -1) this.applied(waiting, slot);
  }

  override cancelRefused(event: CancelEntry): void {
    const waiting = this.inFlight.find(event.request);
    if (waiting !== -1) this.finishRefused(waiting, event.orderId, event.code);
  }

  override orderAmended(slot: number, event: AmendEntry): void {
    // an order of a market kind that comes to rest does not do so by an amend
    if (event.request === 0) return;
    const waiting = this.inFlight.find(event.request);
    if (waiting !== -1) this.applied(waiting, slot);
  }

  override amendRefused(event: AmendEntry): void {
    const waiting = this.inFlight.find(event.request);
    if (waiting !== -1) this.finishRefused(waiting, event.orderId, event.code);
  }

  override massCancelled(event: MassEntry): void {
    const waiting = this.inFlight.find(event.request);
    const tally = this.masses.tallyOf(waiting);
    if (tally === undefined) return;
    if (event.code !== 0) {
      this.finishRefused(waiting, 0, event.code);
      return;
    }
    this.forget(waiting);
    tally.ended(event.count);
  }

  override commandEnded(_stamp: Stamp): void {
    const slot = this.current;
    if (slot === -1) return;
    this.current = -1;
    this.inFlight.waiter[slot]!.completed(this.inFlight.token[slot], this.currentOrder);
    if (this.followers.size > 0) {
      for (const follower of this.followers.get(slot) ?? []) follower.waiter.completed(follower.token, this.currentOrder);
    }
    this.forget(slot);
  }

  private checkOwner(caller: Caller, account: number): number {
    if (!this.state.accounts.has(account)) return 1006;
    return this.state.accounts.user[account] === caller.user.user ? 0 : 9006;
  }

  /** Self-trade prevention is switched off by administrators only (trading-rules.md 5). */
  private checkSelfTradeMode(caller: Caller, request: OrderRequest): number {
    return request.selfTradeMode !== SelfTradeMode.OFF || isAdmin(caller.user.roles) ? 0 : 9006;
  }

  /** The slot of a live order of the account, NOT_LIVE or NOT_OWN. */
  private findOwn(account: number, orderId: number): number {
    const slot = this.state.orders.find(orderId);
    if (slot === -1) return NOT_LIVE;
    return this.state.orders.account[slot] === account ? slot : NOT_OWN;
  }

  /** Notes a command about an order, or gives its slot back when the ring had no room for it. */
  private handedOver(hadRoom: boolean, slot: number, kind: number, orderId: number, shard: number): number {
    if (!hadRoom) {
      this.inFlight.release(slot);
      return 3003;
    }
    this.inFlight.kind[slot] = kind;
    this.inFlight.orderId[slot] = orderId;
    this.inFlight.shard[slot] = shard;
    return HANDED_OVER;
  }

  /** The first event of a cancel or an amend: what it had reserved is in the state. */
  private applied(waiting: number, orderSlot: number): void {
    this.inFlight.releaseReservation(waiting);
    this.current = waiting;
    this.currentOrder = orderSlot;
  }

  /** The answer to a repeated client order id; undefined for a new one. */
  private findRepeated(request: OrderRequest, waiter: CommandWaiter, token: number): number | undefined {
    const first = this.state.clientOrderIds.find(request.account, request.clientOrderId);
    if (first !== undefined) {
      this.duplicateOrderId = first;
      return DUPLICATE;
    }
    const slot = this.clientIds.get(clientKey(request.account, request.clientOrderId));
    if (slot === undefined) return undefined;
    const followers = this.followers.get(slot);
    if (followers === undefined) this.followers.set(slot, [{ waiter, token }]);
    else followers.push({ waiter, token });
    return HANDED_OVER;
  }

  private fillOrder(request: OrderRequest, slot: number): void {
    const order = this.order;
    order.stamp.timeUs = this.clock.nowUs();
    order.orderId = this.nextOrderId;
    order.price = request.price;
    order.freezePrice = this.preTrade.freezePrice;
    order.account = request.account;
    order.instrument = request.instrument;
    order.volume = request.volume;
    order.leaves = request.volume;
    order.minVolume = request.volumeCondition === VolumeCondition.MIN ? request.minVolume : 0;
    order.gtdDate = this.preTrade.timeCondition === TimeCondition.GTD ? request.gtdDate : 0;
    order.request = this.inFlight.reference(slot);
    order.side = request.side;
    order.offset = request.offset;
    order.priceType = request.priceType;
    order.timeCondition = this.preTrade.timeCondition;
    order.volumeCondition = request.volumeCondition;
    order.selfTradeMode = this.selfTradeModeOf(request);
    order.selfTradeGroup = this.selfTradeGroup(request.account, request.instrument);
    order.residual = request.residual;
    order.postOnly = request.postOnly;
    order.closeFirst = this.preTrade.closeFirst;
    order.maxSlippageTicks = request.maxSlippageTicks;
    order.clientOrderId = request.clientOrderId;
  }

  /** What was not asked for otherwise follows the switch of the limits (rest.md A14). */
  private selfTradeModeOf({ selfTradeMode, instrument }: OrderRequest): number {
    const isPrevented = this.state.riskLimits.of(instrument).selfTradePrevention === 1;
    return isPrevented || selfTradeMode !== SelfTradeMode.REJECT ? selfTradeMode : SelfTradeMode.OFF;
  }

  /** The account, or for domestic instruments the user: named by its first account, so that groups of both never mix. */
  private selfTradeGroup(account: number, instrument: number): number {
    const { accounts, instruments, users } = this.state;
    return usesDomesticRules(instruments.get(instrument)) ? users.get(accounts.user[account])!.accounts[0] : account;
  }

  private remember(request: OrderRequest, slot: number, shard: number): void {
    const inFlight = this.inFlight;
    inFlight.orderId[slot] = this.order.orderId;
    inFlight.shard[slot] = shard;
    this.reserve(slot, request.account, request.instrument, positionSide(request.side, request.offset));
    if (request.clientOrderId !== '') {
      inFlight.clientOrderId[slot] = clientKey(request.account, request.clientOrderId);
      this.clientIds.set(inFlight.clientOrderId[slot], slot);
    }
  }

  /** Reserves what the check found to be needed. */
  private reserve(slot: number, account: number, instrument: number, side: number): void {
    const inFlight = this.inFlight;
    inFlight.account[slot] = account;
    inFlight.instrument[slot] = instrument;
    inFlight.side[slot] = side;
    inFlight.margin[slot] = this.preTrade.margin;
    inFlight.fee[slot] = this.preTrade.fee;
    inFlight.his[slot] = this.preTrade.his;
    inFlight.today[slot] = this.preTrade.today;
    inFlight.openLots[slot] = this.preTrade.openLots;
    inFlight.flexible[slot] = this.preTrade.flexible;
    inFlight.reserve(slot);
  }

  private finishRefused(slot: number, orderId: number, code: number): void {
    this.inFlight.releaseReservation(slot);
    this.inFlight.waiter[slot]!.refused(this.inFlight.token[slot], orderId, code);
    for (const follower of this.followers.get(slot) ?? []) follower.waiter.refused(follower.token, orderId, code);
    this.forget(slot);
  }

  private forget(slot: number): void {
    const key = this.inFlight.clientOrderId[slot];
    if (key !== '') this.clientIds.delete(key);
    if (this.followers.size > 0) this.followers.delete(slot);
    if (this.inFlight.kind[slot] === CommandKind.AMEND) this.amendFloors.remove(this.inFlight.orderId[slot]);
    this.masses.forget(slot);
    this.inFlight.release(slot);
  }
}

function clientKey(account: number, clientOrderId: string): string {
  return `${account} ${clientOrderId}`;
}
