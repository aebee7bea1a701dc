/** Cancels of many orders at once: one command for each instrument, and one outcome of all of them. */
import { Side } from '../../core/enums.js';
import { MassEntry } from '../../core/events.js';
import type { ExchangeState } from '../../core/state.js';
import type { EventClock } from '../clock.js';
import { CommandKind, type InFlight } from './in-flight.js';
import { MassTally, type MassOutcome } from './mass-tally.js';
import type { CommandOrigin } from './origins.js';

export interface MassPort {
  /** The shard of an instrument, or -1 while its matching is being rebuilt. */
  shardOf(instrument: number): number;
  /** False when the ring is full; nothing was written then. */
  massCancel(shard: number, mass: MassEntry, origin: CommandOrigin | undefined): boolean;
}

/** Whose orders, on which side (NONE: on both), and the `CancelReason` for which the exchange takes them, 0 if it does not. */
export interface MassScope {
  /** Where it was asked for; undefined for the exchange itself. */
  readonly origin: CommandOrigin | undefined;
  readonly account: number;
  readonly side: number;
  readonly reason: number;
}

export class MassCancels {
  private readonly entry = new MassEntry();
  /** By slot of the command. */
  private readonly tallies = new Map<number, MassTally>();

  constructor(
    private readonly state: ExchangeState,
    private readonly inFlight: InFlight,
    private readonly port: MassPort,
    private readonly clock: EventClock,
  ) {}

  /** 0: `done` hears the outcome, at once when there is nothing to do; above 0: refused with this code, nothing happened. */
  start(scope: MassScope, instruments: Iterable<number>, done: (outcome: MassOutcome) => void): number {
    const tally = new MassTally(done);
    for (const instrument of instruments) {
      const code = this.handOver(scope, instrument, tally);
      if (code !== 0) tally.failed(instrument, code);
    }
    if (tally.isUnderWay) return 0;
    if (tally.failures.length > 0) return tally.failures[0].code;
    done({ cancelled: 0, failures: [] });
    return 0;
  }

  /** Instruments in which the account has live orders on the side, all or only the one named. */
  instrumentsWithOrders(account: number, instrument: number, side: number): Set<number> {
    const { orders, accounts } = this.state;
    const found = new Set<number>();
    for (let slot = accounts.firstOrder[account]; slot !== 0; slot = orders.nextOfAccount[slot]) {
      const isNamed = instrument === 0 || orders.instrument[slot] === instrument;
      if (isNamed && (side === Side.NONE || orders.side[slot] === side)) found.add(orders.instrument[slot]);
    }
    return found;
  }

  /** Who hears of the command in a slot; undefined when it is none of these. */
  tallyOf(slot: number): MassTally | undefined {
    return this.tallies.get(slot);
  }

  forget(slot: number): void {
    this.tallies.delete(slot);
  }

  /** 0, or why the command of this instrument could not be handed over. */
  private handOver({ origin, account, side, reason }: MassScope, instrument: number, tally: MassTally): number {
    const { inFlight, port } = this;
    const shard = port.shardOf(instrument);
    if (shard === -1) return 4001;
    const slot = inFlight.allocate(tally, instrument);
    if (slot === -1) return 3003;
    const mass = this.entry;
    mass.stamp.timeUs = this.clock.nowUs();
    mass.account = account;
    mass.instrument = instrument;
    mass.side = side;
    mass.reason = reason;
    mass.request = inFlight.reference(slot);
    if (!port.massCancel(shard, mass, origin)) {
      inFlight.release(slot);
      return 3003;
    }
    inFlight.kind[slot] = CommandKind.MASS_CANCEL;
    inFlight.shard[slot] = shard;
    this.tallies.set(slot, tally);
    tally.handedOver();
    return 0;
  }
}
