/** What the databases of a data folder take on the disk. */
import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';

export interface FileSum {
  files: number;
  bytes: number;
}

export interface DataFiles {
  /** All files of the log. */
  readonly log: FileSum;
  /** Sorted tables of log and store. */
  readonly tables: FileSum;
  readonly all: FileSum;
}

export async function dataFiles(dataDir: string): Promise<DataFiles> {
  const [log, store] = await Promise.all(['log', 'store'].map((name) => filesOf(join(dataDir, 'db', name))));
  return { log: sumOf(log), tables: sumOf([...log, ...store].filter(({ name }) => name.endsWith('.ldb'))), all: sumOf([...log, ...store]) };
}

/** Share of the disk under the folder that is taken, 0 to 1. */
export async function diskUsage(dataDir: string): Promise<number> {
  const { blocks, bavail } = await statfs(dataDir);
  return blocks === 0 ? 0 : 1 - bavail / blocks;
}

async function filesOf(folder: string): Promise<{ name: string; bytes: number }[]> {
  const names = await readdir(folder);
  const sizes = await Promise.all(names.map((name) => sizeOf(join(folder, name))));
  return names.map((name, i) => ({ name, bytes: sizes[i] })).filter(({ bytes }) => bytes >= 0);
}

/** -1 for a file that is gone: the database drops files at any time. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return -1;
  }
}

function sumOf(files: readonly { bytes: number }[]): FileSum {
  return { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
}
