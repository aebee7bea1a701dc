/** Settlement prices as CSV: one line each of instrument id and price, after a heading if there is one. */
import { Refusal } from '../../core/refusal.js';
import type { PriceEntry } from './settlement-service.js';

const HEADING = ['instrument_id', 'settlement_price'];
const PRICE = /^[0-9]+(\.[0-9]+)?$/;
const DETAILS_MAX = 20;

/** Throws 9008 naming the lines that are not right. */
export function parsePrices(csv: string): PriceEntry[] {
  const prices: PriceEntry[] = [];
  const details: { field: string; reason: string }[] = [];
  // a mark of byte order is what spreadsheets begin a file with
  for (const [index, line] of csv
    .replace(/^\ufeff/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    if (line.trim() === '') continue;
    const cells = line.split(',').map(cellOf);
    if (prices.length === 0 && cells.length === 2 && cells.every((cell, i) => cell.toLowerCase() === HEADING[i])) continue;
    if (cells.length === 2 && cells[0] !== '' && PRICE.test(cells[1])) {
      prices.push({ instrumentId: cells[0], price: Number(cells[1]), field: `csv line ${index + 1}` });
    } else if (details.length < DETAILS_MAX) {
      details.push({ field: `csv line ${index + 1}`, reason: 'must be an instrument id and a price, such as CFFEX.IF,3801.4' });
    }
  }
  if (details.length > 0) throw new Refusal(9008, details);
  return prices;
}

function cellOf(text: string): string {
  const cell = text.trim();
  return cell.length >= 2 && cell.startsWith('"') && cell.endsWith('"') ? cell.slice(1, -1).replaceAll('""', '"').trim() : cell;
}
