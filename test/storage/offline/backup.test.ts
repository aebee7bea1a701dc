/** Backups of quiet folders; those beside a running exchange are drilled in `test/e2e/backup.test.ts`. */
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { checkHistoryFiles } from '../../../src/query/verify-files.js';
import { closeStorage, openStorage } from '../../../src/storage/database.js';
import { backupFolder, readDescription, restoreBackup, UnsoundCopy } from '../../../src/storage/offline/backup.js';
import { stateHash } from '../../../src/storage/offline/state-replay.js';
import { verifyFolder } from '../../../src/storage/offline/verify.js';
import { newFolder, recordFolder, smallVenue } from './recorded-folder.js';

const venue = smallVenue(12);
const NOW_US = 1_767_571_200_000_000;

async function damageBlock(folder: string): Promise<void> {
  const { log, store } = await openStorage(folder);
  const [key] = await log.keys({ gte: 'wal/', lt: 'wal0', limit: 1 });
  const block = Uint8Array.from((await log.get(key))!);
  block[100] ^= 1;
  await log.put(key, block);
  await closeStorage({ log, store });
}

t.test('a backup holds log, snapshots, history and secrets, and is restored into the same state', async (t) => {
  const [folder, shelf] = [newFolder(t), newFolder(t)];
  await recordFolder(folder, venue.journal, { snapshotsAfter: [3, 5] });
  writeFileSync(join(folder, 'data-key'), 'secret', { mode: 0o600 });
  const target = join(shelf, 'monday');
  const { description, rejected } = await backupFolder(folder, target, { nowUs: NOW_US, checkParquet: checkHistoryFiles });
  t.strictSame(rejected, []);
  t.equal(description.sequence, venue.state.sequence);
  t.equal(description.state_hash, stateHash(venue.state));
  t.strictSame(readdirSync(shelf), ['monday'], 'nothing else is left');
  t.equal(statSync(target).mode & 0o777, 0o700, 'it is private');
  t.strictSame(readDescription(target), description);

  const again = join(shelf, 'again');
  await restoreBackup(target, again, checkHistoryFiles);
  t.strictSame(readdirSync(again).sort(), ['data-key', 'db']);
  t.equal(readFileSync(join(again, 'data-key'), 'utf8'), 'secret');
  t.equal(statSync(join(again, 'data-key')).mode & 0o777, 0o600);
  const { ok, sequence, stateHash: hash, checks } = await verifyFolder(again, checkHistoryFiles);
  t.ok(ok, JSON.stringify(checks));
  t.equal(sequence, venue.state.sequence);
  t.equal(hash, stateHash(venue.state));
});

t.test('a damaged folder is not backed up, and nothing is left of the attempt', async (t) => {
  const [folder, shelf] = [newFolder(t), newFolder(t)];
  await recordFolder(folder, venue.journal);
  await damageBlock(folder);
  await t.rejects(backupFolder(folder, join(shelf, 'b'), { nowUs: NOW_US, checkParquet: checkHistoryFiles }), {
    message: `${folder} is damaged, so no backup was made of it.`,
  });
  t.strictSame(readdirSync(shelf), []);
});

t.test('a damaged snapshot is left out of a backup that has others', async (t) => {
  const [folder, shelf] = [newFolder(t), newFolder(t)];
  const ends = await recordFolder(folder, venue.journal, { snapshotsAfter: [3, 5] });
  const { log, store } = await openStorage(folder);
  await store.put((await store.keys({ gte: 'snap/', lt: 'snap0', limit: 1 }))[0], new Uint8Array(8));
  await closeStorage({ log, store });
  const { rejected } = await backupFolder(folder, join(shelf, 'b'), { nowUs: NOW_US, checkParquet: checkHistoryFiles });
  t.strictSame(
    rejected.map(({ sequence }) => sequence),
    [ends[2]],
  );
});

t.test('targets that are in use are refused', async (t) => {
  const [folder, shelf] = [newFolder(t), newFolder(t)];
  await recordFolder(folder, venue.journal);
  const target = join(shelf, 'b');
  await t.rejects(backupFolder(folder, folder, { nowUs: NOW_US, checkParquet: checkHistoryFiles }), { message: /is not empty/ });
  await backupFolder(folder, target, { nowUs: NOW_US, checkParquet: checkHistoryFiles });
  await t.rejects(backupFolder(folder, target, { nowUs: NOW_US, checkParquet: checkHistoryFiles }), { message: /is not empty/ });
  await t.rejects(restoreBackup(target, folder, checkHistoryFiles), {
    message: `A backup is restored into an empty folder: ${folder} is not empty.`,
  });
  await t.rejects(restoreBackup(folder, join(shelf, 'c'), checkHistoryFiles), { message: /is no finished backup: it has no backup.json/ });
  await t.rejects(restoreBackup(join(shelf, 'none'), join(shelf, 'c'), checkHistoryFiles), { message: /is no finished backup/ });
  t.notOk(existsSync(join(shelf, 'c')));
});

t.test('a backup that is damaged, or another than its description says, is not restored', async (t) => {
  const [folder, shelf] = [newFolder(t), newFolder(t)];
  await recordFolder(folder, venue.journal);
  const [whole, damaged] = [join(shelf, 'whole'), join(shelf, 'damaged')];
  await backupFolder(folder, whole, { nowUs: NOW_US, checkParquet: checkHistoryFiles });
  await backupFolder(folder, damaged, { nowUs: NOW_US, checkParquet: checkHistoryFiles });
  await damageBlock(damaged);
  const error = await restoreBackup(damaged, join(shelf, 'again'), checkHistoryFiles).catch((caught: unknown) => caught);
  t.ok(error instanceof UnsoundCopy && !error.verification.ok);
  chmodSync(join(whole, 'backup.json'), 0o600);
  writeFileSync(join(whole, 'backup.json'), JSON.stringify({ ...readDescription(whole), state_hash: '0' }));
  await t.rejects(restoreBackup(whole, join(shelf, 'again'), checkHistoryFiles), { message: /ends at another event or state/ });
  t.notOk(existsSync(join(shelf, 'again')), 'the folder is not there, as before');
});
