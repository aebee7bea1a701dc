/** Reads the commands back out of the events that they led to, and hands each to all runs. */
import {
  type AmendEntry,
  type CancelEntry,
  type EventHandler,
  type MassEntry,
  type OrderEntry,
  type PhaseEntry,
  type RareEvents,
  type RareKind,
  type Stamp,
  type Trade,
} from '../../../core/events.js';
import type { RerunVenue } from './rerun-venue.js';

/** An order that the runs, or a run and the log, decided differently. */
export interface Decision {
  /** Of the event in the log that tells of the order. */
  sequence: number;
  account: number;
  instrument: number;
  side: number;
  offset: number;
  volume: number;
  /** 1/10000 */
  price: number;
  /** 0: accepted; else the refusal. */
  logged: number;
  baseline: number;
  varied: number;
}

/** Kept of those that differ; more are only counted. */
const DECISIONS_MAX = 1000;

export class OrderStream implements EventHandler {
  orders = 0;
  cancels = 0;
  amends = 0;
  /** Orders in the log that the front had refused, and those that it did not note. */
  declined = 0;
  notNoted = 0;
  /** Fills and lots of the log. */
  trades = 0;
  volume = 0;
  /** Orders that the run without a change decides otherwise than the log: how true to it the runs are. */
  unfaithful = 0;
  acceptedNow = 0;
  refusedNow = 0;
  /** Refused in both, for another reason. */
  refusedOtherwise = 0;
  readonly decisions: Decision[] = [];

  constructor(
    private readonly baseline: RerunVenue,
    private readonly varied: RerunVenue,
  ) {}

  orderAccepted(event: OrderEntry): void {
    this.order(event, 0);
  }

  orderRefused(event: OrderEntry): void {
    this.order(event, event.code);
  }

  orderDeclined(event: OrderEntry): void {
    this.declined++;
    this.notNoted += event.leaves;
    this.order(event, event.code);
  }

  trade(event: Trade): void {
    this.trades++;
    this.volume += event.volume;
  }

  orderCancelled(event: CancelEntry): void {
    // what nobody asked for by itself is the book's own doing
    if (event.request !== 0) this.cancel(event);
  }

  cancelRefused(event: CancelEntry): void {
    this.cancel(event);
  }

  orderAmended(event: AmendEntry): void {
    if (event.request !== 0) this.amend(event);
  }

  amendRefused(event: AmendEntry): void {
    this.amend(event);
  }

  massCancelled(event: MassEntry): void {
    this.baseline.massCancel(event);
    this.varied.massCancel(event);
  }

  phaseChanged(event: PhaseEntry): void {
    this.baseline.setPhase(event);
    this.varied.setPhase(event);
  }

  rare<K extends RareKind>(kind: K, event: RareEvents[K], { timeUs }: Stamp): void {
    this.baseline.rare(kind, event, timeUs);
    this.varied.rare(kind, event, timeUs);
  }

  private order(event: OrderEntry, logged: number): void {
    this.orders++;
    const baseline = this.baseline.submit(event);
    const varied = this.varied.submit(event);
    if (baseline !== logged) this.unfaithful++;
    if (baseline === varied) return;
    if (baseline !== 0 && varied !== 0) this.refusedOtherwise++;
    else if (varied === 0) this.acceptedNow++;
    else this.refusedNow++;
    if (this.decisions.length >= DECISIONS_MAX) return;
    const { account, instrument, side, offset, volume, price, stamp } = event;
    this.decisions.push({ sequence: stamp.sequence, account, instrument, side, offset, volume, price, logged, baseline, varied });
  }

  private cancel(event: CancelEntry): void {
    this.cancels++;
    this.baseline.cancel(event);
    this.varied.cancel(event);
  }

  private amend(event: AmendEntry): void {
    this.amends++;
    this.baseline.amend(event);
    this.varied.amend(event);
  }
}
