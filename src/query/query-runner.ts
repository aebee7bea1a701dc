/** Runs a query within its bounds of time, rows and bytes, and makes the text of its answer. */
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { StatementType, type DuckDBConnection } from '@duckdb/node-api';
import { compileStructured, compileTimeSeries } from './compile-query.js';
import { csvCell } from './csv-cell.js';
import { makeFolder } from './files.js';
import type { HistoryDatabase } from './history-database.js';
import { faultOf, QueryError } from './query-error.js';
import type { Compiled, HistoryQuery, QueryFormat } from './query-types.js';
import { rowTexts } from './result-text.js';
import { literal } from './sql-text.js';
import { checkStatement } from './statement-check.js';

export interface QueryLimits {
  timeoutMs: number;
  rows: number;
  /** Of the text of an answer. */
  bytes: number;
}

export const QUERY_LIMITS: QueryLimits = { timeoutMs: 30_000, rows: 100_000, bytes: 64 << 20 };
const OUT_FOLDER = 'out';

export interface QueryAnswer {
  /** One JSON object, or the file. */
  readonly body: Uint8Array;
  readonly rows: number;
  readonly truncated: boolean;
}

export class QueryRunner {
  private number = 0;

  constructor(
    private readonly database: HistoryDatabase,
    private readonly limits: QueryLimits = QUERY_LIMITS,
  ) {}

  /** Throws QueryError. */
  async run(query: HistoryQuery, format: QueryFormat, signal: AbortSignal): Promise<QueryAnswer> {
    const connection = await this.database.connect();
    let late = false;
    const interrupt = (): void => connection.interrupt();
    const timer = setTimeout(() => {
      late = true;
      interrupt();
    }, this.limits.timeoutMs);
    signal.addEventListener('abort', interrupt);
    try {
      if (signal.aborted) throw new QueryError('cancelled', 'the query was given up');
      const compiled = await this.compiled(connection, query);
      // everything that follows sees the rows as they are now
      await connection.run('BEGIN');
      const asOf = Number((await connection.runAndReadAll('SELECT sequence FROM hidden.as_of')).getRowsJS()[0][0]);
      return format === 'parquet'
        ? await this.parquet(connection, compiled)
        : await this.text(connection, compiled, format === 'csv', asOf);
    } catch (error) {
      const fault = faultOf(error);
      if (late) throw new QueryError('limit', `the query took longer than ${this.limits.timeoutMs / 1000} s`);
      throw fault;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', interrupt);
      connection.closeSync();
    }
  }

  private async compiled(connection: DuckDBConnection, query: HistoryQuery): Promise<Compiled> {
    if (query.kind === 'structured') return compileStructured(query);
    if (query.kind === 'timeseries') return compileTimeSeries(query);
    await checkStatement(connection, query.sql);
    return { sql: query.sql, values: [] };
  }

  private async text(connection: DuckDBConnection, { sql, values }: Compiled, isCsv: boolean, asOf: number): Promise<QueryAnswer> {
    const prepared = await connection.prepare(sql);
    // the statement was parsed before; this is the second lock on the same door
    if (prepared.statementType !== StatementType.SELECT) throw new QueryError('invalid', 'only SELECT can be asked');
    if (prepared.parameterCount !== values.length) throw new QueryError('invalid', 'parameters cannot be given: write the value');
    prepared.bind([...values]);
    const result = await prepared.stream();
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
      const copy = `COPY (${bounded}) TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd)`;
      const rows = Number((await connection.runAndReadAll(copy, [...values])).getRowsJS()[0][0]);
      if (rows > this.limits.rows) throw new QueryError('limit', `a file holds ${this.limits.rows} rows at most: ask for fewer`);
      if (statSync(path).size > this.limits.bytes) throw new QueryError('limit', 'the file would be too large: ask for less');
      return { body: readFileSync(path), rows, truncated: false };
    } finally {
      rmSync(path, { force: true });
    }
  }
}
