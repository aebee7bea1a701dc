/** A column of a table, by the field of the contract that it shows. */
import { valueName } from '../i18n.js';
import { bytes, compact, dateTime, money, percent, price, signedMoney, time, whole } from '../format.js';

export type ColumnKind =
  | 'text'
  | 'id'
  | 'enum'
  | 'side'
  | 'money'
  | 'signed'
  | 'price'
  | 'int'
  | 'compact'
  | 'percent'
  | 'signedPercent'
  | 'risk'
  | 'time'
  | 'dateTime'
  | 'bytes'
  | 'list';

export interface Column<R = Row> {
  readonly key: string;
  /** Head of the column; the name of the field when left out. */
  readonly label?: string;
  readonly kind?: ColumnKind;
  /** Where the value is not the field of that name. */
  readonly value?: (row: R) => unknown;
  /** Price tick of the row's instrument. */
  readonly tick?: (row: R) => number | undefined;
  readonly width?: number;
  readonly plain?: boolean;
}

export type Row = Record<string, unknown>;

const TEXT_KINDS: readonly ColumnKind[] = ['text', 'id', 'enum', 'side', 'list'];

export function isNumeric(column: Column): boolean {
  return !TEXT_KINDS.includes(column.kind ?? 'text');
}

export function valueOf(column: Column, row: Row): unknown {
  return column.value === undefined ? row[column.key] : column.value(row);
}

export function textOf(column: Column, row: Row): string {
  const value = valueOf(column, row);
  if (value === undefined || value === null || value === '') return '–';
  const number = Number(value);
  switch (column.kind ?? 'text') {
    case 'enum':
    case 'side':
      return valueName(value);
    case 'list':
      return (value as unknown[]).map(valueName).join(', ');
    case 'money':
      return money(number);
    case 'signed':
      return signedMoney(number);
    case 'price':
      return price(number, column.tick?.(row));
    case 'int':
      return whole(number);
    case 'compact':
      return compact(number);
    case 'percent':
    case 'signedPercent':
    case 'risk':
      return percent(number);
    case 'time':
      return time(number);
    case 'dateTime':
      return dateTime(number);
    case 'bytes':
      return bytes(number);
    default:
      return typeof value === 'string' ? value : JSON.stringify(value);
  }
}

/** How a cell is coloured. */
export function toneOf(column: Column, row: Row): string {
  const value = valueOf(column, row);
  if (column.kind === 'signed' || column.kind === 'signedPercent') return Number(value) > 0 ? 'rise' : Number(value) < 0 ? 'fall' : '';
  if (column.kind === 'side') return value === 'BUY' || value === 'LONG' ? 'rise' : value === 'SELL' || value === 'SHORT' ? 'fall' : '';
  if (column.kind === 'risk') return riskTone(Number(value));
  return '';
}

/** The bounds of the exchange: low < 0.60 <= medium < 0.80 <= high < 0.95 <= critical. */
export function riskTone(ratio: number): string {
  return ratio < 0.6 ? 'risk-low' : ratio < 0.8 ? 'risk-medium' : ratio < 0.95 ? 'risk-high' : 'risk-critical';
}
