/**
 * Rows of the fold that wait for an export, as tables that DuckDB reads straight from the memory of the fold: held_trades(2,
 * 20260105) has what waits of a day in the generations up to the second, in the order that the rows have in files.
 *
 * DuckDB asks for each chunk on this thread, and waits meanwhile. So that it need not wait for a block to be folded each time,
 * the fold stands still while a table is read, but for the moments in which DuckDB is busy with what it has.
 */
import { DuckDBTableFunction, INTEGER, VARCHAR, type DuckDBConnection } from '@duckdb/node-api';
import type { InstrumentOrder } from './cell-writers.js';
import { INSTRUMENT } from './columns.js';
import { OrderedRows, rowWriters } from './ordered-rows.js';
import { quoted } from './sql-text.js';
import { TABLE_NAMES, TABLES, type TableName } from './tables.js';
import type { RowChunk, RowList } from './waiting-rows.js';

export type Lists = Readonly<Record<TableName, RowList>>;

/** DuckDB that has not asked for so long packs a row group. */
const BUSY_MS = 5;

export class HeldRows {
  /** By generation, in order; the one that still grows is not among them. */
  private readonly generations = new Map<number, Lists>();
  private isRead = false;
  private settling: Promise<void> | undefined;
  private settle: (() => void) | undefined;
  private timer: NodeJS.Timeout | undefined;

  register(connection: DuckDBConnection, instruments: InstrumentOrder): void {
    for (const name of TABLE_NAMES) {
      const table = TABLES[name];
      const writers = rowWriters(table, instruments);
      connection.registerTableFunction(
        DuckDBTableFunction.create({
          name: `held_${name}`,
          parameterTypes: [INTEGER, INTEGER],
          bindFunction: (bind) => {
            for (const [i, column] of table.columns.entries()) bind.addResultColumn(column.name, writers[i]?.type ?? VARCHAR);
            bind.setBindData({ upTo: Number(bind.getParameter(0)), day: Number(bind.getParameter(1)) });
          },
          initFunction: (init) => {
            this.isRead = true;
            const { upTo, day } = init.getBindData() as { upTo: number; day: number };
            init.setInitData(new OrderedRows(table, this.chunks(name, upTo), day, instruments));
          },
          mainFunction: (info, out) => {
            this.timer?.refresh();
            if ((info.getInitData() as OrderedRows).write(out, writers) === 0) this.end();
          },
        }),
      );
    }
  }

  hold(generation: number, lists: Lists): void {
    this.generations.set(generation, lists);
  }

  /** The generations up to one, of which `take` gets the rows: they are in files. */
  release(generation: number, take: (lists: Lists) => void): void {
    for (const [number, lists] of this.upTo(generation)) {
      this.generations.delete(number);
      take(lists);
    }
  }

  upTo(generation: number): [number, Lists][] {
    return [...this.generations].filter(([number]) => number <= generation);
  }

  tradingDays(name: TableName, generation: number): number[] {
    const days = this.upTo(generation).flatMap(([, lists]) => lists[name].tradingDays());
    return [...new Set(days)].sort((a, b) => a - b);
  }

  /** Resolves when no table is being read, or DuckDB has enough to do without this thread. */
  settled(): Promise<void> {
    if (!this.isRead) return Promise.resolve();
    this.settling ??= new Promise((resolve) => {
      this.settle = resolve;
      this.timer = setTimeout(() => this.goOn(), BUSY_MS);
    });
    return this.settling;
  }

  /** A table has been read, or nobody reads it any more. */
  end(): void {
    this.isRead = false;
    this.goOn();
  }

  private goOn(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.settling = undefined;
    this.settle?.();
    this.settle = undefined;
  }

  private chunks(name: TableName, generation: number): RowChunk[] {
    return this.upTo(generation).flatMap(([, lists]) => lists[name].chunks);
  }
}

/** The rows of a day that are in no file, up to a generation, as files have them. */
export function heldSql(name: TableName, upTo: number, day: number): string {
  const cells = TABLES[name].columns.map(({ name: column, kind }) => {
    const own = quoted(column);
    // places in a list of names: a file that had the list in place of the names would not tell which of them are in it
    if (kind === INSTRUMENT) return `CAST(${own} AS VARCHAR) AS ${own}`;
    return kind.isText === true && kind.sqlType !== 'VARCHAR' ? `TRY_CAST(${own} AS ${kind.sqlType}) AS ${own}` : own;
  });
  return `SELECT ${cells.join(', ')} FROM held_${name}(${upTo}, ${day})`;
}
