/**
 * One seed: a machine whose exchange is started, loaded, and ended again and again, by a kill, a power cut or a graceful stop,
 * on a disk that fails now and then. After every step all that was ever told to anybody must be true.
 */
import { crc32 } from 'node:zlib';
import { Random } from '../../src/cli/load/random.js';
import type { RecoveredState } from '../../src/cli/running-exchange.js';
import { Refusal } from '../../src/core/refusal.js';
import { evaluateSoundness } from '../../src/core/soundness/soundness.js';
import { serializeState } from '../../src/core/state-codec.js';
import { StorageError } from '../../src/storage/storage-error.js';
import { ClientJournal } from './client-journal.js';
import { CommittedLog, headOf } from './committed-log.js';
import { DiskChecks, hashOf } from './disk-checks.js';
import { checkHistory } from './history-check.js';
import { limitsOf } from './process-limits.js';
import { Reference } from './reference.js';
import { SimClients } from './sim-clients.js';
import type { Rot } from './disk-rot.js';
import { SimDisk } from './sim-disk.js';
import type { DiskWitness } from './sim-engine.js';
import type { SimFront } from './sim-front.js';
import { SimProcess } from './sim-process.js';
import { failureOf, type Failure } from './failure.js';
import { VirtualTime } from './virtual-time.js';
import { demand } from './violation.js';

/** Steps of one life at most, but for the last one, which ends when everything has come to rest. */
const STEPS_MAX = 600;
/** Steps in which a process that is left alone must come to its end. */
const PATIENCE = 20_000;

export interface SeedResult {
  readonly seed: number;
  readonly steps: number;
  readonly lives: number;
  readonly kills: number;
  readonly powerCuts: number;
  readonly stops: number;
  /** Starts that rightly ended because the disk was damaged. */
  readonly halts: number;
  readonly events: number;
  readonly answers: number;
  readonly snapshots: number;
  readonly trimmedBlocks: number;
  readonly writeFailures: number;
  /** Of everything that happened, in order: the same for two runs only if they were the same. */
  readonly trace: number;
  readonly failure: Failure | undefined;
}

export interface SimulationOptions {
  readonly seed: number;
  /** Told what happens, with the virtual time in ms. */
  readonly say?: (text: string) => void;
}

type Ending = 'kill' | 'power' | 'stop';

export class Simulation {
  private readonly random: Random;
  private readonly time: VirtualTime;
  private readonly log = new CommittedLog();
  private readonly reference = new Reference(this.log);
  private readonly checks = new DiskChecks(this.log, this.reference);
  private readonly disk: SimDisk;
  private readonly journal: ClientJournal;
  private readonly clients: SimClients;
  private readonly counts = { lives: 0, kills: 0, powerCuts: 0, stops: 0, halts: 0, writeFailures: 0 };
  private trace = 0;
  /** What a promise or a thread ended with that nobody waits for. */
  private fault: unknown;
  /** The disk could not be read: the process is to be ended and started again. */
  private isUnreadable = false;
  /** The last event that any front was told of. */
  private toldSequence = 0;
  private stoppedCleanly = false;

  constructor(private readonly options: SimulationOptions) {
    this.random = new Random(options.seed);
    this.time = new VirtualTime(this.random);
    this.disk = new SimDisk(this.time, this.random, this.witness());
    this.checks.watch(this.disk.store);
    this.journal = new ClientJournal(this.log, this.random);
    this.clients = new SimClients(this.time, this.random, this.journal, (error) => this.note(error));
  }

  /** Plays the seed to its end or to the first violation. */
  async run(): Promise<SeedResult> {
    const failure = await failureOf(
      this.time,
      () => this.play(),
      (error) => this.note(error),
    );
    const { steps } = this.time;
    const { snapshots, trimmedBlocks } = this.checks;
    const { seed } = this.options;
    const { trace } = this;
    return {
      ...{ seed, steps, ...this.counts, events: this.log.lastSequence, answers: this.journal.answers },
      ...{ snapshots, trimmedBlocks, trace, failure },
    };
  }

  private async play(): Promise<void> {
    const lives = this.random.between(3, 7);
    for (let count = 1; count < lives; count++) await this.live();
    await this.liveToTheEnd();
  }

  /** One process, until it is ended. */
  private async live(): Promise<void> {
    this.disk.change(this.random.between(1, 3) === 1);
    this.takeSurvivors();
    const rot = this.random.between(1, 3) === 1 ? this.disk.rot() : undefined;
    if (rot !== undefined) this.say(rot.what);
    const life = this.newProcess(rot);
    const started = this.begin(life, rot);
    const steps = this.random.between(1, STEPS_MAX);
    await this.steps(steps, () => this.isUnreadable || started.isOver());
    const ending = this.random.between(1, 5);
    await this.end(life, started.front() === undefined ? 'kill' : ending === 1 ? 'stop' : ending <= 3 ? 'power' : 'kill');
    rot?.repair();
  }

  /** A last process on a disk that works: everything comes to rest, and everything is looked at. */
  private async liveToTheEnd(): Promise<void> {
    this.disk.change(true);
    this.takeSurvivors();
    const life = this.newProcess(undefined);
    const started = this.begin(life, undefined);
    await this.steps(PATIENCE, () => started.front() !== undefined);
    const front = started.front();
    demand(front !== undefined, 'the exchange does not start');
    await this.steps(this.random.between(1, STEPS_MAX), () => false);
    this.clients.end();
    await this.steps(PATIENCE, () => front.gateway.commandsUnderWay === 0 && front.state.sequence === this.log.lastSequence);
    demand(front.gateway.commandsUnderWay === 0, 'a command never came back');
    await this.stop(life);
    demand(this.stoppedCleanly, 'the exchange does not stop');
    await this.steps(PATIENCE, () => front.state.sequence === this.log.lastSequence);
    demand(
      front.state.sequence === this.log.lastSequence,
      `the front ends at ${front.state.sequence}, the log at ${this.log.lastSequence}`,
    );
    const bytes = serializeState(front.state);
    demand(hashOf(bytes) === hashOf(this.reference.bytesAt(this.log.lastSequence)), 'the front does not end in the state of its log');
    checkHistory(this.disk.store, this.reference, this.log.lastSequence);
  }

  private newProcess(rot: Rot | undefined): SimProcess {
    this.counts.lives++;
    this.isUnreadable = false;
    this.log.beginProcess();
    this.checks.beginProcess();
    this.toldSequence = 0;
    const wasStopped = this.stoppedCleanly;
    this.stoppedCleanly = false;
    return new SimProcess({
      time: this.time,
      disk: this.disk,
      limits: limitsOf(this.random),
      onRecovered: (recovered) => this.checkRecovered(recovered, rot, wasStopped),
      onTold: (ring, offset) => {
        this.log.demandCommitted(ring, offset);
        this.toldSequence++;
      },
      onTurn: (front) => checkBooks(front),
      onFollowing: (sequence) => this.say(`the snapshotter follows from ${sequence} on`),
      onWriteFailure: () => this.counts.writeFailures++,
      onFault: (error) => this.note(error),
      onUnreadable: (error) => {
        this.say(error.message);
        this.isUnreadable = true;
      },
    });
  }

  /** What lies on the disk behind the last committed event came through, although nobody was told: from now on it is the log. */
  private takeSurvivors(): void {
    for (const [, block] of this.disk.log.peek({ gte: 'wal/', lt: 'wal0' })) {
      const head = headOf(block);
      if (head === undefined || head.first <= this.log.lastSequence) continue;
      this.log.add(block, false);
    }
  }

  private begin(life: SimProcess, rot: Rot | undefined): { front: () => SimFront | undefined; isOver: () => boolean } {
    let front: SimFront | undefined;
    let isOver = false;
    life
      .start()
      .then(
        async (started) => {
          front = started;
          this.say(`takes orders at ${started.state.sequence}`);
          await this.clients.begin(started);
        },
        (error: unknown) => {
          isOver = true;
          this.checkRefusedStart(error, rot);
        },
      )
      .catch((error: unknown) => this.note(error));
    return { front: () => front, isOver: () => isOver };
  }

  private checkRefusedStart(error: unknown, rot: Rot | undefined): void {
    // the log could not be written when the venue was to be opened
    if (error instanceof Refusal) return;
    if (!(error instanceof StorageError)) throw error;
    this.say(error.message);
    this.counts.halts++;
    if (error.code === 'READ_FAILED' || error.code === 'WRITE_FAILED') return;
    demand(error.code === 'CORRUPT' && rot?.kind === 'block' && rot.reported.includes(error.sequence!), `does not start: ${error.message}`);
  }

  private checkRecovered({ state, end }: RecoveredState, rot: Rot | undefined, wasStopped: boolean): void {
    const { lastSequence } = this.log;
    this.say(`recovered to ${end.sequence}: snapshot ${end.snapshotSequence} and ${end.events} events`);
    demand(state.sequence === end.sequence, `the state is that of event ${state.sequence}, its place in the log ${end.sequence}`);
    demand(end.sequence === lastSequence, `recovered to event ${end.sequence}; ${lastSequence} are durable`);
    const last = this.log.blockEnds.get(end.sequence);
    demand(last?.crc === end.crc && last.epoch === end.epoch, `recovered to ${end.sequence} with a wrong CRC or epoch`);
    demand(
      hashOf(serializeState(state)) === hashOf(this.reference.bytesAt(end.sequence)),
      'the recovered state is not that of the whole log',
    );
    const isReplayFree = !wasStopped || end.events === 0 || rot !== undefined;
    demand(isReplayFree, `${end.events} events were replayed after a graceful stop`);
    if (rot?.kind === 'snapshot') demand(end.snapshotSequence !== rot.sequence, `the damaged snapshot ${rot.sequence} was taken`);
    if (rot?.kind === 'block') demand(rot.sequence <= end.snapshotSequence, `the damaged block ${rot.sequence} was passed over`);
    this.checkEquations(state);
    checkHistory(this.disk.store, this.reference, this.checks.watermark());
  }

  private checkEquations(state: RecoveredState['state']): void {
    const broken = evaluateSoundness(state).find(({ ok }) => !ok);
    demand(broken === undefined, `the books do not balance after recovery: ${JSON.stringify(broken)}`);
  }

  private async end(life: SimProcess, ending: Ending): Promise<void> {
    this.clients.end();
    if (ending === 'stop') await this.stop(life);
    this.time.clear();
    if (ending === 'power') this.disk.cutPower();
    else this.disk.kill();
    this.counts[ending === 'power' ? 'powerCuts' : ending === 'stop' ? 'stops' : 'kills']++;
    this.say(`${ending} at step ${this.time.steps}; ${this.log.lastSequence} events are durable`);
    this.mark(`${ending} ${this.log.lastSequence}`);
  }

  /** A failing disk may keep it from coming to its end; then it is killed. */
  private async stop(life: SimProcess): Promise<void> {
    let drained: boolean | undefined;
    life.stop().then(
      (done) => (drained = done),
      (error: unknown) => {
        if (!(error instanceof StorageError)) this.note(error);
        drained = false;
      },
    );
    await this.steps(PATIENCE, () => drained !== undefined);
    this.stoppedCleanly = drained === true;
  }

  private async steps(count: number, isOver: () => boolean): Promise<void> {
    for (let step = 0; step < count && !isOver(); step++) {
      if (!(await this.time.step())) return;
      this.mark(String(Math.round(this.time.nowUs)));
      if (this.fault !== undefined) throw this.fault;
    }
  }

  /** What the checks say is remembered: whoever writes takes it for a fault of the disk and tries again. */
  private witness(): DiskWitness {
    const noted = (check: () => void): void => {
      try {
        check();
      } catch (error) {
        this.note(error);
        throw error;
      }
    };
    return {
      attempted: (engine, operations) => noted(() => this.checks.attempted(engine, operations)),
      durable: (engine, operations) => noted(() => this.checks.durable(engine, operations)),
    };
  }

  private note(error: unknown): void {
    this.fault ??= error;
  }

  private mark(what: string): void {
    this.trace = crc32(`${what} ${this.log.lastSequence} ${this.toldSequence} ${this.journal.answers}`, this.trace);
  }

  private say(text: string): void {
    this.options.say?.(`${((this.time.nowUs % 1e9) / 1000).toFixed(3).padStart(12)}  ${text}`);
    this.mark(text);
  }
}

/** Everything that was told so far balances. */
function checkBooks({ state, depth }: SimFront): void {
  const broken = evaluateSoundness(state, depth).find(({ ok }) => !ok);
  demand(broken === undefined, `the books do not balance behind event ${state.sequence}: ${JSON.stringify(broken)}`);
}
