/**
 * Settlement prices, dry runs and the settlement of a trading day (rest.md A7 to A9; ledger.md 7).
 *
 * A day is settled by one event, so it is settled wholly or not at all. Around it the books are closed and opened again: a
 * crash in between leaves instruments SETTLING, and `recover` opens them at the next start. Before the event the day is not
 * settled and may be run again; after it the same day is refused with 6004.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { InstrumentStatus } from '../../core/enums.js';
import { FrameKind, type DaySettled } from '../../core/events.js';
import type { Instrument } from '../../core/instrument.js';
import { Refusal, type RefusalDetail } from '../../core/refusal.js';
import { DayFigures, instrumentsToSettle, termsOfNextDay } from '../../core/settlement/day-figures.js';
import { priceFault } from '../../core/settlement/price-fault.js';
import type { DayRecord } from '../../core/settlement/statements.js';
import { figuresBreach, orderBreach, positionBreach } from '../../core/settlement/verify.js';
import type { ExchangeState } from '../../core/state.js';
import { fromDecimal, MONEY_SCALE } from '../../core/units.js';
import type { EventClock } from '../clock.js';
import type { Proposal } from '../proposer.js';
import type { Audit } from '../services/audit.js';
import type { EventProposer } from '../services/event-proposer.js';
import type { Actor } from '../services/market-control.js';
import type { Turnstile } from '../services/turnstile.js';
import { toDate } from '../views/numbers.js';
import type { DayTurn } from './day-turn.js';

/** A price as it was sent. */
export interface PriceEntry {
  readonly instrumentId: string;
  /** Currency units; null takes the price back. */
  readonly price: number | null;
  /** Where it was sent, for the details of a refusal. */
  readonly field: string;
}

/** What a day would come to. */
export interface DryRun {
  readonly figures: DayFigures;
  readonly prices: ReadonlyMap<number, number>;
}

export interface SettlementServiceParts {
  readonly state: ExchangeState;
  readonly proposer: EventProposer;
  readonly turnstile: Turnstile;
  readonly audit: Audit;
  readonly turn: DayTurn;
  readonly clock: Pick<EventClock, 'nowUs'>;
  /** Holds scheduled phases back while the books are closed. */
  readonly phases: { pause(): void; resume(): void } | undefined;
  /** yyyymmdd of the trading day that follows one. */
  readonly nextTradingDay: (tradingDay: number) => number;
  /** The result of a settled day. */
  readonly dayOf: (tradingDay: number) => Promise<DayRecord | undefined>;
  /** The books could not be opened; it is tried again. */
  readonly onDelay: (error: unknown) => void;
}

const DETAILS_MAX = 1000;
/** Between two attempts at opening the books. */
const REOPEN_MS = 100;

export class SettlementService {
  constructor(private readonly parts: SettlementServiceParts) {}

  /** Sets prices of the current trading day, all of them or none; returns the day. Refuses with 1007, 1010, 9008. */
  async setPrices(entries: readonly PriceEntry[], { user, origin }: Actor): Promise<number> {
    const { audit, turnstile, proposer, state } = this.parts;
    const details = entries.length === 1 ? `${entries[0].instrumentId} ${entries[0].price ?? 'taken back'}` : `${entries.length} prices`;
    const entry = { user, logType: 'SETTLEMENT', action: 'set_settlement_price', details, origin } as const;
    return await audit.cover(entry, () =>
      turnstile.pass(async () => {
        const prices = this.checkPrices(entries);
        const { tradingDay } = state;
        const proposals = [...prices].map(([instrument, price]): Proposal => ({
          kind: FrameKind.SettlementPriceSet,
          event: { instrument, tradingDay, price },
        }));
        await proposer.proposeAll(proposals);
        return tradingDay;
      }),
    );
  }

  /** What settling the current day would come to with these prices put over those set; changes nothing. Refuses as `execute`. */
  async dryRun(candidates: readonly PriceEntry[]): Promise<DryRun> {
    const prices = new Map([...this.parts.state.settlement.prices, ...this.checkPrices(candidates)]);
    for (const [instrument, price] of prices) if (price === 0) prices.delete(instrument);
    this.refuseMissing(prices);
    return { figures: await this.figuresAt(prices), prices };
  }

  /**
   * Settles the current trading day, which a `date` (yyyymmdd, 0 for none given) must name. Refuses with 9008 and 6004 for
   * another date, 4101 while a session is open, 6001 without a price that is needed, 6002 when the books do not balance, and
   * as phase changes do when the books cannot be closed. Nothing is settled then.
   */
  async execute(date: number, { user, origin }: Actor): Promise<DayRecord> {
    const { audit, turnstile, state } = this.parts;
    const details = toDate(date === 0 ? state.tradingDay : date);
    const entry = { user, logType: 'SETTLEMENT', action: 'execute_settlement', details, origin } as const;
    return await audit.cover(entry, () =>
      turnstile.pass(async () => {
        await this.checkDate(date);
        return await this.run();
      }),
    );
  }

  /** Opens the books that a crash in the middle of a settlement has left closed; what cannot be opened now follows later. */
  async recover(): Promise<void> {
    const { turn, turnstile, onDelay } = this.parts;
    if (!turn.isClosed) return;
    try {
      await turnstile.pass(() => turn.open());
    } catch (error) {
      onDelay(error);
      turnstile.pass(() => this.reopen()).catch(onDelay);
    }
  }

  /** Throws 9008 or 6004. */
  async checkDate(date: number): Promise<void> {
    const { tradingDay } = this.parts.state;
    if (date === 0 || date === tradingDay) return;
    if (date < tradingDay && (await this.parts.dayOf(date)) !== undefined) throw new Refusal(6004);
    throw new Refusal(9008, [{ field: 'date', reason: `must be the current trading day, ${toDate(tradingDay)}` }]);
  }

  private async run(): Promise<DayRecord> {
    const { state, turn, phases, proposer, clock, dayOf } = this.parts;
    const { tradingDay } = state;
    const startedUs = clock.nowUs();
    await this.check();
    const nextTradingDay = this.parts.nextTradingDay(tradingDay);
    phases?.pause();
    try {
      await turn.close(nextTradingDay);
      // orders under way may have traded another instrument, or moved what the first look saw
      await this.check();
      await proposer.propose(FrameKind.DaySettled, { ...this.pricesOf(), tradingDay, nextTradingDay, startedUs });
    } finally {
      await this.reopen();
      phases?.resume();
    }
    return (await dayOf(tradingDay))!;
  }

  /** Rejects with 4101, 6001 or 6002. */
  private async check(): Promise<void> {
    const open = this.parts.turn.openSessions();
    if (open.length > 0) throw new Refusal(4101, detailsOf(open, 'has an open trading session'));
    const { prices } = this.parts.state.settlement;
    this.refuseMissing(prices);
    await this.figuresAt(prices);
  }

  private pricesOf(): Pick<DaySettled, 'instruments' | 'prices'> {
    const { settlement, instruments } = this.parts.state;
    const set = [...settlement.prices].filter(([instrument]) => instruments.get(instrument).status !== InstrumentStatus.delisted);
    set.sort(([a], [b]) => a - b);
    return { instruments: set.map(([instrument]) => instrument), prices: set.map(([, price]) => price) };
  }

  private refuseMissing(prices: ReadonlyMap<number, number>): void {
    const missing = instrumentsToSettle(this.parts.state).filter(({ instrument }) => !prices.has(instrument));
    if (missing.length > 0) throw new Refusal(6001, detailsOf(missing, 'has no settlement price'));
  }

  /**
   * Rejects with 6002 naming the equation that does not hold. Requests are answered between the checks: each looks at the
   * books of one moment, and they must balance at every one.
   */
  private async figuresAt(prices: ReadonlyMap<number, number>): Promise<DayFigures> {
    const { state } = this.parts;
    const figures = new DayFigures(state, state.tradingDay, [...prices.keys()], [...prices.values()]);
    let breach = figuresBreach(state, figures) ?? this.faultOf(prices);
    for (const find of [positionBreach, orderBreach]) {
      if (breach !== undefined) break;
      await nextTurn();
      breach = find(state);
    }
    if (breach !== undefined) throw new Refusal(6002, [{ field: '', reason: breach }]);
    return figures;
  }

  /** Terms may have changed since a price was set. */
  private faultOf(prices: ReadonlyMap<number, number>): string | undefined {
    for (const [number, price] of prices) {
      const instrument = this.parts.state.instruments.get(number);
      const fault = priceFault(termsOfNextDay(this.parts.state, instrument), price);
      if (fault !== undefined) return `the price of ${instrument.instrumentId} ${fault}`;
    }
    return undefined;
  }

  private checkPrices(entries: readonly PriceEntry[]): Map<number, number> {
    const { instruments } = this.parts.state;
    const unknown = entries.filter(({ instrumentId }) => instruments.find(instrumentId) === undefined);
    if (unknown.length > 0) {
      throw new Refusal(
        1007,
        unknown.slice(0, DETAILS_MAX).map(({ instrumentId, field }) => ({ field, reason: `no instrument ${instrumentId}` })),
      );
    }
    const prices = new Map<number, number>();
    const details: RefusalDetail[] = [];
    for (const { instrumentId, price, field } of entries) {
      const instrument = instruments.find(instrumentId)!;
      if (instrument.status === InstrumentStatus.delisted) throw new Refusal(1010, [{ field, reason: `${instrumentId} is delisted` }]);
      const units = price === null ? 0 : fromDecimal(price, MONEY_SCALE);
      const fault = prices.has(instrument.instrument)
        ? 'names an instrument for the second time'
        : unitsFault(termsOfNextDay(this.parts.state, instrument), price, units);
      if (fault !== undefined) details.push({ field, reason: fault });
      prices.set(instrument.instrument, units);
    }
    if (details.length > 0) throw new Refusal(9008, details.slice(0, DETAILS_MAX));
    return prices;
  }

  /** Tries until the books are open, or the exchange stops. */
  private async reopen(): Promise<void> {
    for (;;) {
      try {
        await this.parts.turn.open();
        return;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        this.parts.onDelay(error);
        if (error.code === 9005) return;
      }
      await sleep(REOPEN_MS, undefined, { ref: false });
    }
  }
}

function unitsFault(instrument: Instrument, price: number | null, units: number): string | undefined {
  if (price === null) return undefined;
  if (Number.isNaN(units)) return 'must have at most 4 decimals';
  return units <= 0 ? 'must be above 0' : priceFault(instrument, units);
}

function detailsOf(instruments: readonly Instrument[], reason: string): RefusalDetail[] {
  return instruments.slice(0, DETAILS_MAX).map(({ instrumentId }) => ({ field: instrumentId, reason }));
}
