/**
 * The files of the history as they were at one moment, beside an exchange that goes on exporting. They are never written again
 * once they have their name, so links will do; the manifest is taken first and compared again at the end, because only then are
 * all files of it sure to have been there.
 */
import { constants, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StorageError } from '../storage-error.js';
import { linkOrCopy } from './link-or-copy.js';

const FOLDER = 'history';
const MANIFEST = 'manifest.json';
const FILE = /(^|[/\\])(checkpoint-\d+|[^/\\]+\.parquet)$/;
/** What is being written or sent. */
const PASSING = /^(new|out)([/\\]|$)/;
const ATTEMPTS_MAX = 20;
const RETRY_MS = 50;

/** Into a folder that has none yet; nothing before the first export. */
export async function captureHistory(dataDir: string, target: string): Promise<void> {
  const [source, copy] = [join(dataDir, FOLDER), join(target, FOLDER)];
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    if (attempt > 0) await sleep(RETRY_MS);
    const manifest = manifestOf(source);
    if (manifest === undefined) return;
    rmSync(copy, { recursive: true, force: true });
    mkdirSync(copy, { mode: 0o700 });
    if (!tryLink(source, copy)) continue;
    if (manifestOf(source)?.equals(manifest) !== true) continue;
    writeFileSync(join(copy, MANIFEST), manifest, { mode: 0o600 });
    return;
  }
  throw new StorageError('READ_FAILED', `${source} changes faster than it can be copied.`);
}

/** Out of a view into a folder of its own: no link is left between the two. */
export function copyHistory(view: string, target: string): void {
  if (manifestOf(join(view, FOLDER)) === undefined) return;
  cpSync(join(view, FOLDER), join(target, FOLDER), { recursive: true, mode: constants.COPYFILE_FICLONE });
}

/** False when a file went away meanwhile. */
function tryLink(source: string, copy: string): boolean {
  try {
    for (const entry of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
      if (!FILE.test(entry) || PASSING.test(entry)) continue;
      mkdirSync(dirname(join(copy, entry)), { recursive: true, mode: 0o700 });
      linkOrCopy(join(source, entry), join(copy, entry));
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function manifestOf(folder: string): Buffer | undefined {
  try {
    return readFileSync(join(folder, MANIFEST));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
