/** The overview of a data folder. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DATABASES, viewFolder } from '../../storage/offline/folder-view.js';
import { surveyHistory } from '../../storage/offline/history-survey.js';
import { lockHolder } from '../../storage/offline/lock-holder.js';
import { HistoryStore } from '../../storage/history-store.js';
import { LogStore } from '../../storage/log-store.js';
import { SnapshotStore } from '../../storage/snapshot-store.js';
import type { Storage } from '../../storage/database.js';
import { timeOf, type Output } from './tool.js';

export async function inspectFolder(dataDir: string, out: Output): Promise<number> {
  const view = await viewFolder(dataDir);
  try {
    const overview = {
      data_dir: dataDir,
      used_by: userOf(dataDir),
      databases: DATABASES.map((name) => ({ name, ...sizeOf(join(dataDir, 'db', name)) })),
      log: await logOf(view.storage),
      snapshots: await snapshotsOf(view.storage),
      history: await historyOf(view.storage),
    };
    out.show(overview, () => print(overview, out));
    return 0;
  } finally {
    await view.close();
  }
}

type Overview = {
  data_dir: string;
  used_by: ReturnType<typeof userOf>;
  databases: { name: string; files: number; bytes: number }[];
  log: Awaited<ReturnType<typeof logOf>>;
  snapshots: Awaited<ReturnType<typeof snapshotsOf>>;
  history: Awaited<ReturnType<typeof historyOf>>;
};

/** Null: nobody; 'unknown' where the system does not tell. */
function userOf(dataDir: string): { pid: number; command: string } | null | 'unknown' {
  const holder = lockHolder(dataDir);
  return holder === null ? 'unknown' : (holder ?? null);
}

function sizeOf(path: string): { files: number; bytes: number } {
  const sizes = readdirSync(path).map((name) => statSync(join(path, name), { throwIfNoEntry: false })?.size ?? 0);
  return { files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

async function logOf({ log }: Storage) {
  const found = { first_sequence: 0, last_sequence: 0, blocks: 0, events: 0, bytes: 0, damaged_blocks: 0 };
  const epochs = new Map<number, { epoch: number; first_sequence: number; last_sequence: number; blocks: number }>();
  for await (const { sequence, bytes, block } of new LogStore(log).stored()) {
    found.blocks++;
    found.bytes += bytes;
    if (found.first_sequence === 0) found.first_sequence = sequence;
    if (typeof block === 'string') {
      found.damaged_blocks++;
      continue;
    }
    found.events += block.count;
    found.last_sequence = block.lastSequence;
    const epoch = epochs.get(block.epoch) ?? { epoch: block.epoch, first_sequence: sequence, last_sequence: 0, blocks: 0 };
    epoch.last_sequence = block.lastSequence;
    epoch.blocks++;
    epochs.set(block.epoch, epoch);
  }
  return { ...found, epochs: [...epochs.values()] };
}

async function snapshotsOf({ store }: Storage) {
  const snapshots = new SnapshotStore(store);
  const found: { sequence: number; bytes: number; time: string; epoch: number; fault: string }[] = [];
  for (const sequence of await snapshots.sequences()) {
    const loaded = await snapshots.load(sequence);
    if (typeof loaded === 'string') found.push({ sequence, bytes: 0, time: '', epoch: 0, fault: loaded });
    else
      found.push({ sequence, bytes: loaded.manifest.bytes, time: timeOf(loaded.manifest.timeUs), epoch: loaded.manifest.epoch, fault: '' });
  }
  return found;
}

async function historyOf({ store }: Storage) {
  const { tables } = await surveyHistory(store);
  return {
    watermark: await new HistoryStore(store).watermark(),
    tables: [...tables].map(([table, { rows, entries, bytes }]) => ({ table, rows, entries, bytes })),
  };
}

function print({ data_dir, used_by, databases, log, snapshots, history }: Overview, out: Output): void {
  const user =
    used_by === 'unknown' ? 'cannot be told on this system' : used_by === null ? 'nobody' : `process ${used_by.pid} (${used_by.command})`;
  out.title(`Data folder ${data_dir}`);
  out.pairs([['in use by', user]]);
  out.title('Databases');
  out.table(
    ['name', 'files', 'bytes'],
    databases.map(({ name, files, bytes }) => [name, files, bytes]),
  );
  out.title('Event log');
  const damaged = log.damaged_blocks === 0 ? '' : out.bad(`${log.damaged_blocks} damaged: qaexchange verify says where`);
  out.pairs([
    ['events', log.blocks === 0 ? 'none' : `${log.first_sequence} to ${log.last_sequence}`],
    ['blocks', log.blocks, damaged],
    ['bytes', log.bytes],
  ]);
  out.table(
    ['epoch', 'first event', 'last event', 'blocks'],
    log.epochs.map(({ epoch, first_sequence, last_sequence, blocks }) => [epoch, first_sequence, last_sequence, blocks]),
  );
  out.title('Snapshots');
  out.table(
    ['sequence', 'bytes', 'epoch', 'taken', 'content hash'],
    snapshots.map(({ sequence, bytes, epoch, time, fault }) => [
      sequence,
      bytes,
      epoch,
      time,
      fault === '' ? out.good('ok') : out.bad(fault),
    ]),
  );
  out.title(`History, up to event ${history.watermark}`);
  out.table(
    ['table', 'records', 'entries', 'bytes'],
    history.tables.map(({ table, rows, entries, bytes }) => [table, rows, entries, bytes]),
  );
}
