/** One simulated participant: what it holds, and orders that close before they open. */
import { ApiError, type OrderRequest, type ServerMessage } from '../../client/index.js';
import type { Random } from '../load/random.js';
import type { Participant } from '../support/participants.js';
import type { Walk } from './walk.js';

/** Refusals that are part of a living market: too slow, too poor, outside of trading. */
export interface BotCounts {
  orders: number;
  refused: number;
  trades: number;
}

interface Holding {
  long: number;
  short: number;
}

export class Bot {
  private readonly holdings = new Map<string, Holding>();

  constructor(
    protected readonly participant: Participant,
    protected readonly random: Random,
    protected readonly counts: BotCounts,
  ) {
    participant.client.on('trade', (message) => {
      this.filled(message);
    });
    // Everything else that is pushed is of no interest: nothing must pile up.
    for (const type of ['order_status', 'position_update', 'account_update']) participant.client.on(type, () => undefined);
  }

  /** The id of the order, or undefined when it was refused. */
  protected async send(
    walk: Walk,
    direction: 'BUY' | 'SELL',
    volume: number,
    price: number,
    isImmediate: boolean,
  ): Promise<string | undefined> {
    const { accountId, client } = this.participant;
    const holding = this.holding(walk.instrumentId);
    // Resting orders open: what would close could be gone when they trade.
    const isClosing = isImmediate && (direction === 'BUY' ? holding.short : holding.long) >= volume;
    const order: OrderRequest = {
      account_id: accountId,
      instrument_id: walk.instrumentId,
      direction,
      offset: isClosing ? walk.closeOffset : 'OPEN',
      volume,
      price,
      order_type: 'LIMIT',
      ...(isImmediate ? { time_condition: 'IOC' as const } : {}),
    };
    this.counts.orders++;
    try {
      return (await client.submitOrder(order)).order_id ?? undefined;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.counts.refused++;
      return undefined;
    }
  }

  private filled({ instrument_id: id, direction, offset, volume }: ServerMessage): void {
    this.counts.trades++;
    const holding = this.holding(String(id));
    const lots = Number(volume);
    if (offset === 'OPEN') holding[direction === 'BUY' ? 'long' : 'short'] += lots;
    else holding[direction === 'BUY' ? 'short' : 'long'] -= lots;
  }

  private holding(instrumentId: string): Holding {
    let holding = this.holdings.get(instrumentId);
    if (holding === undefined) {
      holding = { long: 0, short: 0 };
      this.holdings.set(instrumentId, holding);
    }
    return holding;
  }
}

/** Quotes both sides around the walking price: each step takes the oldest quotes away and puts fresh ones. */
export class Maker extends Bot {
  private readonly quotes = new Map<string, string[]>();

  async step(walk: Walk): Promise<void> {
    const quotes = this.quotes.get(walk.instrumentId) ?? [];
    this.quotes.set(walk.instrumentId, quotes);
    for (const direction of ['BUY', 'SELL'] as const) {
      const ticks = this.random.between(1, QUOTE_TICKS);
      const id = await this.send(
        walk,
        direction,
        this.random.between(1, QUOTE_LOTS),
        walk.price(direction === 'BUY' ? -ticks : ticks),
        false,
      );
      if (id !== undefined) quotes.push(id);
    }
    while (quotes.length > QUOTES_MAX) await this.cancel(quotes.shift()!);
    // Now and then the maker takes liquidity itself, which closes what it has gathered.
    if (this.random.next() < 0.1) await this.send(walk, this.random.next() < 0.5 ? 'BUY' : 'SELL', 1, walk.price(0), true);
  }

  private async cancel(orderId: string): Promise<void> {
    try {
      await this.participant.client.cancelOrder(this.participant.accountId, orderId);
    } catch (error) {
      // It was filled.
      if (!(error instanceof ApiError)) throw error;
    }
  }
}

/** Takes what is quoted, on a side of its own mood. */
export class NoiseTaker extends Bot {
  async step(walk: Walk): Promise<void> {
    const buys = this.random.next() < 0.5;
    await this.send(walk, buys ? 'BUY' : 'SELL', this.random.between(1, NOISE_LOTS), walk.price(buys ? QUOTE_TICKS : -QUOTE_TICKS), true);
  }
}

const QUOTE_TICKS = 6;
const QUOTE_LOTS = 9;
/** Of one maker on one instrument, both sides together. */
const QUOTES_MAX = 12;
const NOISE_LOTS = 4;
