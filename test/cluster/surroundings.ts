/** What the machines of a cluster stand in: a network that can be cut, clocks that jump, disks that lose power; as far as they can be had here. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExchangeClusterOptions } from '../../src/cli/support/exchange-cluster.js';
import { straceMissing } from '../support/strace.js';
import { Clocks, clocksMissing } from './clocks.js';
import { Disks, disksMissing } from './disks.js';
import { FAULTS, type Fault } from './faults.js';
import { Network, networkMissing } from './network.js';
import { partitions } from './partitions.js';

const MACHINES = ['a', 'b', 'c', 'etcd1', 'etcd2', 'etcd3'];

export class Surroundings {
  /** What can be done, by name. */
  readonly faults = new Map<string, Fault>();
  /** Why something cannot, one sentence each. */
  readonly missing: readonly string[];
  readonly options: ExchangeClusterOptions;
  private readonly folder = mkdtempSync(join(tmpdir(), 'qaexchange-clocks-'));
  private readonly disks: Disks | undefined;

  constructor() {
    const reasons = [networkMissing(), clocksMissing(), disksMissing(), straceMissing()];
    this.missing = reasons.filter((reason) => reason !== false);
    if (process.env['CI'] === 'true' && this.missing.length > 0) throw new Error(this.missing.join('; '));
    const [noNetwork, noClocks, noDisks, noStrace] = reasons;
    const network = noNetwork === false ? Network.current() : undefined;
    const clocks = noClocks === false ? new Clocks(this.folder) : undefined;
    this.disks = noDisks === false ? new Disks(MACHINES) : undefined;
    const { slowDisk, ...always } = FAULTS;
    this.offer(always);
    if (noStrace === false) this.offer({ slowDisk });
    if (network !== undefined) this.offer(partitions(network));
    if (clocks !== undefined) this.offer(clocks.faults());
    if (this.disks !== undefined) this.offer(this.disks.faults());
    this.options = {
      ...(network === undefined ? {} : { hostOf: network.host }),
      ...(clocks === undefined ? {} : { envOf: clocks.envOf }),
      ...(this.disks === undefined ? {} : { folder: this.disks.folder }),
    };
  }

  /** Throws with one sentence for a name that there is not. */
  named(names: readonly string[]): Fault[] {
    return names.map((name) => {
      const fault = this.faults.get(name);
      if (fault === undefined) throw new Error(`There is no fault "${name}", but ${[...this.faults.keys()].join(', ')}.`);
      return fault;
    });
  }

  remove(): void {
    this.disks?.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private offer(faults: Readonly<Record<string, Fault>>): void {
    for (const [name, fault] of Object.entries(faults)) this.faults.set(name, fault);
  }
}
