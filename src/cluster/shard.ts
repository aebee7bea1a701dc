/** The books of one shard between two rings: command frames in, event frames out. */
import { Matcher } from '../core/book/matcher.js';
import type { AmendEntry, BookSpec, CancelEntry, MassEntry, OrderEntry, PhaseEntry } from '../core/events.js';
import type { RingConsumer } from '../ring/ring-consumer.js';
import type { RingProducer } from '../ring/ring-producer.js';
import { CommandDecoder, MalformedFrame, type CommandHandler } from '../wire/command-decoder.js';
import type { FrameViews } from '../wire/frame-layout.js';
import { MatchPublisher } from '../wire/match-publisher.js';

/** Commands between two flushes: enough to share the cost of a wake-up, few enough to keep the log busy. */
const BATCH_MAX = 256;

export class Shard implements CommandHandler {
  private readonly publisher: MatchPublisher;
  private readonly matcher: Matcher;
  private readonly decoder = new CommandDecoder(this);

  /** `source` is the number that the frames of its events carry. */
  constructor(
    private readonly commands: RingConsumer,
    events: RingProducer,
    source: number,
  ) {
    this.publisher = new MatchPublisher(events, source);
    this.matcher = new Matcher(this.publisher);
  }

  /** Executes a batch of the commands that wait and shows their events; false when there are none. */
  drain(): boolean {
    const { commands } = this;
    let count = 0;
    for (let offset = commands.next(); offset !== -1; offset = commands.next()) {
      this.decode(offset);
      if (++count === BATCH_MAX) break;
    }
    if (count === 0) return false;
    this.publisher.flush();
    commands.release();
    return true;
  }

  newOrder(order: OrderEntry): void {
    this.matcher.submit(order);
  }

  cancelOrder(command: CancelEntry): void {
    this.matcher.cancel(command);
  }

  openBook(spec: BookSpec): void {
    this.matcher.openBook(spec);
  }

  restoreOrder(order: OrderEntry): void {
    this.matcher.restore(order);
  }

  amendOrder(command: AmendEntry): void {
    this.matcher.amend(command);
  }

  massCancel(command: MassEntry): void {
    this.matcher.massCancel(command);
  }

  setPhase(command: PhaseEntry): void {
    this.matcher.setPhase(command);
  }

  originNoted(views: FrameViews, offset: number): void {
    this.publisher.passOn(views, offset);
  }

  /** A malformed frame stops only its own command: nothing of it has been done, and nobody waits for an answer to it. */
  private decode(offset: number): void {
    try {
      this.decoder.decode(this.commands, offset);
    } catch (error) {
      if (!(error instanceof MalformedFrame)) throw error;
    }
  }
}
