/**
 * Cells of a column as DuckDB has them in memory. Numbers of waiting rows become what the column has in files: whole numbers of 64
 * or 32 bits, flags, places in an enumeration; NaN is no value. Nothing is made for a cell, and each column is handed over in
 * one piece.
 */
import { BIGINT, BOOLEAN, DOUBLE, DuckDBLogicalType, INTEGER, type DuckDBEnumType, type DuckDBType } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import type { Enumeration } from '../core/enums.js';
import { INSTRUMENT, type ColumnKind } from './columns.js';
import { CHUNK_ROWS } from './waiting-rows.js';

/** Of an enumeration: a number without a name. */
const UNKNOWN = -1;
/** By which a number becomes its high word: a division would take several times as long. */
const PER_WORD = 2 ** -32;
const valid = new Uint32Array(CHUNK_ROWS / 32);

export interface InstrumentName {
  instrument: number;
  instrumentId: string;
}

export interface CellWriter {
  readonly type: DuckDBType;
  /** `values` may be changed. */
  write(vector: duckdb.Vector, values: Float64Array, count: number): void;
}

/** For the columns of numbers of an export; enumerations need the same instruments for all of them. */
export function cellWriter(kind: ColumnKind, instruments: InstrumentOrder): CellWriter {
  if (kind === INSTRUMENT) return new PlaceWriter(instruments.type, instruments.places);
  if (kind.enumeration !== undefined) return enumerationWriter(kind.enumeration);
  switch (kind.sqlType) {
    case 'BIGINT':
      return new WideWriter();
    case 'INTEGER':
      return new PlainWriter(INTEGER, new Int32Array(CHUNK_ROWS));
    case 'BOOLEAN':
      return new PlainWriter(BOOLEAN, new Uint8Array(CHUNK_ROWS));
    default:
      return new PlainWriter(DOUBLE, new Float64Array(CHUNK_ROWS));
  }
}

/** Instruments in the order of their names, which is that of rows in files. */
export class InstrumentOrder {
  readonly type: DuckDBEnumType;
  /** By number. */
  readonly places: Int32Array;

  constructor(names: readonly InstrumentName[]) {
    const sorted = names.map(({ instrument, instrumentId }) => ({ instrument, name: Buffer.from(instrumentId) }));
    sorted.sort((a, b) => Buffer.compare(a.name, b.name));
    // DuckDB has no enumeration of nothing
    this.type = enumType(sorted.length === 0 ? [''] : sorted.map(({ name }) => name.toString()));
    this.places = new Int32Array(Math.max(0, ...names.map(({ instrument }) => instrument)) + 1).fill(UNKNOWN);
    for (const [place, { instrument }] of sorted.entries()) this.places[instrument] = place;
  }
}

/** null is no value. */
export function writeTexts(vector: duckdb.Vector, texts: readonly (string | null)[]): void {
  let missing = 0;
  for (let row = 0; row < texts.length; row++) {
    const text = texts[row];
    if (text === null) missing++;
    else duckdb.vector_assign_string_element(vector, row, text);
  }
  if (missing === 0) return;
  valid.fill(0xffffffff);
  for (let row = 0; row < texts.length; row++) if (texts[row] === null) valid[row >> 5] &= ~(1 << (row & 31));
  writeValidity(vector, texts.length);
}

/** Whole numbers of 64 bits, as DuckDB has them on every machine that it runs on: the low word first. */
class WideWriter implements CellWriter {
  readonly type = BIGINT;
  private readonly words = new Uint32Array(CHUNK_ROWS * 2);

  write(vector: duckdb.Vector, values: Float64Array, count: number): void {
    const { words } = this;
    let missing = 0;
    for (let row = 0; row < count; row++) {
      const value = values[row];
      // a typed array keeps the lowest 32 bits
      words[row * 2] = value;
      words[row * 2 + 1] = Math.floor(value * PER_WORD);
      if (Number.isNaN(value)) missing++;
    }
    writeCells(vector, words, count * 2);
    if (missing > 0) writeMissing(vector, values, count);
  }
}

class PlainWriter implements CellWriter {
  constructor(
    readonly type: DuckDBType,
    private readonly cells: Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer> | Float64Array<ArrayBuffer>,
  ) {}

  write(vector: duckdb.Vector, values: Float64Array, count: number): void {
    this.cells.set(count === values.length ? values : values.subarray(0, count));
    writeCells(vector, this.cells, count);
    if (hasMissing(values, count)) writeMissing(vector, values, count);
  }
}

/** Places in an enumeration, by the numbers that stand for them. */
class PlaceWriter implements CellWriter {
  private readonly cells: Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

  constructor(
    readonly type: DuckDBEnumType,
    private readonly places: Int32Array,
  ) {
    const { length } = type.values;
    this.cells = new (length <= 0xff ? Uint8Array : length <= 0xffff ? Uint16Array : Uint32Array)(CHUNK_ROWS);
  }

  write(vector: duckdb.Vector, values: Float64Array, count: number): void {
    const { cells, places } = this;
    let missing = 0;
    for (let row = 0; row < count; row++) {
      const value = values[row];
      const place = value >= 0 && value < places.length ? places[value] : UNKNOWN;
      cells[row] = place;
      if (place !== UNKNOWN) continue;
      values[row] = NaN;
      missing++;
    }
    writeCells(vector, cells, count);
    if (missing > 0) writeMissing(vector, values, count);
  }
}

function enumerationWriter(enumeration: Enumeration): CellWriter {
  const names = Object.keys(enumeration);
  const places = new Int32Array(Math.max(...Object.values(enumeration)) + 1).fill(UNKNOWN);
  for (const [place, name] of names.entries()) places[enumeration[name]] = place;
  return new PlaceWriter(enumType(names), places);
}

function enumType(names: readonly string[]): DuckDBEnumType {
  return DuckDBLogicalType.createEnum(names).asType();
}

interface Cells {
  readonly buffer: ArrayBuffer;
  readonly byteOffset: number;
  readonly BYTES_PER_ELEMENT: number;
}

function writeCells(vector: duckdb.Vector, { buffer, byteOffset, BYTES_PER_ELEMENT }: Cells, count: number): void {
  duckdb.copy_data_to_vector(vector, 0, buffer, byteOffset, count * BYTES_PER_ELEMENT);
}

function hasMissing(values: Float64Array, count: number): boolean {
  for (let row = 0; row < count; row++) if (Number.isNaN(values[row])) return true;
  return false;
}

function writeMissing(vector: duckdb.Vector, values: Float64Array, count: number): void {
  valid.fill(0xffffffff);
  for (let row = 0; row < count; row++) if (Number.isNaN(values[row])) valid[row >> 5] &= ~(1 << (row & 31));
  writeValidity(vector, count);
}

function writeValidity(vector: duckdb.Vector, count: number): void {
  duckdb.vector_ensure_validity_writable(vector);
  // DuckDB has it in words of 64
  duckdb.copy_data_to_vector_validity(vector, 0, valid.buffer, 0, Math.ceil(count / 64) * 8);
}
