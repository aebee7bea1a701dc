/** A query that has been answered holds no memory: else the history would refuse everything after some hundreds of them. */
import t from 'tap';
import { HistoryEngine } from '../../src/query/history-engine.js';
import { historyFolderFor } from './history-support.js';

/** Each would keep more than one megabyte until the collector comes by, which sees nothing to collect. */
const SQL = `
  WITH numbers AS MATERIALIZED (SELECT * FROM range(1000) t(n)), few AS (SELECT * FROM numbers ORDER BY n DESC LIMIT 3)
  SELECT total, n FROM (SELECT count(*) AS total FROM numbers) LEFT JOIN few ON true ORDER BY n`;

t.test('many queries need no more memory than one', async (t) => {
  const options = { folder: historyFolderFor(t), holidays: [], database: { threads: 1, memoryMb: 32 } };
  const { engine } = await HistoryEngine.open(options);
  t.teardown(() => engine.close());
  engine.begin(undefined, 0);
  for (let n = 0; n < 80; n++) {
    const { rows } = await engine.query({ kind: 'sql', sql: SQL }, n % 2 === 0 ? 'json' : 'csv', new AbortController().signal);
    if (rows !== 3) throw new Error(`${rows} rows`);
  }
  t.pass();
});
