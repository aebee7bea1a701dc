/** Which process has a data folder open: the kernel knows who locks LevelDB's LOCK file. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface LockHolder {
  pid: number;
  /** Its command line, or '' when it cannot be read. */
  command: string;
}

/** Undefined when nobody has it open. Null where the system does not tell (it does on Linux only). */
export function lockHolder(dataDir: string): LockHolder | undefined | null {
  let locks: string;
  try {
    locks = readFileSync('/proc/locks', 'utf8');
  } catch {
    return null;
  }
  const files = ['log', 'store'].flatMap((name) => statSync(join(dataDir, 'db', name, 'LOCK'), { throwIfNoEntry: false }) ?? []);
  for (const line of locks.split('\n')) {
    // 3: POSIX  ADVISORY  WRITE 8162 fe:00:2171670 0 EOF
    const [, kind, , , pid, place] = line.trim().split(/\s+/);
    if (kind !== 'POSIX' || place === undefined) continue;
    if (files.some(({ dev, ino }) => place === `${hex(major(dev))}:${hex(minor(dev))}:${ino}`))
      return { pid: Number(pid), command: commandOf(pid) };
  }
  return undefined;
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

/** How Linux packs both numbers of a device into the low 32 bits. */
function major(dev: number): number {
  return (dev >>> 8) & 0xfff;
}

function minor(dev: number): number {
  return (dev & 0xff) | ((dev >>> 12) & 0xfff00);
}

function hex(value: number): string {
  return value.toString(16).padStart(2, '0');
}
