/**
 * Snapshots of the whole state. The bytes are the fold's own business; here they are cut into chunks, hashed, and found again.
 *
 *   snap/<sequence>/<chunk>   the bytes, in chunks
 *   snapmeta/<sequence>       the manifest, written last: without it the chunks do not count
 */
import { createHash, type Hash } from 'node:crypto';
import type { Database, Operation } from './database.js';
import { afterPrefix, wideKey, wideKeyOf } from './keys.js';
import type { LogPosition } from './log-block.js';

const CHUNKS = 'snap/';
const MANIFESTS = 'snapmeta/';
const VERSION = 1;

/** A chunk is one synced write: small enough that its fsync does not hold up the log's on the same disk. */
const CHUNK_BYTES = 256 * 1024;

/** Each read is a way to another thread and back. */
const CHUNKS_READ_AT_ONCE = 16;

/** Bounds what a damaged manifest can make us allocate. */
const BYTES_MAX = 2 ** 32;

export interface SnapshotManifest extends LogPosition {
  version: number;
  /** Last event that is in the snapshot. */
  sequence: number;
  bytes: number;
  chunks: number;
  sha256: string;
  /** CRC and epoch of the block that ends with `sequence`: the next block must follow it. */
  crc: number;
  epoch: number;
  /** When it was taken, µs since the epoch. */
  timeUs: number;
}

export interface LoadedSnapshot {
  manifest: SnapshotManifest;
  bytes: Uint8Array;
}

export interface RejectedSnapshot {
  sequence: number;
  reason: string;
}

export class SnapshotStore {
  /** Snapshots whose bytes were read back and matched their hash, so that they are not read again and again. */
  private readonly verified = new Set<number>();

  constructor(private readonly database: Database) {}

  /** Resolves when the snapshot is durable. Throws WRITE_FAILED; what was written until then is pruned later. */
  async save(bytes: Uint8Array, position: LogPosition, timeUs: number): Promise<SnapshotManifest> {
    this.verified.delete(position.sequence);
    const chunks = Math.ceil(bytes.byteLength / CHUNK_BYTES);
    for (let chunk = 0; chunk < chunks; chunk++) {
      await this.database.put(chunkKey(position.sequence, chunk), bytes.subarray(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES));
    }
    const manifest: SnapshotManifest = { version: VERSION, ...position, timeUs, bytes: bytes.byteLength, chunks, sha256: '' };
    manifest.sha256 = contentHash(manifest, bytes);
    await this.database.put(manifestKey(position.sequence), Buffer.from(JSON.stringify(manifest)));
    return manifest;
  }

  /** What has been saved is found sooner by the next start. */
  settle(): Promise<void> {
    return this.database.settle();
  }

  /** The newest snapshot whose content hash is right, and those that had to be passed over. */
  async loadNewest(): Promise<{ snapshot: LoadedSnapshot | undefined; rejected: RejectedSnapshot[] }> {
    const rejected: RejectedSnapshot[] = [];
    for (const sequence of await this.sequences()) {
      const snapshot = await this.load(sequence);
      if (typeof snapshot !== 'string') return { snapshot, rejected };
      rejected.push({ sequence, reason: snapshot });
    }
    return { snapshot: undefined, rejected };
  }

  /** Sequences of the snapshots that can be restored, newest first. */
  async goodSequences(): Promise<number[]> {
    const good: number[] = [];
    for (const sequence of await this.sequences()) {
      if (this.verified.has(sequence) || typeof (await this.load(sequence)) !== 'string') good.push(sequence);
    }
    return good;
  }

  /**
   * Keeps the newest `keep` good snapshots and drops every other one and all chunks without a manifest. Called by the one
   * that saves, between saves. Returns the good sequences that are left, newest first.
   */
  async prune(keep: number): Promise<number[]> {
    const kept = (await this.goodSequences()).slice(0, keep);
    for (const sequence of await this.sequences()) {
      // The manifest goes first: a manifest without chunks would look like a damaged snapshot.
      if (!kept.includes(sequence)) await this.database.batch([{ type: 'del', key: manifestKey(sequence) }]);
    }
    // Only the gaps between the kept ones are walked: a walk over keys reads the values as well.
    const orphans: Operation[] = [];
    let from = CHUNKS;
    for (const sequence of [...kept].reverse()) {
      orphans.push(...(await this.deletions(from, chunkKey(sequence, 0))));
      from = afterPrefix(chunkPrefix(sequence));
    }
    orphans.push(...(await this.deletions(from, afterPrefix(CHUNKS))));
    if (orphans.length > 0) await this.database.batch(orphans);
    return kept;
  }

  /** The chunks of a snapshot in order, the next ones read while these are used; of a missing one its number. */
  private async *chunksOf({ sequence, chunks }: SnapshotManifest): AsyncGenerator<Uint8Array | number, void, void> {
    const read = (from: number): Promise<(Uint8Array | undefined)[]> => {
      const count = Math.min(CHUNKS_READ_AT_ONCE, chunks - from);
      const parts = this.database.getMany(Array.from({ length: count }, (_, chunk) => chunkKey(sequence, from + chunk)));
      // Whoever awaits it hears of a failure; until then nobody may.
      parts.catch(() => undefined);
      return parts;
    };
    let coming: ReturnType<typeof read> | undefined;
    try {
      for (let from = 0; from < chunks; from += CHUNKS_READ_AT_ONCE) {
        const parts = await (coming ?? read(from));
        const next = from + CHUNKS_READ_AT_ONCE;
        coming = next < chunks ? read(next) : undefined;
        for (const [index, part] of parts.entries()) yield part ?? from + index;
      }
    } finally {
      await coming?.catch(() => undefined);
    }
  }

  private async deletions(gte: string, lt: string): Promise<Operation[]> {
    return (await this.database.keys({ gte, lt })).map((key) => ({ type: 'del', key }));
  }

  /** Sequences of all snapshots, good or not, newest first. */
  async sequences(): Promise<number[]> {
    const keys = await this.database.keys({ gte: MANIFESTS, lt: afterPrefix(MANIFESTS), reverse: true });
    return keys.map(wideKeyOf);
  }

  /** What is said of a snapshot; undefined when that cannot be read. */
  async manifest(sequence: number): Promise<SnapshotManifest | undefined> {
    return parseManifest(await this.database.get(manifestKey(sequence)));
  }

  /** The snapshot, or why it cannot be used. */
  async load(sequence: number): Promise<LoadedSnapshot | string> {
    const manifest = await this.manifest(sequence);
    if (manifest === undefined || manifest.sequence !== sequence) return 'its manifest cannot be read';
    if (manifest.version !== VERSION) return `its format is ${manifest.version}, this program knows ${VERSION}`;
    const bytes = new Uint8Array(manifest.bytes);
    const hash = beginHash(manifest);
    let filled = 0;
    for await (const part of this.chunksOf(manifest)) {
      if (typeof part === 'number') return `chunk ${part} of ${manifest.chunks} is missing`;
      if (filled + part.byteLength > bytes.byteLength) return 'it is longer than its manifest says';
      bytes.set(part, filled);
      hash.update(part);
      filled += part.byteLength;
    }
    if (filled !== bytes.byteLength) return 'it is shorter than its manifest says';
    if (hash.digest('hex') !== manifest.sha256) return 'its content hash is wrong';
    this.verified.add(sequence);
    return { manifest, bytes };
  }
}

function parseManifest(value: Uint8Array | undefined): SnapshotManifest | undefined {
  if (value === undefined) return undefined;
  try {
    const manifest: unknown = JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8'));
    return isManifest(manifest) ? manifest : undefined;
  } catch {
    return undefined;
  }
}

function isManifest(value: unknown): value is SnapshotManifest {
  if (typeof value !== 'object' || value === null) return false;
  const manifest = value as Partial<Record<keyof SnapshotManifest, unknown>>;
  const numbers = [manifest.version, manifest.sequence, manifest.bytes, manifest.chunks, manifest.crc, manifest.epoch, manifest.timeUs];
  const whole = numbers.every((number) => Number.isSafeInteger(number) && (number as number) >= 0);
  const fits = whole && (manifest.bytes as number) <= BYTES_MAX && (manifest.bytes as number) <= (manifest.chunks as number) * CHUNK_BYTES;
  return fits && typeof manifest.sha256 === 'string';
}

function contentHash(manifest: SnapshotManifest, bytes: Uint8Array): string {
  return beginHash(manifest).update(bytes).digest('hex');
}

/** Covers what the manifest says of the bytes too: a wrong log CRC in it must not look like a damaged log. */
function beginHash({ version, sequence, crc, epoch, timeUs }: SnapshotManifest): Hash {
  return createHash('sha256').update(`${version}/${sequence}/${crc}/${epoch}/${timeUs}/`);
}

/** Whether an entry of the store is part of a snapshot before this one. */
export function isOfSnapshotBefore(key: string, sequence: number): boolean {
  return (key >= CHUNKS && key < chunkPrefix(sequence)) || (key >= MANIFESTS && key < manifestKey(sequence));
}

function manifestKey(sequence: number): string {
  return MANIFESTS + wideKey(sequence);
}

function chunkPrefix(sequence: number): string {
  return `${CHUNKS}${wideKey(sequence)}/`;
}

function chunkKey(sequence: number, chunk: number): string {
  return chunkPrefix(sequence) + chunk.toString().padStart(6, '0');
}
