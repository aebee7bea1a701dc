/** What lies in the history tables, table by table, as a walk over all of them finds it. */
import { ORDER_STRIDE, TRADE_STRIDE } from '../../core/history.js';
import type { Database } from '../database.js';
import { rowsInPage, sequenceOfPage } from '../history-store.js';

const PREFIX = 'hist/';
const END = 'hist0';
const STRIDES: Readonly<Record<string, number>> = { orders: ORDER_STRIDE, trades: TRADE_STRIDE };

export interface TableSurvey {
  entries: number;
  /** Rows of packed pages; other tables have one an entry. */
  rows: number;
  bytes: number;
}

/** One page of packed rows. */
export interface PageKey {
  table: 'orders' | 'trades';
  account: number;
  uptoSequence: number;
}

export interface HistorySurvey {
  tables: Map<string, TableSurvey>;
  faults: string[];
}

/** Reads everything once; `onPage` hears of every page in the order of its key. */
export async function surveyHistory(database: Database, onPage?: (page: PageKey) => void): Promise<HistorySurvey> {
  const survey: HistorySurvey = { tables: new Map(), faults: [] };
  for await (const [key, value] of database.entries({ gte: PREFIX, lt: END }, 1 << 20)) {
    const [, table = '', account = ''] = key.split('/');
    // the one entry that is no table
    if (table === 'watermark') continue;
    const stride = STRIDES[table];
    const rows = stride === undefined ? 1 : rowsInPage(value, stride);
    const entry = survey.tables.get(table) ?? { entries: 0, rows: 0, bytes: 0 };
    entry.entries++;
    entry.rows += rows ?? 0;
    entry.bytes += value.byteLength;
    survey.tables.set(table, entry);
    if (rows === undefined) survey.faults.push(`${key}: the page of ${value.byteLength} bytes is not what its header says.`);
    if (stride !== undefined)
      onPage?.({ table: table as PageKey['table'], account: Number.parseInt(account, 16), uptoSequence: sequenceOfPage(key) });
  }
  return survey;
}
