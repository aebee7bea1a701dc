/** Rows of a result as JSON or CSV. */
import {
  DuckDBTimestampTZValue,
  JsonDuckDBValueConverter,
  type DuckDBDataChunk,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import { EXCHANGE_OFFSET_US } from '../core/market-data/periods.js';
import { csvCell } from './csv-cell.js';

// Moments are shown in the time of the exchange, UTC+8.
DuckDBTimestampTZValue.timezoneOffsetInMinutes = EXCHANGE_OFFSET_US / 60_000_000;

/** A decimal of more digits is no number of JSON any more: it stays a text. */
const EXACT_DIGITS = 15;
const NUMBER = /^-?\d+(\.\d+)?$/;

/** A value as JSON has it: whole numbers beyond 2^53 and long decimals as texts, so that no digit is lost. */
export function cellOf(value: DuckDBValue, type: DuckDBType): ReturnType<typeof JsonDuckDBValueConverter> {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  const json = JsonDuckDBValueConverter(value, type, JsonDuckDBValueConverter);
  if (typeof json === 'string' && type.toString().startsWith('DECIMAL') && NUMBER.test(json))
    return json.replaceAll(/[-.]/g, '').length <= EXACT_DIGITS ? Number(json) : json;
  return json;
}

/** Rows as they come, each one text. */
export function* rowTexts(chunk: DuckDBDataChunk, types: readonly DuckDBType[], isCsv: boolean): Generator<string> {
  const columns = chunk.getColumns();
  for (let row = 0; row < chunk.rowCount; row++) {
    const cells = columns.map((column, i) => cellOf(column[row], types[i]));
    yield isCsv ? `${cells.map(csvCell).join(',')}\r\n` : JSON.stringify(cells);
  }
}
