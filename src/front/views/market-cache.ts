/**
 * Ticks and books as they were last answered (market-data.md 11). An entry is good as long as nothing it was made of has
 * changed, which is looked at with every read: no answer is older than the state of the market, whatever its age.
 */
import type { DepthFold } from '../../core/depth.js';
import type { ExchangeState } from '../../core/state.js';
import type { CounterFamily } from '../../metrics/counter-family.js';
import { agedText, type AnswerText } from './answer-text.js';
import { changedMs, orderBookView, type OrderBookView } from './market-view.js';

/** An answer, when what it tells changed last, and what it was made of. */
interface Entry<Answer> {
  readonly changedMs: number;
  readonly mdSequence: number;
  readonly tradingDay: number;
  readonly phase: number;
  readonly status: number;
  readonly preSettlement: number;
  readonly answer: Answer;
}

type CachedView = 'tick' | 'depth';

export interface CacheFigures {
  hits: number;
  misses: number;
  entries: number;
}

/** Levels of a book that anybody may ask for are fewer. */
const LEVELS_STRIDE = 1024;

export class MarketCache {
  private readonly ticks = new Map<number, Entry<string>>();
  /** By instrument and levels. */
  private readonly books = new Map<number, Entry<OrderBookView>>();
  private readonly counters;

  /** `reads` counts by view and by `hit` or `miss`. */
  constructor(
    private readonly state: ExchangeState,
    private readonly depth: DepthFold,
    private readonly texts: AnswerText,
    reads: CounterFamily<'view' | 'result'>,
  ) {
    const of = (view: CachedView) => ({ hit: reads.cell(view, 'hit'), miss: reads.cell(view, 'miss') });
    this.counters = { tick: of('tick'), depth: of('depth') };
  }

  /** JSON text of a Tick; `nowMs` is the wall clock of the answer. */
  tick(instrument: number, nowMs: number): string {
    const { answer, changedMs } = this.read('tick', this.ticks, instrument, instrument, () => this.texts.tickHead(instrument));
    return agedText(answer, changedMs, nowMs);
  }

  orderBook(instrument: number, levels: number, nowMs: number): OrderBookView {
    const key = instrument * LEVELS_STRIDE + levels;
    const { answer, changedMs } = this.read('depth', this.books, key, instrument, () =>
      orderBookView(this.state, this.depth, instrument, levels, nowMs),
    );
    return { ...answer, age_ms: Math.max(0, nowMs - changedMs) };
  }

  figures(): Record<CachedView, CacheFigures> {
    const { tick, depth } = this.counters;
    return {
      tick: { hits: tick.hit.count, misses: tick.miss.count, entries: this.ticks.size },
      depth: { hits: depth.hit.count, misses: depth.miss.count, entries: this.books.size },
    };
  }

  private read<Answer>(
    name: CachedView,
    entries: Map<number, Entry<Answer>>,
    key: number,
    instrument: number,
    make: () => Answer,
  ): Entry<Answer> {
    const { tradingDay } = this.state;
    const { phase, status, preSettlement } = this.state.instruments.get(instrument);
    const mdSequence = this.depth.mdSequence(instrument);
    const found = entries.get(key);
    const isSame =
      found?.mdSequence === mdSequence &&
      found.tradingDay === tradingDay &&
      found.phase === phase &&
      found.status === status &&
      found.preSettlement === preSettlement;
    if (isSame) {
      this.counters[name].hit.count++;
      return found;
    }
    this.counters[name].miss.count++;
    const entry = {
      ...{ changedMs: changedMs(this.state, this.depth, instrument), answer: make() },
      ...{ mdSequence, tradingDay, phase, status, preSettlement },
    };
    // a command that is half applied counts as the one before it: what it shows is nothing to keep
    if (!this.depth.isWithinCommand) entries.set(key, entry);
    return entry;
  }
}
