/**
 * Rows of a table that are in no file yet. The cells of one lie side by side, for they are written together, and later read in
 * another order than the one in which they came: then a row is a few lines of the processor's cache. Numbers are doubles, whole ones below
 * 2^53, and NaN stands for none; whoever reads them makes the type of the column of them (`history-database.ts`), so that it
 * costs nothing while the log is folded.
 */
import { DOUBLE, DuckDBDataChunk, DuckDBDoubleVector, VARCHAR, type DuckDBAppender, type DuckDBType } from '@duckdb/node-api';
import { assert } from '../core/assert.js';
import { TABLE_NAMES, TABLES, type Table, type TableName } from './tables.js';

/** The most that DuckDB takes at once. */
export const CHUNK_ROWS = 2048;
/**
 * Chunks of a table that are used again, as many as a part of a long log has: memory that is not of the heap makes the collector
 * look at all that is.
 */
const SPARE_MAX = 160;

const NO_TEXTS: readonly (string | null)[] = [];

export interface RowChunk {
  count: number;
  /** Row by row, a place for every column; shared with the thread that makes files. */
  readonly numbers: Float64Array;
  /** By column; empty for columns of numbers. */
  readonly texts: readonly (string | null)[][];
}

/** Rows in the order in which they came. Those that are there stay as they are. */
export class RowList {
  count = 0;
  /** So many of them are in a table of DuckDB, too. */
  shown = 0;
  readonly chunks: RowChunk[] = [];

  constructor(readonly width: number) {}

  /** Numbers of a column, NaN for none. */
  column(column: number): number[] {
    const { width } = this;
    return this.chunks.flatMap(({ count, numbers }) => Array.from({ length: count }, (_, row) => numbers[row * width + column]));
  }
}

export class WaitingRows {
  list: RowList;
  /** Rows that are no longer here. */
  taken = 0;
  readonly types: readonly DuckDBType[];
  /** Which columns are numbers, and which texts. */
  private readonly numberAt: readonly number[];
  private readonly textAt: readonly number[];
  private readonly spare: RowChunk[] = [];

  constructor(readonly table: Table) {
    this.types = typesOf(table);
    const columns = [...this.types.keys()];
    this.numberAt = columns.filter((column) => this.types[column] !== VARCHAR);
    this.textAt = columns.filter((column) => this.types[column] === VARCHAR);
    this.list = new RowList(this.types.length);
  }

  get count(): number {
    return this.list.count;
  }

  /** Cells in the order of the columns, numbers and texts apart. Numbers alone are an array that the engine makes no objects for. */
  add(numbers: readonly number[], texts: readonly (string | null)[] = NO_TEXTS): void {
    const { numberAt, textAt } = this;
    assert(numbers.length === numberAt.length && texts.length === textAt.length, 'a cell for every column');
    const chunk = this.chunkWithRoom();
    const own = chunk.numbers;
    const row = chunk.count++;
    const at = row * this.types.length;
    for (let i = 0; i < numbers.length; i++) own[at + numberAt[i]] = numbers[i];
    for (let i = 0; i < texts.length; i++) chunk.texts[textAt[i]][row] = texts[i];
    this.list.count++;
  }

  /** Everything there is; what comes is not among it. */
  take(): RowList {
    const { list } = this;
    this.list = new RowList(list.width);
    this.taken += list.count;
    return list;
  }

  /** Nobody reads what was taken any more. */
  takeBack({ chunks }: RowList): void {
    for (const chunk of chunks) if (this.spare.length < SPARE_MAX) this.spare.push(chunk);
  }

  private chunkWithRoom(): RowChunk {
    const { chunks } = this.list;
    const last = chunks.at(-1);
    if (last !== undefined && last.count < CHUNK_ROWS) return last;
    const chunk = this.spare.pop() ?? this.newChunk();
    chunk.count = 0;
    chunks.push(chunk);
    return chunk;
  }

  private newChunk(): RowChunk {
    return {
      count: 0,
      numbers: new Float64Array(new SharedArrayBuffer(this.types.length * CHUNK_ROWS * Float64Array.BYTES_PER_ELEMENT)),
      texts: this.types.map(() => []),
    };
  }
}

/** The first column of every table, of `width` columns. */
export function tradingDaysOf(chunks: readonly RowChunk[], width: number): number[] {
  const days = new Set<number>();
  let last = 0;
  for (const { count, numbers } of chunks) {
    for (let at = 0; at < count * width; at += width) if (numbers[at] !== last) days.add((last = numbers[at]));
  }
  return [...days].sort((a, b) => a - b);
}

export type HistoryRows = Readonly<Record<TableName, WaitingRows>>;

export function newHistoryRows(): HistoryRows {
  return Object.fromEntries(TABLE_NAMES.map((name) => [name, new WaitingRows(TABLES[name])])) as Record<TableName, WaitingRows>;
}

export function typesOf({ columns }: Table): readonly DuckDBType[] {
  return columns.map(({ kind }) => (kind.isText === true ? VARCHAR : DOUBLE));
}

/** Rows of a chunk, from the first row of `out` on. */
export function fillRows(types: readonly DuckDBType[], out: DuckDBDataChunk, { numbers, texts }: RowChunk, from: number, to: number): void {
  out.rowCount = to - from;
  for (let column = 0; column < types.length; column++) {
    const vector = out.getColumnVector(column);
    // apart, so that each loop knows what it writes to
    if (vector instanceof DuckDBDoubleVector) fillNumbers(vector, numbers, from * types.length + column, types.length);
    else for (let row = from; row < to; row++) vector.setItem(row - from, texts[column][row]);
    vector.flush();
  }
}

/** Those of a list that are not shown yet, up to one. */
export function appendRows(types: readonly DuckDBType[], list: RowList, to: number, appender: DuckDBAppender): void {
  const chunk = DuckDBDataChunk.create(types);
  while (list.shown < to) {
    const from = list.shown % CHUNK_ROWS;
    const until = Math.min(CHUNK_ROWS, from + to - list.shown);
    fillRows(types, chunk, list.chunks[Math.floor(list.shown / CHUNK_ROWS)], from, until);
    appender.appendDataChunk(chunk);
    list.shown += until - from;
  }
  appender.flushSync();
}

function fillNumbers(vector: DuckDBDoubleVector, numbers: Float64Array, at: number, width: number): void {
  for (let row = 0; row < vector.itemCount; row++) vector.setItem(row, numbers[at + row * width]);
}
