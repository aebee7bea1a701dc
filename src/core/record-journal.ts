/**
 * An append-only run of fixed-size records in chunks, linked backwards per account.
 *
 * Record n (counted from the very first one) lies in chunk ⌊n / RECORDS_PER_CHUNK⌋; whole chunks are dropped from the old
 * end, so memory is bounded by what has not been dropped. The first 8 bytes of a record are the sequence of its event, the next
 * its id where it has one.
 */
import { grown } from './columns.js';

const RECORDS_PER_CHUNK = 4096;
const ID_AT = 8;

interface Chunk {
  view: DataView;
  /** Per record: the number of the account's record before it, −1 for none. */
  previous: Float64Array;
  /** Per record: the largest id of the account's records before it. */
  olderIdMax: Float64Array;
  lastSequence: number;
}

export class RecordJournal {
  private readonly chunks: Chunk[] = [];
  private firstChunk = 0;
  private next = 0;
  /** Number of the newest record of an account + 1; 0 for none. */
  private newest = new Float64Array(64);
  /** By account. */
  private largestId = new Float64Array(64);

  /** The view that the offset returned by the last `append` or given to a visitor points into. */
  view: DataView = new DataView(new ArrayBuffer(0));

  constructor(readonly strideBytes: number) {}

  /** Records appended and not dropped. */
  get size(): number {
    return this.next - this.oldest;
  }

  /** Adds a record of zeros (a chunk is used once) with its sequence and its id set; returns its byte offset in `view`. */
  append(account: number, sequence: number, id = 0): number {
    const n = this.next++;
    const index = n % RECORDS_PER_CHUNK;
    if (index === 0) this.addChunk();
    const chunk = this.chunks[this.chunks.length - 1];
    if (account >= this.newest.length) this.grow(account);
    chunk.previous[index] = this.newest[account] - 1;
    this.newest[account] = n + 1;
    chunk.olderIdMax[index] = this.largestId[account];
    if (id > this.largestId[account]) this.largestId[account] = id;
    chunk.lastSequence = sequence;
    const at = index * this.strideBytes;
    chunk.view.setFloat64(at, sequence, true);
    if (id !== 0) chunk.view.setFloat64(at + ID_AT, id, true);
    this.view = chunk.view;
    return at;
  }

  /** Visits the records of an account, newest first, until the visitor returns false. */
  visit(account: number, visitor: (view: DataView, at: number) => boolean): void {
    if (account >= this.newest.length) return;
    let n = this.newest[account] - 1;
    while (n >= this.oldest) {
      const chunk = this.chunks[Math.floor(n / RECORDS_PER_CHUNK) - this.firstChunk];
      const index = n % RECORDS_PER_CHUNK;
      if (!visitor(chunk.view, index * this.strideBytes)) return;
      n = chunk.previous[index]!;
    }
  }

  /**
   * Visits records of an account above `sequence`, newest first, until the `count` of the largest ids are among them: ids
   * nearly grow with time, so that is soon.
   */
  visitLargest(account: number, sequence: number, count: number, visitor: (view: DataView, at: number) => void): void {
    if (account >= this.newest.length) return;
    const ids: number[] = [];
    let enough = count;
    let n = this.newest[account] - 1;
    while (n >= this.oldest) {
      const { view, previous, olderIdMax } = this.chunks[Math.floor(n / RECORDS_PER_CHUNK) - this.firstChunk];
      const index = n % RECORDS_PER_CHUNK;
      const at = index * this.strideBytes;
      if (view.getFloat64(at, true) <= sequence) return;
      visitor(view, at);
      if (ids.push(view.getFloat64(at + ID_AT, true)) >= enough) {
        if (ids.reduce((above, id) => above + Number(id > olderIdMax[index]), 0) >= count) return;
        // looked at so seldom that looking costs no more than visiting
        enough = ids.length + (ids.length >> 1) + 1;
      }
      n = previous[index];
    }
  }

  /** Accounts that have a record above `sequence`, each once. */
  *accountsSince(sequence: number): Generator<number> {
    for (let account = 0; account < this.newest.length; account++) {
      const n = this.newest[account] - 1;
      if (n < this.oldest) continue;
      const chunk = this.chunks[Math.floor(n / RECORDS_PER_CHUNK) - this.firstChunk];
      if (chunk.view.getFloat64((n % RECORDS_PER_CHUNK) * this.strideBytes, true) > sequence) yield account;
    }
  }

  /** The records of an account above `sequence`, packed, oldest first. */
  packSince(account: number, sequence: number): { count: number; bytes: Uint8Array } {
    const parts: Uint8Array[] = [];
    this.visit(account, (view, at) => {
      if (view.getFloat64(at, true) <= sequence) return false;
      parts.push(new Uint8Array(view.buffer, at, this.strideBytes));
      return true;
    });
    const bytes = new Uint8Array(parts.length * this.strideBytes);
    for (let i = 0; i < parts.length; i++) bytes.set(parts[i], (parts.length - 1 - i) * this.strideBytes);
    return { count: parts.length, bytes };
  }

  /** Number of the record that comes next. */
  get end(): number {
    return this.next;
  }

  /** The record of a number that has not been dropped. */
  readAt<R>(n: number, read: (view: DataView, at: number) => R): R {
    const chunk = this.chunks[Math.floor(n / RECORDS_PER_CHUNK) - this.firstChunk];
    return read(chunk.view, (n % RECORDS_PER_CHUNK) * this.strideBytes);
  }

  /**
   * Gives back whole chunks whose records are all at or below `sequence`; the visitor sees each record before it goes. Returns the
   * number of the oldest record that is left.
   */
  dropUpTo(sequence: number, visitor?: (view: DataView, at: number) => void): number {
    while (this.chunks.length > 1 && this.chunks[0].lastSequence <= sequence) {
      if (visitor !== undefined) {
        for (let i = 0; i < RECORDS_PER_CHUNK; i++) visitor(this.chunks[0].view, i * this.strideBytes);
      }
      this.chunks.shift();
      this.firstChunk++;
    }
    return this.oldest;
  }

  private get oldest(): number {
    return this.firstChunk * RECORDS_PER_CHUNK;
  }

  private grow(account: number): void {
    const length = Math.max(this.newest.length * 2, account + 1);
    this.newest = grown(this.newest, length);
    this.largestId = grown(this.largestId, length);
  }

  private addChunk(): void {
    const view = new DataView(new ArrayBuffer(RECORDS_PER_CHUNK * this.strideBytes));
    const [previous, olderIdMax] = [new Float64Array(RECORDS_PER_CHUNK), new Float64Array(RECORDS_PER_CHUNK)];
    this.chunks.push({ view, previous, olderIdMax, lastSequence: 0 });
  }
}
