/** The quotes that somebody watches: one object per instrument, made once however many connections show it. */
import type { DepthFold } from '../../../core/depth.js';
import type { CancelEntry, OrderEntry, PhaseEntry, SettlementPriceSet, Trade } from '../../../core/events.js';
import type { Instrument } from '../../../core/instrument.js';
import { StateObserver } from '../../../core/observer.js';
import type { ExchangeState } from '../../../core/state.js';
import { DiffObject } from '../tree/diff-object.js';
import type { VersionClock } from '../tree/version-clock.js';
import type { Board, BoardReader } from './board.js';
import { marketFields, termFields } from './quote-fields.js';

interface Quote {
  readonly instrument: Instrument;
  readonly object: DiffObject;
  readonly readers: Set<BoardReader>;
}

export class QuoteBoard extends StateObserver implements Board {
  private readonly quotes = new Map<number, Quote>();
  private readonly touched = new Set<number>();
  /** Quotes whose terms may have changed, too. */
  private readonly renewed = new Set<number>();

  constructor(
    private readonly state: ExchangeState,
    private readonly depth: DepthFold,
    private readonly clock: VersionClock,
  ) {
    super();
  }

  watch(instrument: number, reader: BoardReader): DiffObject {
    let quote = this.quotes.get(instrument);
    if (quote === undefined) {
      quote = { instrument: this.state.instruments.get(instrument), object: new DiffObject(this.clock), readers: new Set() };
      this.quotes.set(instrument, quote);
      this.refresh(quote, true);
    }
    quote.readers.add(reader);
    return quote.object;
  }

  unwatch(instrument: number, reader: BoardReader): void {
    const quote = this.quotes.get(instrument);
    if (quote === undefined) return;
    quote.readers.delete(reader);
    if (quote.readers.size === 0) this.quotes.delete(instrument);
  }

  override orderAccepted(_slot: number, event: OrderEntry): void {
    this.touch(event.instrument);
  }

  override traded(event: Trade): void {
    this.touch(event.instrument);
  }

  override orderCancelled(_slot: number, event: CancelEntry): void {
    this.touch(event.instrument);
  }

  override orderAmended(slot: number): void {
    this.touch(this.state.orders.instrument[slot]);
  }

  override phaseChanged(_instrument: Instrument, event: PhaseEntry): void {
    this.touch(event.instrument);
  }

  override instrumentChanged({ instrument }: Instrument): void {
    this.renew(instrument);
  }

  override settlementPriceSet({ instrument }: SettlementPriceSet): void {
    this.renew(instrument);
  }

  override daySettled(): void {
    for (const instrument of this.quotes.keys()) this.renew(instrument);
  }

  /** Brings what was touched up to date and tells those who show it. */
  afterTurn(): void {
    if (this.touched.size === 0) return;
    for (const instrument of this.touched) {
      const quote = this.quotes.get(instrument);
      if (quote === undefined || !this.refresh(quote, this.renewed.has(instrument))) continue;
      for (const reader of quote.readers) reader.changed(instrument);
    }
    this.touched.clear();
    this.renewed.clear();
  }

  private refresh({ instrument, object }: Quote, withTerms: boolean): boolean {
    const isMoved = object.update(marketFields(this.state, this.depth, instrument));
    const isRenewed = withTerms && object.update(termFields(this.state, instrument));
    return isMoved || isRenewed;
  }

  private touch(instrument: number): void {
    if (this.quotes.has(instrument)) this.touched.add(instrument);
  }

  private renew(instrument: number): void {
    this.touch(instrument);
    this.renewed.add(instrument);
  }
}
