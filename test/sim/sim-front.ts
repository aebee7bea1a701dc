/** The front of a simulated process: gateway and services over the recovered state, as the program wires them. */
import { newOrigins, settledAt } from '../../src/cli/exchange-parts.js';
import type { RecoveredState } from '../../src/cli/running-exchange.js';
import { BookOpener } from '../../src/cluster/book-opener.js';
import type { Shards } from '../../src/cluster/shards.js';
import { DepthFold } from '../../src/core/depth.js';
import { FrameKind } from '../../src/core/events.js';
import { followingDay, TradingCalendar } from '../../src/core/sessions.js';
import type { DayRecord } from '../../src/core/settlement/statements.js';
import type { ExchangeState } from '../../src/core/state.js';
import type { ClusterView } from '../../src/front/cluster-view.js';
import { EventClock } from '../../src/front/clock.js';
import { ConditionalOrders } from '../../src/front/conditionals/conditional-orders.js';
import { EventPump } from '../../src/front/event-pump.js';
import { Gateway } from '../../src/front/gateway/gateway.js';
import { OriginPort } from '../../src/front/gateway/origin-port.js';
import type { CommandOrigin, Origins } from '../../src/front/gateway/origins.js';
import { HistoryQueries } from '../../src/front/history.js';
import { PhaseChanges } from '../../src/front/phases/phase-changes.js';
import { Proposer } from '../../src/front/proposer.js';
import { Audit } from '../../src/front/services/audit.js';
import { FundBooking } from '../../src/front/services/fund-booking.js';
import { MarketControl } from '../../src/front/services/market-control.js';
import type { FundRecord } from '../../src/core/observer.js';
import { RepeatedRequests } from '../../src/front/services/repeated-requests.js';
import { Turnstile } from '../../src/front/services/turnstile.js';
import { DayTurn } from '../../src/front/settlement/day-turn.js';
import { SettlementService } from '../../src/front/settlement/settlement-service.js';
import type { RingConsumer } from '../../src/ring/ring-consumer.js';
import type { RingProducer } from '../../src/ring/ring-producer.js';
import type { WakeSignal } from '../../src/ring/wake-signal.js';
import type { Database } from '../../src/storage/database.js';
import { HistoryStore } from '../../src/storage/history-store.js';
import type { SnapshotStatus } from '../../src/storage/snapshot-status.js';
import { addressOf } from './committed-log.js';
import type { SimPort } from './sim-threads.js';

export interface FrontParts {
  readonly recovered: RecoveredState;
  readonly store: Database;
  readonly shards: Shards;
  /** The front's own event ring. */
  readonly events: RingProducer;
  /** Its end of the broadcast ring. */
  readonly durable: RingConsumer;
  readonly signal: WakeSignal;
  readonly port: SimPort;
  readonly snapshots: SnapshotStatus;
  readonly onTurn: (front: SimFront) => void;
  /** Looks for events in so many turns before it sleeps. */
  readonly idleTurns?: number;
  /** Of a cluster's node: what it says of its place there. */
  readonly cluster?: (state: ExchangeState) => ClusterView;
}

const FIRST_DAY = 20260105;

export class SimFront {
  readonly state: ExchangeState;
  readonly depth: DepthFold;
  readonly gateway: Gateway;
  readonly proposer: Proposer;
  readonly history: HistoryQueries;
  readonly booking: FundBooking;
  readonly repeated: RepeatedRequests<FundRecord>;
  readonly control: MarketControl;
  readonly settlement: SettlementService;
  readonly conditionals: ConditionalOrders;
  readonly cluster: ClusterView | undefined;
  private readonly origins: Origins;
  private readonly clock: EventClock;
  private readonly opener: BookOpener;
  private readonly pump: EventPump;
  private status: 'starting' | 'ok' | 'stopping' = 'starting';
  private writeFailed = false;

  constructor(private readonly parts: FrontParts) {
    const { recovered, shards, events, durable, signal, port, snapshots, store } = parts;
    const { state } = recovered;
    this.state = state;
    this.cluster = parts.cluster?.(state);
    const clock = new EventClock(state.timeUs);
    this.clock = clock;
    const gate = (): number => this.closedBy();
    const watermark = (): number => Math.max(recovered.end.historyWatermark, snapshots.figures().historyWatermark);
    this.history = new HistoryQueries(state, recovered.recent, new HistoryStore(store), watermark);
    this.depth = new DepthFold(state);
    state.observe(this.depth);
    this.origins = newOrigins(shards, events, clock);
    this.gateway = new Gateway(state, this.depth, new OriginPort(shards, this.origins), clock, gate, () => undefined);
    state.observe(this.gateway);
    this.proposer = new Proposer(events, clock, gate);
    state.observe(this.proposer);
    this.opener = new BookOpener(state, shards);
    this.opener.isActive = this.cluster === undefined;
    state.observe(this.opener);
    const changes = new PhaseChanges(shards, clock, gate);
    state.observe(changes);
    const { proposer, gateway } = this;
    const turnstile = new Turnstile();
    const audit = new Audit(proposer);
    const nowMs = (): number => Date.now();
    this.booking = new FundBooking({ state, proposer, reservations: gateway.reservations });
    this.repeated = new RepeatedRequests(state.repeatKeys, nowMs);
    this.control = new MarketControl({ state, turnstile, audit, changes });
    const commandsUnderWay = (): number => gateway.commandsUnderWay;
    this.settlement = new SettlementService({
      state,
      proposer,
      turnstile,
      audit,
      turn: new DayTurn({ state, changes, port: shards, clock, commandsUnderWay, simulationMode: true }),
      clock,
      phases: undefined,
      nextTradingDay: (day) => followingDay(new TradingCalendar(), day),
      dayOf: async (day) => (await this.history.documentsOf<DayRecord>('days', 0, () => true, day, day)).at(0),
      onDelay: () => undefined,
    });
    this.conditionals = new ConditionalOrders({ state, proposer, gateway, clock, audit });
    this.pump = new EventPump(durable, state, signal, port, undefined, parts.idleTurns);
  }

  /** Where the orders for an account come from. */
  originOf(account: number): CommandOrigin {
    return this.origins.of({ address: addressOf(account), userAgent: '' });
  }

  /** Resolves when it takes orders; `startSnapshots` is called when the books are restored. */
  async start(startSnapshots: () => void): Promise<void> {
    this.beginToApply();
    await this.open(startSnapshots);
  }

  /** As a node of a cluster: decides nothing before `takeOver`. */
  follow(): void {
    this.beginToApply();
    this.status = 'ok';
  }

  /** Everything until `sequence` was decided by others. */
  async takeOver(sequence: number): Promise<void> {
    await settledAt(this.state, sequence);
    this.clock.notBefore(this.state.timeUs);
    this.gateway.nextOrderId = this.state.nextOrderId;
    this.opener.isActive = true;
    await this.open(() => (this.cluster!.isOpen = true));
  }

  private beginToApply(): void {
    this.pump.afterTurn(() => this.history.dropStored());
    this.pump.afterTurn(() => {
      if (this.opener.isActive) this.conditionals.pump.run();
    });
    this.pump.afterTurn(() => this.parts.onTurn(this));
    this.pump.start();
  }

  private async open(onRestored: () => void): Promise<void> {
    const { shards } = this.parts;
    await Promise.all(Array.from({ length: shards.count }, (_, shard) => shards.restore(shard)));
    onRestored();
    this.status = 'ok';
    if (this.state.tradingDay === 0) await this.proposer.propose(FrameKind.VenueOpened, { tradingDay: FIRST_DAY });
    await this.settlement.recover();
    this.conditionals.start();
  }

  beginStop(): void {
    this.status = 'stopping';
    this.conditionals.stop();
  }

  noteWriteFailure(failed: boolean): void {
    this.writeFailed = failed;
  }

  /** Shows its state to whoever asks, as the present: as the leader of a cluster. */
  get isAnsweringAsLeader(): boolean {
    return this.status === 'ok' && this.cluster!.isLeading && this.cluster!.mayRead;
  }

  /** 0, or the code of why nothing may be handed over now. */
  closedBy(): number {
    if (this.cluster?.mayWrite === false) return 9005;
    if (this.status !== 'ok') return 9005;
    return this.writeFailed ? 5002 : 0;
  }
}
