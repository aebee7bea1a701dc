/** Looks at every write to the disk: what must hold of log, snapshots and history whatever happens next. */
import { createHash } from 'node:crypto';
import type { Operation } from '../../src/storage/engine.js';
import { wideKey, wideKeyOf } from '../../src/storage/keys.js';
import { headOf, type CommittedLog } from './committed-log.js';
import type { Reference } from './reference.js';
import type { DiskWitness, SimEngine } from './sim-engine.js';
import { demand } from './violation.js';

const BLOCKS = 'wal/';
const MANIFESTS = 'snapmeta/';
const WATERMARK = 'hist/watermark';

interface Manifest {
  sequence: number;
  chunks: number;
  bytes: number;
  crc: number;
  epoch: number;
}

export class DiskChecks implements DiskWitness {
  snapshots = 0;
  trimmedBlocks = 0;
  /** What this process has tried to write, by key. */
  private readonly tried = new Map<string, Uint8Array>();
  /** Hash of the bytes of each snapshot that was found to be right when it was written, by its manifest. */
  private readonly right = new Map<string, string>();
  /** Sequences of those that are durable and have not been damaged since. */
  private readonly goodSnapshots = new Set<number>();
  private store!: SimEngine;

  constructor(
    private readonly log: CommittedLog,
    private readonly reference: Reference,
  ) {}

  /** The engine that snapshots and history lie in. */
  watch(store: SimEngine): void {
    this.store = store;
  }

  /** What a crash has left is looked at anew. */
  beginProcess(): void {
    this.tried.clear();
    this.goodSnapshots.clear();
    for (const [key, manifest] of this.store.peek({ gte: MANIFESTS, lt: `${MANIFESTS}~` })) {
      const hash = this.right.get(textOf(manifest));
      if (hash !== undefined && this.hashOfStored(manifestOf(manifest)) === hash) this.goodSnapshots.add(wideKeyOf(key));
    }
  }

  attempted(engine: SimEngine, operations: readonly Operation[]): void {
    for (const operation of operations) {
      if (operation.type === 'del') this.checkDeletion(engine, operation.key);
      else if (operation.key.startsWith(BLOCKS)) this.checkRetry(operation.key, operation.value);
      else if (operation.key.startsWith(MANIFESTS)) this.checkSnapshot(operation.key, operation.value);
    }
  }

  durable(engine: SimEngine, operations: readonly Operation[]): void {
    for (const operation of operations) {
      if (operation.type === 'del') continue;
      if (operation.key.startsWith(BLOCKS)) this.checkBlock(operation.key, operation.value);
      if (operation.key.startsWith(MANIFESTS)) this.goodSnapshots.add(wideKeyOf(operation.key));
      if (operation.key === WATERMARK) this.checkWatermark(engine, operation.value);
    }
  }

  /** Last event whose outcome is in the history tables. */
  watermark(): number {
    const value = this.store.peekOne(WATERMARK);
    return value === undefined ? 0 : watermarkOf(value);
  }

  private checkBlock(key: string, block: Uint8Array): void {
    this.log.add(block, true);
    demand(wideKeyOf(key) === headOf(block)!.first, `block ${headOf(block)!.first} was put under ${key}`);
  }

  /** What a failed write has left behind must not differ from what is put there later. */
  private checkRetry(key: string, block: Uint8Array): void {
    const before = this.tried.get(key);
    demand(before === undefined || Buffer.compare(before, block) === 0, `another block was tried under ${key} after the first one failed`);
    this.tried.set(key, block);
  }

  private checkDeletion(engine: SimEngine, key: string): void {
    if (key.startsWith(BLOCKS)) this.checkTrim(engine, key);
    if (!key.startsWith(MANIFESTS)) return;
    const sequence = wideKeyOf(key);
    const newer = this.presentSnapshots().filter((good) => good > sequence).length;
    demand(!this.goodSnapshots.has(sequence) || newer >= 3, `snapshot ${sequence} was dropped with ${newer} newer ones`);
  }

  /** Only what nobody needs may go: below the second-newest good snapshot and below what history has; or a damaged last block. */
  private checkTrim(engine: SimEngine, key: string): void {
    if (engine.peekOne(key) === undefined) return;
    const first = wideKeyOf(key);
    const isLast = engine.peek({ gt: key, lt: `${BLOCKS}~` }).length === 0;
    if (isLast) {
      demand(first > this.log.lastSequence, `the last block ${first} was cut, and it was committed`);
      return;
    }
    const last = this.log.lastOf.get(first)!;
    const [, second = 0] = this.presentSnapshots();
    demand(last <= second, `block ${first} to ${last} was dropped; the second-newest snapshot is ${second}`);
    demand(last <= this.watermark(), `block ${first} to ${last} was dropped; history has ${this.watermark()}`);
    this.trimmedBlocks++;
  }

  /** Newest first. */
  private presentSnapshots(): number[] {
    const present = [...this.goodSnapshots].filter((sequence) => this.store.peekOne(MANIFESTS + wideKey(sequence)) !== undefined);
    return present.sort((a, b) => b - a);
  }

  private checkSnapshot(key: string, value: Uint8Array): void {
    const manifest = manifestOf(value);
    const { sequence } = manifest;
    demand(wideKeyOf(key) === sequence, `a snapshot of ${sequence} was put under ${key}`);
    demand(sequence <= this.log.lastSequence, `a snapshot of ${sequence} was taken, but only ${this.log.lastSequence} are durable`);
    const end = this.log.blockEnds.get(sequence);
    demand(end !== undefined && end.crc === manifest.crc && end.epoch === manifest.epoch, `snapshot ${sequence} names no end of a block`);
    const hash = this.hashOfStored(manifest);
    demand(hash === hashOf(this.reference.bytesAt(sequence)), `snapshot ${sequence} is not the state behind event ${sequence}`);
    demand(sequence <= this.watermark(), `snapshot ${sequence} was taken before history beyond ${this.watermark()}`);
    this.right.set(textOf(value), hash);
    this.snapshots++;
  }

  private hashOfStored({ sequence, chunks, bytes }: Manifest): string {
    const prefix = `snap/${wideKey(sequence)}/`;
    const stored = this.store.peek({ gte: prefix, lt: `${prefix}~`, limit: chunks });
    return hashOf(Buffer.concat(stored.map(([, chunk]) => chunk)).subarray(0, bytes));
  }

  private checkWatermark(engine: SimEngine, value: Uint8Array): void {
    const before = engine.peekOne(WATERMARK);
    const watermark = watermarkOf(value);
    demand(before === undefined || watermark > watermarkOf(before), `the history watermark went back to ${watermark}`);
    demand(this.log.blockEnds.has(watermark), `history was written up to ${watermark}, where no block ends`);
  }
}

function manifestOf(value: Uint8Array): Manifest {
  return JSON.parse(textOf(value)) as Manifest;
}

function textOf(value: Uint8Array): string {
  return Buffer.from(value).toString('latin1');
}

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function watermarkOf(value: Uint8Array): number {
  return new DataView(value.buffer, value.byteOffset).getFloat64(0, true);
}
