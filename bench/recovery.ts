/**
 * How long is an exchange away when it is killed, and what do its snapshots cost those who trade?
 *
 * A data folder of 10 000 accounts, 100 000 live orders and a tail of 500 000 events behind the snapshot is made once; every
 * start gets a copy of it, as the kill left it. The yardstick is a bare server that reads the same bytes from LevelDB and
 * throws them away. Rounds of both alternate.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { restoreState } from '../src/core/state-codec.js';
import { closeStorage, openStorage, type Storage } from '../src/storage/database.js';
import { wideKey } from '../src/storage/keys.js';
import { LogStore } from '../src/storage/log-store.js';
import { LookAhead } from '../src/storage/look-ahead.js';
import { applyFrames } from '../src/storage/recovery.js';
import { SnapshotStore, type LoadedSnapshot } from '../src/storage/snapshot-store.js';
import { EventDecoder } from '../src/wire/event-decoder.js';
import type { FrameViews } from '../src/wire/frame-layout.js';
import { rowOf } from './support/figures.js';
import { prepareFolder, type FolderPlan, type PreparedFolder } from './support/prepared-folder.js';
import { rawRestart, restart, withCopy, type Restart } from './support/restart.js';
import { pauseRows, type PausePlan } from './support/snapshot-pause.js';
import type { Row, Suite, SuiteOptions } from './support/suite.js';

interface Plan {
  folder: FolderPlan;
  rounds: number;
  pause: PausePlan;
}

const SEED = 20_260_701;
const FULL: Plan = {
  folder: { accounts: 10_000, instruments: 10, holdings: false, liveOrders: 100_000, tailEvents: 500_000, seed: SEED },
  rounds: 7,
  pause: { rate: 2000, roundMs: 8000, rounds: 5, snapshotMs: 2000 },
};
const SMOKE: Plan = {
  folder: { accounts: 40, instruments: 3, holdings: false, liveOrders: 200, tailEvents: 2000, seed: SEED },
  rounds: 1,
  pause: { rate: 200, roundMs: 400, rounds: 1, snapshotMs: 100 },
};

export const recovery: Suite = {
  name: 'recovery',
  question: 'How long is an exchange away when it is killed, and what do snapshots cost those who trade?',
  run: async (options) => {
    const folder = await mkdtemp(join(tmpdir(), 'qaexchange-recovery-'));
    try {
      return await runOn(folder, options.smoke ? SMOKE : FULL, options);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function runOn(folder: string, plan: Plan, { progress }: SuiteOptions): Promise<Row[]> {
  progress('preparing a data folder');
  const prepared = await prepareFolder(folder, plan.folder);
  const rows = await restartRows(folder, prepared, plan.rounds, progress);
  rows.push(...(await withCopy(folder, (copy) => replayRows(copy, prepared, plan.rounds, progress))));
  rows.push(...(await pauseRows(folder, prepared.accounts, plan.pause, progress)));
  return rows;
}

async function restartRows(
  folder: string,
  { accounts, liveOrders, tailEvents, snapshotEvents }: PreparedFolder,
  rounds: number,
  progress: (text: string) => void,
): Promise<Row[]> {
  const ours: Restart[] = [];
  const theirs: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    progress(`restart, round ${round} of ${rounds}`);
    ours.push(await withCopy(folder, restart));
    theirs.push(await withCopy(folder, (copy) => rawRestart(copy, snapshotEvents + 1)));
  }
  const size = `${accounts} accounts, ${liveOrders} live orders, ${tailEvents} events behind the snapshot`;
  const first = ours.map(({ firstOrderMs }) => firstOrderMs);
  const rows = [
    rowOf(`from exec to the first accepted order: ${size}`, 'ms', first, { name: 'bare server, the same bytes read', runs: theirs }),
  ];
  const stages = Object.keys(ours[0].stages);
  for (const [i, stage] of stages.entries()) {
    const took = ours.map(({ stages: at }) => at[stage] - (i === 0 ? 0 : at[stages[i - 1]]));
    rows.push(rowOf(`  until ${stage}`, 'ms', took));
  }
  return rows;
}

/** The tail from LevelDB through checks, decoder and `apply`, against reading it alone. */
async function replayRows(
  folder: string,
  { tailEvents }: PreparedFolder,
  rounds: number,
  progress: (text: string) => void,
): Promise<Row[]> {
  const storage = await openStorage(folder);
  try {
    const { snapshot } = await new SnapshotStore(storage.store).loadNewest();
    if (snapshot === undefined) throw new Error('the folder has no snapshot');
    const ours: number[] = [];
    const theirs: number[] = [];
    // the first round warms up
    for (let round = 0; round <= rounds; round++) {
      progress(`replay, round ${round} of ${rounds}`);
      const rates = [await replayMs(storage, snapshot, tailEvents), await readMs(storage, snapshot)].map((ms) => (tailEvents * 1000) / ms);
      if (round === 0) continue;
      ours.push(rates[0]);
      theirs.push(rates[1]);
    }
    return [rowOf('events from LevelDB through apply', '1/s', ours, { name: 'the same blocks read', runs: theirs })];
  } finally {
    await closeStorage(storage);
  }
}

async function replayMs(storage: Storage, { bytes, manifest }: LoadedSnapshot, events: number): Promise<number> {
  const state = restoreState(bytes);
  const decoder = new EventDecoder(state);
  const ahead = new LookAhead(state);
  const fold = {
    apply: (views: FrameViews, offset: number) => decoder.decode(views, offset),
    lookAhead: (views: FrameViews, offset: number, endBytes: number) => ahead.look(views, offset, endBytes),
  };
  const start = performance.now();
  for await (const block of new LogStore(storage.log).blocks(manifest.sequence + 1, manifest.crc)) applyFrames(block, fold);
  const ms = performance.now() - start;
  if (state.sequence !== manifest.sequence + events) throw new Error(`the replay ended at event ${state.sequence}`);
  return ms;
}

async function readMs(storage: Storage, { manifest }: LoadedSnapshot): Promise<number> {
  let bytes = 0;
  const start = performance.now();
  const range = { gte: `wal/${wideKey(manifest.sequence + 1)}`, lt: 'wal0' };
  for await (const [, value] of storage.log.entries(range, 4 << 20)) bytes += value.byteLength;
  if (bytes === 0) throw new Error('there is no tail');
  return performance.now() - start;
}
