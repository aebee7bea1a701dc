/** All books of one shard: numbers its commands and hands each to the book of its instrument. */
import * as assertions from '../assert.js';
import type { AmendEntry, BookSpec, CancelEntry, MassEntry, MatchSink, OrderEntry, PhaseEntry } from '../events.js';
import { OrderBook } from './order-book.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const assert: typeof assertions.assert = assertions.assert;

export class Matcher {
  private readonly sink: MatchSink;
  /** By instrument number; those of other shards are missing. */
  private readonly books: (OrderBook | undefined)[] = [];
  private latest = 0;

  constructor(sink: MatchSink) {
    this.sink = sink;
  }

  /** Number of the latest command, gapless; before the first, one less than what the first will get. */
  get shardSequence(): number {
    return this.latest;
  }

  /** Opens a book, or gives an open one a new band, phase and status. A control command: it has no number and no outcome. */
  openBook(spec: BookSpec): void {
    this.latest = Math.max(this.latest, spec.nextShardSequence - 1);
    const book = this.books[spec.instrument];
    if (book === undefined) this.books[spec.instrument] = new OrderBook(spec, this.sink);
    else book.configure(spec);
  }

  /** Puts a live order back into its queue; see `OrderBook.restore`. */
  restore(order: OrderEntry): void {
    assert(order.prioritySequence <= this.latest, 'restored orders come before every new command');
    this.book(order.instrument).restore(order);
  }

  submit(order: OrderEntry): void {
    const book = this.book(order.instrument);
    const shardSequence = ++this.latest;
    this.sink.beginCommand(order.stamp.timeUs, shardSequence, order.stamp.origin);
    book.submit(order, shardSequence);
    this.sink.endCommand();
  }

  cancel(command: CancelEntry): void {
    const book = this.book(command.instrument);
    this.sink.beginCommand(command.stamp.timeUs, ++this.latest, command.stamp.origin);
    book.cancel(command);
    this.sink.endCommand();
  }

  amend(command: AmendEntry): void {
    const book = this.book(command.instrument);
    const shardSequence = ++this.latest;
    this.sink.beginCommand(command.stamp.timeUs, shardSequence, command.stamp.origin);
    book.amend(command, shardSequence);
    this.sink.endCommand();
  }

  massCancel(command: MassEntry): void {
    const book = this.book(command.instrument);
    this.sink.beginCommand(command.stamp.timeUs, ++this.latest, command.stamp.origin);
    book.massCancel(command);
    this.sink.endCommand();
  }

  setPhase(command: PhaseEntry): void {
    const book = this.book(command.instrument);
    this.sink.beginCommand(command.stamp.timeUs, ++this.latest, command.stamp.origin);
    book.setPhase(command);
    this.sink.endCommand();
  }

  /** The open book of the instrument; the front sends nothing for another. */
  book(instrument: number): OrderBook {
    const book = this.books[instrument];
    assert(book !== undefined, 'the book of a command is open');
    return book;
  }
}
