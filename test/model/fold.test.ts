/**
 * From command to state and back: random commands as frames through the real book, its events as frames into the state and
 * the public depth. After every command both say what the book says, the ledger is sound, and a restart, which rebuilds the
 * book from the state, changes nothing.
 */
import fc from 'fast-check';
import t from 'tap';
import { Shards } from '../../src/cluster/shards.js';
import { depthOf, dumpBook, queueOf } from '../../src/core/book/inspect-book.js';
import { Matcher } from '../../src/core/book/matcher.js';
import { DepthFold } from '../../src/core/depth.js';
import { Side } from '../../src/core/enums.js';
import {
  FrameKind,
  Stamp,
  type AmendEntry,
  type CancelEntry,
  type MassEntry,
  type OrderEntry,
  type PhaseEntry,
  type RareEvents,
  type RareKind,
} from '../../src/core/events.js';
import { liveSlots, restoreState, serializeState } from '../../src/core/state-codec.js';
import { ExchangeState } from '../../src/core/state.js';
import { RingBuffer } from '../../src/ring/ring-buffer.js';
import { RingConsumer } from '../../src/ring/ring-consumer.js';
import { RingProducer } from '../../src/ring/ring-producer.js';
import { writeAmend } from '../../src/wire/amend-frame.js';
import { writeCancel } from '../../src/wire/cancel-frame.js';
import { CommandDecoder } from '../../src/wire/command-decoder.js';
import { EventDecoder } from '../../src/wire/event-decoder.js';
import { setSequence } from '../../src/wire/frame-header.js';
import { AMEND_BYTES, CANCEL_BYTES, frameViews, MASS_BYTES, PHASE_BYTES } from '../../src/wire/frame-layout.js';
import { writeMass } from '../../src/wire/mass-frame.js';
import { MatchPublisher } from '../../src/wire/match-publisher.js';
import { orderFrameBytes, writeOrder } from '../../src/wire/order-frame.js';
import { writePhase } from '../../src/wire/phase-frame.js';
import { encodeRecord } from '../../src/wire/records.js';
import { PLAIN_INSTRUMENT } from '../support/one-thread-circle.js';
import { checkSoundness } from '../support/soundness.js';
import { commandArbitrary, type Command } from './book-commands.js';
import { TwinBooks, type CommandListener } from './twin-books.js';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
/** The twins' instrument: tick 5, steps 10 to 40 are 50 to 200. */
const INSTRUMENT = 2;
const ACCOUNTS = 41;

class FoldedExchange implements CommandListener {
  state = new ExchangeState();
  depth = new DepthFold(this.state);
  book: () => ReturnType<Matcher['book']> = () => {
    throw new Error('not open');
  };
  private readonly commandRing = RingBuffer.create(1 << 18);
  private readonly commands = new RingConsumer(this.commandRing);
  private readonly port = new RingProducer(this.commandRing);
  private decoder!: CommandDecoder;
  private events!: RingConsumer;
  private publisher!: MatchPublisher;

  constructor() {
    this.state.observe(this.depth);
    this.rare(FrameKind.VenueOpened, { tradingDay: 20260105 });
    for (const number of [1, INSTRUMENT]) this.list(number);
    for (let account = 1; account <= ACCOUNTS; account++) this.addTrader(account);
  }

  submit(order: OrderEntry): void {
    writeOrder(this.port, this.port.claim(orderFrameBytes(order)), FrameKind.NewOrder, order);
    this.settle();
  }

  cancel(command: CancelEntry): void {
    writeCancel(this.port, this.port.claim(CANCEL_BYTES), FrameKind.CancelOrder, command);
    this.settle();
  }

  amend(command: AmendEntry): void {
    writeAmend(this.port, this.port.claim(AMEND_BYTES), FrameKind.AmendOrder, command);
    this.settle();
  }

  massCancel(command: MassEntry): void {
    writeMass(this.port, this.port.claim(MASS_BYTES), FrameKind.MassCancel, command);
    this.settle();
  }

  setPhase(command: PhaseEntry): void {
    writePhase(this.port, this.port.claim(PHASE_BYTES), FrameKind.SetPhase, command);
    this.settle();
  }

  /** A new matching thread, with its books from the state. */
  async restart(): Promise<void> {
    const ring = RingBuffer.create(1 << 20);
    this.events = new RingConsumer(ring);
    this.publisher = new MatchPublisher(new RingProducer(ring), 1);
    const matcher = new Matcher(this.publisher);
    this.book = () => matcher.book(INSTRUMENT);
    this.decoder = new CommandDecoder({
      newOrder: (order) => matcher.submit(order),
      cancelOrder: (command) => matcher.cancel(command),
      openBook: (spec) => matcher.openBook(spec),
      restoreOrder: (order) => matcher.restore(order),
      amendOrder: (command) => matcher.amend(command),
      massCancel: (command) => matcher.massCancel(command),
      setPhase: (command) => matcher.setPhase(command),
      originNoted: (views, offset) => this.publisher.passOn(views, offset),
    });
    const shards = new Shards([this.port], this.state);
    await shards.restore(0);
    this.settle();
  }

  /** Throws unless state and depth say what the book says. */
  compare(): void {
    const { orders, instruments } = this.state;
    const book = this.book();
    const found = [Side.BUY, Side.SELL]
      .flatMap((side) => queueOf(book, side))
      .map((it) => [it.orderId, it.price, it.leaves, it.volume, it.prioritySequence].join(' '));
    const live = liveSlots(this.state);
    const expected = live.map((slot) =>
      [orders.orderId[slot], orders.price[slot], orders.leaves(slot), orders.volume[slot], orders.prioritySequence[slot]].join(' '),
    );
    same('live orders', expected.sort(), found.sort());
    for (const side of [Side.BUY, Side.SELL]) {
      const levels = this.depth.levels(INSTRUMENT, side, 1000).map((it) => `${it.volume}@${it.price} in ${it.orderCount}`);
      same(
        'depth',
        levels,
        depthOf(book, side).map((it) => `${it.volume}@${it.price} in ${it.orders}`),
      );
    }
    const { phase, status } = instruments.get(INSTRUMENT);
    same('phase', [`${phase} ${status}`], [`${book.phase} ${book.status}`]);
    checkSoundness(this.state);
  }

  private settle(): void {
    this.port.publish();
    for (let offset = this.commands.next(); offset !== -1; offset = this.commands.next()) this.decoder.decode(this.commands, offset);
    this.commands.release();
    this.publisher.flush();
    const decoder = new EventDecoder(this.state);
    for (let offset = this.events.next(); offset !== -1; offset = this.events.next()) {
      setSequence(this.events, offset, this.state.sequence + 1);
      decoder.decode(this.events, offset);
    }
    this.events.release();
  }

  private rare<K extends RareKind>(kind: K, event: RareEvents[K]): void {
    const stamp = new Stamp();
    stamp.sequence = this.state.sequence + 1;
    new EventDecoder(this.state).decode(frameViews(encodeRecord(kind, event, stamp)), 0);
  }

  private list(instrument: number): void {
    const prices = { multiplier: 3, priceTick: 5, preSettlement: 125, limitUpRate: 600_000, limitDownRate: 600_000 };
    this.rare(FrameKind.InstrumentListed, {
      ...PLAIN_INSTRUMENT,
      ...prices,
      instrument,
      instrumentId: `SIM.i${instrument}`,
      feeOpenByLot: 1,
    });
  }

  private addTrader(account: number): void {
    const text = { phone: '', email: '', realName: '', idCardSealed: '', passwordHash: 'x' };
    this.rare(FrameKind.UserRegistered, { user: account, username: `user${account}`, roles: 1, ...text });
    this.rare(FrameKind.AccountOpened, { account, user: account, name: 'a', accountType: 0, tradingPasswordHash: '' });
  }
}

t.test(`state and depth follow the book through every kind of command (SEED=${seed})`, async (t) => {
  const isOfOneBand = (command: Command): boolean => command.kind !== 'spec';
  let commands = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(commandArbitrary.filter(isOfOneBand), { minLength: 1, maxLength: 400, size: 'max' }), async (list) => {
      const exchange = new FoldedExchange();
      await exchange.restart();
      const twins = new TwinBooks(1, exchange);
      for (const command of list) {
        if (command.kind === 'restart') await exchange.restart();
        twins.run(command);
        commands++;
        same('books', [dumpBook(exchange.book())], [twins.dump()]);
        exchange.compare();
      }
      const bytes = serializeState(exchange.state);
      if (Buffer.compare(serializeState(restoreState(bytes)), bytes) !== 0) throw new Error('a snapshot gives the same state');
    }),
    { seed, numRuns: Number(process.env.RUNS ?? 40) },
  );
  t.ok(commands > 2000, `${commands} commands`);
});

function same(what: string, found: string[], expected: string[]): void {
  const [a, b] = [found.join('\n'), expected.join('\n')];
  if (a !== b) throw new Error(`${what}: found\n${a}\nexpected\n${b}`);
}
