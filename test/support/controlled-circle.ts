/** The circle of an order on one thread, with the services that change instruments and phases, through the real book. */
import { Phase, type ValueOf } from '../../src/core/enums.js';
import { StateObserver } from '../../src/core/observer.js';
import type { Instrument } from '../../src/core/instrument.js';
import type { RareEvents, RareKind } from '../../src/core/events.js';
import type { TradingCalendar } from '../../src/core/sessions.js';
import { PhaseChanges } from '../../src/front/phases/phase-changes.js';
import { PhaseClock } from '../../src/front/phases/phase-clock.js';
import type { Proposal, Proposed } from '../../src/front/proposer.js';
import { Audit } from '../../src/front/services/audit.js';
import type { EventProposer } from '../../src/front/services/event-proposer.js';
import { InstrumentService } from '../../src/front/services/instrument-service.js';
import { MarketControl } from '../../src/front/services/market-control.js';
import { Turnstile } from '../../src/front/services/turnstile.js';
import { OneThreadCircle } from './one-thread-circle.js';

const ACTOR = { user: 0, origin: { address: '', userAgent: '' } };
const START_US = 1_767_571_200_000_000;

export class ControlledCircle extends OneThreadCircle {
  /** Every instrument and phase of a PhaseChanged, in order: `1 CONTINUOUS`. */
  readonly phases: string[] = [];
  /** Event time of phase changes and wall clock of the trading clock, µs. */
  nowUs = START_US;
  /** Why nothing may be handed over. */
  closed = 0;
  readonly changes: PhaseChanges;
  readonly instruments: InstrumentService;
  readonly control: MarketControl;

  constructor() {
    super();
    const { state, shards } = this;
    this.changes = new PhaseChanges(
      {
        openShardOf: (instrument) => shards.openShardOf(instrument),
        setPhase: (shard, entry) => {
          shards.setPhase(shard, entry);
          setImmediate(() => this.settle());
        },
      },
      { nowUs: () => this.nowUs },
      () => this.closed,
    );
    state.observe(this.changes);
    state.observe(new Watch(this));
    const turnstile = new Turnstile();
    const proposer = new CircleProposer(this);
    const audit = new Audit(proposer);
    const { changes } = this;
    this.instruments = new InstrumentService({
      state,
      proposer,
      turnstile,
      audit,
      changes,
      orders: shards,
      phaseOf: () => Phase.CONTINUOUS,
    });
    this.control = new MarketControl({ state, turnstile, audit, changes });
  }

  async setPhaseOf(instrument: number, phase: keyof typeof Phase): Promise<void> {
    await this.control.setPhase([this.state.instruments.get(instrument)], Phase[phase], ACTOR);
  }

  async setStatusOf(instrument: number, status: number): Promise<void> {
    await this.control.setStatus(this.state.instruments.get(instrument), status, '', ACTOR);
  }

  async delist(instrument: number): Promise<void> {
    await this.control.delist(this.state.instruments.get(instrument), ACTOR);
  }

  async modify(instrument: number, change: Parameters<InstrumentService['modify']>[1]): Promise<void> {
    await this.instruments.modify(this.state.instruments.get(instrument), change, 0, ACTOR.origin);
  }

  /** A trading clock that looks before each command of a user; `nowUs` is its time. */
  clock(calendar: TradingCalendar): PhaseClock {
    const clock = new PhaseClock({
      state: this.state,
      changes: this.changes,
      calendar,
      nowMs: () => this.nowUs / 1000,
      onDelay: () => undefined,
    });
    this.state.observe(clock);
    this.beforeCommand = () => clock.catchUp();
    return clock;
  }
}

class Watch extends StateObserver {
  constructor(private readonly circle: ControlledCircle) {
    super();
  }

  override phaseChanged(instrument: Instrument): void {
    const name = Object.keys(Phase).find((key) => Phase[key as keyof typeof Phase] === (instrument.phase as ValueOf<typeof Phase>));
    this.circle.phases.push(`${instrument.instrument} ${name}`);
  }

  override instrumentChanged(instrument: Instrument): void {
    void this.circle.shards.open(instrument);
  }

  override daySettled(): void {
    for (const instrument of this.circle.state.instruments) void this.circle.shards.open(instrument);
  }
}

/** Applies at once what is proposed. */
export class CircleProposer implements EventProposer {
  constructor(private readonly circle: OneThreadCircle) {}

  propose<K extends RareKind>(kind: K, event: RareEvents[K]): Promise<Proposed> {
    this.circle.rare(kind, event);
    return Promise.resolve({ sequence: this.circle.state.sequence, timeUs: this.circle.state.timeUs });
  }

  async proposeAll(proposals: readonly Proposal[]): Promise<Proposed> {
    let proposed: Proposed = { sequence: 0, timeUs: 0 };
    for (const { kind, event } of proposals) proposed = await this.propose(kind, event);
    return proposed;
  }
}
