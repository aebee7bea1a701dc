/** Events and blocks of the log, one a line. */
import type { Storage } from '../../storage/database.js';
import { BLOCK_HEADER_BYTES, type LogBlock } from '../../storage/log-block.js';
import { LogStore } from '../../storage/log-store.js';
import { logBounds } from '../../storage/offline/state-replay.js';
import { viewFolder } from '../../storage/offline/folder-view.js';
import { frameKind, frameLength, frameSequence } from '../../wire/frame-header.js';
import { FrameKind } from '../../core/events.js';
import { numberOf } from '../../core/enums.js';
import { UsageError, type Flags } from '../args.js';
import { eventLine, EVENT_KINDS, EventReader } from './event-view.js';
import { instrumentNames } from './instrument-names.js';
import { sequenceFlag, type Output } from './tool.js';

/** Shown when nothing else was asked for. */
const LAST_EVENTS = 50;
const LIMIT = 1000;

interface Selection {
  from: number;
  to: number;
  limit: number;
  /** Empty for all. */
  kinds: ReadonlySet<number>;
}

export async function inspectLog(dataDir: string, flags: Flags, out: Output): Promise<number> {
  const kinds = new Set(flags.list('kind').map(kindOf));
  const limit = flags.wholeNumber('limit', LIMIT, 1, Number.MAX_SAFE_INTEGER);
  const view = await viewFolder(dataDir);
  try {
    const to = sequenceFlag(flags, 'to', Infinity);
    const isOpen = !flags.has('from') && !flags.has('to') && kinds.size === 0;
    const from = sequenceFlag(flags, 'from', isOpen && !flags.has('blocks') ? (await lastSequence(view.storage)) - LAST_EVENTS + 1 : 0);
    const selection = { from, to, limit, kinds };
    if (flags.has('blocks')) await printBlocks(view.storage, selection, out);
    else await printEvents(view.storage, selection, out);
    return 0;
  } finally {
    await view.close();
  }
}

function kindOf(name: string): number {
  const found = EVENT_KINDS.find((kind) => kind.toLowerCase() === name.toLowerCase());
  if (found === undefined) throw new UsageError(`There is no kind of event called '${name}' (--help lists them).`);
  return numberOf(FrameKind, found);
}

async function lastSequence({ log }: Storage): Promise<number> {
  const store = new LogStore(log);
  let last = 0;
  for await (const { block } of store.stored((await store.lastBlockSequence()) ?? 0))
    if (typeof block !== 'string') last = block.lastSequence;
  return last;
}

/** Blocks that hold events of the selection; a damaged one is said on stderr and passed over. */
async function* blocksOf(storage: Storage, { from, to }: Selection): AsyncGenerator<LogBlock> {
  const log = new LogStore(storage.log);
  const bounds = await logBounds(storage);
  if (bounds === undefined) return;
  if (from > 0 && from < bounds.first) process.stderr.write(`The log begins at event ${bounds.first}.\n`);
  const start = (await log.startOfBlockWith(from)) ?? bounds.first;
  for await (const { sequence, block } of log.stored(start)) {
    if (sequence > to) return;
    if (typeof block === 'string') process.stderr.write(`The block at event ${sequence} is damaged: it is or has ${block}.\n`);
    else yield block;
  }
}

async function printEvents(storage: Storage, selection: Selection, out: Output): Promise<void> {
  const reader = new EventReader(await instrumentNames(storage));
  const { from, to, kinds } = selection;
  let left = selection.limit;
  for await (const { views, endBytes } of blocksOf(storage, selection)) {
    for (let at = BLOCK_HEADER_BYTES; at < endBytes; at += frameLength(views, at)) {
      const sequence = frameSequence(views, at);
      if (sequence < from || sequence > to || (kinds.size > 0 && !kinds.has(frameKind(views, at)))) continue;
      if (left-- === 0) return;
      const event = reader.read(views, at);
      out.line(event, () => eventLine(event));
    }
  }
}

async function printBlocks(storage: Storage, selection: Selection, out: Output): Promise<void> {
  let left = selection.limit;
  for await (const block of blocksOf(storage, selection)) {
    if (left-- === 0) return;
    const { firstSequence, lastSequence, count, epoch, stored, crc, previousCrc } = block;
    const shown = {
      first_sequence: firstSequence,
      last_sequence: lastSequence,
      events: count,
      bytes: stored.byteLength,
      epoch,
      crc: hex(crc),
      previous_crc: hex(previousCrc),
    };
    out.line(
      shown,
      () =>
        `${firstSequence} to ${lastSequence}  ${count} events  ${stored.byteLength} bytes  epoch ${epoch}  crc ${shown.crc} after ${shown.previous_crc}`,
    );
  }
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}
