/** Prints of one instrument: those of the store, the latest of the state, and those that come. */
import type { ExchangeState } from '../../../core/state.js';
import { MONEY_SCALE, toDecimal, WIDE } from '../../../core/units.js';
import type { Print } from './bar-item.js';

/** Stored prints, newest first. A print may be a second old before it is in the store. */
export interface StoredPrints {
  ticks(instrument: number, range: { fromUs: number; toUs: number }, limit: number): Promise<StoredPrint[]>;
}

/** Opened when it is first asked for. */
export interface PrintHistory {
  stored(): Promise<StoredPrints>;
}

export interface StoredPrint {
  tradeId: number;
  timeUs: number;
  price: number;
  volume: number;
  turnoverTotal: number;
  volumeTotal: number;
  openInterest: number;
  bid: number;
  ask: number;
}

const RECENT = 200;

export class PrintFeed {
  constructor(
    readonly instrument: number,
    private readonly state: ExchangeState,
    private readonly history: PrintHistory,
  ) {}

  /** Prints are numbered by the count of the instrument's trades. */
  get lastNo(): number {
    return this.state.market.tradeCount[this.instrument] - 1;
  }

  /** Prints of these numbers (both included), as far as they are kept, in order. */
  async prints(fromNo: number, toNo: number): Promise<Print[]> {
    const latest = this.latest();
    const oldest = latest.at(-1);
    const found = latest.filter(({ id }) => id >= fromNo && id <= toNo);
    if (oldest !== undefined && fromNo < oldest.id) found.push(...(await this.stored(oldest, fromNo, toNo)));
    return found.reverse();
  }

  /** The newest one, as the state has it now. */
  newest(): Print | undefined {
    return this.latest(1)[0];
  }

  /** Newest first. Totals are those of now less what came later. */
  private latest(limit = RECENT): Print[] {
    const { instrument } = this;
    const { market, instruments } = this.state;
    const { multiplier } = instruments.get(instrument);
    let volumeTotal = market.volume[instrument];
    let amount = market.turnoverHigh[instrument] * WIDE + market.turnoverLow[instrument];
    let id = this.lastNo;
    const prints: Print[] = [];
    for (const { price, volume, timeUs } of market.recent(instrument, limit)) {
      const isOfDay = volumeTotal >= volume;
      prints.push({
        id: id--,
        timeUs,
        price,
        volume,
        volumeTotal: isOfDay ? volumeTotal : volume,
        amountTotal: isOfDay ? amount / MONEY_SCALE : toDecimal(price) * multiplier * volume,
        openInterest: market.openInterest[instrument],
        bid: 0,
        ask: 0,
        average: isOfDay ? averageOf(amount, volumeTotal, multiplier) : toDecimal(price),
      });
      volumeTotal -= volume;
      amount -= price * multiplier * volume;
    }
    return prints;
  }

  /** Newest first, those before `oldest`. */
  private async stored(oldest: Print, fromNo: number, toNo: number): Promise<Print[]> {
    const { multiplier } = this.state.instruments.get(this.instrument);
    const [newest] = this.state.market.recent(this.instrument, 1);
    const ticks = await (await this.history.stored()).ticks(this.instrument, { fromUs: 0, toUs: newest.timeUs }, this.lastNo - fromNo + 1);
    const found: Print[] = [];
    // The store may not have the latest yet: numbers follow from where the oldest one of the state lies in it.
    const at = ticks.findIndex(
      ({ timeUs, price, volume }) => timeUs === oldest.timeUs && price === oldest.price && volume === oldest.volume,
    );
    for (let n = at + 1, id = oldest.id - 1; at >= 0 && n < ticks.length && id >= fromNo; n++, id--) {
      const { timeUs, price, volume, volumeTotal, turnoverTotal, openInterest, bid, ask } = ticks[n];
      if (id > toNo) continue;
      const average = averageOf(turnoverTotal, volumeTotal, multiplier);
      found.push({ id, timeUs, price, volume, volumeTotal, amountTotal: turnoverTotal / MONEY_SCALE, openInterest, bid, ask, average });
    }
    return found;
  }
}

/** In currency units, rounded to 1/10000; the amount in 1/10000. */
function averageOf(amount: number, volume: number, multiplier: number): number {
  return volume === 0 ? NaN : Math.round(amount / volume / multiplier) / MONEY_SCALE;
}
