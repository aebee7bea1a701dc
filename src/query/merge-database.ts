/**
 * A DuckDB for making few files of many. A day may have more rows than fit into memory, so it may put some on the disk; nothing
 * that anybody asks runs in here, and it is gone when the export is over.
 */
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { NEW_FOLDER } from './manifest.js';

const SETTINGS = { threads: '2', memory_limit: '512MB' } as const;

export class MergeDatabase {
  private instance: DuckDBInstance | undefined;
  private opened: DuckDBConnection | undefined;

  constructor(private readonly folder: string) {}

  /** Made when it is needed for the first time. */
  async connection(): Promise<DuckDBConnection> {
    // below what is thrown away at the next start
    const spill = join(this.folder, NEW_FOLDER, 'spill');
    this.instance ??= await DuckDBInstance.create(':memory:', { ...SETTINGS, temp_directory: spill });
    this.opened ??= await this.instance.connect();
    return this.opened;
  }

  close(): void {
    this.opened?.closeSync();
    this.instance?.closeSync();
  }
}
