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

/** Where a target begins: prints are in the store up to `watermark`; `checkpoint` is the last event in the store's, 0 for none. */
export interface MarketBeginning {
  watermark: number;
  checkpoint: number;
}

/** Takes up what there is besides the log. Throws StorageError. */
export async function beginMarket(storage: Storage, store: MarketStore, target: MarketTarget): Promise<MarketBeginning> {
  const log = new LogStore(storage.log);
  const saved = (await store.checkpoint()) as { sequence?: number } | undefined;
  if (saved?.sequence !== undefined && (await isReached(log, saved.sequence)) && (await target.restore(saved))) {
    return { watermark: await store.watermark(), checkpoint: saved.sequence };
  }
  // A log from its first event on tells everything; else what is older than the state is known as it was.
  if ((await log.blockOf(1)) === undefined) {
    const { snapshot } = await new SnapshotStore(storage.store).loadNewest();
    if (snapshot !== undefined) target.begin(snapshot.bytes);
  }
  await store.restart(target.sequence);
  return { watermark: target.sequence, checkpoint: 0 };
}

/** Applies what the log has behind the target: all of it, or the blocks that begin before an event. */
export async function followLog(log: LogStore, target: Pick<MarketTarget, 'sequence' | 'apply'>, before = Infinity): Promise<void> {
  const first = await log.blockOf(target.sequence + 1);
  if (first === undefined || first >= before) return;
  let blocks = 0;
  for await (const { views, endBytes, lastSequence } of log.blocks(first)) {
    for (let offset = BLOCK_HEADER_BYTES; offset < endBytes; offset += frameLength(views, offset)) target.apply(views, offset);
    if (lastSequence + 1 >= before) return;
    if (++blocks % TURN_BLOCKS === 0) await new Promise(setImmediate);
  }
}

/** Whether the log goes at least as far as the event: a log that lost its end with the power must not be overtaken. */
async function isReached(log: LogStore, sequence: number): Promise<boolean> {
  return sequence === 0 || (await log.blockOf(sequence)) !== undefined || (await log.blockOf(sequence + 1)) !== undefined;
}
