/**
 * Rare events of the front (users, accounts, money, instruments): written to the front's own event ring, they come back
 * durable and applied, in the order in which they were proposed.
 */
import { Refusal } from '../core/refusal.js';
import { FrameKind, Stamp, type RareEvents, type RareKind } from '../core/events.js';
import { StateObserver } from '../core/observer.js';
import type { RingProducer } from '../ring/ring-producer.js';
import { encodeRecord } from '../wire/records.js';
import { HeaderAt } from '../wire/frame-layout.js';
import type { EventClock } from './clock.js';

/** Number of the front's ring in every frame it writes. */
export const FRONT_SOURCE = 0;

export interface Proposed {
  sequence: number;
  timeUs: number;
}

/** One event to propose. */
export type Proposal = { [K in RareKind]: { kind: K; event: RareEvents[K] } }[RareKind];

export class Proposer extends StateObserver {
  private readonly waiting: ((proposed: Proposed) => void)[] = [];
  private readonly stamp = new Stamp();

  constructor(
    private readonly ring: RingProducer,
    private readonly clock: EventClock,
    /** Why nothing may be proposed now: 0, or 5002 / 9005. */
    private readonly gate: () => number,
  ) {
    super();
    this.stamp.source = FRONT_SOURCE;
  }

  /** Resolves when the event is durable and applied. Rejects with 3003 when the ring is full, 5002 or 9005 when closed. */
  propose<K extends RareKind>(kind: K, event: RareEvents[K]): Promise<Proposed> {
    return this.proposeAll([{ kind, event } as Proposal]);
  }

  /** Several events as one command: all of them or none. */
  proposeAll(proposals: readonly Proposal[]): Promise<Proposed> {
    const closed = this.gate();
    if (closed !== 0) return Promise.reject(new Refusal(closed as 5002 | 9005));
    this.stamp.timeUs = this.clock.nowUs();
    for (const [i, { kind, event }] of proposals.entries()) {
      const frame = encodeRecord(kind, event, this.stamp);
      if (i < proposals.length - 1) frame[HeaderAt.flags] = 0;
      const offset = this.ring.claim(frame.length);
      if (offset === -1) {
        this.ring.rollback();
        return Promise.reject(new Refusal(3003));
      }
      this.ring.bytes.set(frame, offset);
    }
    this.ring.publish();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  override commandEnded(stamp: Stamp): void {
    // Nobody waits for the note of a declined order and where it came from, and nobody here for what another node proposed.
    if (stamp.source !== FRONT_SOURCE || stamp.kind === FrameKind.OrderDeclined || stamp.kind === FrameKind.OriginNoted) return;
    this.waiting.shift()?.({ sequence: stamp.sequence, timeUs: stamp.timeUs });
  }
}
