/** A node of a simulated cluster: its disk, its way to etcd, and one process after the other. */
import type { Random } from '../../../src/cli/load/random.js';
import type { RecoveredState } from '../../../src/cli/running-exchange.js';
import type { ClusterNews } from '../../../src/cluster/thread-data.js';
import type { ClusterKeys } from '../../../src/replication/cluster-keys.js';
import { timingsOf } from '../../../src/replication/timings.js';
import type { RingConsumer } from '../../../src/ring/ring-consumer.js';
import { wideKeyOf } from '../../../src/storage/keys.js';
import { LOG_VERSION } from '../../../src/storage/log-block.js';
import type { ClientJournal } from '../client-journal.js';
import { SimClients } from '../sim-clients.js';
import { SimDisk } from '../sim-disk.js';
import type { DiskWitness } from '../sim-engine.js';
import type { SimFront } from '../sim-front.js';
import { demand } from '../violation.js';
import { Lane, type VirtualTime } from '../virtual-time.js';
import { clusterLimitsOf } from './cluster-limits.js';
import { ClusterProcess, isOfDisk } from './cluster-process.js';
import { SimLink } from './sim-link.js';
import type { SimMembers } from './sim-members.js';
import { SimStore } from './sim-store.js';

/** A program that was ended is started again after this at most. */
const RESTART_US_MAX = 60_000;
/** Between two orders of those who trade there. */
const CLIENT_PAUSE_US_MAX = 30_000;
/** Loads its code. */
const START_US_MAX = 40_000;
const RETRY_US = 50_000;
const STOP_US_MAX = 10_000_000;

export interface SimNodeParts {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly members: SimMembers;
  readonly keys: ClusterKeys;
  readonly suspectMs: number;
  /** The newest version of the log that its first program knows. */
  readonly logVersion: number;
  readonly journal: ClientJournal;
  readonly witness: DiskWitness;
  readonly onRecovered: (node: SimNode, recovered: RecoveredState) => void;
  readonly onTold: (node: SimNode, front: SimFront, ring: RingConsumer, offset: number) => void;
  readonly onTurn: (node: SimNode, front: SimFront) => void;
  /** A node that lost too much: another one whose data may be copied; undefined when none is there now. */
  readonly peerOf: (node: SimNode) => SimNode | undefined;
  readonly onBehind: (node: SimNode) => void;
  readonly onFault: (error: unknown) => void;
  readonly say: (text: string) => void;
}

export class SimNode {
  readonly disk: SimDisk;
  readonly link: SimLink;
  lives = 0;
  depositions = 0;
  copies = 0;
  /** What the program knows that is started next. */
  logVersion: number;
  /** Of a process that is at work: follows or leads. */
  front: SimFront | undefined;
  private lane: Lane | undefined;
  private process: ClusterProcess | undefined;
  private clients: SimClients | undefined;
  /** It is told to end. */
  private ending: Lane | undefined;
  private isBehind = false;
  private heldSnapshot = 0;
  private mayStart = false;

  constructor(
    readonly name: string,
    private readonly parts: SimNodeParts,
  ) {
    this.logVersion = parts.logVersion;
    this.disk = new SimDisk(parts.time, parts.random, parts.witness, true);
    this.link = new SimLink(parts.time, parts.random);
  }

  /** What it has is not enough to begin with. */
  get isLost(): boolean {
    return this.isBehind;
  }

  get isPaused(): boolean {
    return this.lane !== undefined && this.lane.pausedUntilUs > this.parts.time.nowUs;
  }

  /** The newest snapshot that it has, or had before its folder was lost: it may be counted on still. */
  get snapshotSequence(): number {
    const newest = this.disk.store.peek({ gte: 'snapmeta/', lt: 'snapmeta0', reverse: true, limit: 1 })[0];
    if (newest !== undefined) this.heldSnapshot = Math.max(this.heldSnapshot, wideKeyOf(newest[0]));
    return this.heldSnapshot;
  }

  start(): void {
    const { time, random } = this.parts;
    this.mayStart = true;
    if (this.lane !== undefined) return;
    this.lives++;
    const lane = new Lane();
    this.lane = lane;
    if (random.between(1, 8) === 1) lane.skewUs = random.between(-3_600_000_000, 3_600_000_000);
    time.after(time.someTime(START_US_MAX), () => this.join(lane), lane);
  }

  /** Nothing more of it happens; `power`: what its disk had not synced may be gone. */
  kill(power: boolean): void {
    this.mayStart = false;
    this.endProcess(power);
  }

  /** A folder that is lost, with everything in it. */
  wipe(): void {
    this.kill(false);
    this.heldSnapshot = this.snapshotSequence;
    this.disk.replaceBy(new SimDisk(this.parts.time, this.parts.random, this.parts.witness));
    this.isBehind = true;
  }

  /** In order, and with the present program from its next start on. */
  upgrade(): void {
    this.stop();
    this.logVersion = LOG_VERSION;
  }

  pause(us: number): void {
    if (this.lane !== undefined) this.lane.pausedUntilUs = this.parts.time.nowUs + us;
  }

  setClock(aheadUs: number): void {
    if (this.lane !== undefined) this.lane.skewUs = aheadUs;
  }

  /** In order; then it is not started again. Resolves to whether its log was finished. */
  stop(): void {
    this.mayStart = false;
    this.stopProcess();
  }

  get isRunning(): boolean {
    return this.lane !== undefined;
  }

  /** Those who trade there send again what they have no answer to; then nobody sends anything. */
  askAgain(): void {
    const { front, lane, clients } = this;
    if (front === undefined || lane === undefined) return;
    this.parts.time.after(0, () => clients?.askAgain(front), lane);
  }

  endClients(): void {
    this.clients?.end();
  }

  private endProcess(power: boolean): void {
    const { time } = this.parts;
    if (this.lane === undefined) return;
    time.end(this.lane);
    this.lane = undefined;
    this.front = undefined;
    this.process = undefined;
    this.clients?.end();
    this.clients = undefined;
    if (power) this.disk.cutPower();
    else this.disk.kill();
  }

  /** What a program does before it opens its folder. */
  private join(lane: Lane): void {
    const { time, peerOf, say } = this.parts;
    if (this.isBehind) {
      const peer = peerOf(this);
      if (peer === undefined) {
        time.after(RETRY_US, () => this.join(lane), lane);
        return;
      }
      say(`${this.name} copies ${peer.name}`);
      this.disk.replaceBy(peer.disk);
      this.isBehind = false;
      this.copies++;
    }
    const process = this.newProcess(lane);
    process.start().then(
      () => {
        this.process = process;
        this.front = process.front;
      },
      (error: unknown) => this.failed(error, lane),
    );
  }

  /** A program that cannot start ends, and is started again. */
  private failed(error: unknown, lane: Lane): void {
    const { time, say, onFault } = this.parts;
    if (!isOfDisk(error)) {
      onFault(error);
      return;
    }
    say(`${this.name} cannot start`);
    time.after(0, () => this.next(lane), time.world);
  }

  private newProcess(lane: Lane): ClusterProcess {
    const { time, random, members, keys, suspectMs, journal, onRecovered, onTold, onTurn, onFault, say } = this.parts;
    const store = new SimStore(
      { time, members, link: this.link, lane, node: this.name, deadlineMs: timingsOf(suspectMs).deadlineMs },
      this.name.charCodeAt(this.name.length - 1),
    );
    this.clients = new SimClients(time, random, journal, onFault, {
      pauseUsMax: CLIENT_PAUSE_US_MAX,
      isAsked: (front) => front.closedBy() === 0 || random.between(1, 20) === 1,
    });
    return new ClusterProcess({
      time,
      lane,
      disk: this.disk,
      limits: clusterLimitsOf(random),
      store,
      keys,
      node: this.name,
      suspectMs,
      logVersion: this.logVersion,
      hashEvery: 50,
      onRecovered: (recovered) => onRecovered(this, recovered),
      onTold: (front, ring, offset) => onTold(this, front, ring, offset),
      onTurn: (front) => onTurn(this, front),
      onNews: (news) => this.takeNews(news),
      onOpened: (front) => {
        say(`${this.name} takes orders behind ${front.state.sequence}`);
        this.clients?.begin(front).catch(onFault);
      },
      onFault,
    });
  }

  /** As the program does that runs one life after the other. */
  private takeNews(news: ClusterNews): void {
    const { say, onBehind } = this.parts;
    if (news.kind !== 'leader') say(`${this.name}: ${JSON.stringify(news)}`);
    if (news.kind === 'fault') demand(false, `${this.name} ends: ${news.message}`);
    if (news.kind === 'diverged') demand(false, `the state of ${this.name} behind event ${news.sequence} is not what another node has`);
    if (news.kind === 'behind') {
      onBehind(this);
      this.isBehind = true;
    }
    if (news.kind === 'deposed') this.depositions++;
    if (news.kind === 'deposed' || news.kind === 'behind') this.stopProcess();
  }

  /** Its end in order; after it, the next life, unless it was told to end for good. */
  private stopProcess(): void {
    const { time, say, onFault } = this.parts;
    const { lane, process } = this;
    if (lane === undefined || lane === this.ending) return;
    this.ending = lane;
    this.clients?.end();
    let isOver = false;
    const ended = (drained: boolean): void => {
      isOver = true;
      say(`${this.name} has ended${drained ? '' : ' and could not write everything'}`);
      // not from within itself
      time.after(0, () => this.next(lane), time.world);
    };
    time.after(
      STOP_US_MAX,
      () => {
        if (!isOver) onFault(new Error(`${this.name} does not end`));
      },
      lane,
    );
    time.after(
      0,
      () => {
        if (process === undefined) ended(true);
        else process.stop().then(ended, (error: unknown) => (isOfDisk(error) ? ended(false) : onFault(error)));
      },
      lane,
    );
  }

  private next(lane: Lane): void {
    const { time } = this.parts;
    if (this.lane !== lane) return;
    this.endProcess(false);
    if (!this.mayStart) return;
    time.after(time.someTime(RESTART_US_MAX), () => {
      if (this.mayStart) this.start();
    });
  }
}
