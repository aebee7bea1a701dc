/** Files that are there whole or not at all. */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** What a file or folder holds is on the disk when this returns. */
export function syncPath(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** A finished file takes its place, durably. */
export function publishFile(temporary: string, path: string): void {
  syncPath(temporary);
  makeFolder(dirname(path));
  renameSync(temporary, path);
  syncPath(dirname(path));
}

export function writeWhole(path: string, bytes: Uint8Array | string): void {
  const temporary = `${path}.new`;
  writeFileSync(temporary, bytes, { mode: 0o600 });
  publishFile(temporary, path);
}

/** With the folders above it, which know of it durably. */
export function makeFolder(path: string): void {
  const first = mkdirSync(path, { recursive: true, mode: 0o700 });
  for (let made = path; first !== undefined && made.length >= first.length; made = dirname(made)) syncPath(dirname(made));
}
