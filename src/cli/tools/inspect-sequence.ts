/** Where an event lives. */
import { BLOCK_HEADER_BYTES } from '../../storage/log-block.js';
import { wideKey } from '../../storage/keys.js';
import { LogStore } from '../../storage/log-store.js';
import { viewFolder } from '../../storage/offline/folder-view.js';
import { logBounds } from '../../storage/offline/state-replay.js';
import { SnapshotStore } from '../../storage/snapshot-store.js';
import { frameLength, frameSequence } from '../../wire/frame-header.js';
import type { Storage } from '../../storage/database.js';
import { UsageError } from '../args.js';
import { EventReader, type EventView } from './event-view.js';
import { instrumentNames } from './instrument-names.js';
import { sequenceOf, type Output } from './tool.js';

export async function inspectSequence(dataDir: string, text: string, out: Output): Promise<number> {
  const sequence = sequenceOf(text, 'SEQUENCE');
  const view = await viewFolder(dataDir);
  try {
    const place = await placeOf(view.storage, sequence);
    const before = (await new SnapshotStore(view.storage.store).sequences()).find((snapshot) => snapshot < sequence) ?? null;
    const shown = { ...place, snapshot_before: before };
    out.show(shown, () => {
      out.title(`Event ${sequence}`);
      out.pairs([
        [
          'block',
          `events ${place.block.first_sequence} to ${place.block.last_sequence}, epoch ${place.block.epoch}, key ${place.block.key}`,
        ],
        ['byte', place.byte],
        ['bytes', place.bytes],
        ['snapshot before', before ?? 'none'],
        ['kind', place.event.kind],
        ['time', place.event.time],
        ['source', place.event.source === 0 ? 'the front' : `shard ${place.event.source}`],
        ['ends its command', place.event.ends_command ? 'yes' : 'no'],
        ...Object.entries(place.event.fields).map(
          ([name, value]) => [name, Array.isArray(value) ? value.join(', ') : String(value)] as const,
        ),
      ]);
    });
    return 0;
  } finally {
    await view.close();
  }
}

interface Place {
  sequence: number;
  block: { key: string; first_sequence: number; last_sequence: number; events: number; bytes: number; epoch: number };
  /** Of the event's frame in the block, and how many it has. */
  byte: number;
  bytes: number;
  event: EventView;
}

async function placeOf(storage: Storage, sequence: number): Promise<Place> {
  const log = new LogStore(storage.log);
  const bounds = await logBounds(storage);
  const start = await log.startOfBlockWith(sequence);
  const stored = start === undefined ? undefined : await log.storedAt(start);
  if (stored === undefined)
    throw new UsageError(`Event ${sequence} is not in the log${bounds === undefined ? '' : `: it begins at event ${bounds.first}`}.`);
  const { block } = stored;
  if (typeof block === 'string') throw new UsageError(`The block at event ${stored.sequence} is damaged: it is or has ${block}.`);
  const { firstSequence, lastSequence, count, epoch } = block;
  if (sequence > lastSequence) throw new UsageError(`Event ${sequence} is not in the log: it ends at event ${lastSequence}.`);
  let at = BLOCK_HEADER_BYTES;
  while (frameSequence(block.views, at) !== sequence) at += frameLength(block.views, at);
  return {
    sequence,
    block: {
      key: `wal/${wideKey(firstSequence)}`,
      first_sequence: firstSequence,
      last_sequence: lastSequence,
      events: count,
      bytes: stored.bytes,
      epoch,
    },
    byte: at,
    bytes: frameLength(block.views, at),
    event: new EventReader(await instrumentNames(storage)).read(block.views, at),
  };
}
