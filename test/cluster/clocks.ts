/** Clocks of nodes that jump: libfaketime stands between a node and the clock of the machine. What measures time is left alone. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault } from './faults.js';

const LIBRARY = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketimeMT.so.1`;
const HOUR_S = 3600;
/** So long until every thread of a node has looked at its new clock. */
const SEEN_MS = 1500;

/** Why there can be none here, or false. */
export function clocksMissing(): string | false {
  return existsSync(LIBRARY) ? false : 'there is no libfaketime (apt-get install faketime)';
}

export class Clocks {
  constructor(private readonly folder: string) {}

  /** The environment in which a node sees its own clock, which is right at first. */
  readonly envOf = (name: string): Readonly<Record<string, string>> => {
    this.set(name, 0);
    return {
      LD_PRELOAD: LIBRARY,
      FAKETIME_TIMESTAMP_FILE: this.file(name),
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  };

  /** Seconds ahead of the truth. */
  set(name: string, seconds: number): void {
    writeFileSync(this.file(name), `${seconds < 0 ? '' : '+'}${seconds}`);
  }

  faults() {
    const jump = (name: string, ofLeader: boolean, seconds: number): Fault => ({
      name,
      deposes: false,
      do: async (cluster) => {
        const leader = await cluster.leader();
        const node = ofLeader ? leader : cluster.nodes.find((one) => one !== leader)!;
        this.set(node.name, seconds);
        const seen = new Promise((resolve) => setTimeout(resolve, SEEN_MS));
        return async () => {
          await seen;
          this.set(node.name, 0);
        };
      },
    });
    return {
      leaderAhead: jump("the leader's clock an hour ahead, and back", true, HOUR_S),
      leaderBehind: jump("the leader's clock an hour behind, and back", true, -HOUR_S),
      standbyAhead: jump("a standby's clock an hour ahead, and back", false, HOUR_S),
    } as const;
  }

  private file(name: string): string {
    return join(this.folder, `clock-${name}`);
  }
}
