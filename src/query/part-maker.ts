/**
 * Makes the files of an export, and few files of many: of each table one file for every day that rows are of. Nobody knows of
 * them before they are in the manifest.
 */
import type { InstrumentName } from './cell-writers.js';
import { ExportDatabase } from './export-database.js';
import { heldSql } from './held-rows.js';
import { filesSql, newestOnly, type Files } from './files-sql.js';
import type { HistoryFile } from './manifest.js';
import { PartWriter, ROW_GROUP_ROWS } from './part-writer.js';
import { literal } from './sql-text.js';
import { hasInstrument, TABLE_NAMES, TABLES, type TableName } from './tables.js';
import { tradingDaysOf, type RowChunk } from './waiting-rows.js';

/** So many files of one level make one of the next: sooner while they are small, for then it costs little and they cost queries more. */
const MERGE_FILES = 8;
const MERGE_LARGE_FILES = 32;

export type HeldChunks = Readonly<Record<TableName, readonly RowChunk[]>>;

export interface PartOrder {
  readonly folder: string;
  /** Of the export: it names the files. */
  readonly sequence: number;
  /** Trading days before this one are over. */
  readonly openDay: number;
  readonly names: readonly InstrumentName[];
  /** Rows that are in no file, in the order in which they came. */
  readonly held: HeldChunks;
  /** What there is already. */
  readonly files: Files;
}

/** All files of the history with the rows in it. */
export async function makeParts(order: PartOrder): Promise<Files> {
  const own = await ExportDatabase.open(order.folder, order.held, order.names);
  try {
    const maker = new PartMaker(order, new PartWriter(own.connection, order.folder, order.sequence));
    const files = { ...order.files } as Record<TableName, readonly HistoryFile[]>;
    for (const name of TABLE_NAMES) files[name] = await maker.merged(name, [...files[name], ...(await maker.written(name))]);
    return files;
  } finally {
    own.close();
  }
}

class PartMaker {
  constructor(
    private readonly order: PartOrder,
    private readonly writer: PartWriter,
  ) {}

  /** A file for each day that rows are of. */
  async written(name: TableName): Promise<HistoryFile[]> {
    const { writer } = this;
    const files: HistoryFile[] = [];
    for (const day of tradingDaysOf(this.order.held[name], TABLES[name].columns.length)) {
      const rows = heldSql(name, day);
      const { isReplaced } = TABLES[name];
      files.push(await (isReplaced ? writer.write(name, day, 0, newestOnly(TABLES[name], rows)) : writer.writeOrdered(name, day, rows)));
    }
    return files;
  }

  /** The files of a table with fewer of them where there are too many, or where the day is over. */
  async merged(name: TableName, files: readonly HistoryFile[]): Promise<readonly HistoryFile[]> {
    const result: HistoryFile[] = [];
    for (const day of new Set(files.map((file) => file.day))) {
      const own = files.filter((file) => file.day === day);
      result.push(...(day < this.order.openDay ? await this.split(name, own) : await this.fewer(name, own)));
    }
    return result;
  }

  private async fewer(name: TableName, files: readonly HistoryFile[]): Promise<readonly HistoryFile[]> {
    let own = files;
    for (let level = 0; own.some((file) => file.level >= level); level++) {
      const small = own.filter((file) => file.level === level);
      if (small.length < (areLarge(small) ? MERGE_LARGE_FILES : MERGE_FILES)) continue;
      const merged = await this.writer.write(name, small[0].day, level + 1, this.rowsOf(name, small));
      own = [...own.filter((file) => file.level !== level), merged];
    }
    return own;
  }

  /** One file for each instrument, or one where rows are of none. */
  private async split(name: TableName, files: readonly HistoryFile[]): Promise<readonly HistoryFile[]> {
    const { writer } = this;
    const isByInstrument = hasInstrument(TABLES[name]);
    const isDone = isByInstrument ? files.every((file) => file.instrument !== undefined) : files.length === 1;
    if (isDone) return files;
    const [{ day }] = files;
    const rows = this.rowsOf(name, files);
    if (!isByInstrument) return [await writer.write(name, day, 0, rows)];
    const result: HistoryFile[] = [];
    for (const { instrument_id: id } of await writer.read(`SELECT DISTINCT instrument_id FROM (${rows}) ORDER BY 1`)) {
      const instrument = String(id);
      result.push(await writer.write(name, day, 0, `SELECT * FROM (${rows}) WHERE instrument_id = ${literal(instrument)}`, instrument));
    }
    return result;
  }

  private rowsOf(name: TableName, files: readonly HistoryFile[]): string {
    return newestOnly(TABLES[name], filesSql(this.order.folder, name, files));
  }
}

/** On average they fill row groups by themselves. */
function areLarge(files: readonly HistoryFile[]): boolean {
  return files.reduce((sum, { rows }) => sum + rows, 0) >= files.length * ROW_GROUP_ROWS;
}
