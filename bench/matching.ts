/**
 * How many commands a second does the book take, how long does one take, and what does a resting order cost?
 *
 * The same commands (support/book-flow.ts) go through our book and two books that a user could pick instead, each in a
 * thread of its own, in rounds that alternate and never overlap. Ours has its full semantics: self-trade check, ownership,
 * and every event as a frame in a ring that is read. The others return objects. All must report the same trades; they
 * agree on them wherever both have got to. Peers get fewer commands a round, for they would take minutes. Rates count the
 * time that the thread of a book was running, where the system tells it: other programs slow all books down, not one.
 */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { ENGINES, type EngineName } from './support/book-engine.js';
import { makeFlow, type BookFlow } from './support/book-flow.js';
import type { BookAnswer, BookRequest, BookThread } from './support/book-worker.js';
import { median, rowOf } from './support/figures.js';
import { throughShards } from './support/shard-throughput.js';
import type { Row, Suite, SuiteOptions } from './support/suite.js';

const SEED = 20_260_101;
const PEER = 'nodejs-order-book';

interface Level {
  live: number;
  /** Commands a round of ours, and of a peer. */
  commands: number;
  peerCommands: number;
}

interface Plan {
  levels: Level[];
  rounds: number;
  /** Commands a round through matching threads, at the first level. */
  shardCommands: number;
}

const FULL: Plan = {
  levels: [
    { live: 1_000, commands: 800_000, peerCommands: 40_000 },
    { live: 100_000, commands: 400_000, peerCommands: 20_000 },
    { live: 1_000_000, commands: 400_000, peerCommands: 10_000 },
  ],
  rounds: 7,
  shardCommands: 1_000_000,
};
const SMOKE: Plan = {
  levels: [
    { live: 200, commands: 4_000, peerCommands: 1_000 },
    { live: 2_000, commands: 4_000, peerCommands: 1_000 },
  ],
  rounds: 1,
  shardCommands: 5_000,
};

/** What one book did at one level: filling, rounds without and one with a clock around each command. */
interface Runs {
  filled: BookAnswer;
  rates: number[];
  each: BookAnswer[];
}

export const matching: Suite = {
  name: 'matching',
  question: 'How many commands a second does the book take, how long does one take, and what does a resting order cost?',
  run: async ({ smoke, progress }) => {
    const plan = smoke ? SMOKE : FULL;
    const rows: Row[] = [];
    const ours: Runs[] = [];
    for (const level of plan.levels) {
      const runs = await runLevel(level, plan.rounds, progress);
      ours.push(runs.ours);
      rows.push(...levelRows(level, runs));
    }
    const [first, last] = [ours[0], ours[ours.length - 1]];
    rows.push(
      rowOf(`slowdown from ${plan.levels[0].live} to ${plan.levels.at(-1)!.live} live`, '×', [median(first.rates) / median(last.rates)]),
    );
    rows.push(...(await shardRows(plan, first, progress)));
    const clocks = ours.flatMap(({ each }) => each.map(({ clock }) => clock));
    rows.push(rowOf('looking at the clock twice, taken off every latency', 'ns', clocks));
    return rows;
  },
};

async function runLevel(
  { live, commands, peerCommands }: Level,
  rounds: number,
  progress: SuiteOptions['progress'],
): Promise<Record<EngineName, Runs>> {
  progress(`making the flow at ${live} live orders`);
  const share = (engine: EngineName): number => (engine === 'ours' ? commands : peerCommands);
  // A round to warm up, the rounds, and as many with a clock.
  const shares = 1 + 2 * rounds;
  const flow = makeFlow(live, commands * shares, SEED + live);
  const open = (engine: EngineName): BookThreadHandle =>
    new BookThreadHandle({ engine, flow, commands: live + share(engine) * shares, noteEvery: peerCommands });
  const books = Object.fromEntries(ENGINES.map((engine) => [engine, open(engine)])) as Record<EngineName, BookThreadHandle>;
  const runs = {} as Record<EngineName, Runs>;
  try {
    progress(`filling the books with ${live} orders`);
    for (const engine of ENGINES) runs[engine] = { filled: await books[engine].filled(), rates: [], each: [] };
    const ask = async (engine: EngineName, each: boolean): Promise<BookAnswer> =>
      await books[engine].ask({ commands: share(engine), each });
    for (const engine of ENGINES) await ask(engine, false);
    for (let round = 1; round <= rounds; round++) {
      progress(`${live} live, round ${round} of ${rounds}`);
      for (const engine of ENGINES) runs[engine].rates.push((await ask(engine, false)).rate);
      for (const engine of ENGINES) runs[engine].each.push(await ask(engine, true));
    }
    holdTogether(runs);
  } finally {
    for (const engine of ENGINES) await books[engine].stop();
  }
  return runs;
}

/** Throws unless the trades of all books are the same wherever they were noted. */
function holdTogether(runs: Record<EngineName, Runs>): void {
  const ours = runs.ours.each.at(-1)!.notes;
  for (const engine of ENGINES) {
    const { notes } = runs[engine].each.at(-1)!;
    const different = notes.findIndex((note, index) => index < ours.length && note !== ours[index]);
    if (notes.length === 0 || different >= 0)
      throw new Error(`${engine} and ours trade differently: ${notes[different]} / ${ours[different]}`);
  }
}

class BookThreadHandle {
  private readonly worker: Worker;
  private readonly first: Promise<[BookAnswer]>;

  constructor(data: BookThread) {
    this.worker = new Worker(new URL('./support/book-worker.js', import.meta.url), {
      workerData: data,
      resourceLimits: { maxOldGenerationSizeMb: 8192 },
    });
    this.first = once(this.worker, 'message') as Promise<[BookAnswer]>;
  }

  async filled(): Promise<BookAnswer> {
    return (await this.first)[0];
  }

  async ask(request: BookRequest): Promise<BookAnswer> {
    this.worker.postMessage(request);
    const [answer] = (await once(this.worker, 'message')) as [BookAnswer];
    return answer;
  }

  async stop(): Promise<void> {
    await this.worker.terminate();
  }
}

function levelRows({ live }: Level, runs: Record<EngineName, Runs>): Row[] {
  const at = `at ${live} live`;
  const beside = (name: string, unit: string, figures: (runs: Runs) => number[], peer: EngineName = PEER): Row =>
    rowOf(name, unit, figures(runs.ours), { name: peer, runs: figures(runs[peer]) });
  const each = (figure: (answer: BookAnswer) => number) => (of: Runs) => of.each.map(figure);
  return [
    ...ENGINES.slice(1).map((peer) => beside(`commands ${at}`, '1/s', ({ rates }) => rates, peer)),
    beside(
      `one command ${at}, p50`,
      'ns',
      each(({ p50 }) => p50),
    ),
    beside(
      `one command ${at}, p99`,
      'ns',
      each(({ p99 }) => p99),
    ),
    beside(
      `one command ${at}, p99.9`,
      'ns',
      each(({ p999 }) => p999),
    ),
    // Below a hundred thousand it is the band that counts, and what the collector has not found yet.
    ...(live < 100_000 ? [] : [beside(`one resting order ${at}`, 'bytes', ({ filled }) => [filled.bytes / live])]),
  ];
}

async function shardRows({ levels, rounds, shardCommands }: Plan, direct: Runs, progress: SuiteOptions['progress']): Promise<Row[]> {
  progress('through a matching thread');
  const { live } = levels[0];
  const flow: BookFlow = makeFlow(live, shardCommands * (1 + rounds), SEED + 1);
  const one = await throughShards(1, flow, rounds + 1);
  // The first round warms up.
  const rates = one.rates.slice(1);
  const rows = [
    rowOf(`commands through a matching thread at ${live} live`, '1/s', rates, { name: 'without the thread', runs: direct.rates }),
  ];
  if (availableParallelism() < 4) return rows;
  progress('through two matching threads');
  const two = await throughShards(2, flow, rounds + 1);
  if (two.digest !== one.digest) throw new Error('two shards trade differently from one');
  const both = two.rates.slice(1).map((rate) => rate * 2);
  return [...rows, rowOf('commands through two matching threads, together', '1/s', both, { name: 'one matching thread', runs: rates })];
}
