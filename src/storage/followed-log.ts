/** Takes the blocks of a log that somebody else writes: checked, into our own log, then to the broadcast ring. */
import type { BlockBroadcast } from './block-broadcast.js';
import { LOG_VERSION, readBlock, type LogPosition } from './log-block.js';
import type { BlockSink } from './log-store.js';
import { StorageError } from './storage-error.js';
import type { WalStatus } from './wal-status.js';

export interface FollowedLogOptions {
  readonly sink: BlockSink;
  readonly status: WalStatus;
  readonly broadcast: Pick<BlockBroadcast, 'tell'>;
  /** The end of our log. */
  readonly start: LogPosition;
  /** The newest version of the log that is read; absent: the program's. */
  readonly versionMax?: number;
}

/** What follows our log is not there any more. */
export class LogGap extends StorageError {
  constructor(sequence: number, found: number) {
    super('CORRUPT', `The log cannot go on at event ${sequence}: the cluster's goes on at ${found}.`, sequence);
  }
}

export class FollowedLog {
  private end: LogPosition;

  constructor(private readonly options: FollowedLogOptions) {
    this.end = options.start;
    options.status.start(options.start.sequence);
  }

  get position(): LogPosition {
    return this.end;
  }

  /** Resolves to the end of our log. One that we have changes nothing. Throws CORRUPT for a block that does not follow. */
  async take(bytes: Uint8Array): Promise<LogPosition> {
    // memory of its own: a block lies at a multiple of 8 bytes
    const block = readBlock(Uint8Array.from(bytes), this.options.versionMax ?? LOG_VERSION);
    const { end } = this;
    if (typeof block === 'string') throw fault(end.sequence + 1, `the cluster's block cannot be read: ${block}`);
    if (block.lastSequence <= end.sequence) return end;
    if (block.firstSequence !== end.sequence + 1) {
      throw new LogGap(end.sequence + 1, block.firstSequence);
    }
    if (block.previousCrc !== end.crc)
      throw fault(block.firstSequence, "the cluster's block does not follow ours: it is of another history");
    if (block.epoch < end.epoch) throw fault(block.firstSequence, `the cluster's block is of epoch ${block.epoch}, ours of ${end.epoch}`);
    await this.options.sink.append(block.stored, block.firstSequence);
    this.options.status.committed(block.lastSequence, block.count, block.stored.byteLength);
    await this.options.broadcast.tell(block);
    this.end = { sequence: block.lastSequence, crc: block.crc, epoch: block.epoch };
    return this.end;
  }
}

function fault(sequence: number, text: string): StorageError {
  return new StorageError('CORRUPT', `The log cannot go on at event ${sequence}: ${text}.`, sequence);
}
