/** `qaexchange query "SELECT ..."`: the history of a data folder or of a running exchange, asked in SQL. */
import { totalmem } from 'node:os';
import { HttpClient } from '../../client/http-client.js';
import { csvCell } from '../../query/csv-cell.js';
import { DATABASE_LIMITS } from '../../query/history-database.js';
import { HistoryEngine } from '../../query/history-engine.js';
import { historyFolder } from '../../query/manifest.js';
import { placeOf, QueryError } from '../../query/query-error.js';
import { readableName, TABLE_NAMES, TABLES } from '../../query/tables.js';
import { serializeState } from '../../core/state-codec.js';
import { LogStore } from '../../storage/log-store.js';
import { viewFolder, type FolderView } from '../../storage/offline/folder-view.js';
import { earliestStart, replayStart } from '../../storage/offline/state-replay.js';
import { StorageError } from '../../storage/storage-error.js';
import { UsageError, type Flags } from '../args.js';
import { positional, runTool, type Output, type Tool } from './tool.js';

const HELP = `qaexchange query: ask the history in SQL, of a data folder (also while an exchange runs on it) or of a running exchange

Usage: npm run query -- "SELECT ..." DATA_DIR [--json | --csv]
       npm run query -- "SELECT ..." --url http://127.0.0.1:8094 --username admin --password P [--json | --csv]
       npm run query -- --tables [--json]

One SELECT over the tables that --tables lists; every table has a view NAME_dec with decimals, dates and ids for people.
On a data folder everything up to the end of the log is there; nothing is written.

  --url URL          a running exchange; the user must be an Admin
  --username NAME    who asks (default: admin)
  --password P       the password; without it, the environment variable QAEXCHANGE_PASSWORD
  --csv              print CSV
  --tables           the tables with their columns, units and meanings

Example: npm run query -- "SELECT instrument_id, sum(volume) FROM trades GROUP BY ALL" ./data
`;

/** Of the memory of the machine, for the rows of a data folder. */
const MEMORY_SHARE = 0.5;
/** Another export came between the files and the log: looked at again. */
const ATTEMPTS = 3;

interface Answer {
  columns: { name: string; type: string }[];
  rows: unknown[][];
  row_count: number;
  truncated: boolean;
  as_of: number;
}

export const QUERY_TOOL: Tool = {
  help: HELP,
  flags: { url: 'string', username: 'string', password: 'string', csv: 'boolean', tables: 'boolean' },
  run: async (flags, out) => {
    if (flags.has('tables')) return tables(out);
    const sql = positional(flags, 0, 'The SELECT');
    print(await ask(sql, flags), flags, out);
    return 0;
  },
};

export function query(args: readonly string[]): Promise<number> {
  return runTool(QUERY_TOOL, args);
}

async function ask(sql: string, flags: Flags): Promise<Answer> {
  if (flags.has('url')) return await askExchange(sql, flags);
  const dataDir = positional(flags, 1, 'DATA_DIR or --url');
  for (let attempt = 1; ; attempt++) {
    try {
      return await askFolder(sql, dataDir);
    } catch (error) {
      if (error instanceof QueryError) throw new UsageError(faultText(error, sql));
      if (!(error instanceof StorageError) || error.code !== 'CORRUPT' || attempt === ATTEMPTS) throw error;
    }
  }
}

async function askExchange(sql: string, flags: Flags): Promise<Answer> {
  const password = flags.string('password', process.env['QAEXCHANGE_PASSWORD'] ?? '');
  if (password === '') throw new UsageError('--password or QAEXCHANGE_PASSWORD is missing.');
  const client = new HttpClient(flags.string('url', ''));
  await client.login(flags.string('username', 'admin'), password);
  return await client.call<Answer>('POST', '/api/data/query/sql', { sql });
}

async function askFolder(sql: string, dataDir: string): Promise<Answer> {
  // the files first: the log goes on behind them
  const { engine, position } = await HistoryEngine.open({
    folder: historyFolder(dataDir),
    holidays: [],
    isReader: true,
    // what is in no file yet must find room
    database: { ...DATABASE_LIMITS, memoryMb: Math.max(DATABASE_LIMITS.memoryMb, Math.floor((totalmem() / 2 ** 20) * MEMORY_SHARE)) },
  });
  try {
    const view = await viewFolder(dataDir);
    try {
      await follow(engine, position, view);
    } finally {
      await view.close();
    }
    const { body } = await engine.query({ kind: 'sql', sql }, 'json', new AbortController().signal);
    return JSON.parse(Buffer.from(body).toString()) as Answer;
  } finally {
    engine.close();
  }
}

/** Folds what the log has behind the files. */
async function follow(
  engine: HistoryEngine,
  position: { sequence: number; crc: number } | undefined,
  { storage }: FolderView,
): Promise<void> {
  let from = position;
  if (from === undefined) {
    const { state, sequence, crc } = engine.exported === 0 ? await earliestStart(storage) : await replayStart(storage, engine.exported);
    engine.begin(sequence === 0 ? undefined : serializeState(state), crc);
    from = { sequence, crc };
  }
  const crc = from.crc === 0 && from.sequence > 0 ? undefined : from.crc;
  for await (const block of new LogStore(storage.log).blocks(from.sequence + 1, crc)) {
    await engine.settled();
    engine.apply(block);
  }
}

function faultText({ message, position }: QueryError, sql: string): string {
  if (position === undefined) return message;
  const { line, column } = placeOf(sql, position);
  return `line ${line}, column ${column}: ${message}`;
}

function print({ columns, rows, truncated, ...rest }: Answer, flags: Flags, out: Output): void {
  const names = columns.map(({ name }) => name);
  if (flags.has('csv')) {
    for (const row of [names, ...rows]) process.stdout.write(`${row.map(csvCell).join(',')}\r\n`);
    return;
  }
  out.show({ columns, rows, truncated, ...rest }, () => {
    out.table(
      names,
      rows.map((row) => row.map((cell) => (typeof cell === 'number' ? cell : cell === null ? '' : csvCell(cell)))),
    );
    const more = truncated ? ', there are more' : '';
    out.text(out.dim(`  ${rows.length} ${rows.length === 1 ? 'row' : 'rows'}${more}; up to event ${rest.as_of}`));
  });
}

function tables(out: Output): number {
  const list = TABLE_NAMES.map((name) => ({
    name,
    readable_name: readableName(name),
    meaning: TABLES[name].meaning,
    columns: TABLES[name].columns.map((column) => ({
      name: column.name,
      type: column.kind.sqlType,
      unit: column.kind.unit,
      meaning: column.meaning,
    })),
  }));
  out.show(list, () => {
    for (const { name, meaning, columns } of list) {
      out.title(`${name}: ${meaning}`);
      out.table(
        ['column', 'type', 'unit', 'meaning'],
        columns.map((column) => [column.name, column.type, column.unit, column.meaning]),
      );
    }
  });
  return 0;
}
