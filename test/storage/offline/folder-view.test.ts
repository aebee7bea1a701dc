/** A view is the database of one moment, however busily it is written to meanwhile. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import t from 'tap';
import { checkFiles } from '../../../src/storage/offline/file-check.js';
import { captureFolder, dropView, viewFolder } from '../../../src/storage/offline/folder-view.js';
import { lockHolder } from '../../../src/storage/offline/lock-holder.js';
import { newFolder, recordFolder, smallVenue } from './recorded-folder.js';

const VIEWS = 25;
const key = (number: number): string => String(number).padStart(9, '0');

/** Tables are written and merged all the time. */
async function busyDatabase(path: string): Promise<ClassicLevel<string, Uint8Array>> {
  mkdirSync(path, { recursive: true });
  const level = new ClassicLevel<string, Uint8Array>(path, { valueEncoding: 'view', writeBufferSize: 64 * 1024, maxFileSize: 1 << 20 });
  await level.open();
  return level;
}

t.test('holds all that was written before it, without a gap, and nothing half', async (t) => {
  const folder = newFolder(t);
  const log = await busyDatabase(join(folder, 'db', 'log'));
  const store = await busyDatabase(join(folder, 'db', 'store'));
  let written = 0;
  let isOver = false;
  const value = new Uint8Array(1500).map((_, at) => (at * 7) % 251);
  const writing = (async () => {
    while (!isOver) {
      await log.put(key(written), value);
      written++;
      // deletions too: the trimmed beginning of a log
      if (written % 3 === 0) await log.del(key(written / 3));
    }
  })();
  for (let round = 0; round < VIEWS; round++) {
    const before = written;
    const path = await captureFolder(folder);
    t.strictSame(checkFiles(join(path, 'db', 'log'), 'db/log').faults, []);
    const copy = new ClassicLevel<string, Uint8Array>(join(path, 'db', 'log'), { valueEncoding: 'view' });
    await copy.open();
    const keys = (await copy.keys().all()).map(Number);
    await copy.close();
    dropView(path);
    const last = keys.at(-1) ?? -1;
    t.ok(last >= before - 1, `everything before it: ${last} of ${before}`);
    const inner = keys.filter((number) => number > last / 3);
    t.ok(
      inner.every((number, index) => index === 0 || number === inner[index - 1] + 1),
      'no gap',
    );
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  isOver = true;
  await writing;
  t.ok(written > 1000 && readdirSync(join(folder, 'db', 'log')).some((name) => name.endsWith('.ldb')), 'tables came and went meanwhile');
  await log.close();
  await store.close();
});

t.test('a table in the making is not touched by a view that is opened', async (t) => {
  const folder = newFolder(t);
  await recordFolder(folder, smallVenue(2).journal);
  const path = join(folder, 'db', 'log');
  // the number that a database opened on these files gives its next table
  const numbers = readdirSync(path).map((name) => Number.parseInt(name.replace('MANIFEST-', '')) || 0);
  const unfinished = Array.from({ length: 20 }, (_, n) => join(path, `${String(Math.max(...numbers) + 1 + n).padStart(6, '0')}.ldb`));
  for (const file of unfinished) writeFileSync(file, 'half a table');
  const view = await viewFolder(folder);
  await view.close();
  for (const file of unfinished) t.equal(readFileSync(file, 'utf8'), 'half a table');
});

t.test('takes its folder away, and what a killed tool left behind', async (t) => {
  const folder = newFolder(t);
  await recordFolder(folder, smallVenue(2).journal);
  // no process has this number
  mkdirSync(join(folder, '.view-999999999-abc'));
  const view = await viewFolder(folder);
  t.notOk(existsSync(join(folder, '.view-999999999-abc')));
  t.ok(existsSync(view.path));
  await view.close();
  t.strictSame(readdirSync(folder), ['db']);
});

t.test('who has a folder open is told where the system knows it', async (t) => {
  const folder = newFolder(t);
  const log = await busyDatabase(join(folder, 'db', 'log'));
  const holder = lockHolder(folder);
  if (process.platform === 'linux') t.equal(holder?.pid, process.pid);
  await log.close();
  if (process.platform === 'linux') t.equal(lockHolder(folder), undefined);
});
