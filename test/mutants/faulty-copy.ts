/** A copy of the compiled program in which faults are switched on, one at a time. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyMutant } from './apply-mutant.js';
import type { Mutant } from './mutants.js';

const BUILT = resolve(fileURLToPath(import.meta.url), '../../..');

export class FaultyCopy {
  readonly folder = mkdtempSync(join(tmpdir(), 'qaexchange-mutants-'));

  constructor() {
    for (const part of ['src', 'workers', 'test']) cpSync(join(BUILT, part), join(this.folder, part), { recursive: true });
    writeFileSync(join(this.folder, 'package.json'), '{ "type": "module" }');
    symlinkSync(resolve('node_modules'), join(this.folder, 'node_modules'));
  }

  /** Runs `run` while the fault is on; `root` is the folder that its file lies under. */
  async with<T>(root: string, mutant: Mutant, run: () => Promise<T>): Promise<T> {
    const path = join(this.folder, root, `${mutant.file}.js`);
    const code = readFileSync(path, 'utf8');
    writeFileSync(path, applyMutant(code, mutant));
    try {
      return await run();
    } finally {
      writeFileSync(path, code);
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
