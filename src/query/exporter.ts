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
import { ExportDatabase } from './export-database.js';
import { makeFolder, writeWhole } from './files.js';
import { heldSql } from './held-rows.js';
import { newestOnly, type Files, type HistoryDatabase } from './history-database.js';
import { NEW_FOLDER, noFiles, readManifest, writeManifest, type HistoryFile, type Manifest } from './manifest.js';
import { PartWriter, ROW_GROUP_ROWS } from './part-writer.js';
import { literal } from './sql-text.js';
import { hasInstrument, TABLE_NAMES, TABLES, type TableName } from './tables.js';
import type { HistoryRows } from './waiting-rows.js';

/** So many files of one level make one of the next: sooner while they are small, for then it costs little and they cost queries more. */
const MERGE_FILES = 8;
const MERGE_LARGE_FILES = 32;

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

/** A table whose files are made fewer. */
interface Merging {
  writer: PartWriter;
  database: HistoryDatabase;
  name: TableName;
}

export class Exporter {
  private manifest: Manifest | undefined;
  /** Files that nobody should read any more, but that a query under way may still. */
  private stale: string[] = [];

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
    this.dropStale();
    const own = await ExportDatabase.open(this.folder, database.held, cut.names);
    try {
      const writer = new PartWriter(own.connection, this.folder, cut.sequence);
      const files = { ...this.files } as Record<TableName, readonly HistoryFile[]>;
      for (const name of TABLE_NAMES) {
        const added = await this.written(writer, database, name, cut.generation);
        files[name] = await this.merged({ writer, database, name }, [...files[name], ...added], cut.openDay);
      }
      this.publish(files, cut);
      await database.published(rows, files, cut.generation, cut.sequence);
    } finally {
      own.close();
    }
  }

  private publish(files: Files, { sequence, checkpoint, beginsBehind }: Cut): void {
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
    if (old === undefined) return;
    if (old.checkpoint.path !== path) rmSync(join(this.folder, old.checkpoint.path), { force: true });
    const kept = new Set(pathsOf(this.manifest));
    this.stale.push(...pathsOf(old).filter((file) => !kept.has(file)));
  }

  /** A file for each day that rows up to a generation are of. */
  private async written(writer: PartWriter, database: HistoryDatabase, name: TableName, generation: number): Promise<HistoryFile[]> {
    const files: HistoryFile[] = [];
    for (const day of database.held.tradingDays(name, generation)) {
      const rows = heldSql(name, generation, day);
      const { isReplaced } = TABLES[name];
      const written = isReplaced ? writer.write(name, day, 0, newestOnly(TABLES[name], rows)) : writer.writeOrdered(name, day, rows);
      files.push(await written.finally(() => database.held.end()));
    }
    return files;
  }

  /** The files of a table with fewer of them where there are too many, or where the day is over. */
  private async merged(merging: Merging, files: readonly HistoryFile[], openDay: number): Promise<HistoryFile[]> {
    const result: HistoryFile[] = [];
    for (const day of new Set(files.map((file) => file.day))) {
      const own = files.filter((file) => file.day === day);
      result.push(...(day < openDay ? await split(merging, own) : await fewer(merging, own)));
    }
    return result;
  }

  /** By now nobody reads what only the manifest before the last one named. */
  private dropStale(): void {
    for (const path of this.stale) rmSync(join(this.folder, path), { force: true });
    this.stale = [];
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

async function fewer({ writer, database, name }: Merging, files: readonly HistoryFile[]): Promise<readonly HistoryFile[]> {
  let own = files;
  for (let level = 0; own.some((file) => file.level >= level); level++) {
    const small = own.filter((file) => file.level === level);
    if (small.length < (areLarge(small) ? MERGE_LARGE_FILES : MERGE_FILES)) continue;
    const rows = newestOnly(TABLES[name], database.filesSql(name, small));
    own = [...own.filter((file) => file.level !== level), await writer.write(name, small[0].day, level + 1, rows)];
  }
  return own;
}

/** On average they fill row groups by themselves. */
function areLarge(files: readonly HistoryFile[]): boolean {
  return files.reduce((sum, { rows }) => sum + rows, 0) >= files.length * ROW_GROUP_ROWS;
}

/** One file for each instrument, or one where rows are of none. */
async function split({ writer, database, name }: Merging, files: readonly HistoryFile[]): Promise<readonly HistoryFile[]> {
  const isByInstrument = hasInstrument(TABLES[name]);
  const isDone = isByInstrument ? files.every((file) => file.instrument !== undefined) : files.length === 1;
  if (isDone) return files;
  const [{ day }] = files;
  const rows = newestOnly(TABLES[name], database.filesSql(name, files));
  if (!isByInstrument) return [await writer.write(name, day, 0, rows)];
  const result: HistoryFile[] = [];
  for (const { instrument_id: id } of await writer.read(`SELECT DISTINCT instrument_id FROM (${rows}) ORDER BY 1`)) {
    const instrument = String(id);
    result.push(await writer.write(name, day, 0, `SELECT * FROM (${rows}) WHERE instrument_id = ${literal(instrument)}`, instrument));
  }
  return result;
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
