/** Listing of instruments and their new versions (rest.md A2, A3). */
import { InstrumentStatus, PhaseReason } from '../../core/enums.js';
import { FrameKind, type InstrumentChanged } from '../../core/events.js';
import { holdersOf } from '../../core/holders.js';
import { ratesOf, type Instrument } from '../../core/instrument.js';
import { simulatedName } from '../../core/market-data/simulated-name.js';
import { Refusal } from '../../core/refusal.js';
import type { ExchangeState } from '../../core/state.js';
import type { PhaseChanges } from '../phases/phase-changes.js';
import type { Proposal } from '../proposer.js';
import type { Audit } from './audit.js';
import type { EventProposer } from './event-proposer.js';
import { holderRefusal } from './holder-refusal.js';
import { changedFrom, changesRates, changesUnits, type InstrumentChange } from './instrument-change.js';
import { listedFrom, type InstrumentListing } from './instrument-listing.js';
import type { Origin } from './origin.js';
import type { Turnstile } from './turnstile.js';

/** Keeps the orders of an instrument out for a moment. */
export interface OrderHold {
  hold(instrument: number): void;
  release(instrument: number): void;
}

export interface InstrumentServiceParts {
  readonly state: ExchangeState;
  readonly proposer: EventProposer;
  /** Shared by all that take the next user, account or instrument number. */
  readonly turnstile: Turnstile;
  readonly audit: Audit;
  readonly changes: Pick<PhaseChanges, 'barrier'>;
  readonly orders: OrderHold;
  /** The phase in which an instrument of a session template begins. */
  readonly phaseOf: (template: string) => number;
}

export class InstrumentService {
  constructor(private readonly parts: InstrumentServiceParts) {}

  /**
   * Lists an instrument; whoever observes the state opens its book. `user` is the number of the actor, 0 for the program
   * itself. Refuses with 9008 and 7001.
   */
  async create(listing: InstrumentListing, user: number, origin: Origin, simulatedBars = 0): Promise<Instrument> {
    const entry = { user, logType: 'INSTRUMENT_CHANGE', action: 'list_instrument', details: listing.instrument_id, origin } as const;
    return await this.parts.audit.cover(entry, () => this.parts.turnstile.pass(() => this.list(listing, simulatedBars)));
  }

  /**
   * Gives an instrument a new version. It holds at once, but for margins, fees and limit rates of one that somebody holds or
   * has an order in: these change with the next trading day unless the change says `immediate` (trading-rules.md 1.2).
   * Refuses with 9008, 1010 when it is delisted, 3006 when positions or working orders stand against the change.
   */
  async modify(instrument: Instrument, change: InstrumentChange, user: number, origin: Origin): Promise<Instrument> {
    const details = `${instrument.instrumentId} ${Object.keys(change).join(' ')}`;
    const entry = { user, logType: 'INSTRUMENT_CHANGE', action: 'modify_instrument', details, origin } as const;
    await this.parts.audit.cover(entry, () => this.parts.turnstile.pass(() => this.change(instrument, change)));
    return instrument;
  }

  private async list(listing: InstrumentListing, simulatedBars: number): Promise<Instrument> {
    const { instruments } = this.parts.state;
    const listed = listedFrom(listing, instruments.count + 1, this.parts.phaseOf);
    listed.name = simulatedName(listed.name, simulatedBars);
    if (instruments.find(listed.instrumentId) !== undefined) throw new Refusal(7001);
    await this.parts.proposer.propose(FrameKind.InstrumentListed, listed);
    return instruments.get(listed.instrument);
  }

  private async change(instrument: Instrument, change: InstrumentChange): Promise<void> {
    if (instrument.status === InstrumentStatus.delisted) throw new Refusal(1010);
    const changed = changedFrom(change, instrument);
    if (changesUnits(changed, instrument)) {
      await this.changeUnits(instrument, changed);
      return;
    }
    const planned = this.parts.state.settlement.planned.get(instrument.instrument);
    const isForNextDay = change.immediate !== true && changesRates(changed, instrument) && this.isHeld(instrument);
    const proposals: Proposal[] = [
      { kind: FrameKind.InstrumentChanged, event: isForNextDay ? { ...changed, ...ratesOf(instrument) } : changed },
    ];
    if (isForNextDay || planned !== undefined) {
      // what is planned already stays planned, but for what changes now
      const event = changedFrom(change, { ...instrument, ...ratesOf(planned ?? instrument) });
      proposals.push({ kind: FrameKind.RatesPlanned, event });
    }
    await this.parts.proposer.proposeAll(proposals);
  }

  /** Nothing may be on its way to the book, or in it, that was meant in the old units. */
  private async changeUnits(instrument: Instrument, changed: InstrumentChanged): Promise<void> {
    const { state, orders, changes, proposer } = this.parts;
    orders.hold(instrument.instrument);
    try {
      await changes.barrier(instrument.instrument, PhaseReason.ADMIN);
      this.refuseHolders(instrument);
      if (state.market.lastPrice[instrument.instrument] % changed.priceTick !== 0) {
        throw new Refusal(9008, [{ field: 'price_tick', reason: 'must divide the last price of the day' }]);
      }
      await proposer.propose(FrameKind.InstrumentChanged, changed);
    } finally {
      orders.release(instrument.instrument);
    }
  }

  private isHeld({ instrument }: Instrument): boolean {
    return holdersOf(this.parts.state, instrument).length > 0;
  }

  /** Throws 3006 when there are any. */
  private refuseHolders(instrument: Instrument): void {
    const holders = holdersOf(this.parts.state, instrument.instrument);
    if (holders.length > 0) throw holderRefusal(3006, holders);
  }
}
