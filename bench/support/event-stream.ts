/**
 * Encoded events as the log has them, made by running commands through real books: every frame is stamped in order,
 * applied to a state, and kept.
 */
import { Matcher } from '../../src/core/book/matcher.js';
import { Phase, PriceType, SelfTradeMode, Side, TimeCondition, VolumeCondition } from '../../src/core/enums.js';
import {
  BookSpec,
  CancelEntry,
  FrameKind,
  OrderEntry,
  PLAIN_MOVE,
  Stamp,
  type InstrumentListed,
  type RareEvents,
  type RareKind,
} from '../../src/core/events.js';
import { ExchangeState } from '../../src/core/state.js';
import { RingBuffer } from '../../src/ring/ring-buffer.js';
import { RingConsumer } from '../../src/ring/ring-consumer.js';
import { RingProducer } from '../../src/ring/ring-producer.js';
import { EventDecoder } from '../../src/wire/event-decoder.js';
import { frameLength, setSequence } from '../../src/wire/frame-header.js';
import { frameViews, type FrameViews } from '../../src/wire/frame-layout.js';
import { MatchPublisher } from '../../src/wire/match-publisher.js';
import { encodeRecord } from '../../src/wire/records.js';

const DAY = 20_260_105;
const START_US = 1_767_571_200_000_000;
export const TICK = 10_000;
/** Middle of the daily limits of every instrument. */
export const MIDDLE = 3_500 * 10_000;
/** 100 million currency units: money never runs out. */
export const DEPOSIT = 1e12;

export class EventStream {
  readonly state = new ExchangeState();
  /** All frames one behind the other, and their number. */
  bytes = new Uint8Array(1 << 22);
  length = 0;
  count = 0;

  private readonly decoder = new EventDecoder(this.state);
  private readonly events: RingConsumer;
  private readonly publisher: MatchPublisher;
  private readonly matcher: Matcher;
  private readonly entry = new OrderEntry();
  private readonly cancelEntry = new CancelEntry();

  /** `accounts` with a deposit each, and `instruments` that charge by money on every rate. `stepUs`: from one event to the next. */
  constructor(
    accounts: number,
    instruments: number,
    private readonly stepUs = 1,
  ) {
    const ring = RingBuffer.create(1 << 22);
    this.events = new RingConsumer(ring);
    this.publisher = new MatchPublisher(new RingProducer(ring), 1);
    this.matcher = new Matcher(this.publisher);
    this.rare(FrameKind.VenueOpened, { tradingDay: DAY });
    for (let instrument = 1; instrument <= instruments; instrument++) this.list(instrument);
    for (let account = 1; account <= accounts; account++) this.open(account);
  }

  /** Limit order; returns its id. */
  order(account: number, instrument: number, side: number, offset: number, price: number, volume: number, clientOrderId = ''): number {
    const { entry } = this;
    entry.stamp.timeUs = START_US + this.count * this.stepUs;
    entry.orderId = this.state.nextOrderId;
    entry.account = account;
    entry.selfTradeGroup = account;
    entry.instrument = instrument;
    entry.side = side;
    entry.offset = offset;
    entry.priceType = PriceType.LIMIT;
    entry.timeCondition = TimeCondition.GFD;
    entry.volumeCondition = VolumeCondition.ANY;
    entry.selfTradeMode = SelfTradeMode.CANCEL_INCOMING;
    entry.price = price;
    entry.freezePrice = price;
    entry.volume = volume;
    entry.leaves = volume;
    entry.clientOrderId = clientOrderId;
    this.matcher.submit(entry);
    this.collect();
    return entry.orderId;
  }

  /** Cancels a live order. */
  cancel(slot: number): void {
    const { orders } = this.state;
    const { cancelEntry } = this;
    cancelEntry.stamp.timeUs = START_US + this.count * this.stepUs;
    cancelEntry.orderId = orders.orderId[slot];
    cancelEntry.account = orders.account[slot];
    cancelEntry.instrument = orders.instrument[slot];
    this.matcher.cancel(cancelEntry);
    this.collect();
  }

  rare<K extends RareKind>(kind: K, event: RareEvents[K]): void {
    const stamp = new Stamp();
    stamp.timeUs = START_US + this.count * this.stepUs;
    stamp.endOfCommand = true;
    const frame = encodeRecord(kind, event, stamp);
    this.keep(frameViews(frame), 0);
  }

  private list(instrument: number): void {
    this.rare(FrameKind.InstrumentListed, { ...TERMS, instrument, instrumentId: `SIM.i${instrument}` });
    const { lowerLimit, upperLimit } = this.state.instruments.get(instrument);
    const spec = Object.assign(new BookSpec(), { instrument, priceTick: TICK, lowerLimit, upperLimit, referencePrice: MIDDLE });
    this.matcher.openBook(Object.assign(spec, { phase: Phase.CONTINUOUS, nextShardSequence: 1 }));
  }

  private open(account: number): void {
    const text = { phone: '', email: '', realName: '', idCardSealed: '', passwordHash: 'x' };
    this.rare(FrameKind.UserRegistered, { user: account, username: `user${account}`, roles: 1, ...text });
    this.rare(FrameKind.AccountOpened, { account, user: account, name: 'a', accountType: 0, tradingPasswordHash: '' });
    this.rare(FrameKind.FundsMoved, { account, kind: 0, amount: DEPOSIT, method: '', remark: '', ...PLAIN_MOVE });
  }

  private collect(): void {
    this.publisher.flush();
    for (let offset = this.events.next(); offset !== -1; offset = this.events.next()) this.keep(this.events, offset);
    this.events.release();
  }

  private keep(views: FrameViews, offset: number): void {
    setSequence(views, offset, ++this.count);
    this.decoder.decode(views, offset);
    const bytes = frameLength(views, offset);
    if (this.length + bytes > this.bytes.length) {
      const larger = new Uint8Array(this.bytes.length * 2);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes.set(views.bytes.subarray(offset, offset + bytes), this.length);
    this.length += bytes;
  }
}

const TERMS: Omit<InstrumentListed, 'instrument' | 'instrumentId'> = {
  name: 'bench',
  productId: 'bench',
  instrumentType: 1,
  exchange: 6,
  multiplier: 10,
  priceTick: TICK,
  longMarginRatio: 100_000,
  shortMarginRatio: 110_000,
  longMarginPerLot: 0,
  shortMarginPerLot: 0,
  feeOpenByMoney: 2300,
  feeCloseByMoney: 2300,
  feeCloseTodayByMoney: 4600,
  feeOpenByLot: 500,
  feeCloseByLot: 500,
  feeCloseTodayByLot: 1000,
  limitUpRate: 100_000,
  limitDownRate: 100_000,
  minLimitVolume: 1,
  maxLimitVolume: 10_000,
  minMarketVolume: 1,
  maxMarketVolume: 10_000,
  lotStep: 1,
  preSettlement: MIDDLE,
  listDate: 0,
  expireDate: 0,
  sessionTemplate: 'SIM_24H',
  profile: 'sim',
  marginMode: 0,
  marginGroup: '',
  phase: 5,
};

/** Accounts and instruments of a random flow, and how many commands it has. */
export interface FlowSize {
  accounts: number;
  instruments: number;
  commands: number;
  seed: number;
}

/**
 * A trading day: about one command in four cancels an order; three of ten orders take from the other side; whoever holds
 * lots that an order could close closes half the time. Calls `begun` when accounts and instruments are there.
 */
export function tradingDay({ accounts, instruments, commands, seed }: FlowSize, begun: (stream: EventStream) => void): EventStream {
  const stream = new EventStream(accounts, instruments);
  begun(stream);
  const { state } = stream;
  const random = uniform(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  for (let command = 0; command < commands; command++) {
    const account = 1 + below(accounts);
    const first = state.accounts.firstOrder[account];
    if (first !== 0 && random() < 0.4) {
      stream.cancel(first);
      continue;
    }
    const instrument = 1 + below(instruments);
    const side = below(2);
    const volume = 1 + below(5);
    const towards = random() < 0.3 ? below(6) : -1 - below(20);
    const price = MIDDLE + (side === Side.BUY ? towards : -towards) * TICK;
    stream.order(account, instrument, side, closes(state, account, instrument, side, volume) && random() < 0.5 ? 1 : 0, price, volume);
  }
  return stream;
}

/** Every account holds lots of every instrument, half of them long, half short. */
export function manyHolders(accounts: number, instruments: number): EventStream {
  const stream = new EventStream(accounts, instruments);
  for (let instrument = 1; instrument <= instruments; instrument++) {
    for (let account = 1; account < accounts; account += 2) {
      const price = MIDDLE + ((account + instrument) % 50) * TICK;
      stream.order(account + (instrument % 2), instrument, Side.SELL, 0, price, 2);
      stream.order(account + 1 - (instrument % 2), instrument, Side.BUY, 0, price, 2);
    }
  }
  return stream;
}

function closes(state: ExchangeState, account: number, instrument: number, side: number, volume: number): boolean {
  const position = state.positions.find(account, instrument);
  return position !== -1 && state.positions.closable(position * 2 + (side === Side.SELL ? 0 : 1), 1) >= volume;
}

/** Marsaglia's xorshift32 as numbers in [0, 1). */
export function uniform(seed: number): () => number {
  let value = seed | 0 || 1;
  return () => {
    value ^= value << 13;
    value ^= value >>> 17;
    value ^= value << 5;
    return (value >>> 0) / 2 ** 32;
  };
}
