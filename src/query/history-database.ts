/**
 * DuckDB over the history: the files that the manifest names, and behind them the rows that no file has yet.
 *
 * Rows wait in tables of a generation (schema g1, g2, …). An export writes a generation to files while the next one takes what
 * comes; views show the files and every generation whose rows are in none of them. The change from one to the other is a
 * transaction, so a query sees each row once. NaN among the rows that wait is no value: the cast of the view makes it none.
 *
 * What runs in here may read and write the folder of the history and nothing else; its settings are locked.
 */
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { noFiles, type HistoryFile } from './manifest.js';
import { literal, pathLiteral, quoted } from './sql-text.js';
import { hasInstrument, readableName, TABLE_NAMES, TABLES, type Table, type TableName } from './tables.js';
import { Mutex } from './mutex.js';
import type { HistoryRows, RowChunk } from './waiting-rows.js';

export type Files = Readonly<Record<TableName, readonly HistoryFile[]>>;

export interface InstrumentName {
  instrument: number;
  instrumentId: string;
}

export interface DatabaseLimits {
  threads: number;
  memoryMb: number;
}

export const DATABASE_LIMITS: DatabaseLimits = { threads: 2, memoryMb: 768 };

/** As many queries as run at once, and one more. */
const QUERY_CONNECTIONS = 3;

export class HistoryDatabase {
  generation = 1;
  private oldest = 1;
  private files: Files = noFiles();
  private namesKnown = 0;
  /** Tables that a generation has rows of: views leave the others out, which would cost every query a part of its plan. */
  private readonly filled = new Map<number, Set<TableName>>();
  /** Changes one after the other. */
  private readonly mutex = new Mutex();

  private constructor(
    readonly folder: string,
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
    /** Parses texts beside whatever is asked. */
    readonly parser: DuckDBConnection,
  ) {}

  /** For queries: made before settings are locked, so that DuckDB tells how far a query is. */
  private readonly spare: DuckDBConnection[] = [];

  static async open(
    folder: string,
    files: Files = noFiles(),
    limits: DatabaseLimits = DATABASE_LIMITS,
    outFolder?: string,
  ): Promise<HistoryDatabase> {
    const instance = await DuckDBInstance.create(':memory:', { threads: String(limits.threads) });
    const connection = await instance.connect();
    const database = new HistoryDatabase(folder, instance, connection, await instance.connect());
    for (let n = 0; n < QUERY_CONNECTIONS; n++) database.spare.push(await telling(instance));
    for (const setting of settings(outFolder === undefined ? [folder] : [folder, outFolder], limits))
      await connection.run(`SET GLOBAL ${setting}`);
    await connection.run('CREATE SCHEMA hidden');
    await connection.run('CREATE TABLE hidden.names (instrument INTEGER, instrument_id VARCHAR)');
    await connection.run('CREATE TABLE hidden.as_of AS SELECT CAST(0 AS DOUBLE) AS sequence');
    await database.change(async () => {
      await database.addGeneration(1);
      await database.showFiles(files);
    });
    return database;
  }

  connect(): Promise<DuckDBConnection> {
    return this.instance.connect();
  }

  /** One that nobody else uses until it is given back. */
  async takeConnection(): Promise<DuckDBConnection> {
    return this.spare.pop() ?? (await this.connect());
  }

  /** Begins a transaction, which sees the rows as they are now, and tells the last event in them. */
  async look(connection: DuckDBConnection): Promise<number> {
    return Number((await connection.runAndReadAll('BEGIN; SELECT sequence FROM hidden.as_of')).getRowsJS()[0][0]);
  }

  /** With no transaction open any more. */
  async giveBack(connection: DuckDBConnection): Promise<void> {
    try {
      await connection.run('ROLLBACK');
      this.spare.push(connection);
    } catch {
      connection.closeSync();
    }
  }

  close(): void {
    for (const connection of this.spare) connection.closeSync();
    this.connection.closeSync();
    this.parser.closeSync();
    this.instance.closeSync();
  }

  /** What the fold has made until now becomes visible at once, and with it the last event in it. */
  append(rows: HistoryRows, names: readonly InstrumentName[], sequence: number): Promise<void> {
    // taken now: the fold goes on while this is waited for
    const taken = TABLE_NAMES.map((name) => ({ name, chunks: rows[name].take() })).filter(({ chunks }) => chunks.length > 0);
    return this.change(async () => {
      for (const { instrument, instrumentId } of names.slice(this.namesKnown)) {
        await this.connection.run('INSERT INTO hidden.names VALUES (?, ?)', [instrument, instrumentId]);
      }
      this.namesKnown = Math.max(this.namesKnown, names.length);
      for (const { name, chunks } of taken) await this.appendTable(rows, name, chunks);
      await this.connection.run('UPDATE hidden.as_of SET sequence = ?', [sequence]);
    });
  }

  /** From now on rows go into another generation; returns the one that is complete. */
  freeze(): Promise<number> {
    return this.change(async () => {
      const frozen = this.generation;
      await this.addGeneration(frozen + 1);
      this.generation = frozen + 1;
      await this.showFiles(this.files);
      return frozen;
    });
  }

  /** The files take the place of the generations up to one. */
  published(files: Files, generation: number): Promise<void> {
    return this.change(async () => {
      const dropped = this.oldest;
      this.oldest = Math.max(this.oldest, generation + 1);
      await this.showFiles(files);
      for (let old = dropped; old < this.oldest; old++) {
        await this.connection.run(`DROP SCHEMA g${old} CASCADE`);
        this.filled.delete(old);
      }
    });
  }

  /** What a table shows of the rows that are in no file, up to a generation; undefined when there are none. */
  waitingSql(name: TableName, upTo: number): string | undefined {
    const parts: string[] = [];
    for (let generation = this.oldest; generation <= upTo; generation++)
      if (this.filled.get(generation)?.has(name) === true) parts.push(this.generationSql(name, generation));
    return parts.length === 0 ? undefined : parts.join(' UNION ALL ');
  }

  private generationSql(name: TableName, generation: number): string {
    const table = TABLES[name];
    const cells = table.columns.map(({ name: column, kind }) => {
      const own = `t.${quoted(column)}`;
      return `${kind.shown?.(own) ?? `TRY_CAST(${own} AS ${kind.sqlType})`} AS ${quoted(column)}`;
    });
    const names = hasInstrument(table) ? ' LEFT JOIN hidden.names n ON n.instrument = t.instrument_id' : '';
    return `SELECT ${cells.join(', ')} FROM g${generation}.${name} t${names}`;
  }

  /** What it shows of files. */
  filesSql(name: TableName, files: readonly HistoryFile[]): string {
    const table = TABLES[name];
    const paths = files.map(({ path }) => pathLiteral(join(this.folder, path)));
    // Files of an earlier time lack the columns that came later.
    const counts = files.map(({ columns: count }) => count);
    const known = Math.max(...counts);
    // columns are only ever appended: files with as many have the same, and one of them tells for all
    const byName = Math.min(...counts) < known;
    const columns = table.columns.map(({ name: column, kind }, i) =>
      i < known ? quoted(column) : `CAST(NULL AS ${kind.sqlType}) AS ${quoted(column)}`,
    );
    return `SELECT ${columns.join(', ')} FROM read_parquet([${paths.join(', ')}], union_by_name = ${byName}, hive_partitioning = true, hive_types = {'trading_day': INTEGER})`;
  }

  private change<T>(work: () => Promise<T>): Promise<T> {
    return this.mutex.run(async () => {
      await this.connection.run('BEGIN');
      const result = await work();
      await this.connection.run('COMMIT');
      return result;
    });
  }

  private async appendTable(rows: HistoryRows, name: TableName, chunks: readonly RowChunk[]): Promise<void> {
    const appender = await this.connection.createAppender(name, `g${this.generation}`);
    rows[name].append(chunks, appender);
    appender.closeSync();
    const filled = this.filled.get(this.generation)!;
    if (filled.has(name)) return;
    filled.add(name);
    await this.showTable(name);
  }

  private async addGeneration(generation: number): Promise<void> {
    await this.connection.run(`CREATE SCHEMA g${generation}`);
    this.filled.set(generation, new Set());
    for (const name of TABLE_NAMES) {
      const columns = TABLES[name].columns.map(
        ({ name: column, kind }) => `${quoted(column)} ${kind.isText === true ? 'VARCHAR' : 'DOUBLE'}`,
      );
      await this.connection.run(`CREATE TABLE g${generation}.${name} (${columns.join(', ')})`);
    }
  }

  private async showFiles(files: Files): Promise<void> {
    this.files = files;
    for (const name of TABLE_NAMES) await this.showTable(name);
  }

  private async showTable(name: TableName): Promise<void> {
    const files = this.files[name];
    const waiting = this.waitingSql(name, this.generation);
    const parts = files.length === 0 ? [] : [this.filesSql(name, files)];
    if (waiting !== undefined) parts.push(waiting);
    // a table without rows, too, has columns
    if (parts.length === 0) parts.push(this.generationSql(name, this.generation));
    await this.connection.run(`CREATE OR REPLACE VIEW ${name} AS ${newestOnly(TABLES[name], parts.join(' UNION ALL '))}`);
    await this.connection.run(`CREATE OR REPLACE VIEW ${readableName(name)} AS ${readableSql(TABLES[name])}`);
  }
}

async function telling(instance: DuckDBInstance): Promise<DuckDBConnection> {
  const connection = await instance.connect();
  for (const setting of ['enable_progress_bar = true', 'enable_progress_bar_print = false', 'progress_bar_time = 0'])
    await connection.run(`SET ${setting}`);
  return connection;
}

/** Of rows with the same key the last one. */
export function newestOnly(table: Table, sql: string): string {
  if (!table.isReplaced) return sql;
  const key = table.key.map(quoted).join(', ');
  return `SELECT * FROM (${sql}) QUALIFY row_number() OVER (PARTITION BY ${key} ORDER BY sequence DESC) = 1`;
}

function readableSql({ name, columns }: Table): string {
  const cells = columns.map(({ name: column, kind }) => `${kind.readable?.(quoted(column)) ?? quoted(column)} AS ${quoted(column)}`);
  return `SELECT ${cells.join(', ')} FROM ${name}`;
}

function settings(folders: readonly string[], { memoryMb }: DatabaseLimits): string[] {
  return [
    'errors_as_json = true',
    // Moments are shown in the time of the exchange.
    "TimeZone = 'Asia/Shanghai'",
    'parquet_metadata_cache = true',
    `memory_limit = '${memoryMb}MB'`,
    "temp_directory = ''",
    'autoinstall_known_extensions = false',
    'autoload_known_extensions = false',
    'allow_community_extensions = false',
    // as it is, and as a pattern has it
    `allowed_directories = [${folders.flatMap((folder) => [literal(folder), pathLiteral(folder)]).join(', ')}]`,
    'enable_external_access = false',
    'lock_configuration = true',
  ];
}
