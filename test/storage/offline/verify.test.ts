/** A healthy folder passes; each kind of damage is found, and its place is named. */
import { cpSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { checkHistoryFiles } from '../../../src/query/verify-files.js';
import { DurableMark } from '../../../src/storage/durable-mark.js';
import { closeStorage, openStorage, type Storage } from '../../../src/storage/database.js';
import { blockEnd } from '../../../src/storage/log-block.js';
import { verifyFolder, type Check } from '../../../src/storage/offline/verify.js';
import { stateHash } from '../../../src/storage/offline/state-replay.js';
import { newFolder, recordFolder, smallVenue } from './recorded-folder.js';

const venue = smallVenue();
const folder = newFolder(t);
const ends = await recordFolder(folder, venue.journal, { snapshotsAfter: [6, 12, 16] });

/** Files and their sizes and contents: what a tool that only looks must not change. */
function contents(path: string): Record<string, string> {
  const names = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    names.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name)).toString('base64')]),
  );
}

/** A copy that a test may damage. */
function copyOf(t: Test): string {
  const copy = newFolder(t);
  cpSync(folder, copy, { recursive: true });
  return copy;
}

async function damage(path: string, harm: (storage: Storage) => Promise<void>): Promise<void> {
  const storage = await openStorage(path);
  await harm(storage);
  await closeStorage(storage);
}

async function faultsOf(path: string): Promise<Partial<Record<Check['name'], string>>> {
  const { ok, checks } = await verifyFolder(path, checkHistoryFiles);
  const faults = Object.fromEntries(checks.filter((check) => check.faults.length > 0).map((check) => [check.name, check.faults.join(' ')]));
  t.equal(ok, Object.keys(faults).length === 0);
  return faults;
}

t.test('a healthy folder passes all checks and is not altered', async (t) => {
  const before = contents(folder);
  const verification = await verifyFolder(folder, checkHistoryFiles);
  t.ok(verification.ok, JSON.stringify(verification.checks));
  t.equal(verification.sequence, venue.state.sequence);
  t.equal(verification.stateHash, stateHash(venue.state));
  t.strictSame(
    verification.checks.map(({ name }) => name),
    ['files', 'log', 'snapshots', 'fold', 'ledger', 'history', 'parquet'],
  );
  t.match(verification.checks[3].looked, '3 snapshots met');
  t.match(verification.checks[5].looked, /[1-9]\d* rows and [1-9]\d* documents compared/);
  t.strictSame(contents(folder), before);
});

t.test('a flipped bit in a block of the log names the event', async (t) => {
  const path = copyOf(t);
  await damage(path, async ({ log }) => {
    const key = (await log.keys({ gte: 'wal/', lt: 'wal0' }))[4];
    const block = Uint8Array.from((await log.get(key))!);
    block[200] ^= 1;
    await log.put(key, block);
  });
  t.match((await faultsOf(path)).log, `The block at event ${ends[3] + 1} is damaged`);
});

t.test('a missing, a swapped and a lost last block name the event', async (t) => {
  const missing = copyOf(t);
  await damage(missing, async ({ log }) => {
    const key = (await log.keys({ gte: 'wal/', lt: 'wal0' }))[4];
    await log.batch([{ type: 'del', key }]);
  });
  t.match((await faultsOf(missing)).log, `Event ${ends[3] + 1} is missing: the log goes on at ${ends[4] + 1}`);

  const swapped = copyOf(t);
  await damage(swapped, async ({ log }) => {
    const [, one, other] = await log.keys({ gte: 'wal/', lt: 'wal0' });
    const block = (await log.get(other))!;
    await log.put(one, Uint8Array.from(block));
  });
  t.match((await faultsOf(swapped)).log, `Under event ${ends[0] + 1} lies the block of event ${ends[1] + 1}`);

  const cut = copyOf(t);
  await damage(cut, async ({ log }) => {
    const key = (await log.keys({ gte: 'wal/', lt: 'wal0' })).at(-1)!;
    const mark = new DurableMark(cut);
    mark.note(blockEnd((await log.get(key))!));
    mark.close();
    await log.batch([{ type: 'del', key }]);
  });
  t.match((await faultsOf(cut)).log, `The log ends at event ${ends.at(-2)}, but event ${ends.at(-1)} was durable`);
});

t.test('a damaged snapshot is named, and one that is another state than the log leads to', async (t) => {
  const path = copyOf(t);
  await damage(path, async ({ store }) => {
    const [key] = await store.keys({ gte: 'snap/', lt: 'snap0', limit: 1 });
    const chunk = Uint8Array.from((await store.get(key))!);
    chunk[chunk.length >> 1] ^= 4;
    await store.put(key, chunk);
  });
  t.match((await faultsOf(path)).snapshots, `Snapshot ${ends[5]} cannot be used: its content hash is wrong`);

  // the same events but for one: sound in itself, and not what this log says
  const other = newFolder(t);
  const changed = smallVenue(10);
  changed.deposit(1, 1);
  const otherEnds = await recordFolder(other, changed.journal, { snapshotsAfter: [4] });
  const mixed = copyOf(t);
  rmSync(join(mixed, 'db', 'store'), { recursive: true });
  cpSync(join(other, 'db', 'store'), join(mixed, 'db', 'store'), { recursive: true });
  t.not(otherEnds[3], undefined);
  const faults = await faultsOf(mixed);
  t.ok(faults.fold !== undefined || faults.history !== undefined, JSON.stringify(faults));
});

t.test('history that differs from the log, lacks a page or has one too many is named', async (t) => {
  const path = copyOf(t);
  let page = '';
  await damage(path, async ({ store }) => {
    const keys = await store.keys({ gte: 'hist/orders/', lt: 'hist/orders0' });
    page = keys[1];
    const bytes = Uint8Array.from((await store.get(page))!);
    bytes[16 + 24] ^= 1;
    await store.put(page, bytes);
    await store.batch([{ type: 'del', key: keys[2] }]);
    await store.put(keys[3].replace('00000001/', '00000009/'), (await store.get(keys[3]))!);
    const [fund] = await store.keys({ gte: 'hist/funds/', lt: 'hist/funds0', limit: 1 });
    await store.batch([{ type: 'del', key: fund }]);
  });
  const { history = '' } = await faultsOf(path);
  t.match(history, /page of orders of account \d+ up to event \d+ differs from the log at order \d+, event \d+/);
  t.match(history, /page of orders of account \d+ up to event \d+ is missing/);
  t.match(history, /account 9 up to event \d+ is in history, but not in the log/);
  t.match(history, /hist\/funds\/\d+\/\d+ is missing/);
});

t.test('every byte of the files counts: flipped bits and cut or missing tables are named', async (t) => {
  // opened and closed, so that what was in LevelDB's log is in a table
  const path = copyOf(t);
  await damage(path, async ({ store }) => {
    await store.get('x');
  });
  const stores = join(path, 'db', 'store');
  const table = readdirSync(stores).find((name) => name.endsWith('.ldb'))!;
  t.strictSame(await faultsOf(path), {}, 'reopened, it is still whole');
  const bytes = readFileSync(join(stores, table));
  for (const at of [10, bytes.length >> 1, bytes.length - 60, bytes.length - 3]) {
    const flipped = Buffer.from(bytes);
    flipped[at] ^= 16;
    writeFileSync(join(stores, table), flipped);
    t.match((await faultsOf(path)).files, `db/store/${table} `, `byte ${at} of ${bytes.length}`);
  }
  writeFileSync(join(stores, table), bytes);
  truncateSync(join(stores, table), bytes.length - 7);
  t.match((await faultsOf(path)).files, `has ${bytes.length - 7} bytes instead of ${bytes.length}`);
  rmSync(join(stores, table));
  t.match((await faultsOf(path)).files, `db/store/${table} is missing`);
});

t.test("a flipped bit inside LevelDB's own log is named, a torn end is none", async (t) => {
  const path = copyOf(t);
  const log = readdirSync(join(path, 'db', 'log')).find((name) => /^\d+\.log$/.test(name))!;
  const file = join(path, 'db', 'log', log);
  const { size } = statSync(file);
  const bytes = readFileSync(file);
  bytes[100] ^= 1;
  writeFileSync(file, bytes);
  t.match((await faultsOf(path)).files, `db/log/${log} is damaged at byte 0`);
  bytes[100] ^= 1;
  writeFileSync(file, Buffer.concat([bytes, Buffer.from([1, 2, 3, 4, 20, 0, 1, 9])]));
  t.strictSame(await faultsOf(path), {}, `a write behind byte ${size} that never finished`);
});

t.test('what is no data folder says so in one sentence', async (t) => {
  await t.rejects(verifyFolder(newFolder(t), checkHistoryFiles), { message: /^.* is no data folder of an exchange: .*$/ });
});
