/** Writes rows of one table and day into a Parquet file of the history, and tells what is in it. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { publishFile } from './files.js';
import { NEW_FOLDER, type HistoryFile } from './manifest.js';
import { figuresOf } from './part-figures.js';
import { literal } from './sql-text.js';
import { hasInstrument, TABLES, type TableName } from './tables.js';

export const ROW_GROUP_ROWS = 100_000;
/** Of version 2: ids and times, which grow, as the differences between neighbours. That is quick to write, and half as long to read. */
const FORMAT = 'FORMAT parquet, PARQUET_VERSION V2, COMPRESSION zstd';

export class PartWriter {
  private lastNumber = 0;

  constructor(
    private readonly connection: DuckDBConnection,
    private readonly folder: string,
    /** Of the export; with a number it names the files. */
    private readonly sequence: number,
  ) {}

  /** `rows` is a SELECT. The file is durable, and nobody knows of it yet. */
  write(name: TableName, day: number, level: number, rows: string, instrument?: string): Promise<HistoryFile> {
    const order = hasInstrument(TABLES[name]) ? 'instrument_id, ts, sequence' : 'ts, sequence';
    return this.copy(name, day, level, `SELECT * FROM (${rows}) ORDER BY ${order}`, instrument);
  }

  /** Rows that come in their order. */
  writeOrdered(name: TableName, day: number, rows: string): Promise<HistoryFile> {
    return this.copy(name, day, 0, rows);
  }

  private async copy(name: TableName, day: number, level: number, rows: string, instrument?: string): Promise<HistoryFile> {
    const temporary = join(this.folder, NEW_FOLDER, `${name}.parquet`);
    mkdirSync(dirname(temporary), { recursive: true, mode: 0o700 });
    await this.connection.run(`COPY (${rows}) TO ${literal(temporary)} (${FORMAT}, ROW_GROUP_SIZE ${ROW_GROUP_ROWS})`);
    const figures = await figuresOf(this.connection, name, temporary);
    const path = join(name, `trading_day=${day}`, `${this.sequence}-${++this.lastNumber}.parquet`);
    const { size } = statSync(temporary);
    publishFile(temporary, join(this.folder, path));
    return {
      path,
      day,
      ...(instrument === undefined ? {} : { instrument }),
      level,
      columns: TABLES[name].columns.length,
      bytes: size,
      ...figures,
    };
  }

  async read(sql: string): Promise<Record<string, unknown>[]> {
    return (await this.connection.runAndReadAll(sql)).getRowObjectsJS();
  }
}
