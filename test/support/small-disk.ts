/** A file system of a few megabytes, to be filled up. */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class SmallDisk {
  private constructor(readonly path: string) {}

  /** A text says why there can be none. */
  static mount(mebibytes: number): SmallDisk | string {
    const path = mkdtempSync(join(tmpdir(), 'qaexchange-disk-'));
    const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', path]);
    if (status === 0) return new SmallDisk(path);
    rmSync(path, { recursive: true });
    return `a tmpfs cannot be mounted here: ${error?.message ?? stderr.toString().trim()}`;
  }

  /** Not a byte is free afterwards. */
  fill(): void {
    const file = openSync(this.ballast, 'w');
    for (let bytes = 1 << 20; bytes >= 512;) {
      try {
        writeSync(file, Buffer.alloc(bytes, 7));
      } catch {
        bytes >>= 1;
      }
    }
    closeSync(file);
  }

  empty(): void {
    rmSync(this.ballast, { force: true });
  }

  unmount(): void {
    spawnSync('umount', ['-l', this.path]);
    rmSync(this.path, { recursive: true, force: true });
  }

  private get ballast(): string {
    return join(this.path, 'ballast');
  }
}
