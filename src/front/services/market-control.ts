/** Phases and statuses set by hand (rest.md A4, A6, A26): halts, resumption, auctions, the end of an instrument. */
import { InstrumentStatus, nameOf, Phase, PhaseReason } from '../../core/enums.js';
import { holdersOf } from '../../core/holders.js';
import type { Instrument } from '../../core/instrument.js';
import { Refusal } from '../../core/refusal.js';
import type { ExchangeState } from '../../core/state.js';
import type { PhaseChanges } from '../phases/phase-changes.js';
import type { Audit } from './audit.js';
import { holderRefusal } from './holder-refusal.js';
import type { Origin } from './origin.js';
import type { Turnstile } from './turnstile.js';

const { active, suspended, close_only, delisted } = InstrumentStatus;

/** The statuses that each status may be entered from (trading-rules.md 1.2). */
const ENTERED_FROM: Readonly<Record<number, readonly number[]>> = {
  [active]: [suspended, close_only],
  [suspended]: [active],
  [close_only]: [active],
};

export interface MarketControlParts {
  readonly state: ExchangeState;
  readonly turnstile: Turnstile;
  readonly audit: Audit;
  readonly changes: Pick<PhaseChanges, 'change'>;
}

/** Who asks, and from where. */
export interface Actor {
  readonly user: number;
  readonly origin: Origin;
}

export class MarketControl {
  constructor(private readonly parts: MarketControlParts) {}

  /** active, suspended or close_only. A crossed book is uncrossed on resumption. Refuses with 7005. */
  async setStatus(instrument: Instrument, status: number, reason: string, actor: Actor): Promise<void> {
    const details = `${instrument.instrumentId} ${nameOf(InstrumentStatus, status)}${reason === '' ? '' : `: ${reason}`}`;
    await this.act('set_status', details, actor, async () => {
      if (!(ENTERED_FROM[status] ?? []).includes(instrument.status)) throw new Refusal(7005);
      await this.changeStatus(instrument, status);
    });
  }

  /**
   * Ends an instrument for good. It must be suspended or expired (7005), and nobody may hold it or have an order working in
   * it (3005).
   */
  async delist(instrument: Instrument, actor: Actor): Promise<void> {
    await this.act('delist', instrument.instrumentId, actor, async () => {
      this.refuseHolders(instrument);
      if (instrument.status !== suspended) {
        if (instrument.status === delisted || !this.isExpired(instrument)) throw new Refusal(7005);
        // From then on no order that is under way can come in.
        await this.changeStatus(instrument, suspended);
        this.refuseHolders(instrument);
      }
      await this.changeStatus(instrument, delisted);
    });
  }

  /** Sets the phase of all these at once. Refuses with 7005 when one of them is delisted. */
  async setPhase(instruments: readonly Instrument[], phase: number, actor: Actor): Promise<void> {
    const details = `${nameOf(Phase, phase)} ${instruments.map((instrument) => instrument.instrumentId).join(' ')}`;
    await this.act('set_phase', details, actor, async () => {
      if (instruments.some((instrument) => instrument.status === delisted)) throw new Refusal(7005);
      const numbers = instruments.map((instrument) => instrument.instrument);
      await this.parts.changes.change(numbers, { phase, reason: PhaseReason.ADMIN });
    });
  }

  private async act(action: string, details: string, { user, origin }: Actor, run: () => Promise<void>): Promise<void> {
    const { audit, turnstile } = this.parts;
    await audit.cover({ user, logType: 'INSTRUMENT_CHANGE', action, details, origin }, () => turnstile.pass(run));
  }

  private async changeStatus(instrument: Instrument, status: number): Promise<void> {
    await this.parts.changes.change([instrument.instrument], { status, reason: PhaseReason.ADMIN });
  }

  private isExpired({ expireDate }: Instrument): boolean {
    return expireDate !== 0 && expireDate < this.parts.state.tradingDay;
  }

  private refuseHolders(instrument: Instrument): void {
    const holders = holdersOf(this.parts.state, instrument.instrument);
    if (holders.length > 0) throw holderRefusal(3005, holders);
  }
}
