/**
 * Follows requests through the threads and writes a line for each of them wherever one has worked on it. At log level debug
 * only: the threads then tell what they did, a command by its reference, everything else by places in the log, and here is
 * known which request that was. All lines are written by this thread, so that they never mix.
 */
import type { Logger } from 'pino';
import type { AmendEntry, CancelEntry, MassEntry, OrderEntry, Stamp } from '../../core/events.js';
import { StateObserver } from '../../core/observer.js';
import type { ExchangeState } from '../../core/state.js';
import type { ThreadWork } from '../../cluster/thread-data.js';
import type { CommandPort } from '../gateway/gateway.js';
import { currentRequest } from './request-scope.js';

/** Requests remembered; a thread tells of its work a moment later. */
const REMEMBERED_MAX = 1 << 17;
/** Between two looks whether events that a thread was faster with have come here. */
const APPLIED_MS = 5;

export class ThreadTrace extends StateObserver {
  /** Requests by the references of their commands, and by the places in the log where those ended. */
  private readonly ofCommand = new Map<number, string>();
  private readonly ofSequence = new Map<number, string>();
  /** The command whose events are being applied. */
  private current = 0;

  constructor(
    private readonly log: Logger,
    private readonly state: Pick<ExchangeState, 'sequence'>,
  ) {
    super();
  }

  /** `port`, and notes who hands commands over. */
  portOf(port: CommandPort): CommandPort {
    const noted = (wasWritten: boolean, shard: number, command: number): boolean => {
      const requestId = currentRequest();
      if (!wasWritten || requestId === undefined) return wasWritten;
      remember(this.ofCommand, command, requestId);
      this.log.debug({ command, shard }, 'handed to matching');
      return true;
    };
    return {
      shardOf: (instrument) => port.shardOf(instrument),
      newOrder: (shard, order, origin) => noted(port.newOrder(shard, order, origin), shard, order.request),
      cancelOrder: (shard, cancel, origin) => noted(port.cancelOrder(shard, cancel, origin), shard, cancel.request),
      amendOrder: (shard, amend, origin) => noted(port.amendOrder(shard, amend, origin), shard, amend.request),
      massCancel: (shard, mass, origin) => noted(port.massCancel(shard, mass, origin), shard, mass.request),
    };
  }

  /** What a request asked for is in the log and applied; its last event is there. */
  applied(requestId: string, sequence: number): void {
    remember(this.ofSequence, sequence, requestId);
    this.log.debug({ requestId, sequence }, 'durable and applied');
  }

  /** A thread, also `matching-0`, has done something. */
  worked(thread: string, work: ThreadWork): void {
    if ('commands' in work) {
      for (const command of work.commands) {
        const requestId = this.ofCommand.get(command);
        if (requestId !== undefined) this.log.debug({ requestId, thread, command, at: work.atMs }, 'worked on');
      }
      return;
    }
    if (this.state.sequence < work.lastSequence) {
      setTimeout(() => this.worked(thread, work), APPLIED_MS).unref();
      return;
    }
    const { firstSequence, lastSequence, atMs: at } = work;
    for (let sequence = firstSequence; sequence <= lastSequence; sequence++) {
      const requestId = this.ofSequence.get(sequence);
      if (requestId !== undefined) this.log.debug({ requestId, thread, sequence, firstSequence, lastSequence, at }, 'worked on');
    }
  }

  override orderAccepted(_slot: number, event: OrderEntry): void {
    this.begin(event.request);
  }

  override orderRefused(_slot: number, event: OrderEntry): void {
    this.begin(event.request);
  }

  override orderCancelled(_slot: number, event: CancelEntry): void {
    this.begin(event.request);
  }

  override cancelRefused(event: CancelEntry): void {
    this.begin(event.request);
  }

  override orderAmended(_slot: number, event: AmendEntry): void {
    this.begin(event.request);
  }

  override amendRefused(event: AmendEntry): void {
    this.begin(event.request);
  }

  override massCancelled(event: MassEntry): void {
    this.begin(event.request);
  }

  override commandEnded(stamp: Stamp): void {
    const requestId = this.ofCommand.get(this.current);
    this.current = 0;
    if (requestId !== undefined) this.applied(requestId, stamp.sequence);
  }

  /** Events that a command brings about for others carry no reference. */
  private begin(command: number): void {
    if (command !== 0) this.current = command;
  }
}

function remember(requests: Map<number, string>, key: number, requestId: string): void {
  for (const oldest of requests.keys()) {
    if (requests.size < REMEMBERED_MAX) break;
    requests.delete(oldest);
  }
  requests.set(key, requestId);
}
