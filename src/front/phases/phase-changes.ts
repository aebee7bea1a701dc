/**
 * The road of phase and status changes: commands to the books and back as durable events. A change is done when
 * everything that it brought about in its book (uncross, ended orders) is durable and applied.
 */
import { assert } from '../../core/assert.js';
import { KEEP, PhaseEntry, type Stamp } from '../../core/events.js';
import type { Instrument } from '../../core/instrument.js';
import { StateObserver } from '../../core/observer.js';
import { Refusal, type RefusalCode } from '../../core/refusal.js';
import type { EventClock } from '../clock.js';

/** Where the commands go. */
export interface PhasePort {
  /** The shard of an instrument, or -1 while its book is not open. */
  openShardOf(instrument: number): number;
  /** Comes before every command that is handed over later. */
  setPhase(shard: number, entry: PhaseEntry): void;
}

/** What to set; what is left out stays as it is. */
export interface PhaseChange {
  readonly phase?: number;
  readonly status?: number;
  /** `PhaseReason` */
  readonly reason: number;
}

interface Waiter {
  readonly shard: number;
  readonly resolve: () => void;
  readonly reject: (refusal: Refusal) => void;
}

export class PhaseChanges extends StateObserver {
  private readonly waiters = new Map<number, Waiter>();
  private lastRequest = 0;
  /** The request whose events are being applied; 0 for none. */
  private current = 0;

  constructor(
    private readonly port: PhasePort,
    private readonly clock: Pick<EventClock, 'nowUs'>,
    /** Why nothing may be handed over now: 0, or 5002 / 9005. */
    private readonly gate: () => number,
  ) {
    super();
  }

  /**
   * Changes the books of all these instruments, each before its next command. Rejects with 4001 when one of them is being
   * rebuilt, 5002 or 9005 when closed (nothing happened then), and with 4001 when a matching thread died meanwhile.
   */
  async change(instruments: readonly number[], change: PhaseChange): Promise<void> {
    const closed = this.gate();
    if (closed !== 0) throw new Refusal(closed as RefusalCode);
    const shards = instruments.map((instrument) => this.port.openShardOf(instrument));
    if (shards.includes(-1)) throw new Refusal(4001);
    await Promise.all(instruments.map((instrument, i) => this.hand(shards[i], instrument, change)));
  }

  /** Resolves when every command of the instrument that was handed over before is durable and applied. */
  async barrier(instrument: number, reason: number): Promise<void> {
    await this.change([instrument], { reason });
  }

  /** The thread of a shard is gone and all it had published is applied: what is still under way came to nothing. */
  giveUp(shard: number): void {
    for (const [request, waiter] of this.waiters) {
      if (waiter.shard !== shard) continue;
      this.waiters.delete(request);
      waiter.reject(new Refusal(4001));
    }
  }

  override phaseChanged(_instrument: Instrument, event: PhaseEntry): void {
    this.current = event.request;
  }

  override commandEnded(_stamp: Stamp): void {
    if (this.current === 0) return;
    const waiter = this.waiters.get(this.current);
    this.waiters.delete(this.current);
    this.current = 0;
    waiter?.resolve();
  }

  private hand(shard: number, instrument: number, { phase = KEEP, status = KEEP, reason }: PhaseChange): Promise<void> {
    const entry = new PhaseEntry();
    entry.stamp.timeUs = this.clock.nowUs();
    entry.instrument = instrument;
    entry.phase = phase;
    entry.status = status;
    entry.reason = reason;
    this.lastRequest = (this.lastRequest % 0xffff_ffff) + 1;
    entry.request = this.lastRequest;
    assert(!this.waiters.has(entry.request), 'a request number is used once at a time');
    this.port.setPhase(shard, entry);
    return new Promise((resolve, reject) => this.waiters.set(entry.request, { shard, resolve, reject }));
  }
}
