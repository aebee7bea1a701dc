/** The ids of instruments by number, for a reader of the log: from the newest good snapshot and the listings behind it. */
import { restoreState } from '../../core/state-codec.js';
import { FrameKind } from '../../core/events.js';
import type { Storage } from '../../storage/database.js';
import { BLOCK_HEADER_BYTES } from '../../storage/log-block.js';
import { LogStore } from '../../storage/log-store.js';
import { SnapshotStore } from '../../storage/snapshot-store.js';
import { frameKind, frameLength } from '../../wire/frame-header.js';
import { decodeRecord } from '../../wire/records.js';

export async function instrumentNames(storage: Storage): Promise<(instrument: number) => string> {
  const names = new Map<number, string>();
  const { snapshot } = await new SnapshotStore(storage.store).loadNewest();
  if (snapshot !== undefined) {
    for (const { instrument, instrumentId } of restoreState(snapshot.bytes).instruments) names.set(instrument, instrumentId);
  }
  const log = new LogStore(storage.log);
  const from = snapshot === undefined ? 0 : ((await log.startOfBlockWith(snapshot.manifest.sequence)) ?? 0);
  for await (const { block } of log.stored(from)) {
    // What is damaged cannot name anything; `verify` says more about it.
    if (typeof block === 'string') continue;
    for (let at = BLOCK_HEADER_BYTES; at < block.endBytes; at += frameLength(block.views, at)) {
      if (frameKind(block.views, at) !== FrameKind.InstrumentListed) continue;
      const { instrument, instrumentId } = decodeRecord(FrameKind.InstrumentListed, block.views.bytes, at);
      names.set(instrument, instrumentId);
    }
  }
  return (instrument) => names.get(instrument) ?? `instrument ${instrument}`;
}
