/** A second process for database.test.ts: `open FOLDER` or `fill FOLDER`. Reports by lines on stdout. */
import { spawnSync } from 'node:child_process';
import { writeSync } from 'node:fs';
import { openStorage } from '../../src/storage/database.js';
import { StorageError } from '../../src/storage/storage-error.js';

/** Compresses well, so that tables stay small where the files of the log do not. */
const VALUE = new Uint8Array(50_000).fill(7);

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

/** Puts until one fails, makes room, puts 30 more, then dies without closing anything. */
async function fill(folder: string): Promise<void> {
  const { log } = await openStorage(folder);
  let left = -1;
  for (let index = 0; index < 1000 && left !== 0; index++) {
    const key = `key/${String(index).padStart(6, '0')}`;
    try {
      await log.put(key, VALUE);
      say(`put ${key}`);
      left--;
    } catch (error) {
      say(`failed ${error instanceof StorageError ? error.code : String(error)}`);
      spawnSync('prlimit', ['--pid', String(process.pid), '--fsize=unlimited']);
      left = 30;
    }
  }
  process.kill(process.pid, 'SIGKILL');
}

const [command, folder] = process.argv.slice(2) as [string, string];
try {
  if (command === 'fill') await fill(folder);
  await openStorage(folder);
  say('opened');
} catch (error) {
  say(error instanceof StorageError ? `${error.code} ${error.message}` : String(error));
}
process.exit(0);
