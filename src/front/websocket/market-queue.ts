/**
 * Market events that wait because the client does not take them (websocket.md 8).
 *
 * Above 500, what can be replaced by something newer is: the newest of each instrument and channel stays, and the waiting
 * book events of an instrument give way to one fresh picture, asked for when the client reads again. Prints and finished bars
 * are never replaced. A queue that is full all the same is emptied and the client told to start over; five times without
 * catching up is enough.
 */
import { batchesOf, Keeping, type MarketBatch, type MarketEvent } from '../publisher/market-event.js';

const CONFLATE_ABOVE = 500;
export const MARKET_EVENTS_MAX = 10_000;
export const MARKET_BYTES_MAX = 8 * 1024 * 1024;
const OVERFLOWS_MAX = 5;

export class MarketQueue {
  private batches: MarketBatch[] = [];
  private head = 0;
  private count = 0;
  private bytes = 0;
  private conflateAbove = CONFLATE_ABOVE;
  private overflows = 0;
  /** Instruments whose book events mean nothing before a picture has come, and whether it was asked for. */
  private readonly stale = new Map<number, boolean>();
  /** Of those the ones that never had a picture: what is left out of them was not given up. */
  private readonly fresh = new Set<number>();
  /** Events replaced by newer ones or given up, since the session began. */
  conflatedCount = 0;
  /** Books that began anew because their changes were given up, since the session began. */
  resyncCount = 0;
  /** Events taken to be sent, since the session began. */
  sentCount = 0;
  /** How often everything waiting was given up, since the session began. */
  gapCount = 0;
  /** Everything waiting was given up: the client must be told. */
  resyncDue = false;

  /** Nothing to send and nothing to ask for. */
  get isEmpty(): boolean {
    return this.head === this.batches.length && !this.resyncDue && !this.isPictureWanted;
  }

  get eventCount(): number {
    return this.count;
  }

  /** The event that is sent next. */
  get oldest(): MarketEvent | undefined {
    return this.batches.at(this.head)?.events[0];
  }

  /** Too often full without a moment of catching up: the client is too slow. */
  get isHopeless(): boolean {
    return this.overflows >= OVERFLOWS_MAX;
  }

  add(batch: MarketBatch): void {
    if (batch.isPicture) {
      this.stale.delete(batch.instrument);
      this.fresh.delete(batch.instrument);
    }
    const isStale = this.stale.has(batch.instrument);
    const kept = isStale ? withoutBook(batch) : batch;
    if (isStale && !this.fresh.has(batch.instrument)) this.conflatedCount += batch.events.length - (kept?.events.length ?? 0);
    if (kept !== undefined) this.push(kept);
  }

  /** The book of an instrument begins with a picture, which has been asked for. */
  awaitPicture(instrument: number): void {
    this.stale.set(instrument, true);
    this.fresh.add(instrument);
  }

  /** To be called while the client does not read: keeps the queue within its bounds. */
  trim(): void {
    if (this.count > this.conflateAbove) this.conflate();
    if (this.count > MARKET_EVENTS_MAX || this.bytes > MARKET_BYTES_MAX) this.overflow();
  }

  /** The next batch to send, or undefined. */
  take(): MarketBatch | undefined {
    if (this.head === this.batches.length) return undefined;
    const batch = this.batches[this.head++];
    this.count -= batch.events.length;
    this.sentCount += batch.events.length;
    this.bytes -= batch.size;
    if (this.head === this.batches.length) this.reset();
    return batch;
  }

  /** The instruments that need a fresh picture, to be asked for now: once the batches are sent. */
  takeUnasked(): number[] {
    const unasked: number[] = [];
    for (const [instrument, isAsked] of this.stale) if (!isAsked) unasked.push(instrument);
    for (const instrument of unasked) this.stale.set(instrument, true);
    return unasked;
  }

  /** The book of an instrument is wanted no more. */
  forget(instrument: number): void {
    this.stale.delete(instrument);
    this.fresh.delete(instrument);
  }

  private get isPictureWanted(): boolean {
    for (const isAsked of this.stale.values()) if (!isAsked) return true;
    return false;
  }

  private push(batch: MarketBatch): void {
    this.batches.push(batch);
    this.count += batch.events.length;
    this.bytes += batch.size;
  }

  private conflate(): void {
    const waiting = this.batches.slice(this.head).flatMap((batch) => batch.events);
    const newest = new Map<string, MarketEvent>();
    for (const event of waiting) {
      if (event.keeping === Keeping.newest) newest.set(keyOf(event), event);
      if (event.keeping === Keeping.book) this.giveUpBook(event.instrument);
    }
    const kept = waiting.filter((event) => {
      if (event.keeping === Keeping.book) return false;
      return event.keeping !== Keeping.newest || newest.get(keyOf(event)) === event;
    });
    this.conflatedCount += waiting.length - kept.length;
    this.reset();
    for (const batch of batchesOf(kept)) this.push(batch);
    // looking through a queue of prints again and again would cost the more the less there is to gain
    this.conflateAbove = Math.max(CONFLATE_ABOVE, kept.length + CONFLATE_ABOVE);
  }

  private overflow(): void {
    for (const { events } of this.batches.slice(this.head)) {
      for (const event of events) if (event.keeping === Keeping.book) this.giveUpBook(event.instrument);
    }
    this.conflatedCount += this.count;
    this.reset();
    this.resyncDue = true;
    this.overflows++;
    this.gapCount++;
  }

  /** A picture that is on its way already does as well. */
  private giveUpBook(instrument: number): void {
    if (this.stale.has(instrument)) return;
    this.stale.set(instrument, false);
    this.resyncCount++;
  }

  /** The client has taken everything. */
  caughtUp(): void {
    this.overflows = 0;
    this.conflateAbove = CONFLATE_ABOVE;
  }

  private reset(): void {
    this.batches = [];
    this.head = 0;
    this.count = 0;
    this.bytes = 0;
  }
}

function keyOf({ instrument, channels, detail }: MarketEvent): string {
  return `${instrument}/${channels}/${detail}`;
}

/** The batch without events of the book; undefined when nothing is left. */
function withoutBook(batch: MarketBatch): MarketBatch | undefined {
  const events = batch.events.filter((event) => event.keeping !== Keeping.book);
  return events.length === 0 ? undefined : batchesOf(events)[0];
}
