/**
 * Where a leader puts its blocks: the cluster, whose answer is the commit, and then its own disk.
 *
 * A disk that fails does not hold up the others: a block that the cluster has is told of, and as soon as a standby has it too, the
 * leader takes no other and hands over. While there is no such standby it tries again, as a single node does.
 */
import type { Leadership } from '../../src/replication/leadership.js';
import { blockEnd } from '../../src/storage/log-block.js';
import type { BlockSink } from '../../src/storage/log-store.js';
import { reasonOf, StorageError } from '../../src/storage/storage-error.js';

/** The next leader writes what comes now. */
export class HandsOver extends Error {
  override readonly name = 'HandsOver';
}

export interface LeaderSinkParts {
  readonly right: Pick<Leadership, 'append'>;
  readonly disk: BlockSink;
  /** A standby has on its disk what the log has up to this event. */
  readonly hasStandbyAt: (sequence: number) => boolean;
  /** The cluster has the block that ends here. */
  readonly onAppended: (sequence: number) => void;
  /** Called once: nothing is appended from now on. */
  readonly onHandOver: (reason: string) => void;
}

export class LeaderSink implements BlockSink {
  private isOver = false;

  constructor(private readonly parts: LeaderSinkParts) {}

  get isHandingOver(): boolean {
    return this.isOver;
  }

  async append(block: Uint8Array, firstSequence: number): Promise<void> {
    if (this.isOver) throw new HandsOver('Another node is to lead.');
    const { right, disk, hasStandbyAt, onAppended, onHandOver } = this.parts;
    const { sequence, crc } = blockEnd(block);
    await right.append({ bytes: block, firstSequence, lastSequence: sequence, crc });
    try {
      await disk.append(block, firstSequence);
    } catch (error) {
      if (!(error instanceof StorageError) || !hasStandbyAt(sequence)) throw error;
      this.isOver = true;
      onHandOver(reasonOf(error));
    }
    onAppended(sequence);
  }
}
