/**
 * One seed: three nodes and three members of etcd, trading, while nodes are killed, paused and cut off and etcd fails, and at the
 * end a time in which everything works. After every step all that was ever told to anybody must be true, on every node.
 */
import { crc32 } from 'node:zlib';
import { Random } from '../../../src/cli/load/random.js';
import { evaluateSoundness } from '../../../src/core/soundness/soundness.js';
import { serializeState } from '../../../src/core/state-codec.js';
import type { ExchangeState } from '../../../src/core/state.js';
import { ClusterKeys, numberOfKey } from '../../../src/replication/cluster-keys.js';
import { afterPrefix } from '../../../src/replication/key-store.js';
import { LOG_VERSION, LOG_VERSION_UNCODED, LOG_VERSION_WITHOUT_ORIGINS } from '../../../src/storage/log-block.js';
import { frameSequence } from '../../../src/wire/frame-header.js';
import { ClientJournal } from '../client-journal.js';
import { CommittedLog } from '../committed-log.js';
import { hashOf, watermarkOf } from '../disk-checks.js';
import { checkHistory } from '../history-check.js';
import { Reference } from '../reference.js';
import type { DiskWitness } from '../sim-engine.js';
import type { SimulationOptions } from '../simulation.js';
import { failureOf, type Failure } from '../failure.js';
import { VirtualTime } from '../virtual-time.js';
import { demand } from '../violation.js';
import { faultOf } from './cluster-faults.js';
import { EtcdChecks } from './etcd-checks.js';
import { SimEtcd } from './sim-etcd.js';
import { SimMembers } from './sim-members.js';
import { SimNode } from './sim-node.js';

const NODES = ['a', 'b', 'c'];
const SUSPECT_MS = 300;
/** In which a cluster that is left alone comes to rest. */
const PATIENCE_US = 30_000_000;
/** The states of nodes are compared after every so many events. */
const COMPARED = 32;

export interface ClusterSeedResult {
  readonly seed: number;
  readonly steps: number;
  /** Virtual. */
  readonly seconds: number;
  readonly lives: number;
  readonly takeovers: number;
  readonly depositions: number;
  readonly copies: number;
  readonly trims: number;
  readonly events: number;
  readonly answers: number;
  readonly faults: number;
  /** Of all nodes, one after the other. */
  readonly upgrades: number;
  /** Leaders that handed over because of theirs. */
  readonly lostDisks: number;
  readonly compared: number;
  /** Of everything that happened, in order: the same for two runs only if they were the same. */
  readonly trace: number;
  readonly failure: Failure | undefined;
}

export class ClusterSimulation {
  private readonly random: Random;
  private readonly time: VirtualTime;
  private readonly log = new CommittedLog();
  private readonly reference = new Reference(this.log);
  private readonly keys = new ClusterKeys('sim');
  private readonly checks: EtcdChecks;
  private readonly members: SimMembers;
  private readonly journal: ClientJournal;
  private readonly nodes: readonly SimNode[];
  private readonly startUs: number;
  /** It begins with nodes of the program before. */
  /** The version of the program that all nodes begin with; the present one where no upgrade is played. */
  private readonly firstVersion: number;
  /** Hashes of the state behind an event, as the first node that came there had it. */
  private readonly hashes = new Map<number, string>();
  /** The last event that any leader has told of. */
  private toldSequence = 0;
  private compared = 0;
  private faults = 0;
  private upgrades = 0;
  private lostDisks = 0;
  private trace = 0;
  private fault: unknown;

  constructor(private readonly options: SimulationOptions) {
    this.random = new Random(options.seed);
    this.time = new VirtualTime(this.random);
    this.startUs = this.time.nowUs;
    this.journal = new ClientJournal(this.log, this.random);
    const say = (text: string): void => this.say(text);
    this.checks = new EtcdChecks({
      ...{ time: this.time, log: this.log, keys: this.keys, suspectMs: SUSPECT_MS, say },
      readVersion: () => Math.min(...this.nodes.map(({ logVersion }) => logVersion)),
      snapshots: () => this.nodes.map(({ snapshotSequence }) => snapshotSequence),
    });
    this.members = new SimMembers(new SimEtcd(this.checks), this.time, this.random);
    const isOld = this.random.between(1, 3) === 1;
    this.firstVersion = isOld ? this.random.between(LOG_VERSION_WITHOUT_ORIGINS, LOG_VERSION_UNCODED) : LOG_VERSION;
    this.nodes = NODES.map((name) => this.newNode(name));
  }

  /** Plays the seed to its end or to the first violation. */
  async run(): Promise<ClusterSeedResult> {
    const failure = await failureOf(
      this.time,
      () => this.play(),
      (error) => this.note(error),
    );
    const sum = (figure: (node: SimNode) => number): number => this.nodes.reduce((total, node) => total + figure(node), 0);
    const { takeovers, trims } = this.checks;
    return {
      ...{ seed: this.options.seed, steps: this.time.steps, seconds: (this.time.nowUs - this.startUs) / 1e6 },
      ...{ lives: sum(({ lives }) => lives), depositions: sum((node) => node.depositions), copies: sum(({ copies }) => copies) },
      ...{ takeovers, trims, events: this.log.lastSequence, answers: this.journal.answers },
      ...{ faults: this.faults, upgrades: this.upgrades, lostDisks: this.lostDisks, compared: this.compared, trace: this.trace, failure },
    };
  }

  private async play(): Promise<void> {
    for (const node of this.nodes) node.start();
    await this.pass(350_000 + this.lasting(500_000));
    const rounds = this.random.between(2, 6);
    for (let round = 0; round < rounds; round++) {
      const undo = Array.from({ length: this.random.between(1, 2) }, () => this.doFault());
      await this.pass(this.lasting(1_500_000));
      for (const each of undo) each();
      this.say('healed');
      await this.pass(this.lasting(1_000_000));
    }
    if (this.firstVersion < LOG_VERSION && this.random.between(1, 3) > 1) await this.upgradeAll();
    if (this.random.between(1, 3) === 1) await this.loseDisk();
    await this.comeToRest();
  }

  /** One node after the other, each dead for a while before, while the others trade; then the log goes on in the new version. */
  private async upgradeAll(): Promise<void> {
    for (const node of this.nodes) {
      node.kill(false);
      await this.pass(this.lasting(2_000_000));
      node.start();
      await this.pass(this.lasting(500_000));
      node.upgrade();
      await this.until(`${node.name} does not end`, () => !node.isRunning);
      node.start();
      await this.pass(this.lasting(500_000));
    }
    await this.until('the log stays in the old version', () => this.checks.logVersion === LOG_VERSION);
    this.upgrades++;
  }

  /** A leader whose disk has no more room makes place for another. */
  private async loseDisk(): Promise<void> {
    for (const node of this.nodes) node.start();
    await this.until('no leader takes orders', () => this.servingLeader !== undefined);
    const { disk, name } = this.servingLeader!;
    disk.setFull(true);
    this.say(`the disk of ${name} is full`);
    await this.until('a leader without a disk leads on', () => this.servingLeader !== undefined && this.servingLeader.disk !== disk);
    disk.setFull(false);
    this.lostDisks++;
  }

  /** Some moments long, or very short. */
  private lasting(usMax: number): number {
    return this.random.between(10_000, this.random.between(1, 3) === 1 ? usMax / 5 : usMax);
  }

  private doFault(): () => void {
    const { random, nodes, members } = this;
    const fault = faultOf({ random, nodes, members, leader: () => this.leader });
    this.say(fault.name);
    this.faults++;
    return fault.do({ random, nodes, members, leader: () => this.leader });
  }

  private get leader(): SimNode | undefined {
    return this.nodes.find(({ name }) => name === this.checks.leader);
  }

  /** Everything works: a leader is there, every order is answered, and all nodes are one. */
  private async comeToRest(): Promise<void> {
    for (const node of this.nodes) node.start();
    await this.until('no leader takes orders', () => this.servingLeader !== undefined);
    await this.pass(200_000);
    for (const node of this.nodes) node.endClients();
    await this.until('not all orders are answered, or the nodes do not come to rest', () => {
      const leader = this.servingLeader;
      if (leader === undefined || leader.front!.gateway.commandsUnderWay > 0) return false;
      const isSettled = !this.journal.orders.some(({ isUnsettled }) => isUnsettled);
      // not all of them at once fit into a small ring
      if (!isSettled) leader.askAgain();
      return isSettled && this.nodes.every((node) => this.isAtEnd(node));
    });
    const expected = hashOf(this.reference.bytesAt(this.log.lastSequence));
    for (const { name, front } of this.nodes) {
      demand(hashOf(serializeState(front!.state)) === expected, `${name} does not end in the state of the log`);
      checkBooks(front!.state);
    }
    await this.until('not every snapshot is recorded', () => this.nodes.every((node) => this.isRecorded(node)));
    await this.stopAll();
  }

  /** Its newest snapshot is known to etcd, for those who copy it. */
  private isRecorded({ disk }: SimNode): boolean {
    const newest = disk.store.peek({ gte: 'snapmeta/', lt: 'snapmeta0', reverse: true, limit: 1 })[0];
    if (newest === undefined) return true;
    const { sequence, sha256 } = JSON.parse(Buffer.from(newest[1]).toString()) as { sequence: number; sha256: string };
    const key = this.keys.snapshot(sequence, sha256);
    return this.members.etcd.range(key, `${key}\0`).entries.length > 0;
  }

  private async stopAll(): Promise<void> {
    for (const node of this.nodes) node.stop();
    await this.until('the nodes do not end', () => this.nodes.every(({ isRunning }) => !isRunning));
    // the leader may have had a last word that the others have not heard
    this.reference.advanceTo(this.log.lastSequence);
    for (const { disk } of this.nodes) {
      const watermark = disk.store.peekOne('hist/watermark');
      checkHistory(disk.store, this.reference, watermark === undefined ? 0 : watermarkOf(watermark));
    }
  }

  private isAtEnd({ front, isRunning }: SimNode): boolean {
    return isRunning && front?.state.sequence === this.log.lastSequence;
  }

  private get servingLeader(): SimNode | undefined {
    const { leader } = this;
    return leader?.front?.closedBy() === 0 ? leader : undefined;
  }

  private newNode(name: string): SimNode {
    const { time, random, members, keys, journal } = this;
    const logVersion = this.firstVersion;
    return new SimNode(name, {
      ...{ time, random, members, keys, journal, suspectMs: SUSPECT_MS, logVersion, witness: this.witness() },
      onRecovered: (node, { state, end }) => {
        this.say(`${node.name} begins at ${end.sequence}`);
        const last = this.log.blockEnds.get(end.sequence);
        demand(last?.crc === end.crc, `${node.name} begins at ${end.sequence}, and no block of the log ends so`);
        this.compare(node, state);
      },
      onTold: (node, { state }, ring, offset) => {
        const sequence = frameSequence(ring, offset);
        demand(sequence === state.sequence + 1, `${node.name} applies event ${sequence} behind ${state.sequence}`);
        this.log.demandCommitted(ring, offset);
        if (state.sequence % COMPARED !== 0) return;
        this.compare(node, state);
        checkBooks(state);
      },
      onTurn: (_node, { state, cluster }) => {
        if (cluster!.isOpen) this.toldSequence = Math.max(this.toldSequence, state.sequence);
      },
      peerOf: (node) => this.nodes.find((other) => other !== node && other.front !== undefined && !other.isPaused),
      onBehind: (node) => this.checkBehind(node),
      onFault: (error) => this.note(error),
      say: (text) => this.say(text),
    });
  }

  /** Blocks come to a disk of ours when etcd has committed them. */
  private witness(): DiskWitness {
    return {
      attempted: (_engine, operations) => {
        for (const operation of operations) {
          if (operation.type !== 'put' || !operation.key.startsWith('wal/')) continue;
          const first = numberOfKey(operation.key);
          const isCommitted = this.log.lastOf.has(first);
          if (!isCommitted) this.note(new Error(`block ${first} is written to a disk, and etcd has not committed it`));
        }
      },
      durable: () => undefined,
    };
  }

  private checkBehind({ name, front }: SimNode): void {
    const { keys } = this;
    const first = this.members.etcd.range(keys.wal, afterPrefix(keys.wal), { limit: 1 }).entries[0];
    const begin = first === undefined ? 0 : numberOfKey(first.key);
    const end = front?.state.sequence ?? 0;
    demand(begin > end + 1, `${name} says that it is behind at ${end}, and etcd's log begins at ${begin}`);
  }

  private compare({ name }: SimNode, state: ExchangeState): void {
    const hash = hashOf(serializeState(state));
    const known = this.hashes.get(state.sequence);
    if (known === undefined) this.hashes.set(state.sequence, hash);
    else this.compared++;
    demand(known === undefined || known === hash, `the state of ${name} behind event ${state.sequence} is not what another node had`);
  }

  /** What a leader shows is the present: nobody has been told of anything behind it. */
  private checkReads(): void {
    for (const { name, front, isPaused } of this.nodes) {
      if (front === undefined || front.state.sequence >= this.toldSequence || isPaused) continue;
      const shown = `${name} answers as the leader at ${front.state.sequence}; ${this.toldSequence} was told`;
      demand(!front.isAnsweringAsLeader, shown);
    }
  }

  private async pass(us: number): Promise<void> {
    const endUs = this.time.nowUs + us;
    let isOver = false;
    this.time.after(us, () => (isOver = true));
    while (!isOver && this.time.nowUs <= endUs) await this.step();
  }

  private async until(what: string, isOver: () => boolean): Promise<void> {
    const endUs = this.time.nowUs + PATIENCE_US;
    while (!isOver()) {
      demand(this.time.nowUs < endUs, what);
      await this.pass(10_000);
    }
  }

  private async step(): Promise<void> {
    await this.time.step();
    if (this.fault !== undefined) throw this.fault;
    this.checkReads();
    this.mark(String(Math.round(this.time.nowUs)));
  }

  private note(error: unknown): void {
    this.fault ??= error;
  }

  private mark(what: string): void {
    this.trace = crc32(`${what} ${this.log.lastSequence} ${this.toldSequence} ${this.journal.answers}`, this.trace);
  }

  private say(text: string): void {
    this.options.say?.(`${((this.time.nowUs - this.startUs) / 1000).toFixed(3).padStart(12)}  ${text}`);
    this.mark(text);
  }
}

function checkBooks(state: ExchangeState): void {
  const broken = evaluateSoundness(state).find(({ ok }) => !ok);
  demand(broken === undefined, `the books do not balance behind event ${state.sequence}: ${JSON.stringify(broken)}`);
}
