/**
 * Tables as CSV (RFC 4180). A text that a spreadsheet would take for a formula gets an apostrophe in front (rest.md D9); numbers
 * stay numbers, their sign too.
 */

import { csvString } from '../../query/csv-cell.js';

export type CsvValue = string | number | boolean | undefined;

/** Lines end with CRLF, the last one too. Without records there is only the heading. */
export function csvText(columns: readonly string[], records: Iterable<Readonly<Record<string, CsvValue>>>): string {
  let text = `${columns.map(cell).join(',')}\r\n`;
  for (const record of records) text += `${columns.map((column) => cell(record[column])).join(',')}\r\n`;
  return text;
}

function cell(value: CsvValue): string {
  if (value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  return csvString(value);
}
