/**
 * The exchange as it runs: recovery, threads, the circle of events, and the services on top of it, wired together.
 * No rule of the exchange is decided here.
 */
import type { Logger } from 'pino';
import { PasswordPool } from '../auth/password-pool.js';
import { TextSealer } from '../auth/sealed-text.js';
import { loadOrCreateSecret } from '../auth/secrets.js';
import { TokenService } from '../auth/tokens.js';
import type { ClusterNews } from '../cluster/thread-data.js';
import type { EarlyThreads } from '../cluster/early-threads.js';
import { BookOpener } from '../cluster/book-opener.js';
import { Shards } from '../cluster/shards.js';
import { SnapshotRestarts } from '../cluster/snapshot-restarts.js';
import { Threads, type ThreadsOptions } from '../cluster/threads.js';
import type { MarketThread } from '../cluster/market/market-thread.js';
import { DepthFold } from '../core/depth.js';
import { Phase } from '../core/enums.js';
import { FrameKind } from '../core/events.js';
import type { RefusalCode } from '../core/refusal.js';
import { dateOfDay, dayOf, minuteOf, phaseAt, type TradingCalendar } from '../core/sessions.js';
import type { ExchangeState } from '../core/state.js';
import { ClusterView } from '../front/cluster-view.js';
import { EventClock } from '../front/clock.js';
import { ConditionalOrders } from '../front/conditionals/conditional-orders.js';
import type { Config } from '../front/config.js';
import { EventPump } from '../front/event-pump.js';
import type { Exchange, Health } from '../front/exchange.js';
import { DeclinedOrders } from '../front/gateway/declined-orders.js';
import { AuditedGateway } from '../front/gateway/audited-gateway.js';
import type { Gateway } from '../front/gateway/gateway.js';
import { OriginPort } from '../front/gateway/origin-port.js';
import type { CommandOrigin, Origins } from '../front/gateway/origins.js';
import type { OrderRequest } from '../front/gateway/order-request.js';
import { HistoryQueries } from '../front/history.js';
import { MarketHistory } from '../front/market-history.js';
import { MetricsObserver } from '../front/metrics-observer.js';
import { Monitoring } from '../front/monitoring/monitoring.js';
import { AnswerText } from '../front/views/answer-text.js';
import { MarketCache } from '../front/views/market-cache.js';
import { marketFigures } from '../front/websocket/subscriber-figures.js';
import { Proposer } from '../front/proposer.js';
import { PhaseChanges } from '../front/phases/phase-changes.js';
import type { PhaseClock } from '../front/phases/phase-clock.js';
import { RiskService } from '../front/risk/risk-service.js';
import { AccountDesk } from '../front/services/account-desk.js';
import { AccountService } from '../front/services/account-service.js';
import { AnnouncementService } from '../front/services/announcement-service.js';
import { Audit } from '../front/services/audit.js';
import { InstrumentService } from '../front/services/instrument-service.js';
import { LoginPassword } from '../front/services/login-password.js';
import { MarketControl } from '../front/services/market-control.js';
import { Turnstile } from '../front/services/turnstile.js';
import { UserAdministration } from '../front/services/user-administration.js';
import { UserService } from '../front/services/user-service.js';
import type { SettlementService } from '../front/settlement/settlement-service.js';
import { isTraced } from '../front/tracing/request-scope.js';
import { ThreadTrace } from '../front/tracing/thread-trace.js';
import { TracedProposer } from '../front/tracing/traced-proposer.js';
import { SoundnessMonitor } from '../front/soundness/soundness-monitor.js';
import { ReportLog } from '../front/report-log.js';
import { ExchangeMetrics } from '../metrics/exchange-metrics.js';
import { SharedHistogram } from '../metrics/shared-histogram.js';
import { HistoryService } from '../query/history-service.js';
import { ClusterStatus } from '../storage/cluster-status.js';
import { closeStorage, type Storage } from '../storage/database.js';
import { HistoryStatus } from '../storage/history-status.js';
import { HistoryStore } from '../storage/history-store.js';
import { ReportStore } from '../storage/report-store.js';
import { MarketStatus } from '../storage/market-status.js';
import { MarketStore } from '../storage/market-store.js';
import { SnapshotStatus } from '../storage/snapshot-status.js';
import { WalStatus } from '../storage/wal-status.js';
import { ExchangeHealth } from './exchange-health.js';
import { newOrigins, newPhaseClock, newSettlement, settledAt, type NodePlace } from './exchange-parts.js';
import type { RecoveredState } from './recovered-state.js';
import { ShardRebuilds } from './shard-rebuilds.js';
import type { StartTimes } from './start-times.js';

/** How late the log is synced with DURABILITY=memory: sleeping threads may add half of it. */
const FLUSH_MS = 50;
/** Between two looks at accounts when nothing happens. */
const SOUNDNESS_MS = 1000;

export { recoverState, type RecoveredState } from './recovered-state.js';

export class RunningExchange implements Exchange {
  readonly depth: DepthFold;
  readonly texts: AnswerText;
  readonly marketCache: MarketCache;
  readonly market: MarketThread;
  readonly marketHistory: MarketHistory;
  readonly history: HistoryQueries;
  readonly reports: ReportLog;
  readonly queries: HistoryService;
  readonly gateway: Gateway;
  readonly origins: Origins;
  readonly proposer: Proposer;
  readonly users: UserService;
  readonly loginPassword: LoginPassword;
  readonly userAdministration: UserAdministration;
  readonly announcements: AnnouncementService;
  readonly audit: Audit;
  readonly accounts: AccountService;
  readonly desk: AccountDesk;
  readonly instruments: InstrumentService;
  readonly control: MarketControl;
  readonly settlement: SettlementService;
  readonly risk: RiskService;
  readonly conditionals: ConditionalOrders;
  readonly soundness: SoundnessMonitor;
  readonly metrics: ExchangeMetrics;
  readonly monitoring: Monitoring;
  readonly passwords: PasswordPool;
  readonly state: ExchangeState;
  /** Last event that was found in the log at the start. */
  readonly recoveredSequence: number;
  /** Set by whoever serves sockets, for the metrics. */
  countSessions: () => number = () => 0;
  marketFigures = (): ReturnType<typeof marketFigures> => marketFigures([], 0, 0);
  /** What comes after each takeover, before a new venue can be used. */
  onOpened: () => Promise<void> = () => Promise.resolve();

  readonly cluster: ClusterView | undefined;
  private readonly threads: Threads;
  private readonly opener: BookOpener;
  private readonly ownUrl: string | undefined;
  /** Everything that there was when this node joined its cluster is applied. */
  private following: (() => void) | undefined;
  private readonly shards: Shards;
  private readonly changes: PhaseChanges;
  /** Absent in simulation mode: there phases are set by hand. */
  private readonly phaseClock: PhaseClock | undefined;
  private pump!: EventPump;
  private readonly hooks: (() => void)[] = [];
  private readonly clock: EventClock;
  private readonly walStatus = WalStatus.create();
  private readonly snapshotStatus: SnapshotStatus;
  private readonly commitTimes = SharedHistogram.create();
  private readonly pushTimes = new SharedHistogram(SharedHistogram.create());
  private readonly rebuilds: ShardRebuilds;
  private readonly snapshotRestarts = new SnapshotRestarts(() => this.threads.startSnapshots());
  private readonly condition: ExchangeHealth;
  private soundnessTimer: NodeJS.Timeout | undefined;

  constructor(
    readonly config: Config,
    readonly log: Logger,
    private readonly storage: Storage,
    recovered: RecoveredState,
    private readonly calendar: TradingCalendar,
    early?: EarlyThreads,
    node?: NodePlace,
    factors: ThreadsOptions['factors'] = [],
  ) {
    const { state, recent, reports, end } = recovered;
    this.state = state;
    this.recoveredSequence = end.sequence;
    this.clock = new EventClock(state.timeUs);
    const snapshotBuffer = SnapshotStatus.create();
    this.snapshotStatus = new SnapshotStatus(snapshotBuffer);
    const matchTimes = Array.from({ length: config.matchingWorkers }, () => new SharedHistogram(SharedHistogram.create()));
    const historyStatus = HistoryStatus.create();
    this.queries = new HistoryService({
      dataDir: config.dataDir,
      walStatus: this.walStatus,
      status: historyStatus,
      ...{ holidays: calendar.holidayDates, factors },
      exportMs: config.exportMs,
      onFailure: (reason) => this.condition.noteWriteFailure('history', reason),
    });
    this.ownUrl = node?.thread.url;
    this.cluster =
      node === undefined
        ? undefined
        : new ClusterView(new ClusterStatus(node.thread.status), node.thread.node, () => state.sequence, node.thread.suspectMs);
    this.condition = new ExchangeHealth({
      ...{ state, log, cluster: this.cluster, isDurable: config.durability === 'durable' },
      lacksSnapshots: () => this.snapshotRestarts.isGivenUp,
      countFailure: (thread) => this.metrics.writeFailures.cell(thread).count++,
    });
    const trace = isTraced(log) ? new ThreadTrace(log, state) : undefined;
    this.threads = new Threads({
      onWork: trace === undefined ? undefined : (thread, work) => trace.worked(thread, work),
      cluster: node?.thread,
      onCluster: (news) => {
        this.noteCluster(news, node?.onEnd);
      },
      dataDir: config.dataDir,
      shards: config.matchingWorkers,
      walStatus: this.walStatus,
      snapshotStatus: snapshotBuffer,
      marketStatus: MarketStatus.create(),
      historyStatus,
      ...{ holidays: calendar.holidayDates, factors },
      commitTimes: this.commitTimes,
      matchTimes: matchTimes.map(({ buffer }) => buffer),
      start: { sequence: end.sequence, crc: end.crc, epoch: end.epoch + 1 },
      ...(config.durability === 'memory' ? { flushMs: FLUSH_MS } : {}),
      snapshotMs: config.snapshotMs,
      early,
      onWriteFailure: (thread, message) => this.condition.noteWriteFailure(thread, message),
      onDeath: (thread, shard, message) => this.noteDeath(thread, shard, message),
      onSoundness: (verdicts, sequence) => this.soundness.note(verdicts, sequence),
    });
    this.market = this.threads.market;
    this.marketHistory = new MarketHistory({
      state,
      recent: this.market,
      open: () => MarketStore.open(config.dataDir),
      calendar,
      nowMs: () => Date.now(),
    });
    this.shards = new Shards(this.threads.commands, state);
    const closedBy = (): number => this.condition.closedBy();
    // Whatever a user does comes after the transitions that are due.
    const gate = (): number => {
      const closed = closedBy();
      if (closed === 0) this.phaseClock?.catchUp();
      return closed;
    };

    // Observers hear of an event in this order: what queries read, then answers to those who wait, then everybody else.
    // until the snapshot worker has come to the end of the log too, the tables are as recovery found them
    const watermark = (): number => Math.max(end.historyWatermark, this.snapshotStatus.figures().historyWatermark);
    this.history = new HistoryQueries(state, recent, new HistoryStore(storage.store), watermark);
    this.reports = new ReportLog(reports, new ReportStore(storage.store), watermark);
    this.depth = new DepthFold(state);
    state.observe(this.depth);
    this.metrics = new ExchangeMetrics({
      walCommit: new SharedHistogram(this.commitTimes),
      matchTimes,
      pushTimes: this.pushTimes,
      walSequence: () => new WalStatus(this.walStatus).durableSequence(),
      ringDepthBytes: () => this.threads.ringDepths(),
      snapshotAgeSeconds: () => this.snapshotAge(),
      wsSessions: () => this.countSessions(),
      isSound: () => this.soundness.ok,
      isLogWritable: () => this.condition.isLogWritable,
      cluster: this.cluster === undefined ? undefined : () => this.cluster!.place(),
    });
    this.texts = new AnswerText(state, this.depth);
    this.marketCache = new MarketCache(state, this.depth, this.texts, this.metrics.marketReads);
    this.monitoring = this.newMonitoring(matchTimes, end.epoch + 1);
    state.observe(new MetricsObserver(state, this.metrics, this.clock));
    this.origins = newOrigins(this.shards, this.threads.frontEvents, this.clock);
    const declined = config.logRefused ? new DeclinedOrders(this.threads.frontEvents, this.clock, this.origins) : undefined;
    const countRefusal = (code: number, request?: OrderRequest, origin?: CommandOrigin): void => {
      this.metrics.rejects.cell(String(code)).count++;
      if (request !== undefined) declined?.note(code, request, origin);
    };
    if (trace !== undefined) state.observe(trace);
    const marked = new OriginPort(this.shards, this.origins);
    const port = trace?.portOf(marked) ?? marked;
    this.gateway = new AuditedGateway(config.logRefused ? this : undefined, state, this.depth, port, this.clock, gate, countRefusal);
    state.observe(this.gateway);
    const front = [this.threads.frontEvents, this.clock, gate] as const;
    this.proposer = trace === undefined ? new Proposer(...front) : new TracedProposer(trace, ...front);
    state.observe(this.proposer);
    this.opener = new BookOpener(state, this.shards);
    this.opener.isActive = this.cluster === undefined;
    state.observe(this.opener);
    this.changes = new PhaseChanges(this.shards, this.clock, closedBy);
    state.observe(this.changes);
    const { shards, threads, origins } = this;
    const onGivenUp = (): void => void (this.condition.status = 'halted');
    const wal = new WalStatus(this.walStatus);
    this.rebuilds = new ShardRebuilds({
      state,
      shards,
      threads,
      origins,
      gateway: this.gateway,
      changes: this.changes,
      wal,
      log,
      onGivenUp,
    });
    this.phaseClock = config.simulationMode ? undefined : newPhaseClock({ state, changes: this.changes, calendar, log });
    if (this.phaseClock !== undefined) state.observe(this.phaseClock);

    const { proposer, changes } = this;
    const turnstile = new Turnstile();
    const audit = new Audit(proposer);
    this.audit = audit;
    this.passwords = new PasswordPool({
      cost: config.bcryptCost,
      onDone: (kind) => log.debug({ thread: 'password', kind }, 'worked on'),
      onError: (error) => log.error({ err: error }, 'password pool'),
    });
    const tokens = new TokenService({
      secret: config.jwtSecret ?? loadOrCreateSecret(config.dataDir, 'jwt-secret'),
      ...(config.jwtSecretPrevious === undefined ? {} : { previousSecret: config.jwtSecretPrevious }),
      ttlSeconds: config.jwtTtlSecs,
    });
    const sealer = new TextSealer(loadOrCreateSecret(config.dataDir, 'data-key'));
    const nowMs = (): number => Date.now();
    const { passwords } = this;
    this.users = new UserService({ state, proposer, turnstile, tokens, passwords, sealer, audit, config, nowMs });
    const { users } = this;
    this.accounts = new AccountService({ state, proposer, turnstile, users, audit, config });
    // in which an instrument of a template begins
    const phaseOf = (template: string): number =>
      this.phaseClock === undefined ? Phase.CONTINUOUS : phaseAt(template, minuteOf(Date.now()), this.calendar);
    this.instruments = new InstrumentService({ state, proposer, turnstile, audit, changes, orders: this.shards, phaseOf });
    this.control = new MarketControl({ state, turnstile, audit, changes });
    this.settlement = newSettlement({
      ...{ state, changes, calendar, log, proposer, clock: this.clock, gateway: this.gateway, history: this.history },
      ...{ turnstile, audit, shards: this.shards, phaseClock: this.phaseClock, simulationMode: config.simulationMode },
    });
    this.risk = new RiskService({ state, prices: this.depth, gateway: this.gateway, proposer, turnstile, audit, nowMs });
    // it would gather what nobody asks for while another node leads
    if (this.cluster === undefined) state.observe(this.risk.monitor);
    this.soundness = new SoundnessMonitor({
      state,
      depth: this.depth,
      nowMs,
      onBroken: (verdict, sequence) => this.condition.noteUnsound(verdict, sequence),
    });
    state.observe(this.soundness);
    this.conditionals = new ConditionalOrders({ state, proposer, gateway: this.gateway, clock: this.clock, audit });
    const { gateway, conditionals } = this;
    const { reservations } = gateway;
    this.desk = new AccountDesk({ state, proposer, gateway, reservations, conditionals, passwords, audit, config, nowMs });
    this.loginPassword = new LoginPassword({ proposer, passwords, audit, nowMs });
    this.userAdministration = new UserAdministration({ state, proposer, turnstile, audit, desk: this.desk });
    this.announcements = new AnnouncementService({ state, proposer, turnstile, audit, nowMs });
  }

  /** Starts the threads; a single node then leads, one of a cluster follows. Resolves when the exchange can be asked. */
  async start(times?: StartTimes): Promise<void> {
    // it reads the log itself, while the books are restored and checked
    const market = this.startMarket();
    const caughtUp = new Promise<void>((resolve) => (this.following = resolve));
    await this.threads.start();
    times?.ended('threads');
    this.pump = new EventPump(this.threads.durableEvents, this.state, this.threads.frontSignal, this.threads.wakePort, this.pushTimes);
    this.pump.afterTurn(() => this.history.dropStored());
    this.pump.afterTurn(() => this.reports.dropStored());
    this.pump.afterTurn(() => {
      if (!this.opener.isActive) return;
      this.risk.monitor.afterTurn();
      this.conditionals.pump.run();
    });
    this.pump.afterTurn(() => this.soundness.afterTurn());
    for (const hook of this.hooks) this.pump.afterTurn(hook);
    this.pump.start();
    if (this.cluster === undefined) {
      await Promise.all([this.shards.restoreAll(), this.soundness.evaluateInTurns().then(() => times?.ended('sound'))]);
      times?.ended('books');
      await this.open();
      await this.onOpened();
    } else {
      this.startFollowers();
      this.condition.status = 'ok';
      await caughtUp;
    }
    // whoever subscribes from now on misses nothing
    await market;
    times?.ended('market');
    // they read the whole tail of the log, and a start does not wait for them: the cores are for those it waits for
    if (this.cluster === undefined) this.startFollowers();
    this.monitoring.load.start();
    this.soundnessTimer = setInterval(() => this.soundness.scan(), SOUNDNESS_MS).unref();
  }

  /** Begins to decide; opens the venue when it is new. */
  private async open(): Promise<void> {
    if (this.cluster !== undefined) this.cluster.isOpen = true;
    // books that do not balance are not opened
    if (this.condition.status !== 'halted') this.condition.status = 'ok';
    if (this.state.tradingDay === 0) await this.proposer.propose(FrameKind.VenueOpened, { tradingDay: this.firstTradingDay() });
    this.phaseClock?.start();
    await this.settlement.recover();
    this.conditionals.start();
    this.risk.start();
    this.desk.start();
  }

  /** Who reads the log for ends of his own. */
  private startFollowers(): void {
    this.threads.startSnapshots();
    this.queries.start();
  }

  private noteCluster(news: ClusterNews, onEnd?: NodePlace['onEnd']): void {
    this.log.info(news, 'cluster');
    if (news.kind === 'node') this.cluster!.noteNode(news.url);
    if (news.kind === 'leader') this.cluster!.leaderUrl = news.url;
    if (news.kind === 'following' || news.kind === 'leading') void settledAt(this.state, news.sequence).then(() => this.following?.());
    if (news.kind === 'leading') void this.takeOver(news.sequence);
    if (news.kind !== 'deposed' && news.kind !== 'behind' && news.kind !== 'fault' && news.kind !== 'diverged') return;
    // a state that others do not have must not be kept
    onEnd?.(news.kind === 'diverged' ? { kind: 'behind' } : news);
    this.following?.();
  }

  /** Everything until `sequence` was decided by others; from there on this node decides. */
  private async takeOver(sequence: number): Promise<void> {
    await settledAt(this.state, sequence);
    this.cluster!.leaderUrl = this.ownUrl;
    this.clock.notBefore(this.state.timeUs);
    this.gateway.nextOrderId = this.state.nextOrderId;
    this.state.observe(this.risk.monitor);
    this.opener.isActive = true;
    // the equations have been looked at while we followed, and are before every snapshot: nobody waits for them now
    await this.shards.restoreAll();
    await this.open();
    await this.onOpened();
  }

  /** The market worker begins where the log ends, and tells how far md_seq had come. */
  private async startMarket(): Promise<void> {
    for (const { instrument, mdSequence, changedUs } of await this.market.start(this.recoveredSequence)) {
      this.depth.continueFrom(instrument, mdSequence, changedUs);
    }
  }

  health(): Health {
    return this.condition.report();
  }

  async whyNotLive(account: number, orderId: number): Promise<RefusalCode> {
    const order = this.history.findOrder(orderId);
    if (order === undefined) return 3001;
    return order.account === account ? 3002 : 9006;
  }

  afterTurn(hook: () => void): void {
    this.hooks.push(hook);
    if (this.condition.status !== 'recovering') this.pump.afterTurn(hook);
  }

  /** No new orders from now on; `stop` comes next. */
  beginStop(): void {
    this.condition.status = 'stopping';
    this.phaseClock?.stop();
    this.risk.stop();
    this.conditionals.stop();
    this.desk.stop();
    clearInterval(this.soundnessTimer);
    this.snapshotRestarts.stop();
    this.monitoring.load.stop();
  }

  /** Everything handed over becomes durable, the last snapshot is taken, the storage closed. False when the log could not be finished. */
  async stop(): Promise<boolean> {
    this.beginStop();
    await this.queries.stop();
    const drained = await this.threads.stop();
    this.pump.stop();
    await this.passwords.close();
    await this.marketHistory.close();
    await closeStorage(this.storage);
    return drained;
  }

  private newMonitoring(matchTimes: readonly SharedHistogram[], epoch: number): Monitoring {
    const { state, metrics, pushTimes, storage, config } = this;
    const wal = new WalStatus(this.walStatus);
    return new Monitoring({
      state,
      metrics,
      dataDir: config.dataDir,
      matchTimes,
      commitTimes: new SharedHistogram(this.commitTimes),
      pushTimes,
      wal: () => wal.figures(),
      snapshots: () => this.snapshotStatus.figures(),
      replication: () => ({ role: this.cluster?.roleName ?? 'single', epoch: this.cluster?.figures().epoch ?? epoch }),
      databaseBytes: () => storage.log.memoryBytes() + storage.store.memoryBytes(),
      sessions: () => this.countSessions(),
      market: () => ({ ...this.marketFigures(), cache: this.marketCache.figures() }),
      status: () => this.health().status,
    });
  }

  /** yyyymmdd: by the calendar; in simulation mode, where no day is closed, the date in exchange time. */
  private firstTradingDay(): number {
    const minute = minuteOf(Date.now());
    return dateOfDay(this.phaseClock === undefined ? dayOf(minute) : this.calendar.tradingDayAt(minute));
  }

  private snapshotAge(): number | undefined {
    const { snapshotTimeUs } = this.snapshotStatus.figures();
    return snapshotTimeUs === 0 ? undefined : Math.max(0, Date.now() - snapshotTimeUs / 1000) / 1000;
  }

  private noteDeath(thread: string, shard: number, message: string): void {
    this.log.error({ thread, shard, reason: message }, 'a thread died');
    this.metrics.threadDeaths.cell(thread).count++;
    if (thread === 'wal') this.condition.status = 'halted';
    if (thread === 'snapshot') this.snapshotRestarts.noteDeath();
    if (shard >= 0) void this.rebuilds.rebuild(shard);
  }
}
