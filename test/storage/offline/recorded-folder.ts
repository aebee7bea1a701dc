/** A data folder with real events in it: a small venue trades, its events become a log, and a snapshotter follows it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { closeStorage, openStorage } from '../../../src/storage/database.js';
import { BLOCK_HEADER_BYTES, type LogPosition } from '../../../src/storage/log-block.js';
import { LogStore } from '../../../src/storage/log-store.js';
import { SnapshotStatus } from '../../../src/storage/snapshot-status.js';
import { Snapshotter } from '../../../src/storage/snapshotter.js';
import { StateFold } from '../../../src/storage/state-fold.js';
import { WalStatus } from '../../../src/storage/wal-status.js';
import { isEndOfCommand, setSequence } from '../../../src/wire/frame-header.js';
import { frameViews } from '../../../src/wire/frame-layout.js';
import { OneThreadCircle } from '../../support/one-thread-circle.js';
import { sealFrames } from '../support.js';

/** A folder that goes when the test ends. */
export function newFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'offline-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Two traders, two instruments, and orders that rest, trade, are cancelled and refused; the same each time. */
export function smallVenue(rounds = 30): OneThreadCircle {
  const circle = new OneThreadCircle();
  const copper = circle.list({
    instrumentId: 'SIM.copper',
    multiplier: 10,
    priceTick: 10_000,
    preSettlement: 1_000_000,
    feeOpenByLot: 30_000,
  });
  const gold = circle.list({ instrumentId: 'SIM.gold', multiplier: 5, priceTick: 5_000, preSettlement: 2_000_000, feeOpenByMoney: 10_000 });
  const [ann, bob] = [circle.trader(1_000_000), circle.trader(1_000_000)];
  for (let round = 0; round < rounds; round++) {
    const price = 95 + (round % 10);
    const resting = circle.order(ann, copper, `BUY OPEN ${2 + (round % 3)}@${price}`, `ann-${round}`);
    circle.order(bob, copper, `SELL OPEN 1@${price}`);
    circle.order(bob, gold, `SELL OPEN 2@${200 + (round % 5)} POST`);
    circle.order(ann, gold, `BUY OPEN 1@${198 + (round % 5)}`);
    if (round % 4 === 0) circle.cancel(ann, resting.orderId);
    if (round % 7 === 0) circle.deposit(bob, 1000);
    // the book refuses what would trade at once
    if (round % 5 === 0) circle.order(ann, gold, 'BUY OPEN 1@210 POST');
  }
  return circle;
}

export interface RecordOptions {
  /** Commands of a block. */
  blockCommands?: number;
  /** After which blocks, counted from 1, history and a snapshot are written. */
  snapshotsAfter?: number[];
  /** A batch of history at the latest after so many events. */
  historyEvents?: number;
}

/** Writes the events into the databases of `folder`; gives the last sequence of each block. */
export async function recordFolder(folder: string, journal: readonly Uint8Array[], options: RecordOptions = {}): Promise<number[]> {
  const { blockCommands = 8, snapshotsAfter = [], historyEvents = 50 } = options;
  const storage = await openStorage(folder);
  try {
    const wal = new WalStatus(WalStatus.create());
    wal.start(0);
    const snapshotter = new Snapshotter({
      storage,
      fold: new StateFold(),
      wal,
      status: new SnapshotStatus(SnapshotStatus.create()),
      nowUs: () => 1_767_571_200_000_000,
      limits: { historyEvents },
    });
    await snapshotter.start();
    const log = new LogStore(storage.log);
    const ends: number[] = [];
    for (const { block, end } of blocksOf(journal, blockCommands)) {
      await log.append(block, (ends.at(-1) ?? 0) + 1);
      ends.push(end);
      wal.start(end);
      while (await snapshotter.turn());
      if (snapshotsAfter.includes(ends.length)) await snapshotter.takeSnapshot();
    }
    return ends;
  } finally {
    await closeStorage(storage);
  }
}

export function* blocksOf(journal: readonly Uint8Array[], commands: number): Generator<{ block: Uint8Array; end: number }> {
  let position: LogPosition = { sequence: 0, crc: 0, epoch: 1 };
  let frames: Uint8Array[] = [];
  let complete = 0;
  for (const [index, frame] of journal.entries()) {
    frames.push(frame);
    if (isEndOfCommand(frameViews(frame), 0)) complete++;
    if (complete < commands && index < journal.length - 1) continue;
    const made = sealed(frames, position);
    position = made.position;
    yield { block: made.block, end: position.sequence };
    frames = [];
    complete = 0;
  }
}

function sealed(frames: readonly Uint8Array[], position: LogPosition): { block: Uint8Array; position: LogPosition } {
  const endBytes = frames.reduce((sum, { byteLength }) => sum + byteLength, BLOCK_HEADER_BYTES);
  const views = frameViews(new Uint8Array(endBytes));
  let at = BLOCK_HEADER_BYTES;
  for (const [index, frame] of frames.entries()) {
    views.bytes.set(frame, at);
    setSequence(views, at, position.sequence + 1 + index);
    at += frame.byteLength;
  }
  return sealFrames(views, endBytes, position);
}
