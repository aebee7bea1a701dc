/** What the subscribers of each instrument want together. Nothing is encoded that nobody wants. */
import type { MarketRequest } from '../../wire/market/market-request.js';

const NO_DEPTHS: readonly number[] = [];

export class Interests {
  private readonly channels: number[] = [];
  private readonly depthsOf: (readonly number[])[] = [];

  set({ instrument, channels, depths }: Extract<MarketRequest, { type: 'interest' }>): void {
    this.channels[instrument] = channels;
    this.depthsOf[instrument] = depths;
  }

  get isAny(): boolean {
    return this.channels.some((wanted) => wanted !== 0);
  }

  /** Whether anybody wants one of the channels. */
  wants(instrument: number, channels: number): boolean {
    return ((this.channels[instrument] ?? 0) & channels) !== 0;
  }

  /** Numbers of levels that books are shown with, each once. */
  depths(instrument: number): readonly number[] {
    return this.depthsOf[instrument] ?? NO_DEPTHS;
  }

  /** Those of whom anybody wants one of the channels. */
  *wanting(channels: number): Generator<number> {
    for (const [instrument, wanted] of this.channels.entries()) if ((wanted & channels) !== 0) yield instrument;
  }
}
