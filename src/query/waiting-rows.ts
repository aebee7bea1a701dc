/** Rows of a table on their way into DuckDB, which takes columns by the chunk. */
import { DOUBLE, DuckDBDataChunk, VARCHAR, type DuckDBAppender, type DuckDBType } from '@duckdb/node-api';
import { assert } from '../core/assert.js';
import type { Cell } from './columns.js';
import { TABLE_NAMES, TABLES, type Table, type TableName } from './tables.js';

/** The most that DuckDB takes at once. */
const CHUNK_ROWS = 2048;

export class WaitingRows {
  private rows: (readonly Cell[])[] = [];
  private readonly types: readonly DuckDBType[];

  constructor(readonly table: Table) {
    // Numbers come as doubles, whole ones below 2^53, and DuckDB makes the type of the column of them, a chunk at a time.
    this.types = table.columns.map(({ kind }) => (kind.isText === true ? VARCHAR : DOUBLE));
  }

  get count(): number {
    return this.rows.length;
  }

  /** Cells in the order of the columns. */
  add(cells: readonly Cell[]): void {
    assert(cells.length === this.types.length, 'a cell for every column');
    this.rows.push(cells);
  }

  /** Everything there is, which is forgotten here. */
  take(): readonly (readonly Cell[])[] {
    const { rows } = this;
    this.rows = [];
    return rows;
  }

  append(rows: readonly (readonly Cell[])[], appender: DuckDBAppender): void {
    for (let from = 0; from < rows.length; from += CHUNK_ROWS) {
      const count = Math.min(CHUNK_ROWS, rows.length - from);
      const chunk = DuckDBDataChunk.create(this.types, count);
      for (let column = 0; column < this.types.length; column++) {
        const vector = chunk.getColumnVector(column);
        for (let row = 0; row < count; row++) vector.setItem(row, rows[from + row][column]);
        vector.flush();
      }
      appender.appendDataChunk(chunk);
    }
    appender.flushSync();
  }
}

export type HistoryRows = Readonly<Record<TableName, WaitingRows>>;

export function newHistoryRows(): HistoryRows {
  return Object.fromEntries(TABLE_NAMES.map((name) => [name, new WaitingRows(TABLES[name])])) as Record<TableName, WaitingRows>;
}
