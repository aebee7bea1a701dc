/** TLS for everybody in a cluster: whoever is to trust an authority of our own must know it when its process starts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Authority } from '../../src/cli/support/authority.js';
import { asChild } from './run.js';

/** Tells the program where its authority is. */
const FOLDER = 'QAEXCHANGE_AUTHORITY';

/** Runs the program at `path` with an authority that it trusts. Resolves to its exit code. */
export async function withAuthority(path: string, args: readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'qaexchange-authority-'));
  try {
    const { ca } = Authority.make(folder);
    return await asChild(process.execPath, ['--enable-source-maps', path, ...args], { NODE_EXTRA_CA_CERTS: ca, [FOLDER]: folder });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The one that this program was started with, if it was. */
export function currentAuthority(): Authority | undefined {
  const folder = process.env[FOLDER];
  return folder === undefined ? undefined : Authority.of(folder);
}
