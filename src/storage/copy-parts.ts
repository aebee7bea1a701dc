/** A copy of both databases in parts, one after the other; the last one is kept, for whoever did not get it. */
import { crc32 } from 'node:zlib';
import type { Storage } from './database.js';
import { exportDatabases } from './hand-over.js';

const PART_BYTES = 4 << 20;

export interface CopyPart {
  readonly bytes: Uint8Array;
  readonly crc: number;
  readonly isLast: boolean;
}

export class CopyParts {
  private readonly entries: AsyncGenerator<Uint8Array, void, void>;
  private number = -1;
  private newest: CopyPart | undefined;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    storage: Storage,
    private readonly partBytes = PART_BYTES,
  ) {
    this.entries = exportDatabases(storage);
  }

  /** Every part has been asked for. */
  get isDone(): boolean {
    return this.newest?.isLast === true;
  }

  /** The newest part, or the one behind it; undefined for any other. */
  part(number: number): Promise<CopyPart | undefined> {
    // whoever lost his connection may ask again while we are still at work for him
    const asked = this.turn.then(() => this.next(number));
    this.turn = asked.catch(() => undefined);
    return asked;
  }

  async close(): Promise<void> {
    await this.turn;
    await this.entries.return();
  }

  private async next(number: number): Promise<CopyPart | undefined> {
    if (number === this.number) return this.newest;
    if (number !== this.number + 1 || this.isDone) return undefined;
    const chunks: Uint8Array[] = [];
    let length = 0;
    let isLast = false;
    while (length < this.partBytes && !isLast) {
      const next = await this.entries.next();
      if (next.done === true) isLast = true;
      else {
        chunks.push(next.value);
        length += next.value.length;
      }
    }
    const bytes = Buffer.concat(chunks);
    this.number = number;
    this.newest = { bytes, crc: crc32(bytes), isLast };
    return this.newest;
  }
}
