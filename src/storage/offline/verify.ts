/**
 * Whether a data folder holds what it should: every byte of its files, every block of the log and their chain, every
 * snapshot, the fold of the log from one snapshot to the next, the equations of the ledger, and history against the log.
 */
import { join } from 'node:path';
import { DepthFold } from '../../core/depth.js';
import { EQUATIONS, evaluateSoundness } from '../../core/soundness/soundness.js';
import { TradeCheck } from '../../core/soundness/trade-check.js';
import { restoreState } from '../../core/state-codec.js';
import type { ExchangeState } from '../../core/state.js';
import { EventDecoder } from '../../wire/event-decoder.js';
import { frameLength, frameSequence } from '../../wire/frame-header.js';
import { closeStorage, openStorage, type Storage } from '../database.js';
import { readDurableMark } from '../durable-mark.js';
import { BLOCK_HEADER_BYTES, type LogBlock } from '../log-block.js';
import { LogStore } from '../log-store.js';
import { SnapshotStore, type SnapshotManifest } from '../snapshot-store.js';
import { reasonOf, StorageError } from '../storage-error.js';
import { checkFiles } from './file-check.js';
import { captureFolder, DATABASES, dropView } from './folder-view.js';
import { earliestStart, stateHash, type ReplayStart } from './state-replay.js';
import { HistoryCheck } from './verify-history.js';

const PROGRESS_BLOCKS = 64;

/** One kind of check: what was looked at, and what is wrong with it, a sentence each. */
export interface Check {
  name: 'files' | 'log' | 'snapshots' | 'fold' | 'ledger' | 'history' | 'parquet';
  looked: string;
  faults: string[];
}

export interface Verification {
  ok: boolean;
  /** Last event of the log that can be trusted. */
  sequence: number;
  /** Of the state behind it; '' when it could not be made. */
  stateHash: string;
  checks: Check[];
}

/** Events of a log. */
export interface LogRange {
  /** 0 for an empty log. */
  readonly firstSequence: number;
  readonly lastSequence: number;
}

/** Checks the Parquet files of a data folder: by whoever can read them. */
export type CheckParquet = (dataDir: string, log: LogRange, onProgress: (share: number) => void) => Promise<Check>;

export type Progress = (what: Check['name'], share: number) => void;

/** Throws StorageError only when there is nothing to verify. */
export async function verifyFolder(
  dataDir: string,
  checkParquet: CheckParquet,
  onProgress: Progress = () => undefined,
): Promise<Verification> {
  const path = await captureFolder(dataDir, true);
  try {
    const files = DATABASES.map((name) => checkFiles(join(path, 'db', name), join('db', name)));
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const count = files.reduce((sum, file) => sum + file.files, 0);
    const checks: Check[] = [{ name: 'files', looked: `${count} files, ${bytes} bytes`, faults: files.flatMap(({ faults }) => faults) }];
    onProgress('files', 1);
    let found: Omit<Verification, 'ok'> = { sequence: 0, stateHash: '', checks };
    try {
      found = await verifyContents(path, checks, checkParquet, onProgress);
    } catch (error) {
      // A database that cannot be opened or read to its end; the files say where.
      if (!(error instanceof StorageError)) throw error;
      checks.push({ name: 'log', looked: 'nothing further', faults: [error.message.replaceAll(path, dataDir)] });
    }
    return { ok: checks.every(({ faults }) => faults.length === 0), ...found };
  } finally {
    dropView(path);
  }
}

async function verifyContents(
  path: string,
  checks: Check[],
  checkParquet: CheckParquet,
  onProgress: Progress,
): Promise<Omit<Verification, 'ok'>> {
  const storage = await openStorage(path);
  try {
    const log = await verifyLog(storage, readDurableMark(path));
    checks.push(log.check);
    onProgress('log', 1);
    const snapshots = await verifySnapshots(storage);
    checks.push(snapshots.check);
    onProgress('snapshots', 1);
    const history = await HistoryCheck.open(storage.store);
    const fold = await new FoldCheck(storage, log, snapshots.good, history, onProgress).run();
    checks.push(...fold.checks, historyCheck(history));
    checks.push(await checkParquet(path, log, (share) => onProgress('parquet', share)));
    return { sequence: log.lastSequence, stateHash: fold.hash, checks };
  } finally {
    await closeStorage(storage);
  }
}

function historyCheck({ faults, survey, comparedRows, comparedDocuments, watermark }: HistoryCheck): Check {
  const rows = [...survey.tables.values()].reduce((sum, table) => sum + table.rows, 0);
  const looked = `${rows} records up to event ${watermark}, ${comparedRows} rows and ${comparedDocuments} documents compared with the log`;
  return { name: 'history', looked, faults };
}

interface LogWalk extends LogRange {
  check: Check;
  firstSequence: number;
  /** Last event before the first fault. */
  lastSequence: number;
}

async function verifyLog(storage: Storage, mark: ReturnType<typeof readDurableMark>): Promise<LogWalk> {
  const walk: LogWalk = { check: { name: 'log', looked: '', faults: [] }, firstSequence: 0, lastSequence: 0 };
  const { faults } = walk.check;
  let [blocks, bytes, expected] = [0, 0, 0];
  let chain: number | undefined;
  for await (const stored of new LogStore(storage.log).stored()) {
    blocks++;
    bytes += stored.bytes;
    if (walk.firstSequence === 0) walk.firstSequence = expected = stored.sequence;
    const fault = faultOf(stored.sequence, stored.block, expected, chain);
    if (fault !== undefined) faults.push(fault);
    if (typeof stored.block === 'string') {
      // Where the next one should begin cannot be known any more.
      expected = 0;
      chain = undefined;
      continue;
    }
    if (faults.length === 0) walk.lastSequence = stored.block.lastSequence;
    expected = stored.block.lastSequence + 1;
    chain = stored.block.crc;
    if (typeof mark === 'object' && mark.sequence === stored.block.lastSequence && mark.crc !== chain)
      faults.push(`The block that ends with event ${mark.sequence} is not the one that was written there last (db/durable).`);
  }
  if (mark === 'unreadable') faults.push('The mark of what is durable cannot be read (db/durable).');
  else if (mark !== undefined && mark.sequence >= expected && faults.length === 0)
    faults.push(`The log ends at event ${expected - 1}, but event ${mark.sequence} was durable (db/durable).`);
  const range = blocks === 0 ? '' : `, events ${walk.firstSequence} to ${Math.max(walk.lastSequence, expected - 1)}`;
  walk.check.looked = `${blocks} blocks, ${bytes} bytes${range}`;
  return walk;
}

function faultOf(sequence: number, block: LogBlock | string, expected: number, chain: number | undefined): string | undefined {
  if (expected !== 0 && sequence !== expected) return `Event ${expected} is missing: the log goes on at ${sequence}.`;
  if (typeof block === 'string') return `The block at event ${sequence} is damaged: it is or has ${block}.`;
  if (block.firstSequence !== sequence) return `Under event ${sequence} lies the block of event ${block.firstSequence}.`;
  if (chain !== undefined && block.previousCrc !== chain) return `The block at event ${sequence} does not follow the one before it.`;
  return undefined;
}

async function verifySnapshots(storage: Storage): Promise<{ check: Check; good: SnapshotManifest[] }> {
  const store = new SnapshotStore(storage.store);
  const good: SnapshotManifest[] = [];
  const faults: string[] = [];
  const sequences = await store.sequences();
  for (const sequence of sequences) {
    const loaded = await store.load(sequence);
    if (typeof loaded === 'string') {
      faults.push(`Snapshot ${sequence} cannot be used: ${loaded}.`);
      continue;
    }
    try {
      restoreState(loaded.bytes);
      good.push(loaded.manifest);
    } catch (error) {
      faults.push(`Snapshot ${sequence} cannot be restored: ${reasonOf(error)}.`);
    }
  }
  const looked = sequences.length === 0 ? 'none' : `${sequences.length}, at events ${[...sequences].reverse().join(', ')}`;
  return { check: { name: 'snapshots', looked, faults }, good: good.reverse() };
}

/** Folds the log from the furthest place that there is to its end. */
class FoldCheck {
  private readonly fold: Check = { name: 'fold', looked: '', faults: [] };
  private readonly ledger: Check = { name: 'ledger', looked: '', faults: [] };
  private compared = 0;

  constructor(
    private readonly storage: Storage,
    private readonly log: LogWalk,
    /** Oldest first. */
    private readonly snapshots: readonly SnapshotManifest[],
    private readonly history: HistoryCheck,
    private readonly onProgress: Progress,
  ) {}

  async run(): Promise<{ checks: Check[]; hash: string }> {
    const checks = [this.fold, this.ledger];
    let start: ReplayStart;
    try {
      start = await earliestStart(this.storage);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.fold.faults.push(error.message);
      this.fold.looked = 'nothing';
      this.ledger.looked = 'nothing';
      return { checks, hash: '' };
    }
    const { state, sequence: from } = start;
    const depth = new DepthFold(state);
    const trades = new TradeCheck(state);
    this.history.begin(state);
    state.observe(depth);
    state.observe(trades);
    const isWhole = await this.apply(start);
    const place = from === 0 ? 'the first event' : `snapshot ${from}`;
    this.fold.looked = `${state.sequence - from} events behind ${place}, ${this.compared} snapshots met`;
    if (!isWhole) {
      this.ledger.looked = 'nothing';
      return { checks, hash: '' };
    }
    await this.history.end(state.sequence);
    const verdicts = [...evaluateSoundness(state, depth), ...trades.verdicts()];
    this.ledger.looked = `${verdicts.length} equations over ${state.accounts.count} accounts at event ${state.sequence}`;
    for (const { id, left, right, ok, account, instrument } of verdicts) {
      const place = `account ${account}, instrument ${instrument}`;
      if (!ok) this.ledger.faults.push(`Equation ${id} does not hold (${EQUATIONS[id]}): ${left} is not ${right} (${place}).`);
    }
    return { checks, hash: stateHash(state) };
  }

  /** False when an event could not be applied. */
  private async apply({ state, sequence: from, crc }: ReplayStart): Promise<boolean> {
    const decoder = new EventDecoder(state);
    const waiting = this.snapshots.filter(({ sequence }) => sequence > from);
    let blocks = 0;
    if (from >= this.log.lastSequence) return true;
    for await (const block of new LogStore(this.storage.log).blocks(from + 1, crc)) {
      for (let at = BLOCK_HEADER_BYTES; at < block.endBytes; at += frameLength(block.views, at)) {
        try {
          decoder.decode(block.views, at);
        } catch (error) {
          this.fold.faults.push(`Event ${frameSequence(block.views, at)} cannot be applied: ${reasonOf(error)}.`);
          return false;
        }
      }
      await this.history.afterBlock(block.lastSequence);
      while (waiting.length > 0 && waiting[0].sequence <= block.lastSequence) await this.meet(waiting.shift()!, block, state);
      if (++blocks % PROGRESS_BLOCKS === 0) {
        this.onProgress('fold', (state.sequence - from) / (this.log.lastSequence - from));
        await new Promise(setImmediate);
      }
      // What lies behind has been told as a fault of the log.
      if (block.lastSequence >= this.log.lastSequence) break;
    }
    this.onProgress('fold', 1);
    for (const { sequence } of waiting) this.fold.faults.push(`Snapshot ${sequence} lies beyond the end of the log, ${state.sequence}.`);
    return true;
  }

  /** A snapshot must be what the fold is at the same event. */
  private async meet({ sequence, crc }: SnapshotManifest, block: LogBlock, state: ExchangeState): Promise<void> {
    this.compared++;
    if (sequence !== block.lastSequence || crc !== block.crc) {
      this.fold.faults.push(`Snapshot ${sequence} does not stand where a block of the log ends.`);
      return;
    }
    const loaded = await new SnapshotStore(this.storage.store).load(sequence);
    if (typeof loaded === 'string' || stateHash(restoreState(loaded.bytes)) !== stateHash(state))
      this.fold.faults.push(`Snapshot ${sequence} is not the state that the log leads to.`);
  }
}
