/**
 * Queries through the whole layer of the history, and by DuckDB alone over the same files, in turns.
 *
 * The scan is one of many days: of a million rows it would take as long as the planning of it. Its bytes are those that the
 * columns have in memory, once for each row that is read.
 */
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { FEEDER_LIMITS } from '../../src/query/history-feeder.js';
import { HistoryEngine } from '../../src/query/history-engine.js';
import { DATABASE_LIMITS, type DatabaseLimits } from '../../src/query/history-database.js';
import { readManifest } from '../../src/query/manifest.js';
import { processorsBehind } from '../../src/query/process-priority.js';
import { pathLiteral } from '../../src/query/sql-text.js';
import { closeStorage, openStorage } from '../../src/storage/database.js';
import { LogStore } from '../../src/storage/log-store.js';
import { copyDays } from './copied-days.js';
import { median, rowOf } from './figures.js';
import type { Row } from './suite.js';
import type { TradedFolder } from './traded-folder.js';

const YARDSTICK = 'DuckDB alone';
const RANGE_ROWS = 100;
/** Bytes of a row of the two columns that are scanned. */
const SCANNED_BYTES = 16;
/** Threads as the history of an exchange on this machine has. */
const DATABASE: DatabaseLimits = { ...DATABASE_LIMITS, threads: Math.min(DATABASE_LIMITS.threads, processorsBehind().length || 1) };

interface Asked {
  name: string;
  sql: string;
  /** What one run of so many milliseconds says. */
  figure: (ms: number) => number;
  unit: string;
}

/** What is asked, of which files, and by whom. */
interface Side {
  engine: HistoryEngine;
  alone: DuckDBConnection;
}

/** Exports the log into a folder first, which is a figure too. */
export async function queryRows(
  dataDir: string,
  folder: string,
  traded: TradedFolder,
  plan: { rounds: number; scannedDays: number },
  progress: (text: string) => void,
): Promise<Row[]> {
  const day = join(folder, 'day');
  const { engine } = await HistoryEngine.open({ folder: day, holidays: [], database: DATABASE });
  try {
    progress('writing the history');
    const exportMs = await exportLog(dataDir, engine, traded.events);
    const rows = [rowOf('export of the log with nobody trading', 'events/s', [(traded.events * 1000) / exportMs])];
    const days = join(folder, 'days');
    copyDays(day, days, plan.scannedDays);
    const long = await HistoryEngine.open({ folder: days, holidays: [], isReader: true, database: DATABASE });
    const ratios: number[] = [];
    try {
      await withAlone(days, async (alone) => {
        const scans = scanQuestions(traded.trades * plan.scannedDays);
        rows.push(...(await compared({ engine: long.engine, alone }, scans, plan.rounds, ratios, progress)));
      });
    } finally {
      long.engine.close();
    }
    await withAlone(day, async (alone) => {
      rows.push(...(await compared({ engine, alone }, await questions(alone, traded.trades), plan.rounds, ratios, progress)));
    });
    return [...rows, rowOf('time of our layer ÷ DuckDB alone, over these queries', '', ratios)];
  } finally {
    engine.close();
  }
}

/** DuckDB over the files of a history, with nothing of ours. */
async function withAlone(folder: string, work: (alone: DuckDBConnection) => Promise<void>): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: String(DATABASE.threads) });
  const alone = await instance.connect();
  try {
    const paths = readManifest(folder)!.tables.trades.map(({ path }) => pathLiteral(join(folder, path)));
    await alone.run(`CREATE VIEW trades AS SELECT * FROM read_parquet([${paths.join(', ')}])`);
    await work(alone);
  } finally {
    alone.closeSync();
    instance.closeSync();
  }
}

async function exportLog(dataDir: string, engine: HistoryEngine, events: number): Promise<number> {
  const storage = await openStorage(dataDir);
  try {
    const begin = performance.now();
    engine.begin(undefined, 0);
    let writing: Promise<void> | undefined;
    for await (const block of new LogStore(storage.log).blocks(1, 0)) {
      await engine.settled();
      engine.apply(block);
      if (engine.sequence - engine.exported < FEEDER_LIMITS.exportEvents) continue;
      // one part is written while the next one is folded
      if (engine.sequence - engine.exported >= 2 * FEEDER_LIMITS.exportEvents) await writing;
      writing ??= engine.export().finally(() => (writing = undefined));
    }
    await writing;
    await engine.export();
    if (engine.exported !== events) throw new Error(`${engine.exported} of ${events} events were exported`);
    return performance.now() - begin;
  } finally {
    await closeStorage(storage);
  }
}

function scanQuestions(rows: number): Asked[] {
  const speed = { figure: (took: number) => (rows * SCANNED_BYTES) / took / 1e6, unit: 'GB/s' };
  return [
    { name: `scan of two columns of ${rows} rows, price and volume`, sql: 'SELECT sum(price), sum(volume) FROM trades', ...speed },
    // no two are the same: they lie in the file as differences
    { name: 'the same, time and sequence', sql: 'SELECT bit_xor(ts), bit_xor(sequence) FROM trades', ...speed },
  ];
}

async function questions(alone: DuckDBConnection, trades: number): Promise<Asked[]> {
  const of = (offset: number): string =>
    `(SELECT ts FROM trades WHERE instrument_id = 'SIM.i2' ORDER BY ts, sequence LIMIT 1 OFFSET ${offset})`;
  const middle = Math.floor(trades / 20);
  const [[from, to]] = await read(alone, `SELECT ${of(middle)}, ${of(middle + RANGE_ROWS - 1)}`);
  const ms = { figure: (took: number) => took, unit: 'ms' };
  return [
    {
      name: `time range and instrument, ${RANGE_ROWS} rows of ${trades}`,
      sql: `SELECT * FROM trades WHERE instrument_id = 'SIM.i2' AND ts BETWEEN ${String(from)} AND ${String(to)} ORDER BY ts`,
      ...ms,
    },
    {
      name: `GROUP BY instrument over ${trades} rows`,
      sql: 'SELECT instrument_id, count(*), sum(volume), sum(turnover), max(price) FROM trades GROUP BY instrument_id ORDER BY 1',
      ...ms,
    },
    {
      name: `1-minute OHLCV over ${trades} rows`,
      sql: `SELECT instrument_id, ts // 60000000 AS minute, arg_min(price, sequence) AS open, max(price) AS high, min(price) AS low,
        arg_max(price, sequence) AS close, sum(volume) AS volume FROM trades GROUP BY 1, 2 ORDER BY 1, 2`,
      ...ms,
    },
  ];
}

/** The ratio of each goes to `ratios`. */
async function compared(
  { engine, alone }: Side,
  asked: readonly Asked[],
  rounds: number,
  ratios: number[],
  progress: (text: string) => void,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { name, sql, figure, unit } of asked) {
    const [ours, theirs]: [number[], number[]] = [[], []];
    // the first round warms both up, and shows that they say the same
    for (let round = 0; round <= rounds; round++) {
      progress(`${name}, round ${round} of ${rounds}`);
      const own = await timed(() => answer(engine, sql));
      const raw = await timed(() => read(alone, sql));
      if (round === 0) {
        if (JSON.stringify(own.value) !== JSON.stringify(raw.value)) throw new Error(`${name}: DuckDB alone answers otherwise`);
        continue;
      }
      ours.push(own.ms);
      theirs.push(raw.ms);
    }
    ratios.push(median(ours) / median(theirs));
    rows.push(rowOf(name, unit, ours.map(figure), { name: YARDSTICK, runs: theirs.map(figure) }));
  }
  return rows;
}

async function answer(engine: HistoryEngine, sql: string): Promise<unknown[][]> {
  const { body } = await engine.query({ kind: 'sql', sql }, 'json', new AbortController().signal);
  return (JSON.parse(Buffer.from(body).toString()) as { rows: unknown[][] }).rows;
}

async function read(connection: DuckDBConnection, sql: string): Promise<unknown[][]> {
  const rows = (await connection.runAndReadAll(sql)).getRows();
  return rows.map((row) => row.map((value) => (typeof value === 'bigint' ? Number(value) : value)));
}

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const begin = performance.now();
  const value = await work();
  return { ms: performance.now() - begin, value };
}
