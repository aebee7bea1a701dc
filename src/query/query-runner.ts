/** Runs a query within its bounds of time, rows and bytes, and makes the text of its answer. */
import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { StatementType, type DuckDBConnection, type DuckDBPreparedStatement, type DuckDBResult } from '@duckdb/node-api';
import { compileStructured, compileTimeSeries } from './compile-query.js';
import { csvCell } from './csv-cell.js';
import { makeFolder } from './files.js';
import type { HistoryDatabase } from './history-database.js';
import { faultOf, QueryError } from './query-error.js';
import type { Compiled, HistoryQuery, QueryFormat } from './query-types.js';
import { rowTexts } from './result-text.js';
import { literal } from './sql-text.js';
import { checkStatement, type CheckedStatement } from './statement-check.js';

export interface QueryLimits {
  timeoutMs: number;
  rows: number;
  /** Of the text of an answer. */
  bytes: number;
}

export const QUERY_LIMITS: QueryLimits = { timeoutMs: 30_000, rows: 100_000, bytes: 64 << 20 };
const OUT_FOLDER = 'out';
const PARQUET = 'FORMAT parquet, COMPRESSION zstd';
const PROGRESS_MS = 100;
const CHECKED_MAX = 100;
const CHECKED_CHARACTERS_MAX = 10_000;

export type FileFormat = 'csv' | 'parquet';
/** `share` from 0 to 1, of what DuckDB thinks that there is to do. */
export type OnProgress = (share: number) => void;

export interface QueryAnswer {
  /** One JSON object, or the file. */
  readonly body: Uint8Array;
  readonly rows: number;
  readonly truncated: boolean;
}

export class QueryRunner {
  private number = 0;
  /** Texts that were checked not long ago, the last one last: a page asks the same again and again. */
  private readonly checked = new Map<string, CheckedStatement>();

  constructor(
    private readonly database: HistoryDatabase,
    private readonly limits: QueryLimits = QUERY_LIMITS,
  ) {}

  /** Throws QueryError. */
  async run(query: HistoryQuery, format: QueryFormat, signal: AbortSignal, onProgress?: OnProgress): Promise<QueryAnswer> {
    return await this.within(query, signal, this.limits.timeoutMs, onProgress, (connection, compiled, asOf) =>
      format === 'parquet' ? this.parquet(connection, compiled) : this.text(connection, compiled, format === 'csv', asOf),
    );
  }

  /** Into a file that the database may write, whole, however long that takes; returns its rows. Throws QueryError. */
  async save(query: HistoryQuery, path: string, format: FileFormat, signal: AbortSignal, onProgress?: OnProgress): Promise<number> {
    return await this.within(query, signal, 0, onProgress, async (connection, { sql, values }) => {
      if (format === 'csv') return await this.streamed(connection, { sql, values }, (result) => writeCsv(path, result));
      const copy = `COPY (${sql}\n) TO ${literal(path)} (${PARQUET})`;
      return Number((await connection.runAndReadAll(copy, [...values])).getRowsJS()[0][0]);
    });
  }

  /** `timeoutMs`: 0 for none. */
  private async within<T>(
    query: HistoryQuery,
    signal: AbortSignal,
    timeoutMs: number,
    onProgress: OnProgress | undefined,
    work: (connection: DuckDBConnection, compiled: Compiled & CheckedStatement, asOf: number) => Promise<T>,
  ): Promise<T> {
    const connection = await this.database.takeConnection();
    let late = false;
    const interrupt = (): void => connection.interrupt();
    const tooLate = (): void => {
      late = true;
      interrupt();
    };
    const timer = timeoutMs === 0 ? undefined : setTimeout(tooLate, timeoutMs);
    const telling = onProgress === undefined ? undefined : setInterval(() => tell(connection, onProgress), PROGRESS_MS);
    signal.addEventListener('abort', interrupt);
    try {
      if (signal.aborted) throw new QueryError('cancelled', 'the query was given up');
      // both end before anything else happens to the connection
      const looking = this.database.look(connection);
      const [compiled, asOf] = await Promise.all([this.compiled(query).finally(() => looking), looking]);
      return await work(connection, compiled, asOf);
    } catch (error) {
      const fault = faultOf(error);
      if (late) throw new QueryError('limit', `the query took longer than ${timeoutMs / 1000} s`);
      throw fault;
    } finally {
      clearTimeout(timer);
      clearInterval(telling);
      signal.removeEventListener('abort', interrupt);
      await this.database.giveBack(connection);
    }
  }

  private async compiled(query: HistoryQuery): Promise<Compiled & CheckedStatement> {
    if (query.kind === 'structured') return { ...compileStructured(query), isSmallWithLimit: false };
    if (query.kind === 'timeseries') return { ...compileTimeSeries(query), isSmallWithLimit: false };
    return { sql: query.sql, values: [], ...(await this.check(query.sql)) };
  }

  /** What a text may do is in the text alone. */
  private async check(sql: string): Promise<CheckedStatement> {
    const checked = this.checked.get(sql) ?? (await checkStatement(this.database.parser, sql));
    this.checked.delete(sql);
    if (sql.length <= CHECKED_CHARACTERS_MAX) this.checked.set(sql, checked);
    if (this.checked.size > CHECKED_MAX) this.checked.delete(this.checked.keys().next().value!);
    return checked;
  }

  private async streamed<T>(
    connection: DuckDBConnection,
    { sql, values }: Compiled,
    read: (result: DuckDBResult) => Promise<T>,
  ): Promise<T> {
    const prepared = await connection.prepare(sql);
    try {
      return await read(await this.result(prepared, values));
    } finally {
      // what it holds in memory counts against every later query, and the collector sees none of it
      prepared.destroySync();
    }
  }

  private async result(prepared: DuckDBPreparedStatement, values: Compiled['values']): Promise<DuckDBResult> {
    // the statement was parsed before; this is the second lock on the same door
    if (prepared.statementType !== StatementType.SELECT) throw new QueryError('invalid', 'only SELECT can be asked');
    if (prepared.parameterCount !== values.length) throw new QueryError('invalid', 'parameters cannot be given: write the value');
    prepared.bind([...values]);
    return await prepared.stream();
  }

  private async text(
    connection: DuckDBConnection,
    compiled: Compiled & CheckedStatement,
    isCsv: boolean,
    asOf: number,
  ): Promise<QueryAnswer> {
    if (!compiled.isSmallWithLimit) return await this.streamed(connection, compiled, (result) => this.textOf(result, isCsv, asOf));
    // DuckDB plans what reads files once more for every run of a prepared statement: unprepared it is planned once. All rows of
    // the result are in memory then, and there is one more of them than there may be when some are missing.
    return await this.textOf(await connection.run(`${compiled.sql}\nLIMIT ${this.limits.rows + 1}`), isCsv, asOf);
  }

  private async textOf(result: DuckDBResult, isCsv: boolean, asOf: number): Promise<QueryAnswer> {
    const names = result.columnNames();
    const types = result.columnTypes();
    const head = isCsv
      ? `${names.map(csvCell).join(',')}\r\n`
      : `{"columns":${JSON.stringify(names.map((name, i) => ({ name, type: types[i].toString() })))},"rows":[`;
    const parts = [head];
    let bytes = head.length;
    let rows = 0;
    let truncated = false;
    for (let chunk = await result.fetchChunk(); !truncated && chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      for (const text of rowTexts(chunk, types, isCsv)) {
        bytes += text.length + 1;
        truncated = rows === this.limits.rows || bytes > this.limits.bytes;
        if (truncated) break;
        parts.push(isCsv || rows === 0 ? text : `,${text}`);
        rows++;
      }
    }
    // nobody would see that the end of a file is missing
    if (isCsv && truncated)
      throw new QueryError('limit', `a file holds ${this.limits.rows} rows at most, and less of long ones: ask for fewer`);
    if (!isCsv) parts.push(`],"row_count":${rows},"truncated":${truncated},"as_of":${asOf}}`);
    return { body: Buffer.from(parts.join('')), rows, truncated };
  }

  private async parquet(connection: DuckDBConnection, { sql, values }: Compiled): Promise<QueryAnswer> {
    const folder = join(this.database.folder, OUT_FOLDER);
    makeFolder(folder);
    const path = join(folder, `${++this.number}.parquet`);
    try {
      // one more row than there may be tells that some are missing
      const bounded = `SELECT * FROM (${sql}\n) LIMIT ${this.limits.rows + 1}`;
      const copy = `COPY (${bounded}) TO ${literal(path)} (${PARQUET})`;
      const rows = Number((await connection.runAndReadAll(copy, [...values])).getRowsJS()[0][0]);
      if (rows > this.limits.rows) throw new QueryError('limit', `a file holds ${this.limits.rows} rows at most: ask for fewer`);
      if (statSync(path).size > this.limits.bytes) throw new QueryError('limit', 'the file would be too large: ask for less');
      return { body: readFileSync(path), rows, truncated: false };
    } finally {
      rmSync(path, { force: true });
    }
  }
}

function tell(connection: DuckDBConnection, onProgress: OnProgress): void {
  const { percentage } = connection.progress;
  // below 0 while nothing is known
  if (percentage >= 0) onProgress(Math.min(1, percentage / 100));
}

async function writeCsv(path: string, result: DuckDBResult): Promise<number> {
  const types = result.columnTypes();
  const file = openSync(path, 'w', 0o600);
  let rows = 0;
  try {
    writeSync(file, `${result.columnNames().map(csvCell).join(',')}\r\n`);
    for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      writeSync(file, [...rowTexts(chunk, types, true)].join(''));
      rows += chunk.rowCount;
    }
    return rows;
  } finally {
    closeSync(file);
  }
}
