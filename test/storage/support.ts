/** Helpers of the storage tests: temp folders, frames, blocks, a small fold. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { FrameKind, Stamp } from '../../src/core/events.js';
import type { RingProducer } from '../../src/ring/ring-producer.js';
import { closeStorage, openStorage, type Database, type Storage } from '../../src/storage/database.js';
import type { HistoryBatch, HistoryRows } from '../../src/storage/history-store.js';
import { BlockWriter } from '../../src/storage/block-writer.js';
import { BLOCK_HEADER_BYTES, LOG_VERSION, blockEnd, type LogBlock, type LogPosition } from '../../src/storage/log-block.js';
import { LogStore } from '../../src/storage/log-store.js';
import type { Fold } from '../../src/storage/snapshotter.js';
import { frameLength, frameSequence, writeHeader } from '../../src/wire/frame-header.js';
import { HEADER_BYTES, frameViews, type FrameViews } from '../../src/wire/frame-layout.js';

export function tempFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'storage-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function tempStorage(t: Test, folder = tempFolder(t)): Promise<Storage> {
  const storage = await openStorage(folder);
  t.teardown(() => closeStorage(storage));
  return storage;
}

/** A storage of its own for one run of a property. */
export async function withStorage(use: (storage: Storage) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'storage-'));
  try {
    const storage = await openStorage(folder);
    try {
      await use(storage);
    } finally {
      await closeStorage(storage);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a test frame carries: a number behind the header, and length to taste. */
export interface TestFrame {
  value: number;
  /** Of the whole frame; HEADER_BYTES + 8 when left out. */
  length?: number;
  end?: boolean;
  source?: number;
}

const DEFAULT_LENGTH = HEADER_BYTES + 8;

export function putFrame(views: FrameViews, offset: number, frame: TestFrame, sequence = 0): number {
  const stamp = new Stamp();
  stamp.sequence = sequence;
  stamp.source = frame.source ?? 0;
  stamp.endOfCommand = frame.end ?? true;
  const length = frame.length ?? DEFAULT_LENGTH;
  views.bytes.fill(0, offset, offset + length);
  writeHeader(views, offset, length, FrameKind.Trade, stamp);
  views.doubles[(offset + HEADER_BYTES) >> 3] = frame.value;
  return length;
}

export function valueOf(views: FrameViews, offset: number): number {
  return views.doubles[(offset + HEADER_BYTES) >> 3];
}

/** One command of several frames; all but the last without END_OF_COMMAND. */
export function publishCommand(producer: RingProducer, frames: TestFrame[]): boolean {
  for (const [index, frame] of frames.entries()) {
    const offset = producer.claim(frame.length ?? DEFAULT_LENGTH);
    if (offset < 0) {
      producer.rollback();
      return false;
    }
    putFrame(producer, offset, { end: index === frames.length - 1, ...frame });
  }
  producer.publish();
  return true;
}

/** A sealed block of one-frame commands that follows `position`. */
export function makeBlock(position: LogPosition, values: number[], version = LOG_VERSION): { block: Uint8Array; position: LogPosition } {
  const endBytes = BLOCK_HEADER_BYTES + values.length * DEFAULT_LENGTH;
  const views = frameViews(new Uint8Array(endBytes));
  values.forEach((value, index) => putFrame(views, BLOCK_HEADER_BYTES + index * DEFAULT_LENGTH, { value }, position.sequence + 1 + index));
  return sealFrames(views, endBytes, position, version);
}

/** The block of all frames up to `endBytes` that follows `position`. */
export function sealFrames(
  views: FrameViews,
  endBytes: number,
  { epoch, sequence, crc: previousCrc }: LogPosition,
  version = LOG_VERSION,
): { block: Uint8Array; position: LogPosition } {
  const writer = new BlockWriter(endBytes, 0);
  writer.begin(version);
  writer.add(views, endBytes);
  const { bytes: block } = writer.seal({ epoch, firstSequence: sequence + 1, previousCrc });
  return { block, position: { epoch, ...blockEnd(block) } };
}

export const START: LogPosition = { sequence: 0, crc: 0, epoch: 1 };

/** First sequences of the blocks of a log, by their keys. */
export async function keysOf(database: Database): Promise<number[]> {
  return (await database.keys({ gte: 'wal/', lt: 'wal0' })).map((key) => Number.parseInt(key.slice(4), 16));
}

/** Appends blocks with the sequence of each event as its value; returns the position behind each. */
export async function appendBlocks(storage: Storage, counts: number[], from = START): Promise<LogPosition[]> {
  const log = new LogStore(storage.log);
  const positions: LogPosition[] = [];
  let position = from;
  for (const count of counts) {
    const first = position.sequence + 1;
    const made = makeBlock(
      position,
      Array.from({ length: count }, (_, index) => first + index),
    );
    await log.append(made.block, first);
    position = made.position;
    positions.push(position);
  }
  return positions;
}

export function valuesIn(block: LogBlock): number[] {
  const values: number[] = [];
  for (let at = BLOCK_HEADER_BYTES; at < block.endBytes; at += frameLength(block.views, at)) values.push(valueOf(block.views, at));
  return values;
}

/** Sums values; every event belongs to account value % 3 and is a finished order of its own. */
export class SumFold implements Fold {
  sequence = 0;
  sum = 0;
  restoredAt = 0;
  private finished: { account: number; sequence: number }[] = [];

  restore(bytes: Uint8Array): void {
    const { sequence, sum } = JSON.parse(Buffer.from(bytes).toString()) as { sequence: number; sum: number };
    this.sequence = sequence;
    this.restoredAt = sequence;
    this.sum = sum;
    this.finished = [];
  }

  apply(views: FrameViews, offset: number): void {
    const sequence = frameSequence(views, offset);
    if (sequence !== this.sequence + 1) throw new Error(`event ${sequence} behind ${this.sequence}`);
    this.sequence = sequence;
    this.sum += valueOf(views, offset);
    this.finished.push({ account: valueOf(views, offset) % 3, sequence });
  }

  serialize(): Uint8Array {
    return Buffer.from(JSON.stringify({ sequence: this.sequence, sum: this.sum }));
  }

  takeHistory(): HistoryBatch {
    const finished = this.finished;
    this.dropHistory();
    const accounts = [...new Set(finished.map(({ account }) => account))];
    const rows = accounts.map((account) =>
      rowsOf(
        account,
        finished.filter((item) => item.account === account).map((item) => item.sequence),
      ),
    );
    return {
      orders: rows,
      trades: [],
      orderIndex: finished.map(({ account, sequence }) => ({ orderId: sequence, account })),
      documents: [],
      audits: [],
    };
  }

  dropHistory(): void {
    this.finished = [];
  }
}

export function rowsOf(account: number, values: number[]): HistoryRows {
  return { account, count: values.length, bytes: new Uint8Array(Float64Array.from(values).buffer) };
}

export function rowValues({ bytes }: { bytes: Uint8Array }): number[] {
  return [...new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8)];
}
