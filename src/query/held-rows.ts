/**
 * Rows of the fold that wait for an export, as tables that DuckDB reads straight from the memory of the fold: held_trades(2) has
 * what waits of the generations up to the second.
 *
 * DuckDB asks for each chunk on this thread, and waits meanwhile. So that it need not wait for a block to be folded each time,
 * the fold stands still while a table is read; what DuckDB does with the rows then, which is most of the work, goes on beside it.
 */
import { DuckDBTableFunction, INTEGER, type DuckDBConnection, type DuckDBDataChunk } from '@duckdb/node-api';
import { TABLE_NAMES, TABLES, type TableName } from './tables.js';
import { fillRows, typesOf, type RowChunk, type RowList } from './waiting-rows.js';

export type Lists = Readonly<Record<TableName, RowList>>;

/** A table that is read. */
interface Reading {
  readonly chunks: readonly RowChunk[];
  next: number;
}

export class HeldRows {
  /** By generation, in order; the one that still grows is not among them. */
  private readonly generations = new Map<number, Lists>();
  private reading: Promise<void> | undefined;
  private read: (() => void) | undefined;

  register(connection: DuckDBConnection): void {
    for (const name of TABLE_NAMES) {
      const types = typesOf(TABLES[name]);
      connection.registerTableFunction(
        DuckDBTableFunction.create({
          name: `held_${name}`,
          parameterTypes: [INTEGER],
          bindFunction: (bind) => {
            TABLES[name].columns.forEach((column, i) => bind.addResultColumn(column.name, types[i]));
            bind.setBindData({ upTo: Number(bind.getParameter(0)) });
          },
          initFunction: (init) => {
            this.begin();
            const { upTo } = init.getBindData() as { upTo: number };
            init.setInitData({ chunks: this.chunks(name, upTo), next: 0 } satisfies Reading);
          },
          mainFunction: (info, out) => {
            const reading = info.getInitData() as Reading;
            if (!fillNext(reading, types, out)) this.end();
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

  /** Resolves when no table is being read. */
  settled(): Promise<void> {
    return this.reading ?? Promise.resolve();
  }

  /** A table has been read, or nobody reads it any more. */
  end(): void {
    this.reading = undefined;
    this.read?.();
    this.read = undefined;
  }

  private begin(): void {
    this.reading ??= new Promise((resolve) => (this.read = resolve));
  }

  private chunks(name: TableName, generation: number): RowChunk[] {
    return this.upTo(generation).flatMap(([, lists]) => lists[name].chunks);
  }
}

/** False when there is nothing left. */
function fillNext(reading: Reading, types: ReturnType<typeof typesOf>, out: DuckDBDataChunk): boolean {
  const chunk = reading.chunks.at(reading.next++);
  if (chunk === undefined) out.rowCount = 0;
  else fillRows(types, out, chunk, 0, chunk.count);
  return chunk !== undefined;
}
