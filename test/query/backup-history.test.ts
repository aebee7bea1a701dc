/** The history in backups, and what is found when its files are not what they were. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { historyFolder, readManifest } from '../../src/query/manifest.js';
import { checkHistoryFiles } from '../../src/query/verify-files.js';
import { backupFolder, restoreBackup, UnsoundCopy } from '../../src/storage/offline/backup.js';
import { verifyFolder } from '../../src/storage/offline/verify.js';
import { newFolder, recordFolder, smallVenue } from '../storage/offline/recorded-folder.js';
import { blocksOfJournal, OpenHistory } from './history-support.js';

const COMMANDS = 8;
const NOW_US = 1_767_571_200_000_000;
const venue = smallVenue(40);
const blocks = blocksOfJournal(venue.journal, COMMANDS);

/** A data folder whose history was exported up to a block, in two parts. */
async function exported(folder: string, upTo: number): Promise<void> {
  await recordFolder(folder, venue.journal, { snapshotsAfter: [3, 5], blockCommands: COMMANDS });
  for (const end of [upTo >> 1, upTo]) {
    const history = new OpenHistory({ folder: historyFolder(folder), holidays: [] });
    await history.open(blocks.slice(0, end));
    await history.engine.export();
    history.close();
  }
}

async function counted(folder: string): Promise<unknown[][]> {
  const history = new OpenHistory({ folder: historyFolder(folder), holidays: [] });
  await history.open(blocks);
  const rows = await history.rows('SELECT count(*), sum(volume), sum(buy_fee + sell_fee) FROM trades');
  history.close();
  return rows;
}

t.test('a backup has the history, and a restored folder goes on from it', async (t) => {
  const [folder, shelf] = [newFolder(t), newFolder(t)];
  await exported(folder, blocks.length - 2);
  const target = join(shelf, 'monday');
  const { verification } = await backupFolder(folder, target, { nowUs: NOW_US, checkParquet: checkHistoryFiles });
  const rows = Object.values(readManifest(historyFolder(folder))!.tables)
    .flat()
    .reduce((sum, file) => sum + file.rows, 0);
  t.match(verification.checks.at(-1), { name: 'parquet', looked: new RegExp(`, ${rows} rows up to event \\d+$`), faults: [] });
  const again = join(shelf, 'again');
  await restoreBackup(target, again, checkHistoryFiles);
  t.strictSame(readManifest(historyFolder(again)), readManifest(historyFolder(folder)));
  t.strictSame(await counted(again), await counted(folder));

  const [{ path }] = readManifest(historyFolder(target))!.tables.orders;
  rmSync(join(historyFolder(target), path));
  const error = await restoreBackup(target, join(shelf, 'third'), checkHistoryFiles).catch((caught: unknown) => caught);
  t.ok(error instanceof UnsoundCopy, 'a backup whose history lacks a file is not restored');
});

t.test('verify finds every file that is not what the manifest says', async (t) => {
  const folder = newFolder(t);
  await exported(folder, blocks.length);
  const history = historyFolder(folder);
  const manifestPath = join(history, 'manifest.json');
  const text = readFileSync(manifestPath, 'utf8');
  const manifest = readManifest(history)!;
  const faults = async (): Promise<string[]> =>
    (await verifyFolder(folder, checkHistoryFiles)).checks.flatMap(({ faults: found }) => found);
  t.strictSame(await faults(), []);

  const changed: [text: string, fault: RegExp][] = [
    [text.replace(/"volume":"\d+"/, '"volume":"1"'), /^trades.* has \d+ as the sum of volume, its manifest says 1\.$/],
    [text.replace(/"rows":\d+/, '"rows":1'), /has \d+ as rows, its manifest says 1\.$/],
    [text.replace(/"bytes":\d+/, '"bytes":1'), /has \d+ bytes, its manifest says 1\.$/],
    [text.replace(`"sequence":${manifest.sequence}`, '"sequence":1000000'), /reaches event 1000000, but the log ends at/],
    ['{', /manifest.json is damaged\.$/],
  ];
  for (const [content, fault] of changed) {
    writeFileSync(manifestPath, content);
    t.match((await faults())[0], fault);
  }
  writeFileSync(manifestPath, text);

  const path = join(history, manifest.tables.trades[0].path);
  const bytes = readFileSync(path);
  bytes.fill(0xff, 4, bytes.length >> 1);
  writeFileSync(path, bytes);
  t.match(await faults(), [/^trades.*(cannot be read|its manifest says)/]);
  rmSync(path);
  t.match(await faults(), [/^trades.* is missing\.$/]);
});
