/** What a query must not do, and what becomes of one that takes too much. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { QueryError } from '../../src/query/query-error.js';
import { smallVenue } from '../storage/offline/recorded-folder.js';
import { blocksOfJournal, historyFolderFor, OpenHistory } from './history-support.js';

const ROWS = 50;

const ESCAPES = [
  "SELECT * FROM '/etc/passwd'",
  "SELECT * FROM read_text('/etc/passwd')",
  "SELECT * FROM read_csv('/etc/passwd', header = false)",
  "SELECT * FROM glob('/*')",
  "SELECT * FROM read_blob('/proc/self/environ')",
  "SELECT * FROM 'https://example.com/x.parquet'",
  "SELECT * FROM read_parquet('s3://bucket/x.parquet')",
  'WITH "/etc/passwd" AS (SELECT 1) SELECT * FROM (SELECT * FROM "/etc/passwd")',
  "WITH x AS (SELECT * FROM read_csv('/etc/passwd')) SELECT * FROM x",
  "SELECT (SELECT count(*) FROM read_text('/etc/passwd'))",
  "SELECT * FROM trades WHERE EXISTS (FROM read_text('/etc/passwd'))",
  "SELECT * FROM trades, LATERAL (SELECT * FROM read_text('/etc/passwd'))",
  "FROM query('SELECT 1')",
  "FROM query_table('duckdb_settings')",
  'FROM duckdb_settings()',
  'FROM duckdb_secrets()',
  'FROM pragma_database_list()',
  'FROM information_schema.tables',
  'FROM sqlite_master',
  'FROM hidden.names',
  'FROM g1.trades',
  'FROM memory.g1.trades',
  'SHOW TABLES',
  "SELECT getenv('HOME')",
  "SELECT current_setting('memory_limit')",
  "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
  "COPY trades TO '/tmp/x.csv'",
  "COPY (SELECT 1) TO 'x'",
  "ATTACH '/tmp/x.db' AS x",
  'PRAGMA database_list',
  'CALL pragma_version()',
  'INSTALL httpfs',
  'LOAD httpfs',
  'SET threads = 8',
  "SET GLOBAL allowed_directories = ['/']",
  'RESET lock_configuration',
  'CREATE TABLE x AS SELECT 1',
  'CREATE MACRO f() AS 1',
  'DROP VIEW trades',
  'INSERT INTO trades SELECT * FROM trades',
  'DELETE FROM trades',
  'UPDATE trades SET price = 1',
  'BEGIN TRANSACTION',
  'CHECKPOINT',
  'VACUUM',
  "EXPORT DATABASE '/tmp/x'",
  'PREPARE p AS SELECT 1',
  'SELECT 1; DROP VIEW trades',
  'SELECT 1; SELECT 2',
  'EXPLAIN ANALYZE SELECT 1',
  'SELECT * FROM trades WHERE price = ?',
  "SELECT 1) TO '/tmp/x'; --",
  '',
  '--',
  ';',
  '\u0000',
  'SELECT '.repeat(2000),
  `SELECT ${'abs('.repeat(5000)}1${')'.repeat(5000)}`,
];

t.test('a query reads the tables of the history, and nothing else', async (t) => {
  t.setTimeout(180_000);
  const folder = historyFolderFor(t);
  const history = new OpenHistory({ folder, holidays: [], queries: { timeoutMs: 400, rows: ROWS, bytes: 100_000 } });
  await history.open(blocksOfJournal(smallVenue(60).journal, 8));
  t.teardown(() => history.close());
  await history.engine.export();
  // even within the folder that DuckDB may read
  writeFileSync(join(folder, 'own.csv'), 'a\n1\n');
  const faultOf = async (sql: string): Promise<QueryError | undefined> => {
    try {
      await history.answer(sql);
      return undefined;
    } catch (error) {
      if (error instanceof QueryError) return error;
      throw error;
    }
  };
  for (const sql of [...ESCAPES, `SELECT * FROM '${join(folder, 'own.csv')}'`, `FROM read_csv('${join(folder, 'own.csv')}')`]) {
    t.equal((await faultOf(sql))?.fault, 'invalid', sql.slice(0, 80));
  }
  const [[count]] = await history.rows('SELECT count(*) FROM trades');

  t.match(await faultOf('SELECT foo FROM trades'), { message: /foo/, position: 7 });
  t.match(await faultOf('SELECT 1 FRMO trades'), { fault: 'invalid', position: 14 });
  t.match(await faultOf("SELECT price + 'x' FROM trades"), { fault: 'invalid' });
  t.match(await faultOf('SELECT 1e400::DOUBLE, 99999999999999999999999999999999999999999999::BIGINT'), { fault: 'invalid' });

  t.match(await faultOf('SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range % 7 = b.range % 5'), { fault: 'limit' });
  t.match(await faultOf('SELECT list(a.range) FROM range(100000) a, range(100000) b'), { fault: 'limit' });
  const cut = await history.answer('SELECT * FROM range(1000000)');
  t.match(cut, { truncated: true });
  t.equal(cut.rows.length, ROWS);
  t.match(await history.answer("SELECT repeat('x', 60000) FROM range(10)"), { truncated: true });

  // a text that takes a limit of its own behind it, and what that changes nothing in
  const many = await history.answer('SELECT a.sequence AS n, b.sequence AS n FROM order_events a, order_events b ORDER BY 1, 2 -- all');
  t.match(many, { truncated: true, columns: [{ name: 'n' }, { name: 'n' }] });
  const few = await history.answer(
    `SELECT a.sequence AS n, b.sequence AS n FROM order_events a, order_events b ORDER BY 1, 2 LIMIT ${ROWS}`,
  );
  t.match(few, { truncated: false });
  t.same(many.rows, few.rows);
  for (const sql of [
    'SELECT 1; -- one',
    'SELECT 1 LIMIT 0 + 1',
    'VALUES (1)',
    '(SELECT 1)',
    'WITH t AS (SELECT 1 LIMIT 1) SELECT * FROM t',
  ])
    t.same(await history.rows(sql), [[1]], sql);

  const allowed = [
    'WITH t AS (SELECT * FROM trades) SELECT count(*) FROM t JOIN orders ON t.buy_order_id = orders.order_id',
    'SELECT instrument_id, price, avg(price) OVER (PARTITION BY instrument_id ORDER BY ts ROWS 3 PRECEDING) FROM trades',
    'FROM main.trades_dec SELECT max(price)',
    'SELECT * FROM generate_series(1, 3)',
    'SELECT unnest([1, 2, 3])',
    'SELECT list_transform([1, 2], x -> x + 1), current_timestamp IS NOT NULL',
    'SUMMARIZE trades',
    'DESCRIBE orders',
    '(SELECT 1) UNION ALL (SELECT 2) ORDER BY 1 DESC -- with a remark',
    "SELECT * FROM trades_dec WHERE ts > TIMESTAMPTZ '2020-01-01' AND buy_account_id LIKE 'ACC_%' LIMIT 1",
    'WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT sum(n) FROM r',
  ];
  for (const sql of allowed) t.ok((await history.rows(sql)).length > 0, sql);
  t.strictSame(await history.rows('SELECT count(*) FROM trades'), [[count]], 'and nothing has changed');
  t.strictSame(await history.rows('SELECT sum(9007199254740993::HUGEINT), 0.1::DECIMAL(18, 4), NULL'), [['9007199254740993', 0.1, null]]);

  const controller = new AbortController();
  const asked = history.engine.query(
    { kind: 'sql', sql: 'SELECT count(*) FROM range(10000000) a, range(1000000) b' },
    'json',
    controller.signal,
  );
  setImmediate(() => controller.abort());
  await t.rejects(asked, { name: 'QueryError' }, 'who goes away takes his query with him');
});
