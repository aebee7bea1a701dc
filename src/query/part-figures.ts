/** What is in a Parquet file of the history, as the manifest has it. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { HistoryFile } from './manifest.js';
import { pathLiteral, quoted } from './sql-text.js';
import { TABLES, type TableName } from './tables.js';

export type PartFigures = Pick<HistoryFile, 'rows' | 'from' | 'to' | 'sums'>;

export async function figuresOf(connection: DuckDBConnection, name: TableName, path: string): Promise<PartFigures> {
  const { sums } = TABLES[name];
  const sumCells = sums.map((column) => `, CAST(coalesce(sum(${quoted(column)}), 0) AS VARCHAR) AS ${quoted(column)}`);
  const cells = `CAST(count(*) AS DOUBLE) AS rows, CAST(min(sequence) AS DOUBLE) AS "from", CAST(max(sequence) AS DOUBLE) AS "to"`;
  const sql = `SELECT ${cells}${sumCells.join('')} FROM read_parquet(${pathLiteral(path)})`;
  const [found] = (await connection.runAndReadAll(sql)).getRowObjectsJS();
  return {
    rows: Number(found['rows']),
    from: Number(found['from']),
    to: Number(found['to']),
    sums: Object.fromEntries(sums.map((column) => [column, found[column] as string])),
  };
}
