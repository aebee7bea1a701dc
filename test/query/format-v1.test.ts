/**
 * Files of the first format stay readable: `samples/history-v1.br` was written by the program of then (two traders, two
 * instruments, orders of all ends, a settled day; every table has rows).
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import t from 'tap';
import { historyFolder } from '../../src/query/manifest.js';
import { HistoryEngine } from '../../src/query/history-engine.js';
import { TABLE_NAMES, TABLES } from '../../src/query/tables.js';
import { checkHistoryFiles } from '../../src/query/verify-files.js';
import { newFolder } from '../storage/offline/recorded-folder.js';

/** Rows of each table and the sums of the columns that its manifest sums up, as the program of then answered. */
const FIGURES: Readonly<Record<string, readonly number[]>> = {
  trades: [96, 96, 972_500_000, 1_836_060, 1_836_060],
  orders: [252, 432, 192],
  order_events: [363],
  accounts_eod: [2, 3_672_120, 20_086_327_880],
  positions_eod: [4, 192],
  settlements: [2, 96, 972_500_000],
  transfers: [11, 20_090_000_000],
  ticks: [96, 96, 972_500_000],
  market_snapshots: [155],
  klines: [62, 672],
  factors: [48],
  instruments: [4],
  audit: [1],
};
const SEQUENCE = 483;
const FIRST_TRADE = [
  ...['2026-01-05', '2026-01-05 08:00:02.2+08', 12, 'SIM.copper', 'T0000000000000001', 95, 1, 950, 'SELL', false],
  ...['O0000000000000001', 'ACC_0000000001', 'OPEN', 3, 0, 'O0000000000000002', 'ACC_0000000002', 'OPEN', 3, 0],
];
/** What trades had then; columns that come later stand behind. */
const TRADE_COLUMNS = FIRST_TRADE.length;

/** Length of the name and of the file, u32 each, then both, one file behind the other. */
function unpack(folder: string): void {
  const bytes = brotliDecompressSync(readFileSync('test/query/samples/history-v1.br'));
  for (let at = 0; at < bytes.byteLength;) {
    const nameEnd = at + 8 + bytes.readUInt32LE(at);
    const end = nameEnd + bytes.readUInt32LE(at + 4);
    const path = join(folder, bytes.toString('utf8', at + 8, nameEnd));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes.subarray(nameEnd, end));
    at = end;
  }
}

t.test('a history of the first format answers as it did', async (t) => {
  const dataDir = newFolder(t);
  unpack(historyFolder(dataDir));
  const checked = await checkHistoryFiles(dataDir, { firstSequence: 1, lastSequence: SEQUENCE }, () => undefined);
  t.strictSame(checked.faults, [], 'its files are what their manifest says');
  const { engine } = await HistoryEngine.open({ folder: historyFolder(dataDir), holidays: [], isReader: true });
  t.teardown(() => engine.close());
  t.equal(engine.exported, SEQUENCE);
  const rows = async (sql: string): Promise<unknown[][]> => {
    const { body } = await engine.query({ kind: 'sql', sql }, 'json', new AbortController().signal);
    return (JSON.parse(Buffer.from(body).toString()) as { rows: unknown[][] }).rows;
  };
  for (const [name, figures] of Object.entries(FIGURES)) {
    const known = TABLE_NAMES.find((table) => table === name)!;
    const sums = TABLES[known].sums.slice(0, figures.length - 1).map((column) => `, coalesce(sum(${column}), 0)`);
    t.strictSame(await rows(`SELECT count(*)${sums.join('')} FROM ${name}`), [figures], name);
    t.equal((await rows(`SELECT * FROM ${name}_dec`)).length, figures[0], `${name} for people`);
  }
  const [first] = await rows('SELECT * FROM trades_dec ORDER BY trade_id LIMIT 1');
  t.strictSame(first.slice(0, TRADE_COLUMNS), FIRST_TRADE);
});
