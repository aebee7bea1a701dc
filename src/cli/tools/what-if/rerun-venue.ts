/**
 * A venue on one thread that decides anew: the real gate, rings, books and ledger of the exchange, fed from a log instead of
 * by clients. Each command is carried out wholly before the next, at the time that the log says.
 */
import { ROLE_BITS } from '../../../auth/permissions.js';
import { Shards } from '../../../cluster/shards.js';
import { Matcher } from '../../../core/book/matcher.js';
import { DepthFold } from '../../../core/depth.js';
import { CancelReason, InstrumentStatus, SelfTradeMode } from '../../../core/enums.js';
import {
  FrameKind,
  MassEntry,
  PhaseEntry,
  Stamp,
  type AmendEntry,
  type CancelEntry,
  type OrderEntry,
  type RareEvents,
  type RareKind,
} from '../../../core/events.js';
import { isForcedOrder } from '../../../core/liquidations.js';
import { restoreState } from '../../../core/state-codec.js';
import type { ExchangeState } from '../../../core/state.js';
import type { Caller } from '../../../front/caller.js';
import { EventClock } from '../../../front/clock.js';
import { Gateway, type CommandWaiter } from '../../../front/gateway/gateway.js';
import { OrderRequest } from '../../../front/gateway/order-request.js';
import { RingBuffer } from '../../../ring/ring-buffer.js';
import { RingConsumer } from '../../../ring/ring-consumer.js';
import { RingProducer } from '../../../ring/ring-producer.js';
import { CommandDecoder } from '../../../wire/command-decoder.js';
import { EventDecoder } from '../../../wire/event-decoder.js';
import { setSequence } from '../../../wire/frame-header.js';
import { MatchPublisher } from '../../../wire/match-publisher.js';
import type { Variation } from './variation.js';
import { variedTerms } from './variation.js';
import { VenueTally } from './venue-tally.js';

const COMMAND_RING_BYTES = 1 << 22;
/** All events of one command. */
const EVENT_RING_BYTES = 1 << 25;

/** Event time as the log has it. */
class LogClock extends EventClock {
  timeUs = 0;

  constructor() {
    super(0);
  }

  override nowUs(): number {
    return this.timeUs;
  }
}

export class RerunVenue {
  readonly state: ExchangeState;
  readonly tally: VenueTally;
  private readonly depth: DepthFold;
  private readonly gateway: Gateway;
  private readonly shards: Shards;
  private readonly clock = new LogClock();
  private readonly commands: RingConsumer;
  private readonly events: RingConsumer;
  private readonly publisher: MatchPublisher;
  private readonly commandDecoder: CommandDecoder;
  private readonly eventDecoder: EventDecoder;
  private readonly stamp = new Stamp();
  private readonly request = new OrderRequest();
  /** Order of the log → order of this run, where the run has one. */
  private readonly orderIds = new Map<number, number>();
  /** What the waiter heard of the command under way: 0, or its refusal. */
  private code = 0;
  private orderId = 0;
  private readonly waiter: CommandWaiter;

  /** `snapshot` is the state to begin with; `instruments` names those that are varied, all for undefined. */
  constructor(
    snapshot: Uint8Array,
    private readonly variation: Variation = {},
    private readonly instruments?: ReadonlySet<string>,
  ) {
    this.state = restoreState(snapshot);
    this.clock.timeUs = this.state.timeUs;
    this.tally = new VenueTally(this.state);
    this.depth = new DepthFold(this.state);
    this.state.observe(this.depth);
    const [commandRing, eventRing] = [RingBuffer.create(COMMAND_RING_BYTES), RingBuffer.create(EVENT_RING_BYTES)];
    this.shards = new Shards([new RingProducer(commandRing)], this.state);
    const open = (): number => 0;
    this.gateway = new Gateway(this.state, this.depth, this.shards, this.clock, open, () => undefined);
    this.state.observe(this.gateway);
    this.state.observe(this.tally);
    this.commands = new RingConsumer(commandRing);
    this.events = new RingConsumer(eventRing);
    this.publisher = new MatchPublisher(new RingProducer(eventRing), 1);
    const matcher = new Matcher(this.publisher);
    this.commandDecoder = new CommandDecoder({
      newOrder: (order) => matcher.submit(order),
      cancelOrder: (command) => matcher.cancel(command),
      openBook: (spec) => matcher.openBook(spec),
      restoreOrder: (order) => matcher.restore(order),
      amendOrder: (command) => matcher.amend(command),
      massCancel: (command) => matcher.massCancel(command),
      setPhase: (command) => matcher.setPhase(command),
      originNoted: () => undefined,
    });
    this.eventDecoder = new EventDecoder(this.state);
    const { orderId } = this.state.orders;
    this.waiter = {
      accepted: (_token, slot) => (this.orderId = orderId[slot]),
      completed: () => undefined,
      refused: (_token, _orderId, code) => (this.code = code),
    };
  }

  /** Gives the books their orders, and the instruments their varied terms. */
  async open(): Promise<void> {
    let isDone = false;
    const restored = this.shards.restore(0).then(() => (isDone = true));
    while (!isDone) {
      this.carryOut();
      await new Promise(setImmediate);
    }
    await restored;
    for (const slot of this.liveOrderIds()) this.orderIds.set(slot, slot);
    for (const instrument of [...this.state.instruments]) {
      if (this.isVaried(instrument.instrumentId) && Object.keys(this.variation).length > 0)
        this.rare(FrameKind.InstrumentChanged, instrument, this.state.timeUs);
    }
  }

  /** 0, or the code that it is refused with. */
  submit(order: OrderEntry): number {
    const request = this.requestOf(order);
    this.begin(order.stamp.timeUs);
    const outcome = isForcedOrder(order.clientOrderId)
      ? this.gateway.submitForced(request, this.waiter, 0)
      : this.gateway.submit(this.callerOf(order.account), request, this.waiter, 0);
    this.carryOut();
    // sent again under the same id: the first order answers
    if (outcome < 0) this.orderId = this.gateway.duplicateOrderId;
    if (order.orderId !== 0 && this.orderId !== 0) this.orderIds.set(order.orderId, this.orderId);
    return outcome > 0 ? outcome : this.code;
  }

  /** Nothing happens to an order that this run does not have any more, here and below. */
  cancel(command: CancelEntry): void {
    const orderId = this.orderIds.get(command.orderId);
    const slot = orderId === undefined ? -1 : this.state.orders.find(orderId);
    if (slot === -1) return;
    this.begin(command.stamp.timeUs);
    const isOwners = command.reason === CancelReason.NONE || command.reason === CancelReason.USER;
    if (isOwners) this.gateway.cancel(this.callerOf(command.account), command.account, orderId!, this.waiter, 0);
    else this.gateway.cancelForced(slot, command.reason, this.waiter, 0);
    this.carryOut();
  }

  amend({ orderId: logged, account, newPrice, newVolume, stamp }: AmendEntry): void {
    const orderId = this.orderIds.get(logged);
    if (orderId === undefined) return;
    this.begin(stamp.timeUs);
    this.gateway.amend(this.callerOf(account), account, orderId, newPrice, newVolume, this.waiter, 0);
    this.carryOut();
  }

  massCancel({ account, instrument, side, reason, stamp }: MassEntry): void {
    this.begin(stamp.timeUs);
    const mass = Object.assign(new MassEntry(), { account, instrument, side, reason });
    mass.stamp.timeUs = stamp.timeUs;
    this.shards.massCancel(0, mass);
    this.carryOut();
  }

  setPhase({ instrument, phase, status, reason, stamp }: PhaseEntry): void {
    this.begin(stamp.timeUs);
    const entry = Object.assign(new PhaseEntry(), { instrument, phase, status, reason });
    entry.stamp.timeUs = stamp.timeUs;
    this.shards.setPhase(0, entry);
    this.carryOut();
  }

  /** Applies an event of the front as it is in the log, but for the terms of instruments. */
  rare<K extends RareKind>(kind: K, event: RareEvents[K], timeUs: number): void {
    this.begin(timeUs);
    const { stamp } = this;
    stamp.kind = kind;
    stamp.timeUs = timeUs;
    stamp.sequence = this.state.sequence + 1;
    stamp.endOfCommand = true;
    this.state.rare(kind, this.varied(kind, event), stamp);
    if (kind === FrameKind.InstrumentListed || kind === FrameKind.InstrumentChanged) {
      void this.shards.open(this.state.instruments.get((event as RareEvents[typeof FrameKind.InstrumentChanged]).instrument));
    }
    if (kind === FrameKind.DaySettled) {
      for (const instrument of this.state.instruments)
        if (instrument.status !== InstrumentStatus.delisted) void this.shards.open(instrument);
    }
    this.carryOut();
  }

  private varied<K extends RareKind>(kind: K, event: RareEvents[K]): RareEvents[K] {
    if (kind !== FrameKind.InstrumentListed && kind !== FrameKind.InstrumentChanged && kind !== FrameKind.RatesPlanned) return event;
    const terms = event as RareEvents[typeof FrameKind.InstrumentChanged] & { instrumentId?: string };
    const id = terms.instrumentId ?? this.state.instruments.get(terms.instrument).instrumentId;
    return this.isVaried(id) ? (variedTerms(terms, this.variation) as unknown as RareEvents[K]) : event;
  }

  private isVaried(instrumentId: string): boolean {
    return this.instruments === undefined || this.instruments.has(instrumentId);
  }

  private requestOf(order: OrderEntry): OrderRequest {
    const { request } = this;
    request.account = order.account;
    request.instrument = order.instrument;
    request.side = order.side;
    request.offset = order.offset;
    request.priceType = order.priceType;
    request.timeCondition = order.timeCondition;
    request.volumeCondition = order.volumeCondition;
    request.price = order.price;
    request.volume = order.volume;
    request.minVolume = order.minVolume;
    request.gtdDate = order.gtdDate;
    request.clientOrderId = order.clientOrderId;
    request.residual = order.residual;
    request.postOnly = order.postOnly;
    request.maxSlippageTicks = order.maxSlippageTicks;
    request.selfTradeMode = this.selfTradeModeOf(order);
    return request;
  }

  private selfTradeModeOf({ instrument, selfTradeMode }: OrderEntry): number {
    const varied = this.variation.selfTradeMode;
    if (varied !== undefined && this.isVaried(this.state.instruments.get(instrument).instrumentId)) return varied;
    // Switched off for all, the gate does so itself.
    const isPrevented = this.state.riskLimits.of(instrument).selfTradePrevention === 1;
    return selfTradeMode === SelfTradeMode.OFF && !isPrevented ? SelfTradeMode.REJECT : selfTradeMode;
  }

  /** The owner, who may do whatever the log says was done. */
  private callerOf(account: number): Caller {
    const user = this.state.users.get(this.state.accounts.user[account])!;
    return { user: { ...user, roles: user.roles | ROLE_BITS.Admin }, tokenId: '', expiresAt: 0 };
  }

  private liveOrderIds(): number[] {
    const { orders, accounts } = this.state;
    const ids: number[] = [];
    for (let account = 1; account <= accounts.count; account++) {
      for (let slot = accounts.firstOrder[account]; slot !== 0; slot = orders.nextOfAccount[slot]) ids.push(orders.orderId[slot]);
    }
    return ids;
  }

  private begin(timeUs: number): void {
    this.clock.timeUs = timeUs;
    this.code = 0;
    this.orderId = 0;
  }

  /** Lets the books do what waits for them, and the state follow. */
  private carryOut(): void {
    this.shards.flush();
    for (let command = this.commands.next(); command !== -1; command = this.commands.next()) {
      this.commandDecoder.decode(this.commands, command);
      this.publisher.flush();
      this.commands.release();
      for (let event = this.events.next(); event !== -1; event = this.events.next()) {
        setSequence(this.events, event, this.state.sequence + 1);
        this.eventDecoder.decode(this.events, event);
      }
      this.events.release();
    }
  }
}
