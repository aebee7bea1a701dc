import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { closeStorage, openStorage } from '../../src/storage/database.js';
import { recover, type Recovered } from '../../src/storage/recovery.js';
import { frameSource, isEndOfCommand } from '../../src/wire/frame-header.js';
import { tempFolder, valueOf } from './support.js';

const KILLS = 5;
const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const childPath = fileURLToPath(new URL('./wal-kill-child.js', import.meta.url));

interface Run extends Recovered {
  /** Per source the values in order. */
  values: number[][];
  endsWhole: boolean;
}

async function readAll(folder: string): Promise<Run> {
  const values: number[][] = [[], []];
  let endsWhole = true;
  const storage = await openStorage(folder);
  const recovered = await recover({
    storage,
    cutTail: true,
    restore: () => undefined,
    apply: (views, offset) => {
      values[frameSource(views, offset)].push(valueOf(views, offset));
      endsWhole = isEndOfCommand(views, offset);
    },
  });
  await closeStorage(storage);
  return { ...recovered, values, endsWhole };
}

/** Lets the child write behind what is there, kills it after `ms`, and returns the last sequence that it was told of. */
async function writeAndKill(t: Test, folder: string, from: Run, ms: number): Promise<number> {
  const start = { sequence: from.sequence, crc: from.crc, epoch: 1 };
  const next = from.values.map((list) => list.length);
  const child = spawn(process.execPath, [childPath, folder, JSON.stringify({ start, next })], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  let output = '';
  const gone = new Promise((resolve) => child.once('close', resolve));
  child.stdout.on('data', (data: Buffer) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), ms);
    output += data.toString();
  });
  await gone;
  // The last line may have been cut.
  return Number(output.split('\n').at(-2) ?? 0);
}

t.test(`loses nothing that was told, ${KILLS} × kill -9 (SEED=${SEED})`, async (t) => {
  const folder = tempFolder(t);
  let run = await readAll(folder);
  for (let kill = 0; kill < KILLS; kill++) {
    const told = await writeAndKill(t, folder, run, (SEED >> kill) % 40);
    const before = run.sequence;
    run = await readAll(folder);
    t.ok(told > before, `the child wrote: ${told} > ${before}`);
    t.ok(run.sequence >= told, `event ${told} was told, the log ends at ${run.sequence}`);
    t.ok(run.endsWhole, 'the log ends behind a whole command');
    for (const values of run.values)
      t.ok(
        values.every((value, index) => value === index),
        'each ring in order, none missing, none twice',
      );
  }
});
