/**
 * Writes rows that wait into Parquet files and says so in the manifest. A kill at any moment leaves the manifest of before or
 * that of after; files that neither names are thrown away at the next start.
 *
 * Rows of a day that goes on are exported as they come, all instruments in one file, and merged when there are too many
 * files; when the day is over, every table gets one file for each instrument.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { StorageError } from '../storage/storage-error.js';
import type { InstrumentName } from './cell-writers.js';
import { makeFolder, writeWhole } from './files.js';
import type { Files } from './files-sql.js';
import type { HistoryDatabase } from './history-database.js';
import { NEW_FOLDER, noFiles, readManifest, writeManifest, type Manifest } from './manifest.js';
import { PartThread } from './part-thread.js';
import { TABLES } from './tables.js';
import type { HistoryRows } from './waiting-rows.js';

/** A place in the log that an export goes up to. */
export interface Cut {
  /** The last of the frozen generations: they hold everything up to there that is in no file. */
  generation: number;
  sequence: number;
  /** The fold at that place. */
  checkpoint: Uint8Array;
  /** Where the history began, for the first export. */
  beginsBehind: number;
  /** Trading days before this one are over. */
  openDay: number;
  names: readonly InstrumentName[];
}

export class Exporter {
  private manifest: Manifest | undefined;
  /** Files that queries that began before a publication may still read, by its number; no later one does. */
  private readonly stale = new Map<number, readonly string[]>();
  private readonly thread = new PartThread();

  constructor(
    private readonly folder: string,
    isReader = false,
    /** False: somebody else exports by now, and nothing may be made known any more. */
    private readonly mayPublish: () => boolean = () => true,
  ) {
    if (!isReader) makeFolder(folder);
    this.manifest = readManifest(folder);
    if (!isReader) this.tidy();
  }

  /** Last event in the files; 0 before the first export. */
  get sequence(): number {
    return this.manifest?.sequence ?? 0;
  }

  get files(): Files {
    return this.manifest?.tables ?? noFiles();
  }

  /** Undefined before the first export. Throws StorageError CORRUPT for one that is damaged. */
  checkpoint(): Uint8Array | undefined {
    return this.manifest === undefined ? undefined : readCheckpoint(this.folder, this.manifest);
  }

  async export(database: HistoryDatabase, rows: HistoryRows, cut: Cut): Promise<void> {
    this.dropStale(database.oldestSeen);
    const { generation, sequence, openDay, names } = cut;
    const held = database.held.chunksUpTo(generation);
    const files = await this.thread.make({ folder: this.folder, sequence, openDay, names, held, files: this.files });
    const replaced = this.publish(files, cut);
    this.stale.set(await database.published(rows, files, generation, sequence), replaced);
  }

  /** Nothing is exported any more. */
  close(): void {
    this.thread.close();
  }

  /** Returns the files that are no longer part of the history. */
  private publish(files: Files, { sequence, checkpoint, beginsBehind }: Cut): string[] {
    if (!this.mayPublish()) throw new StorageError('WRITE_FAILED', 'The history is no longer this process’s to write.');
    const old = this.manifest;
    const path = `checkpoint-${sequence}`;
    writeWhole(join(this.folder, path), checkpoint);
    this.manifest = writeManifest(this.folder, {
      beginsBehind: old?.beginsBehind ?? beginsBehind,
      sequence,
      checkpoint: { path, crc32: crc32(checkpoint) },
      tables: files,
    });
    if (old === undefined) return [];
    if (old.checkpoint.path !== path) rmSync(join(this.folder, old.checkpoint.path), { force: true });
    const kept = new Set(pathsOf(this.manifest));
    return pathsOf(old).filter((file) => !kept.has(file));
  }

  /** Those that no query under way can see. */
  private dropStale(oldestSeen: number): void {
    for (const [publication, paths] of this.stale) {
      if (publication > oldestSeen) return;
      for (const path of paths) rmSync(join(this.folder, path), { force: true });
      this.stale.delete(publication);
    }
  }

  /** What a kill has left behind. */
  private tidy(): void {
    rmSync(join(this.folder, NEW_FOLDER), { recursive: true, force: true });
    const kept = new Set(this.manifest === undefined ? [] : pathsOf(this.manifest));
    for (const name of readdirSync(this.folder)) {
      const isOldCheckpoint = name.startsWith('checkpoint-') && name !== this.manifest?.checkpoint.path;
      if (isOldCheckpoint || name.endsWith('.new')) rmSync(join(this.folder, name), { force: true });
      if (!(name in TABLES)) continue;
      for (const entry of readdirSync(join(this.folder, name), { recursive: true, withFileTypes: true })) {
        const path = join(entry.parentPath, entry.name).slice(this.folder.length + 1);
        if (entry.isFile() && !kept.has(path)) rmSync(join(this.folder, path), { force: true });
      }
    }
  }
}

/** Throws StorageError CORRUPT. */
export function readCheckpoint(folder: string, { checkpoint, sequence }: Manifest): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(join(folder, checkpoint.path));
  } catch (error) {
    throw new StorageError('CORRUPT', `The checkpoint of the history at event ${sequence} cannot be read.`, sequence, error);
  }
  if (crc32(bytes) === checkpoint.crc32) return bytes;
  throw new StorageError('CORRUPT', `The checkpoint of the history at event ${sequence} is damaged.`, sequence);
}

function pathsOf({ tables }: Manifest): string[] {
  return Object.values(tables).flatMap((files) => files.map(({ path }) => path));
}
