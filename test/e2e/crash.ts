/**
 * Kills an exchange under load, again and again, and holds what it says afterwards against what it had said before.
 *
 * Whatever a client was told must be there: each acknowledged order under its id and client order id, each acknowledged
 * cancel, each reported fill; nothing may be there twice; and the money must add up. The exchange is asked through its
 * public interface only.
 *
 * Snapshots and trimming are made so frequent that kills fall into them; the newest files tell how often they did. Some
 * kills fall into the settlement of a day, and some into the start that follows a kill.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadInstruments, makeUsers, CASH, type LoadUser } from '../../src/cli/load/load-accounts.js';
import { LoadRun } from '../../src/cli/load/load-run.js';
import type { LoadInstrument } from '../../src/cli/load/order-mix.js';
import { Random } from '../../src/cli/load/random.js';
import { startChildServer, type ChildServer } from '../../src/cli/support/child-server.js';
import { ConditionalWitness } from './conditional-witness.js';
import { killPlace, type KillPlace } from './last-write.js';
import { SettlementWitness } from './settlement-witness.js';
import { killStarting } from './startup-kill.js';
import { Witness } from './witness.js';

const USERS = 3;
const ACCOUNTS_PER_USER = 4;
/** Requests per second; the highest fills group commits with many orders each. */
const RATES = [500, 2000, 6000];
/** A kill comes this long after the first acknowledgement of its life. */
const KILL_MS_MIN = 20;
const KILL_MS_MAX = 500;
/**
 * How a life ends: under load; at rest, when the load was let finish and the whole picture before and after must be the
 * same; or while the day is settled.
 */
export type Way = 'load' | 'rest' | 'settlement';
const WAYS: readonly Way[] = ['load', 'load', 'rest', 'load', 'settlement'];
/** One in so many starts is killed as well, which counts as a kill. */
const STARTUP_EVERY = 3;
/** Starts that are killed one after the other. */
const STARTUP_TRIES_MAX = 3;
/** A kill comes this long after the request to settle, or after the process began. */
const SETTLEMENT_MS_MAX = 300;
const STARTUP_MS_MIN = 80;
const STARTUP_MS_MAX = 1500;
/** A snapshot after so many ms of changes, and the log is trimmed as often: no history holds it back. */
const ENVIRONMENT = { LOG_LEVEL: 'error', SNAPSHOT_MS: '15', EXPORT_MS: '0' };

export interface CrashOptions {
  kills: number;
  seed: number;
  /** One life after the other. */
  ways?: readonly Way[];
  /** One in so many starts is killed as well. */
  startupEvery?: number;
  /** No further life begins after so long: for machines that are busy with something else. */
  msMax?: number;
  say?: (text: string) => void;
}

export interface CrashSummary {
  kills: number;
  seed: number;
  ordersSent: number;
  ordersAcked: number;
  cancelsAcked: number;
  fillsTold: number;
  conditionalsAcked: number;
  /** Orders in the lists at the end. */
  ordersStored: number;
  /** Numbers between the first and the last order id that no list shows; at most one per unacknowledged order. */
  idsMissing: number;
  slowestRestartMs: number;
  /** Where the kills fell, as far as it can be seen. */
  inSnapshot: number;
  inPruning: number;
  inTrimming: number;
  inStartup: number;
  inSettlement: number;
  /** Of those in settlement: the day was settled after all, or not at all. */
  settledAfterAll: number;
  notSettled: number;
  /** Everything that is not as it must be, one sentence each. */
  faults: string[];
}

export async function runCrash(options: CrashOptions): Promise<CrashSummary> {
  const dataDir = await mkdtemp(join(tmpdir(), 'qaexchange-crash-'));
  try {
    return await new CrashRun(dataDir, options).run();
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

class CrashRun {
  private readonly random: Random;
  private readonly say: (text: string) => void;
  private readonly faults: string[] = [];
  private server!: ChildServer;
  private users: LoadUser[] = [];
  private witness!: Witness;
  private conditionals!: ConditionalWitness;
  private readonly settlements = new SettlementWitness();
  private readonly places = { inSnapshot: 0, inPruning: 0, inTrimming: 0, inStartup: 0, inSettlement: 0 };
  private ordersSent = 0;
  private kill = 0;
  private slowestRestartMs = 0;

  constructor(
    private readonly dataDir: string,
    private readonly options: CrashOptions,
  ) {
    this.random = new Random(options.seed);
    this.say = options.say ?? (() => undefined);
  }

  async run(): Promise<CrashSummary> {
    const { seed, ways = WAYS, msMax = Infinity } = this.options;
    const endMs = performance.now() + msMax;
    let lives = 0;
    await this.start();
    try {
      this.users = await makeUsers(this.server.url, USERS, ACCOUNTS_PER_USER);
      this.witness = new Witness(this.users);
      this.conditionals = new ConditionalWitness(this.users);
      while (this.kill < this.options.kills && performance.now() < endMs) {
        this.kill++;
        await this.live(this.kill, ways[lives++ % ways.length]);
      }
      this.faults.push(...(await this.conditionals.check(this.server.url)));
      this.faults.push(...(await this.witness.checkAll(this.server.url, USERS * ACCOUNTS_PER_USER * CASH)));
    } finally {
      await this.server.kill();
    }
    const unacked = this.ordersSent + this.conditionals.sentCount - this.witness.orders.size;
    if (this.witness.idsMissing > unacked)
      this.faults.push(`${this.witness.idsMissing} order ids are missing, though only ${unacked} orders were left unacknowledged`);
    return {
      kills: this.kill,
      seed,
      ordersSent: this.ordersSent,
      ordersAcked: this.witness.orders.size,
      cancelsAcked: this.witness.cancelled.size,
      fillsTold: this.witness.fills.size,
      conditionalsAcked: this.conditionals.placed.size,
      ordersStored: this.witness.storedCount,
      idsMissing: this.witness.idsMissing,
      slowestRestartMs: Math.round(this.slowestRestartMs),
      ...this.places,
      settledAfterAll: this.settlements.done,
      notSettled: this.settlements.untouched,
      faults: this.faults,
    };
  }

  private async start(): Promise<void> {
    const startMs = performance.now();
    this.server = await startChildServer({ dataDir: this.dataDir, env: ENVIRONMENT });
    this.slowestRestartMs = Math.max(this.slowestRestartMs, performance.now() - startMs);
  }

  /** One life of the exchange: load, death, and the check of what the next life knows. */
  private async live(kill: number, way: Way): Promise<void> {
    const { url } = this.server;
    const rate = RATES[this.random.between(0, RATES.length - 1)];
    const afterMs = this.random.between(KILL_MS_MIN, KILL_MS_MAX);
    const over = new AbortController();
    const before = this.witness.orders.size;
    const instruments = await loadInstruments(url, []);
    if (way === 'settlement') await this.settlements.prepare(url);
    const { run, first } = this.newLoad(instruments, { rate, durationMs: way === 'rest' ? afterMs : 60_000, signal: over.signal });
    const ended = run.run();
    await Promise.race([first, ended]);
    // a conditional order under way would expire with the day
    const placed = way === 'settlement' ? Promise.resolve() : this.conditionals.place(url, instruments[0], over.signal);
    let settled = Promise.resolve();
    if (way === 'rest') {
      await Promise.all([ended, placed]);
      this.faults.push(...(await this.conditionals.check(url)));
    } else await sleep(afterMs);
    if (way === 'settlement') {
      settled = this.settlements.run(url);
      await sleep(this.random.between(0, SETTLEMENT_MS_MAX));
    }
    const picture = way === 'rest' ? await this.witness.picture(url) : undefined;
    await this.server.kill();
    over.abort();
    await Promise.all([ended, placed, settled]);
    this.ordersSent += run.counts.ordersSent;
    this.notePlace(killPlace(this.dataDir), way);
    await this.killStart();
    await this.start();
    this.faults.push(...(await this.witness.checkNew(this.server.url, way === 'settlement' ? 0 : undefined)));
    if (way === 'settlement') this.faults.push(...(await this.settlements.check(this.server.url, this.settledAccounts())));
    if (picture !== undefined) this.comparePictures(kill, picture, await this.witness.picture(this.server.url));
    const acked = this.witness.orders.size - before;
    this.say(`kill ${kill} of ${this.options.kills}: ${way}, after ${afterMs} ms at ${rate}/s, ${acked} orders acknowledged`);
  }

  private comparePictures(kill: number, before: string, after: string): void {
    if (before === after) return;
    let at = 0;
    while (before[at] === after[at]) at++;
    const around = (text: string): string => text.slice(Math.max(0, at - 120), at + 60);
    const place = `${around(before)} became ${around(after)}`;
    this.faults.push(`kill ${kill}: the exchange was at rest, and accounts or positions are different after the restart: ${place}`);
  }

  private newLoad(
    instruments: readonly LoadInstrument[],
    options: { rate: number; durationMs: number; signal: AbortSignal },
  ): { run: LoadRun; first: Promise<void> } {
    let firstAcked: () => void = () => undefined;
    const first = new Promise<void>((resolve) => (firstAcked = resolve));
    const run = new LoadRun({
      url: this.server.wsUrl,
      users: this.users,
      instruments,
      seed: this.random.between(0, 1_000_000),
      clientOrderPrefix: `k${this.kill}-`,
      ...options,
      hooks: {
        orderAcked: (orderId, clientOrderId) => {
          this.witness.orders.set(orderId, clientOrderId);
          firstAcked();
        },
        cancelAcked: (orderId) => this.witness.cancelled.add(orderId),
        traded: (tradeId, orderId) => this.witness.fills.add(`${tradeId} ${orderId}`),
      },
    });
    return { run, first };
  }

  private notePlace({ inSnapshot, inPruning, inTrimming }: KillPlace, way: Way): void {
    const { places } = this;
    if (inSnapshot) places.inSnapshot++;
    if (inPruning) places.inPruning++;
    if (inTrimming) places.inTrimming++;
    if (way === 'settlement') places.inSettlement++;
  }

  /** Now and then the start is killed too, perhaps more than once. */
  private async killStart(): Promise<void> {
    for (let tries = 0; tries < STARTUP_TRIES_MAX && this.kill < this.options.kills; tries++) {
      if (this.random.between(1, this.options.startupEvery ?? STARTUP_EVERY) !== 1) return;
      this.kill++;
      const afterMs = this.random.between(STARTUP_MS_MIN, STARTUP_MS_MAX);
      const inStartup = await killStarting(this.dataDir, ENVIRONMENT, afterMs);
      if (inStartup) this.places.inStartup++;
      this.say(`kill ${this.kill} of ${this.options.kills}: ${inStartup ? 'start-up' : 'ready and idle'}, after ${afterMs} ms`);
    }
  }

  private settledAccounts(): { token: string; account: string }[] {
    return this.users.map(({ token, accounts }) => ({ token, account: accounts[0] }));
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
