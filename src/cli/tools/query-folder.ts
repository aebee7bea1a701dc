/** The history of a data folder for the command `query`: its files, and behind them what the log has. */
import { totalmem } from 'node:os';
import { serializeState } from '../../core/state-codec.js';
import { DATABASE_LIMITS } from '../../query/history-database.js';
import { HistoryEngine, type HistoryPosition } from '../../query/history-engine.js';
import { historyFolder } from '../../query/manifest.js';
import { QueryError } from '../../query/query-error.js';
import { LogStore } from '../../storage/log-store.js';
import { viewFolder, type FolderView } from '../../storage/offline/folder-view.js';
import { earliestStart, replayStart } from '../../storage/offline/state-replay.js';
import { StorageError } from '../../storage/storage-error.js';

/** Of the memory of the machine, for rows that are in no file yet. */
const MEMORY_SHARE = 0.5;
/** Another export came between the files and the log: looked at again. */
const ATTEMPTS = 3;

export interface FolderOptions {
  /** Files may be written there. */
  outFolder?: string;
  /** The share of the log that is read. */
  onRead?: (share: number) => void;
}

/** Nothing of the folder is altered. Throws QueryError, StorageError. */
export async function withFolder<T>(dataDir: string, options: FolderOptions, work: (engine: HistoryEngine) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryFolder(dataDir, options, work);
    } catch (error) {
      if (error instanceof QueryError || !(error instanceof StorageError)) throw error;
      if (error.code !== 'CORRUPT' || attempt === ATTEMPTS) throw error;
    }
  }
}

async function tryFolder<T>(
  dataDir: string,
  { outFolder, onRead }: FolderOptions,
  work: (engine: HistoryEngine) => Promise<T>,
): Promise<T> {
  const memoryMb = Math.max(DATABASE_LIMITS.memoryMb, Math.floor((totalmem() / 2 ** 20) * MEMORY_SHARE));
  // the files first: the log goes on behind them
  const { engine, position } = await HistoryEngine.open({
    folder: historyFolder(dataDir),
    holidays: [],
    isReader: true,
    database: { ...DATABASE_LIMITS, memoryMb },
    ...(outFolder === undefined ? {} : { outFolder }),
  });
  try {
    const view = await viewFolder(dataDir);
    try {
      await follow(engine, position, view, onRead ?? (() => undefined));
    } finally {
      await view.close();
    }
    return await work(engine);
  } finally {
    engine.close();
  }
}

/** Folds what the log has behind the files. */
async function follow(
  engine: HistoryEngine,
  position: HistoryPosition | undefined,
  { storage }: FolderView,
  onRead: (share: number) => void,
): Promise<void> {
  let from = position;
  if (from === undefined) {
    const { state, sequence, crc } = engine.exported === 0 ? await earliestStart(storage) : await replayStart(storage, engine.exported);
    engine.begin(sequence === 0 ? undefined : serializeState(state), crc);
    from = { sequence, crc };
  }
  const crc = from.crc === 0 && from.sequence > 0 ? undefined : from.crc;
  const log = new LogStore(storage.log);
  const end = storage.mark !== undefined && storage.mark !== 'unreadable' ? storage.mark.sequence : 0;
  for await (const block of log.blocks(from.sequence + 1, crc)) {
    await engine.settled();
    engine.apply(block);
    if (end > from.sequence) onRead(Math.min(1, (block.lastSequence - from.sequence) / (end - from.sequence)));
  }
}
