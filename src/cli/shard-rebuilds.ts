/** Another thread for a shard whose own has died. */
import type { Logger } from 'pino';
import type { Shards } from '../cluster/shards.js';
import type { Threads } from '../cluster/threads.js';
import type { ExchangeState } from '../core/state.js';
import type { Gateway } from '../front/gateway/gateway.js';
import { sourceOf } from '../front/gateway/origin-port.js';
import type { Origins } from '../front/gateway/origins.js';
import type { PhaseChanges } from '../front/phases/phase-changes.js';
import type { WalStatus } from '../storage/wal-status.js';

/** A shard that dies more often than this is not rebuilt again: something is wrong that a restart does not mend. */
const REBUILDS_MAX = 10;
/** How often a rebuild looks whether what the dead thread had published has been applied. */
const SETTLE_MS = 5;

export interface ShardRebuildsParts {
  readonly state: ExchangeState;
  readonly shards: Shards;
  readonly threads: Pick<Threads, 'startShard' | 'ringDepths'>;
  readonly gateway: Gateway;
  readonly origins: Pick<Origins, 'forget'>;
  readonly changes: PhaseChanges;
  readonly wal: WalStatus;
  readonly log: Logger;
  /** Shards die again and again. */
  readonly onGivenUp: () => void;
}

export class ShardRebuilds {
  private count = 0;

  constructor(private readonly parts: ShardRebuildsParts) {}

  /** From durable state; commands that came to nothing are refused. */
  async rebuild(shard: number): Promise<void> {
    const { shards, threads, gateway, origins, changes, log, onGivenUp } = this.parts;
    shards.close(shard);
    if (++this.count > REBUILDS_MAX) {
      onGivenUp();
      log.fatal({ shard }, 'the shard dies again and again: trading is halted');
      return;
    }
    await this.settled();
    const lost = gateway.giveUp(shard, 4001);
    changes.giveUp(shard);
    origins.forget(sourceOf(shard));
    await threads.startShard(shard);
    await shards.restore(shard);
    log.warn({ shard, lostOrders: lost.length }, 'the shard was rebuilt from durable state');
  }

  /** Resolves when everything that was published has been applied. */
  private async settled(): Promise<void> {
    const { threads, wal, state } = this.parts;
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      const waiting = [...threads.ringDepths()].some(([ring, bytes]) => !ring.startsWith('command') && bytes > 0);
      if (!waiting && wal.durableSequence() === state.sequence) return;
    }
  }
}
