/** A query that goes on while files take the place of others reads to its end what it began with. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Exporter } from '../../src/query/exporter.js';
import { HistoryDatabase } from '../../src/query/history-database.js';
import { HistoryFold } from '../../src/query/history-fold.js';
import { TradingDays } from '../model/trading-days.js';
import { blocksOfJournal, historyFolderFor, stretched } from './history-support.js';

/** Of the part of the day that comes while the query is open: enough for files to be merged. */
const EXPORTS = 20;

t.test('files are kept until the last query that may read them is over', async (t) => {
  const days = new TradingDays({ seed: 7, accounts: 6, days: 1, commands: 400 });
  await days.run();
  const blocks = blocksOfJournal(stretched(days.circle.journal), 1);
  const folder = historyFolderFor(t);
  const exporter = new Exporter(folder);
  const database = await HistoryDatabase.open(folder);
  t.teardown(() => {
    exporter.close();
    database.close();
  });
  const fold = new HistoryFold();
  const exportUpTo = async (block: number): Promise<void> => {
    while (fold.sequence < blocks[block].lastSequence) fold.apply(blocks.find(({ firstSequence }) => firstSequence === fold.sequence + 1)!);
    const { sequence, rows, state } = fold;
    const checkpoint = fold.save();
    const generation = database.freeze(rows);
    const cut = { generation, sequence, checkpoint, beginsBehind: 0, openDay: state.tradingDay, names: fold.instrumentNames() };
    await exporter.export(database, rows, cut);
  };
  const paths = (): string[] => exporter.files.order_events.map(({ path }) => join(folder, path));

  const half = blocks.length >> 1;
  await exportUpTo(half);
  const before = paths();
  const reader = await database.takeConnection();
  const asOf = await database.look(reader);
  const count = async (): Promise<unknown> =>
    (await reader.runAndReadAll('SELECT max(sequence), count(*) FROM order_events')).getRowsJS()[0];
  const first = await count();
  for (let n = 1; n <= EXPORTS; n++) await exportUpTo(half + Math.floor(((blocks.length - 1 - half) * n) / EXPORTS));
  t.notOk(
    before.every((path) => paths().includes(path)),
    'other files have the rows now',
  );
  t.same(await count(), first, `it sees what there was at event ${asOf}`);
  await database.giveBack(reader);

  const replaced = before.filter((path) => !paths().includes(path));
  t.ok(replaced.every((path) => existsSync(path)));
  t.equal(fold.sequence, blocks.at(-1)!.lastSequence);
  await exportUpTo(blocks.length - 1);
  t.notOk(
    replaced.some((path) => existsSync(path)),
    'and are gone with the next export after it',
  );
});
