/**
 * What a column of the history holds: how it lies in memory before it is exported, in files, and in the views for people.
 *
 * Files and plain tables have whole numbers in the units of the exchange; the view `<table>_dec` shows the same as decimals,
 * dates, moments and ids as the interfaces write them.
 */
import type { Enumeration } from '../core/enums.js';

export interface ColumnKind {
  /** Type of the column in files and tables. */
  readonly sqlType: string;
  /** Recorded as text, not as number. */
  readonly isText?: true;
  /** Recorded as a number of it, shown as the name. */
  readonly enumeration?: Enumeration;
  readonly unit: string;
  /** The shown value of a waiting number; the number in the type of the column when absent. `n` is the table of instrument names. */
  shown?(column: string): string;
  /** The value for people; the shown one when absent. */
  readable?(column: string): string;
}

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly meaning: string;
}

export const COUNT: ColumnKind = { sqlType: 'BIGINT', unit: 'number' };
export const LOTS: ColumnKind = { sqlType: 'BIGINT', unit: 'lots' };
export const TEXT: ColumnKind = { sqlType: 'VARCHAR', isText: true, unit: 'text' };
export const FLAG: ColumnKind = { sqlType: 'BOOLEAN', unit: 'true or false' };
export const RATIO: ColumnKind = { sqlType: 'DOUBLE', unit: 'ratio, 1 = 100 %' };
export const VALUE: ColumnKind = { sqlType: 'DOUBLE', unit: 'as its name says' };
export const PPM_RATE: ColumnKind = { sqlType: 'BIGINT', unit: 'ppm of the amount' };
export const FEE_RATE: ColumnKind = { sqlType: 'BIGINT', unit: '1e-8 of the amount' };

const decimal = (column: string): string => `CAST(${column} * CAST(0.0001 AS DECIMAL(4, 4)) AS DECIMAL(18, 4))`;
export const MONEY: ColumnKind = { sqlType: 'BIGINT', unit: '1/10000 of the currency unit', readable: decimal };
/** Sums over the venue, recorded as digits: they may pass 2^53. */
export const WIDE_MONEY: ColumnKind = { ...MONEY, isText: true };

export const TIME: ColumnKind = {
  sqlType: 'BIGINT',
  unit: 'µs since 1970, UTC',
  readable: (column) => `make_timestamptz(${column})`,
};
export const DAY: ColumnKind = {
  sqlType: 'INTEGER',
  unit: 'yyyymmdd',
  readable: (column) => `make_date(${column} // 10000, ${column} // 100 % 100, ${column} % 100)`,
};

export const INSTRUMENT: ColumnKind = {
  sqlType: 'VARCHAR',
  unit: 'instrument id, CFFEX.IF',
  shown: () => 'n.instrument_id',
};

/** The digits of an id; the views for people have all of it. */
function digitsOf(prefix: string, digits: number, sqlType: string): ColumnKind {
  const readable = (column: string): string => `'${prefix}' || lpad(CAST(${column} AS VARCHAR), ${digits}, '0')`;
  return { sqlType, unit: `the digits of ${prefix}…`, readable };
}
export const USER_ID = digitsOf('U', 10, 'INTEGER');
export const ACCOUNT_ID = digitsOf('ACC_', 10, 'INTEGER');
export const ORDER_ID = digitsOf('O', 16, 'BIGINT');
export const TRADE_ID = digitsOf('T', 16, 'BIGINT');
export const TRANSACTION_ID = digitsOf('TXN', 12, 'BIGINT');
export const AUDIT_ID = digitsOf('AUD', 12, 'BIGINT');

/** The names of an enumeration. */
export function nameOfEach(enumeration: Enumeration): ColumnKind {
  const cases = Object.entries(enumeration).map(([name, number]) => `WHEN ${number} THEN '${name}'`);
  return {
    sqlType: 'VARCHAR',
    enumeration,
    unit: `one of ${Object.keys(enumeration).join(', ')}`,
    shown: (column) => `CASE ${column} ${cases.join(' ')} END`,
  };
}
