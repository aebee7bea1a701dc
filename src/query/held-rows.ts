/**
 * Rows of the fold that wait for an export, as tables that DuckDB reads straight from the memory of the fold: held_trades(20260105)
 * has what waits of a day, in the order that the rows have in files. DuckDB asks for each chunk on this thread, and waits
 * meanwhile.
 */
import { DuckDBTableFunction, INTEGER, VARCHAR, type DuckDBConnection } from '@duckdb/node-api';
import type { InstrumentOrder } from './cell-writers.js';
import { INSTRUMENT } from './columns.js';
import { OrderedRows, rowWriters } from './ordered-rows.js';
import type { HeldChunks } from './part-maker.js';
import { quoted } from './sql-text.js';
import { TABLE_NAMES, TABLES, type TableName } from './tables.js';

/** `held`: what the tables show. */
export function registerHeldRows(connection: DuckDBConnection, held: HeldChunks, instruments: InstrumentOrder): void {
  for (const name of TABLE_NAMES) {
    const table = TABLES[name];
    const writers = rowWriters(table, instruments);
    connection.registerTableFunction(
      DuckDBTableFunction.create({
        name: `held_${name}`,
        parameterTypes: [INTEGER],
        bindFunction: (bind) => {
          for (const [i, column] of table.columns.entries()) bind.addResultColumn(column.name, writers[i]?.type ?? VARCHAR);
          bind.setBindData({ day: Number(bind.getParameter(0)) });
        },
        initFunction: (init) => {
          const { day } = init.getBindData() as { day: number };
          init.setInitData(new OrderedRows(table, held[name], day, instruments));
        },
        mainFunction: (info, out) => {
          (info.getInitData() as OrderedRows).write(out, writers);
        },
      }),
    );
  }
}

/** The rows of a day that are in no file, as files have them. */
export function heldSql(name: TableName, day: number): string {
  const cells = TABLES[name].columns.map(({ name: column, kind }) => {
    const own = quoted(column);
    // places in a list of names: a file that had the list in place of the names would not tell which of them are in it
    if (kind === INSTRUMENT) return `CAST(${own} AS VARCHAR) AS ${own}`;
    return kind.isText === true && kind.sqlType !== 'VARCHAR' ? `TRY_CAST(${own} AS ${kind.sqlType}) AS ${own}` : own;
  });
  return `SELECT ${cells.join(', ')} FROM held_${name}(${day})`;
}
