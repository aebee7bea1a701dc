/**
 * A DuckDB for making files: of rows that wait, and few files of many. A day may have more rows than fit into memory, so it may
 * put some on the disk; nothing that anybody asks runs in here, and it is gone when the export is over.
 *
 * It has one thread: rows come one chunk after the other, and a second would look for work all the time meanwhile.
 */
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { InstrumentOrder, type InstrumentName } from './cell-writers.js';
import { registerHeldRows } from './held-rows.js';
import { NEW_FOLDER } from './manifest.js';
import type { HeldChunks } from './part-maker.js';

const SETTINGS = { threads: '1', memory_limit: '512MB' } as const;

export class ExportDatabase {
  private constructor(
    private readonly instance: DuckDBInstance,
    readonly connection: DuckDBConnection,
  ) {}

  static async open(folder: string, held: HeldChunks, names: readonly InstrumentName[]): Promise<ExportDatabase> {
    // below what is thrown away at the next start
    const instance = await DuckDBInstance.create(':memory:', { ...SETTINGS, temp_directory: join(folder, NEW_FOLDER, 'spill') });
    const connection = await instance.connect();
    registerHeldRows(connection, held, new InstrumentOrder(names));
    return new ExportDatabase(instance, connection);
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }
}
