/** Waiting rows of a day in the order that they have in files: by instrument, time and place in the log. */
import type { DuckDBDataChunk } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { cellWriter, writeTexts, type CellWriter, type InstrumentOrder } from './cell-writers.js';
import { INSTRUMENT } from './columns.js';
import type { Table } from './tables.js';
import { CHUNK_ROWS, type RowChunk } from './waiting-rows.js';

/** Columns that every table has. */
const [DAY, TIME, SEQUENCE] = [0, 1, 2];

/** From the cells of a column to those of the next; not a power of two, for then they would all share one set of lines in the cache. */
const COLUMN_STRIDE = CHUNK_ROWS + 8;

/** Writes rows of a table; undefined for a column of texts. */
export type RowWriters = readonly (CellWriter | undefined)[];

export function rowWriters({ columns }: Table, instruments: InstrumentOrder): RowWriters {
  return columns.map(({ kind }) => (kind.isText === true ? undefined : cellWriter(kind, instruments)));
}

export class OrderedRows {
  /** Places of rows, counted through all chunks. */
  private readonly order: Uint32Array;
  private readonly width: number;
  /** Cells of the rows that are written next, column by column. */
  private readonly cells: Float64Array;
  private readonly columns: readonly Float64Array[];
  private next = 0;

  constructor(
    table: Table,
    private readonly chunks: readonly RowChunk[],
    day: number,
    { places }: InstrumentOrder,
  ) {
    this.width = table.columns.length;
    this.cells = new Float64Array(this.width * COLUMN_STRIDE);
    this.columns = table.columns.map((_, column) => this.cells.subarray(column * COLUMN_STRIDE, column * COLUMN_STRIDE + CHUNK_ROWS));
    const instrument = table.columns.findIndex(({ kind }) => kind === INSTRUMENT);
    this.order = instrument === -1 ? this.ofDay(day) : this.byInstrument(this.ofDay(day), instrument, places);
  }

  /** The next rows; none when all were written. */
  write(out: DuckDBDataChunk, writers: RowWriters): number {
    const from = this.next;
    const to = Math.min(this.order.length, from + CHUNK_ROWS);
    this.next = to;
    out.rowCount = to - from;
    if (to === from) return 0;
    this.gather(from, to);
    for (const [column, writer] of writers.entries()) {
      const vector = duckdb.data_chunk_get_vector(out.chunk, column);
      if (writer === undefined) writeTexts(vector, this.textsOf(column, from, to));
      else writer.write(vector, this.columns[column], to - from);
    }
    return to - from;
  }

  /** Row by row, for the cells of one lie side by side. */
  private gather(from: number, to: number): void {
    const { cells, chunks, order, width } = this;
    for (let row = from; row < to; row++) {
      const place = order[row];
      const { numbers } = chunks[chunkOf(place)];
      const at = rowOf(place) * width;
      for (let column = 0, own = row - from; column < width; column++, own += COLUMN_STRIDE) cells[own] = numbers[at + column];
    }
  }

  private textsOf(column: number, from: number, to: number): (string | null)[] {
    return Array.from(this.order.subarray(from, to), (place) => this.chunks[chunkOf(place)].texts[column][rowOf(place)]);
  }

  private cell(place: number, column: number): number {
    return this.chunks[chunkOf(place)].numbers[rowOf(place) * this.width + column];
  }

  /** As they came. */
  private ofDay(day: number): Uint32Array {
    const found = new Uint32Array(this.chunks.length * CHUNK_ROWS);
    let count = 0;
    for (const [number, { count: rows, numbers }] of this.chunks.entries()) {
      for (let row = 0; row < rows; row++) if (numbers[row * this.width + DAY] === day) found[count++] = number * CHUNK_ROWS + row;
    }
    return this.sorted(found.subarray(0, count));
  }

  /** Rows of one instrument come in order, but for bars and a clock that was put back. */
  private byInstrument(rows: Uint32Array, column: number, places: Int32Array): Uint32Array {
    const begins = new Uint32Array(places.length + 2);
    const found = new Uint32Array(rows.length);
    for (let i = 0; i < rows.length; i++) {
      // place -1, of an instrument without a name, is the first
      const place = (places[this.cell(rows[i], column)] ?? -1) + 1;
      found[i] = place;
      begins[place + 1]++;
    }
    for (let place = 1; place < begins.length; place++) begins[place] += begins[place - 1];
    const order = new Uint32Array(rows.length);
    for (let i = 0; i < rows.length; i++) order[begins[found[i]]++] = rows[i];
    return order;
  }

  private sorted(rows: Uint32Array): Uint32Array {
    for (let i = 1; i < rows.length; i++) if (this.compare(rows[i - 1], rows[i]) > 0) return rows.sort((a, b) => this.compare(a, b));
    return rows;
  }

  private compare(a: number, b: number): number {
    return this.cell(a, TIME) - this.cell(b, TIME) || this.cell(a, SEQUENCE) - this.cell(b, SEQUENCE);
  }
}

function chunkOf(place: number): number {
  return (place / CHUNK_ROWS) | 0;
}

function rowOf(place: number): number {
  return place % CHUNK_ROWS;
}
