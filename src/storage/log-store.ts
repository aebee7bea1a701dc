/** The event log in LevelDB: one entry per block, under the sequence of its first event. */
import { assert } from '../core/assert.js';
import type { Database, KeyRange } from './database.js';
import { afterPrefix, wideKey, wideKeyOf } from './keys.js';
import { readBlock, type LogBlock } from './log-block.js';
import { StorageError } from './storage-error.js';

const PREFIX = 'wal/';
const END = afterPrefix(PREFIX);
/** LevelDB syncs only by a write; this one holds nothing. */
const SYNC_KEY = 'sync';

/** Bytes of blocks that are read ahead of the reader: a few blocks of the largest size that the WAL worker makes. */
const READ_AHEAD_BYTES = 4 << 20;

/** Where the WAL worker puts its blocks. Resolves when the block is durable. */
export interface BlockSink {
  append(block: Uint8Array, firstSequence: number): Promise<void>;
}

/** What lies under one key: `block` is a text when it is damaged in itself. */
export interface StoredBlock {
  sequence: number;
  bytes: number;
  block: LogBlock | string;
}

/** Blocks that may go, by their keys, and the sequence below which there are none then. */
export interface OldBlocks {
  readonly keys: readonly string[];
  readonly end: number;
}

export class LogStore implements BlockSink {
  /** Everything below has been trimmed by this object: deleted keys are not walked over again. */
  private trimmed = 0;

  constructor(private readonly database: Database) {}

  /** `sync` false: the block survives the death of the process, a power cut only after the next synced write. */
  append(block: Uint8Array, firstSequence: number, sync = true): Promise<void> {
    return this.database.put(blockKey(firstSequence), block, sync);
  }

  /** What was appended without sync becomes durable. */
  sync(): Promise<void> {
    return this.database.put(SYNC_KEY, new Uint8Array(1));
  }

  /**
   * Blocks from the one that starts at `fromSequence` on, each checked: by itself, gapless to the one before, chained to its
   * CRC. `previousCrc` is what the first must follow; left out, its own word is taken.
   *
   * Throws CORRUPT with the first sequence that is missing or damaged, TORN_TAIL when it is only the very last block and
   * damaged in itself.
   */
  async *blocks(fromSequence: number, previousCrc?: number): AsyncGenerator<LogBlock, void, void> {
    let expected = fromSequence;
    let chain = previousCrc;
    for await (const [key, value] of this.database.entries({ gte: blockKey(fromSequence), lt: END }, READ_AHEAD_BYTES)) {
      const sequence = wideKeyOf(key);
      if (sequence !== expected) throw corrupt(expected, `the log goes on at ${sequence}`);
      const block = readBlock(value);
      if (typeof block === 'string') throw await this.damaged(sequence, block);
      if (block.firstSequence !== sequence) throw corrupt(expected, `the block of event ${block.firstSequence} stands there`);
      if (chain !== undefined && block.previousCrc !== chain) throw corrupt(expected, 'the block does not follow the one before it');
      yield block;
      expected = block.lastSequence + 1;
      chain = block.crc;
    }
  }

  /** What lies under each key from the block that starts at `fromSequence` on, good or not: for those who look for damage. */
  async *stored(fromSequence = 0): AsyncGenerator<StoredBlock, void, void> {
    for await (const [key, value] of this.database.entries({ gte: blockKey(fromSequence), lt: END }, READ_AHEAD_BYTES)) {
      yield { sequence: wideKeyOf(key), bytes: value.byteLength, block: readBlock(value) };
    }
  }

  /** What lies under the key of a block that starts at `sequence`. */
  async storedAt(sequence: number): Promise<StoredBlock | undefined> {
    const value = await this.database.get(blockKey(sequence));
    return value === undefined ? undefined : { sequence, bytes: value.byteLength, block: readBlock(value) };
  }

  /** First sequence of the block that holds an event, by its key; undefined when the log begins behind it. */
  async startOfBlockWith(sequence: number): Promise<number | undefined> {
    return this.edge({ gte: PREFIX, lte: blockKey(sequence), reverse: true });
  }

  /** First sequence of the first block by its key, unchecked; undefined for an empty log. */
  async firstBlockSequence(): Promise<number | undefined> {
    return this.edge({ gte: PREFIX, lt: END });
  }

  /** First sequence of the block that holds an event; undefined when the log does not reach to it, or no longer does. */
  async blockOf(sequence: number): Promise<number | undefined> {
    const first = await this.edge({ gte: PREFIX, lte: blockKey(sequence), reverse: true });
    if (first === undefined) return undefined;
    const value = await this.database.get(blockKey(first));
    const block = value === undefined ? '' : readBlock(value);
    return typeof block !== 'string' && block.lastSequence >= sequence ? first : undefined;
  }

  /** First sequence of the last block by its key, unchecked; undefined for an empty log. */
  async lastBlockSequence(): Promise<number | undefined> {
    return this.edge({ gte: PREFIX, lt: END, reverse: true });
  }

  /** Takes away the last block, which must start at `sequence`. */
  async cutTail(sequence: number): Promise<void> {
    assert((await this.lastBlockSequence()) === sequence, 'only the last block is ever cut');
    await this.database.batch([{ type: 'del', key: blockKey(sequence) }]);
  }

  /** Takes away everything behind an event that ends a block. */
  async cutBehind(sequence: number): Promise<void> {
    const keys = await this.database.keys({ gte: blockKey(sequence + 1), lt: END });
    if (keys.length > 0) await this.database.batch(keys.map((key) => ({ type: 'del', key })));
  }

  /**
   * The oldest blocks that lie wholly below `sequence`, at most `blocksMax` of them, and never the last block of the log. LevelDB
   * reads all of a block to find the key of the next, so this takes its time; blocks may be written meanwhile.
   */
  async findBelow(sequence: number, blocksMax: number): Promise<OldBlocks> {
    const kept = await this.edge({ gte: PREFIX, lte: blockKey(sequence), reverse: true });
    if (kept === undefined || kept <= this.trimmed) return { keys: [], end: this.trimmed };
    const keys = await this.database.keys({ gte: blockKey(this.trimmed), lt: blockKey(kept), limit: blocksMax });
    return { keys, end: keys.length < blocksMax ? kept : wideKeyOf(keys[keys.length - 1]) + 1 };
  }

  /** Lets them go that were found last. */
  async drop({ keys, end }: OldBlocks): Promise<void> {
    if (keys.length > 0) await this.database.batch(keys.map((key) => ({ type: 'del', key })));
    this.trimmed = Math.max(this.trimmed, end);
  }

  /** Both; returns how many went. Fewer than `blocksMax`: there are no more. */
  async trimBelow(sequence: number, blocksMax: number): Promise<number> {
    const found = await this.findBelow(sequence, blocksMax);
    await this.drop(found);
    return found.keys.length;
  }

  private async edge(range: KeyRange): Promise<number | undefined> {
    const [key] = await this.database.keys({ ...range, limit: 1 });
    return key === undefined ? undefined : wideKeyOf(key);
  }

  private async damaged(sequence: number, fault: string): Promise<StorageError> {
    if ((await this.lastBlockSequence()) !== sequence) return corrupt(sequence, fault);
    return new StorageError('TORN_TAIL', `The last block of the log, from event ${sequence} on, is damaged: ${fault}.`, sequence);
  }
}

function blockKey(sequence: number): string {
  return PREFIX + wideKey(sequence);
}

function corrupt(sequence: number, fault: string): StorageError {
  return new StorageError('CORRUPT', `The event log is damaged at event ${sequence}: ${fault}.`, sequence);
}
