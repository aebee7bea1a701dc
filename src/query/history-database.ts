/**
 * DuckDB over the history: the files that the manifest names, and behind them the rows that no file has yet.
 *
 * Rows wait in generations. An export writes one to files, straight from the memory of the fold (`part-thread.ts`), while the next
 * one takes what comes. For those who ask they are in tables, too (schema g1, g2, …), which are filled when somebody does: that
 * costs several times as much as to hold them. Views show the files and the tables of every generation whose rows are in no
 * file. The change from one to the other is a transaction, so a query sees each row once. NaN among the rows that wait is no
 * value: the cast of the view makes it none.
 *
 * What runs in here may read and write the folder of the history and nothing else; its settings are locked.
 */
import { availableParallelism } from 'node:os';
import { DuckDBInstance, type DuckDBConnection, type DuckDBPreparedStatement } from '@duckdb/node-api';
import type { InstrumentName } from './cell-writers.js';
import { filesSql, newestOnly, type Files } from './files-sql.js';
import { HeldGenerations } from './held-generations.js';
import { noFiles } from './manifest.js';
import { literal, pathLiteral, quoted } from './sql-text.js';
import { hasInstrument, readableName, TABLE_NAMES, TABLES, type Table, type TableName } from './tables.js';
import { Mutex } from './mutex.js';
import { appendRows, typesOf, type HistoryRows, type RowList } from './waiting-rows.js';

export interface DatabaseLimits {
  /** At most; never more than processors that this process may run on. */
  threads: number;
  memoryMb: number;
}

export const DATABASE_LIMITS: DatabaseLimits = { threads: 2, memoryMb: 768 };

/** As many queries as run at once, and one more. */
const QUERY_CONNECTIONS = 3;

export class HistoryDatabase {
  generation = 1;
  private files: Files = noFiles();
  private namesKnown = 0;
  /** The rows that wait for an export. */
  readonly held = new HeldGenerations();
  /** Tables of each generation: views leave out those without rows, which would cost every query a part of its plan. */
  private readonly shown = new Map<number, Set<TableName>>();
  /** Changes one after the other. */
  private readonly mutex = new Mutex();

  private constructor(
    readonly folder: string,
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
    /** Parses texts beside whatever is asked. */
    readonly parser: DuckDBConnection,
    private readonly isReader: boolean,
  ) {}

  /** For queries: made before settings are locked, so that DuckDB tells how far a query is. */
  private readonly spare: DuckDBConnection[] = [];
  /** Times at which files took the place of others, and how many of them each query under way began after. */
  private publications = 0;
  private readonly looking = new Map<DuckDBConnection, number>();
  /** The last event in the rows, when no change is under way; else only DuckDB knows what a transaction sees. */
  private asOf = 0;
  private changesBegun = 0;
  private changesDone = 0;
  /** What a query asks first then, by connection. */
  private readonly looks = new WeakMap<DuckDBConnection, DuckDBPreparedStatement>();

  static async open(
    folder: string,
    files: Files = noFiles(),
    limits: DatabaseLimits = DATABASE_LIMITS,
    outFolder?: string,
    /** Nothing is exported: rows that are shown need not be held. */
    isReader = false,
  ): Promise<HistoryDatabase> {
    const threads = Math.min(limits.threads, availableParallelism());
    const instance = await DuckDBInstance.create(':memory:', { threads: String(threads) });
    const connection = await instance.connect();
    const database = new HistoryDatabase(folder, instance, connection, await instance.connect(), isReader);
    for (let n = 0; n < QUERY_CONNECTIONS; n++) database.spare.push(await telling(instance));
    for (const setting of settings(outFolder === undefined ? [folder] : [folder, outFolder], limits))
      await connection.run(`SET GLOBAL ${setting}`);
    await connection.run('CREATE SCHEMA hidden');
    await connection.run('CREATE TABLE hidden.names (instrument INTEGER, instrument_id VARCHAR)');
    await connection.run('CREATE TABLE hidden.as_of AS SELECT CAST(0 AS DOUBLE) AS sequence');
    await database.change(0, () => database.showFiles(files));
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
    this.looking.set(connection, this.publications);
    const { asOf, changesBegun, changesDone } = this;
    await connection.run('BEGIN');
    if (changesBegun === changesDone && changesBegun === this.changesBegun) return asOf;
    let look = this.looks.get(connection);
    if (look === undefined) this.looks.set(connection, (look = await connection.prepare('SELECT sequence FROM hidden.as_of')));
    return Number((await look.runAndReadAll()).getRowsJS()[0][0]);
  }

  /** With no transaction open any more. */
  async giveBack(connection: DuckDBConnection): Promise<void> {
    try {
      await connection.run('ROLLBACK');
      this.spare.push(connection);
    } catch {
      connection.closeSync();
    }
    this.looking.delete(connection);
  }

  /** Queries under way see what the files of at least this publication show, and nothing from before it; they are counted from 1. */
  get oldestSeen(): number {
    return Math.min(this.publications, ...this.looking.values());
  }

  close(): void {
    for (const connection of this.spare) connection.closeSync();
    this.connection.closeSync();
    this.parser.closeSync();
    this.instance.closeSync();
  }

  /** What the fold has made until now becomes visible at once, and with it the last event in it. */
  show(rows: HistoryRows, names: readonly InstrumentName[], sequence: number): Promise<void> {
    const { generation } = this;
    // looked at now: the fold goes on while this is waited for
    const current = TABLE_NAMES.map((name) => {
      const to = rows[name].count;
      return { name, list: this.isReader ? rows[name].take() : rows[name].list, to };
    });
    return this.change(sequence, async () => {
      await this.addNames(names);
      for (const [number, lists] of this.held.upTo(generation - 1)) {
        for (const name of TABLE_NAMES) await this.showRows(number, name, lists[name], lists[name].count);
      }
      for (const { name, list, to } of current) {
        await this.showRows(generation, name, list, to);
        if (this.isReader) rows[name].takeBack(list);
      }
    });
  }

  /** From now on rows go into another generation; returns the one that is complete at this moment. */
  freeze(rows: HistoryRows): number {
    const frozen = this.generation++;
    this.held.hold(frozen, Object.fromEntries(TABLE_NAMES.map((name) => [name, rows[name].take()])) as Record<TableName, RowList>);
    return frozen;
  }

  /** The files take the place of the generations up to one, which end with an event; returns the number of this publication. */
  async published(rows: HistoryRows, files: Files, generation: number, sequence: number): Promise<number> {
    await this.change(sequence, async () => {
      const dropped = [...this.shown.keys()].filter((old) => old <= generation);
      for (const old of dropped) this.shown.delete(old);
      await this.showFiles(files);
      for (const old of dropped) await this.connection.run(`DROP SCHEMA g${old} CASCADE`);
      this.held.release(generation, (lists) => TABLE_NAMES.forEach((name) => rows[name].takeBack(lists[name])));
    });
    return ++this.publications;
  }

  /** What a table shows of the rows that are in no file. */
  private shownSql(name: TableName): string[] {
    const generations = [...this.shown].filter(([, tables]) => tables.has(name));
    return generations.map(([number]) => waitingSql(name, `g${number}.${name}`));
  }

  /** All of it is seen at once, with everything up to `sequence`. */
  private change(sequence: number, work: () => Promise<void>): Promise<void> {
    return this.mutex.run(async () => {
      this.changesBegun++;
      await this.connection.run('BEGIN');
      await work();
      await this.connection.run('UPDATE hidden.as_of SET sequence = greatest(sequence, ?)', [sequence]);
      await this.connection.run('COMMIT');
      this.asOf = Math.max(this.asOf, sequence);
      // one that failed is never done: from then on DuckDB is asked
      this.changesDone++;
    });
  }

  private async addNames(names: readonly InstrumentName[]): Promise<void> {
    for (const { instrument, instrumentId } of names.slice(this.namesKnown)) {
      await this.connection.run('INSERT INTO hidden.names VALUES (?, ?)', [instrument, instrumentId]);
    }
    this.namesKnown = Math.max(this.namesKnown, names.length);
  }

  private async showRows(generation: number, name: TableName, list: RowList, to: number): Promise<void> {
    if (list.shown >= to) return;
    let tables = this.shown.get(generation);
    if (tables === undefined) {
      await this.connection.run(`CREATE SCHEMA g${generation}`);
      this.shown.set(generation, (tables = new Set()));
    }
    const isNew = !tables.has(name);
    if (isNew) await this.connection.run(`CREATE TABLE g${generation}.${name} (${waitingColumns(TABLES[name])})`);
    const appender = await this.connection.createAppender(name, `g${generation}`);
    appendRows(typesOf(TABLES[name]), list, to, appender);
    appender.closeSync();
    if (!isNew) return;
    tables.add(name);
    await this.showTable(name);
  }

  private async showFiles(files: Files): Promise<void> {
    this.files = files;
    for (const name of TABLE_NAMES) await this.showTable(name);
  }

  private async showTable(name: TableName): Promise<void> {
    const files = this.files[name];
    const parts = files.length === 0 ? [] : [filesSql(this.folder, name, files)];
    parts.push(...this.shownSql(name));
    if (parts.length === 0) parts.push(emptySql(TABLES[name]));
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

/** Rows that wait, as they are shown. `from` has them as `t`. */
function waitingSql(name: TableName, from: string): string {
  const table = TABLES[name];
  const cells = table.columns.map(({ name: column, kind }) => {
    const own = `t.${quoted(column)}`;
    return `${kind.shown?.(own) ?? `TRY_CAST(${own} AS ${kind.sqlType})`} AS ${quoted(column)}`;
  });
  const names = hasInstrument(table) ? ' LEFT JOIN hidden.names n ON n.instrument = t.instrument_id' : '';
  return `SELECT ${cells.join(', ')} FROM ${from} t${names}`;
}

function waitingColumns({ columns }: Table): string {
  return columns.map(({ name, kind }) => `${quoted(name)} ${kind.isText === true ? 'VARCHAR' : 'DOUBLE'}`).join(', ');
}

/** A table without rows has columns, too. */
function emptySql({ columns }: Table): string {
  return `SELECT ${columns.map(({ name, kind }) => `CAST(NULL AS ${kind.sqlType}) AS ${quoted(name)}`).join(', ')} WHERE false`;
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
    // a transaction sees what there is when it begins, and not when it is asked for the first time
    'immediate_transaction_mode = true',
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
