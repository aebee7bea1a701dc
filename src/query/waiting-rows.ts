/**
 * Rows of a table on their way into DuckDB: columns by the chunk, as DuckDB takes them. Numbers are doubles, whole ones below
 * 2^53, and NaN stands for none; the views make the type of the column of them (`history-database.ts`), so that it costs
 * nothing while the log is folded.
 */
import { DOUBLE, DuckDBDataChunk, VARCHAR, type DuckDBAppender, type DuckDBType } from '@duckdb/node-api';
import { assert } from '../core/assert.js';
import type { Cell } from './columns.js';
import { TABLE_NAMES, TABLES, type Table, type TableName } from './tables.js';

/** The most that DuckDB takes at once. */
const CHUNK_ROWS = 2048;
/** Chunks of a table that are used again: memory that is not of the heap makes work for the collector. */
const SPARE_MAX = 32;

type Values = Float64Array | (string | null)[];

export interface RowChunk {
  count: number;
  readonly columns: readonly Values[];
}

export class WaitingRows {
  count = 0;
  private chunks: RowChunk[] = [];
  private readonly spare: RowChunk[] = [];
  private readonly types: readonly DuckDBType[];

  constructor(readonly table: Table) {
    this.types = table.columns.map(({ kind }) => (kind.isText === true ? VARCHAR : DOUBLE));
  }

  /** Cells in the order of the columns. */
  add(cells: readonly Cell[]): void {
    assert(cells.length === this.types.length, 'a cell for every column');
    const chunk = this.chunkWithRoom();
    const row = chunk.count++;
    for (let column = 0; column < cells.length; column++) {
      const values = chunk.columns[column];
      const cell = cells[column];
      if (values instanceof Float64Array) values[row] = cell === null ? NaN : (cell as number);
      else values[row] = cell as string | null;
    }
    this.count++;
  }

  /** Everything there is, which is forgotten here. */
  take(): readonly RowChunk[] {
    const { chunks } = this;
    this.chunks = [];
    this.count = 0;
    return chunks;
  }

  /** Takes the chunks back, too. */
  append(chunks: readonly RowChunk[], appender: DuckDBAppender): void {
    for (const waiting of chunks) {
      const { count, columns } = waiting;
      const chunk = DuckDBDataChunk.create(this.types, count);
      for (let column = 0; column < columns.length; column++) {
        const vector = chunk.getColumnVector(column);
        const values = columns[column];
        for (let row = 0; row < count; row++) vector.setItem(row, values[row]);
        vector.flush();
      }
      appender.appendDataChunk(chunk);
      if (this.spare.length < SPARE_MAX) this.spare.push(waiting);
    }
    appender.flushSync();
  }

  private chunkWithRoom(): RowChunk {
    const last = this.chunks.at(-1);
    if (last !== undefined && last.count < CHUNK_ROWS) return last;
    const chunk = this.spare.pop() ?? this.newChunk();
    chunk.count = 0;
    this.chunks.push(chunk);
    return chunk;
  }

  private newChunk(): RowChunk {
    return { count: 0, columns: this.types.map((type): Values => (type === VARCHAR ? [] : new Float64Array(CHUNK_ROWS))) };
  }
}

export type HistoryRows = Readonly<Record<TableName, WaitingRows>>;

export function newHistoryRows(): HistoryRows {
  return Object.fromEntries(TABLE_NAMES.map((name) => [name, new WaitingRows(TABLES[name])])) as Record<TableName, WaitingRows>;
}
