/** Brings market data to the end of the log: its own checkpoint, or a state of the exchange, then every event behind it. */
import { frameLength } from '../wire/frame-header.js';
import type { FrameViews } from '../wire/frame-layout.js';
import type { Storage } from './database.js';
import { BLOCK_HEADER_BYTES } from './log-block.js';
import { LogStore } from './log-store.js';
import type { MarketStore } from './market-store.js';
import { SnapshotStore } from './snapshot-store.js';

/** Blocks between two turns of the event loop. */
const TURN_BLOCKS = 16;

export interface MarketTarget {
  /** Last event that is in it. */
  readonly sequence: number;
  /** Takes a checkpoint up, or returns false when it is none of this version. Called at most once, first of all. */
  restore(checkpoint: unknown): boolean | Promise<boolean>;
  /** Begins with a state of the exchange, as its snapshot has it. */
  begin(state: Uint8Array): void;
  /** The next event of the log. */
  apply(views: FrameViews, offset: number): void;
}

/**
 * `begun` hears, before the first event, up to which one prints are in the store, and which is the last in its checkpoint, 0
 * for none. Throws StorageError.
 */
export async function recoverMarket(
  storage: Storage,
  store: MarketStore,
  target: MarketTarget,
  begun: (watermark: number, checkpoint: number) => void,
): Promise<void> {
  const log = new LogStore(storage.log);
  const saved = (await store.checkpoint()) as { sequence?: number } | undefined;
  if (saved?.sequence !== undefined && (await isReached(log, saved.sequence)) && (await target.restore(saved))) {
    begun(await store.watermark(), saved.sequence);
    await followLog(log, target);
    return;
  }
  // A log from its first event on tells everything; else what is older than the state is known as it was.
  if ((await log.blockOf(1)) === undefined) {
    const { snapshot } = await new SnapshotStore(storage.store).loadNewest();
    if (snapshot !== undefined) target.begin(snapshot.bytes);
  }
  await store.restart(target.sequence);
  begun(target.sequence, 0);
  await followLog(log, target);
}

/** Applies what the log has behind the target. */
export async function followLog(log: LogStore, target: Pick<MarketTarget, 'sequence' | 'apply'>): Promise<void> {
  const first = await log.blockOf(target.sequence + 1);
  if (first === undefined) return;
  let blocks = 0;
  for await (const { views, endBytes } of log.blocks(first)) {
    for (let offset = BLOCK_HEADER_BYTES; offset < endBytes; offset += frameLength(views, offset)) target.apply(views, offset);
    if (++blocks % TURN_BLOCKS === 0) await new Promise(setImmediate);
  }
}

/** Whether the log goes at least as far as the event: a log that lost its end with the power must not be overtaken. */
async function isReached(log: LogStore, sequence: number): Promise<boolean> {
  return sequence === 0 || (await log.blockOf(sequence)) !== undefined || (await log.blockOf(sequence + 1)) !== undefined;
}
