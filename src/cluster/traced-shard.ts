import type { AmendEntry, CancelEntry, MassEntry, OrderEntry } from '../core/events.js';
import { Shard } from './shard.js';

/** Notes whose commands it executes, for the log of requests. */
export class TracedShard extends Shard {
  private commandsDone: number[] = [];

  /** References of the commands since the last look. */
  takeDone(): number[] {
    const done = this.commandsDone;
    this.commandsDone = [];
    return done;
  }

  override newOrder(order: OrderEntry): void {
    this.commandsDone.push(order.request);
    super.newOrder(order);
  }

  override cancelOrder(command: CancelEntry): void {
    this.commandsDone.push(command.request);
    super.cancelOrder(command);
  }

  override amendOrder(command: AmendEntry): void {
    this.commandsDone.push(command.request);
    super.amendOrder(command);
  }

  override massCancel(command: MassEntry): void {
    this.commandsDone.push(command.request);
    super.massCancel(command);
  }
}
