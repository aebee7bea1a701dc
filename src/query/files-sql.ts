/** Files of the history as SQL reads them. */
import { join } from 'node:path';
import type { HistoryFile } from './manifest.js';
import { pathLiteral, quoted } from './sql-text.js';
import { TABLES, type Table, type TableName } from './tables.js';

export type Files = Readonly<Record<TableName, readonly HistoryFile[]>>;

/** The rows of files of a table. */
export function filesSql(folder: string, name: TableName, files: readonly HistoryFile[]): string {
  const table = TABLES[name];
  const paths = files.map(({ path }) => pathLiteral(join(folder, path)));
  // Files of an earlier time lack the columns that came later.
  const counts = files.map(({ columns: count }) => count);
  const known = Math.max(...counts);
  // columns are only ever appended: files with as many have the same, and one of them tells for all
  const byName = Math.min(...counts) < known;
  const columns = table.columns.map(({ name: column, kind }, i) =>
    i < known ? quoted(column) : `CAST(NULL AS ${kind.sqlType}) AS ${quoted(column)}`,
  );
  return `SELECT ${columns.join(', ')} FROM read_parquet([${paths.join(', ')}], union_by_name = ${byName}, ${partitions(files)})`;
}

/** Of the rows with the same key the last one. */
export function newestOnly(table: Table, sql: string): string {
  if (!table.isReplaced) return sql;
  const key = table.key.map(quoted).join(', ');
  return `SELECT * FROM (${sql}) QUALIFY row_number() OVER (PARTITION BY ${key} ORDER BY sequence DESC) = 1`;
}

/** Files of other days need not be opened; where all are of one, its name would only cost a look at each. */
function partitions(files: readonly HistoryFile[]): string {
  return files.some(({ day }) => day !== files[0].day)
    ? "hive_partitioning = true, hive_types = {'trading_day': INTEGER}"
    : 'hive_partitioning = false';
}
