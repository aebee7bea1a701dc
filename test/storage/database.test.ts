import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ClassicLevel } from 'classic-level';
import t, { type Test } from 'tap';
import { closeStorage, Database, openStorage } from '../../src/storage/database.js';
import { tempFolder } from './support.js';

const childPath = fileURLToPath(new URL('./database-child.js', import.meta.url));

/** Runs the child and resolves with its lines when it is gone. `prefix` is put before `exec node`. */
async function runChild(t: Test, prefix: string, ...args: string[]): Promise<string[]> {
  // The test runner hooks into every Node process by NODE_OPTIONS, and its hook turns SIGXFSZ (a full file) into death.
  const child = spawn('sh', ['-c', `unset NODE_OPTIONS; ${prefix} exec "$0" "$@"`, process.execPath, childPath, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  await new Promise((resolve) => child.once('close', resolve));
  return output.trim().split('\n');
}

t.test('creates the data folder for its owner only', async (t) => {
  const folder = join(tempFolder(t), 'a', 'data');
  await closeStorage(await openStorage(folder));
  t.equal(statSync(folder).mode & 0o777, 0o700);
});

t.test('may be opened by several threads of one process, and again after it was closed', async (t) => {
  const folder = tempFolder(t);
  const [one, two] = [await openStorage(folder), await openStorage(folder)];
  await one.store.put('key', Buffer.from('value'));
  t.equal(Buffer.from((await two.store.get('key'))!).toString(), 'value');
  await closeStorage(one);
  await closeStorage(two);
  const again = await openStorage(folder);
  t.equal(Buffer.from((await again.store.get('key'))!).toString(), 'value');
  await closeStorage(again);
});

t.test('puts what was written into a table on demand, where there is room', async (t) => {
  const folder = tempFolder(t);
  const storage = await openStorage(folder);
  const logBytes = (): number => {
    const newest = readdirSync(storage.store.path).filter((name) => name.endsWith('.log'));
    return statSync(join(storage.store.path, newest.sort().at(-1)!)).size;
  };
  await storage.store.put('key', randomBytes(10_000));
  t.ok(logBytes() > 10_000);
  const level = new ClassicLevel<string, Uint8Array>(storage.store.path, { valueEncoding: 'view', multithreading: true });
  await level.open();
  await new Database(storage.store.path, level, { freeBytes: async () => 1000, newestFile: () => '' }).settle();
  await level.close();
  t.ok(logBytes() > 10_000, 'no room: nothing is moved');
  await storage.store.settle();
  t.equal(logBytes(), 0);
  t.equal((await storage.store.get('key'))!.byteLength, 10_000);
  await closeStorage(storage);
});

t.test('says in one sentence that another process holds the folder', async (t) => {
  const folder = tempFolder(t);
  const storage = await openStorage(folder);
  const [line] = await runChild(t, '', 'open', folder);
  t.match(line, /^LOCKED The data folder is in use by another process \(.*\)\.$/);
  await closeStorage(storage);
  t.same(await runChild(t, '', 'open', folder), ['opened']);
});

t.test('says in one sentence that the folder cannot be used', async (t) => {
  const folder = tempFolder(t);
  writeFileSync(join(folder, 'file'), '');
  await t.rejects(openStorage(join(folder, 'file')), { name: 'StorageError', code: 'OPEN_FAILED' });
  mkdirSync(join(folder, 'data', 'db', 'store'), { recursive: true });
  writeFileSync(join(folder, 'data', 'db', 'store', 'CURRENT'), 'nonsense\n');
  await t.rejects(openStorage(join(folder, 'data')), { code: 'OPEN_FAILED', message: /^The database .* cannot be opened: .*\.$/ });
  writeFileSync(join(folder, 'data', 'db', 'store', 'CURRENT'), '');
  await t.rejects(openStorage(join(folder, 'data')), { code: 'OPEN_FAILED' }, 'the log half was closed again, so this is no LOCKED');
});

const canRaiseLimit = spawnSync('prlimit', ['--version']).status === 0;

t.test('keeps what it acknowledged after a write that failed half-way', { skip: canRaiseLimit ? false : 'needs prlimit' }, async (t) => {
  const folder = tempFolder(t);
  // No file may grow beyond 4096 × 512 bytes: as on a full disk, a write fails in its middle. Then there is room again.
  const lines = await runChild(t, 'ulimit -S -f 4096;', 'fill', folder);
  const acknowledged = lines.filter((line) => line.startsWith('put ')).map((line) => line.slice(4));
  t.equal(lines.indexOf('failed WRITE_FAILED'), lines.length - 31, 'one write failed, thirty behind it did not');
  const storage = await openStorage(folder);
  const values = await storage.log.getMany(acknowledged);
  t.same(
    acknowledged.filter((_, index) => values[index] === undefined),
    [],
  );
  await closeStorage(storage);
});
