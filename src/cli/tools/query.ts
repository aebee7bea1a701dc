/** `qaexchange query "SELECT ..."`: the history of a data folder or of a running exchange, asked in SQL. */
import { HttpClient } from '../../client/http-client.js';
import { csvCell } from '../../query/csv-cell.js';
import { placeOf, QueryError } from '../../query/query-error.js';
import { readableName, TABLE_NAMES, TABLES } from '../../query/tables.js';
import { UsageError, type Flags } from '../args.js';
import { formatOf, saveFromExchange, saveFromFolder } from './query-file.js';
import { withFolder } from './query-folder.js';
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
  --out FILE.csv     write the answer to a file, as CSV or (FILE.parquet) as Parquet; of a data folder all rows, however many
  --tables           the tables with their columns, units and meanings

Example: npm run query -- "SELECT instrument_id, sum(volume) FROM trades GROUP BY ALL" ./data
`;

interface Answer {
  columns: { name: string; type: string }[];
  rows: unknown[][];
  row_count: number;
  truncated: boolean;
  as_of: number;
}

export const QUERY_TOOL: Tool = {
  help: HELP,
  flags: { url: 'string', username: 'string', password: 'string', csv: 'boolean', out: 'string', tables: 'boolean' },
  run: async (flags, out) => {
    if (flags.has('tables')) return tables(out);
    const sql = positional(flags, 0, 'The SELECT');
    if (flags.has('out')) await save(sql, flags.string('out', ''), flags, out);
    else print(await ask(sql, flags), flags, out);
    return 0;
  },
};

export function query(args: readonly string[]): Promise<number> {
  return runTool(QUERY_TOOL, args);
}

async function ask(sql: string, flags: Flags): Promise<Answer> {
  if (flags.has('url')) return await (await loggedIn(flags)).call<Answer>('POST', '/api/data/query/sql', { sql });
  const dataDir = positional(flags, 1, 'DATA_DIR or --url');
  return await explained(sql, () =>
    withFolder(dataDir, {}, async (engine) => {
      const { body } = await engine.query({ kind: 'sql', sql }, 'json', new AbortController().signal);
      return JSON.parse(Buffer.from(body).toString()) as Answer;
    }),
  );
}

async function save(sql: string, file: string, flags: Flags, out: Output): Promise<void> {
  formatOf(file);
  if (flags.has('url')) {
    await saveFromExchange(await loggedIn(flags), sql, file, out);
    out.show({ file }, () => out.text(`The answer is in ${file}.`));
    return;
  }
  const rows = await explained(sql, () => saveFromFolder(sql, positional(flags, 1, 'DATA_DIR or --url'), file, out));
  out.show({ file, rows }, () => out.text(`${rows} ${rows === 1 ? 'row is' : 'rows are'} in ${file}.`));
}

async function loggedIn(flags: Flags): Promise<HttpClient> {
  const password = flags.string('password', process.env['QAEXCHANGE_PASSWORD'] ?? '');
  if (password === '') throw new UsageError('--password or QAEXCHANGE_PASSWORD is missing.');
  const client = new HttpClient(flags.string('url', ''));
  await client.login(flags.string('username', 'admin'), password);
  return client;
}

/** What is wrong with the query, as a sentence. */
async function explained<T>(sql: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof QueryError ? new UsageError(faultText(error, sql)) : error;
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
