/**
 * A disk of its own for every node and member: a file system in a file. What lies in the file is what has come to the disk;
 * a copy of it, made while everybody is paused, is what a power cut leaves.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExchangeCluster } from '../../src/cli/support/exchange-cluster.js';
import type { Fault } from './faults.js';
import { run } from './run.js';

const DISK_BYTES = 2 * 1024 ** 3;

/** Why there can be none here, or false. */
export function disksMissing(): string | false {
  if (process.getuid?.() !== 0) return 'mounting needs root';
  try {
    new Disks(['probe']).remove();
    return false;
  } catch (error) {
    return `a disk cannot be made here: ${error instanceof Error ? error.message : String(error)}`;
  }
}

export class Disks {
  /** Each of `names` has its disk mounted at `folder/name`. */
  readonly folder = mkdtempSync(join(tmpdir(), 'qaexchange-disks-'));

  constructor(private readonly names: readonly string[]) {
    try {
      for (const name of names) {
        run('truncate', '-s', String(DISK_BYTES), this.image(name));
        run('mkfs.ext4', '-q', '-F', '-m', '0', this.image(name));
        mkdirSync(join(this.folder, name));
        this.mount(name);
        rmSync(join(this.folder, name, 'lost+found'), { recursive: true });
      }
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  remove(): void {
    for (const name of this.names) spawnSync('umount', ['-l', join(this.folder, name)]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  faults() {
    const powerCut: Fault = {
      name: 'power cut of all',
      deposes: false,
      do: async (cluster) => {
        await this.cutPower(cluster);
        return async () => undefined;
      },
    };
    return { powerCut } as const;
  }

  private async cutPower({ nodes, members }: ExchangeCluster): Promise<void> {
    for (const node of nodes) node.signal('SIGSTOP');
    for (let i = 0; i < members.count; i++) members.signal(i, 'SIGSTOP');
    for (const name of this.names) run('cp', '--sparse=always', this.image(name), `${this.image(name)}.cut`);
    await Promise.all([...nodes.map((node) => node.kill()), ...Array.from({ length: members.count }, (_, i) => members.kill(i))]);
    for (const name of this.names) {
      run('umount', join(this.folder, name));
      renameSync(`${this.image(name)}.cut`, this.image(name));
      this.mount(name);
    }
    for (let i = 0; i < members.count; i++) members.restart(i);
    await Promise.all(Array.from({ length: members.count }, (_, i) => members.ready(i)));
    await Promise.all(nodes.map((node) => node.start()));
  }

  private mount(name: string): void {
    run('mount', '-o', 'loop', this.image(name), join(this.folder, name));
  }

  private image(name: string): string {
    return join(this.folder, `${name}.img`);
  }
}
