/** Books follow the instruments of the state. */
import { InstrumentStatus } from '../core/enums.js';
import type { Instrument } from '../core/instrument.js';
import { StateObserver } from '../core/observer.js';
import type { ExchangeState } from '../core/state.js';
import type { Shards } from './shards.js';

/** A listed instrument gets its book at once, a changed one its new terms. */
export class BookOpener extends StateObserver {
  /** False while another node leads: its books are opened when this one takes over. */
  isActive = true;

  constructor(
    private readonly state: ExchangeState,
    private readonly shards: Shards,
  ) {
    super();
  }

  override instrumentListed(instrument: Instrument): void {
    this.open(instrument);
  }

  override instrumentChanged(instrument: Instrument): void {
    this.open(instrument);
  }

  /** Every book gets its new limits and reference, and forgets the last price. */
  override daySettled(): void {
    for (const instrument of this.state.instruments) {
      if (instrument.status !== InstrumentStatus.delisted) this.open(instrument);
    }
  }

  private open(instrument: Instrument): void {
    if (this.isActive) void this.shards.open(instrument);
  }
}
