/** Commands on their way to the shards, marked with where they came from. */
import type { AmendEntry, CancelEntry, MassEntry, OrderEntry, Stamp } from '../../core/events.js';
import type { CommandPort } from './gateway.js';
import type { CommandOrigin, Origins } from './origins.js';

export class OriginPort implements CommandPort {
  constructor(
    private readonly port: CommandPort,
    private readonly origins: Pick<Origins, 'numberFor'>,
  ) {}

  shardOf(instrument: number): number {
    return this.port.shardOf(instrument);
  }

  newOrder(shard: number, order: OrderEntry, origin: CommandOrigin | undefined): boolean {
    return this.mark(shard, order.stamp, origin) && this.port.newOrder(shard, order, origin);
  }

  cancelOrder(shard: number, cancel: CancelEntry, origin: CommandOrigin | undefined): boolean {
    return this.mark(shard, cancel.stamp, origin) && this.port.cancelOrder(shard, cancel, origin);
  }

  amendOrder(shard: number, amend: AmendEntry, origin: CommandOrigin | undefined): boolean {
    return this.mark(shard, amend.stamp, origin) && this.port.amendOrder(shard, amend, origin);
  }

  massCancel(shard: number, mass: MassEntry, origin: CommandOrigin | undefined): boolean {
    return this.mark(shard, mass.stamp, origin) && this.port.massCancel(shard, mass, origin);
  }

  /** False when the ring has no room to say what the mark means. */
  private mark(shard: number, stamp: Stamp, origin: CommandOrigin | undefined): boolean {
    const number = this.origins.numberFor(sourceOf(shard), origin);
    if (number === -1) return false;
    stamp.origin = number;
    return true;
  }
}

/** The number that the events of a shard carry: 0 is the front. */
export function sourceOf(shard: number): number {
  return shard + 1;
}

export function shardOfSource(source: number): number {
  return source - 1;
}
