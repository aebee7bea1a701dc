/**
 * Commands and events of the exchange as the core sees them; `schemas/` describes how they lie in rings and in the log.
 *
 * The hot ones are mutable objects that a decoder fills again and again, so that nothing is allocated per order. Whoever
 * receives one reads it before returning and keeps no reference to it.
 */
import { ClientOrderId } from './client-order-id.js';
import type { RareEvents, RareKind } from './rare-events.js';

export { FrameKind } from './frame-kind.js';
export * from './rare-events.js';

/** What every frame carries in front of its body. */
export class Stamp {
  kind = 0;
  /** Number of the ring that wrote it: 0 is the front, 1.. are the shards. */
  source = 0;
  /** Where its command came from, as the last OriginNoted of the same source says; 0 for nowhere: the exchange itself. */
  origin = 0;
  /** The last event of its command: a log block and a broadcast never end between two events of one command. */
  endOfCommand = false;
  /** Place in the log, gapless from 1 (engine_seq); 0 until the WAL worker has given it. */
  sequence = 0;
  /** Event time in µs since the epoch, taken by the front when the command was made. */
  timeUs = 0;
  /** Number of the command at its shard: the only notion of time in time priority. */
  shardSequence = 0;
}

/** NewOrder, RestoreOrder, OrderAccepted, OrderRefused and OrderDeclined: the whole order, so that the log can be fed again. */
export class OrderEntry {
  readonly stamp = new Stamp();
  orderId = 0;
  /** Limit price in 1/10000; 0 for market kinds. */
  price = 0;
  /** The price that margin and fee of a market order are frozen at (ledger.md 4.3); for LIMIT the limit price. */
  freezePrice = 0;
  /** Shard sequence of the command that gave the order its place in the queue. */
  prioritySequence = 0;
  account = 0;
  instrument = 0;
  /** Lots of the whole order. */
  volume = 0;
  /** Lots still open: equal to `volume` but in RestoreOrder. In OrderDeclined: orders declined since the one before and not logged. */
  leaves = 0;
  minVolume = 0;
  /** yyyymmdd, 0 when the order is not GTD. */
  gtdDate = 0;
  /** The front's reference to the command under way; meaningless once the answer is out. */
  request = 0;
  /** Refusal code of an OrderRefused or OrderDeclined, else 0. */
  code = 0;
  side = 0;
  offset = 0;
  priceType = 0;
  timeCondition = 0;
  volumeCondition = 0;
  selfTradeMode = 0;
  /** Orders of one group never trade with each other: the account's number, or the user's. */
  selfTradeGroup = 0;
  /** `Residual` of a market kind. */
  residual = 0;
  /** 1: refused if it would trade at once. */
  postOnly = 0;
  /** 1: closes lots of earlier days only, so that it may come first at the daily limits (trading-rules.md 4.6). */
  closeFirst = 0;
  /** Of a market kind: it trades at most this many ticks beyond the best price at entry; 0 for no such bound. */
  maxSlippageTicks = 0;
  /** The name that its client gave it. */
  readonly clientId = new ClientOrderId();

  /** The same as a text, '' for none: made anew by every look. */
  get clientOrderId(): string {
    return this.clientId.text;
  }

  set clientOrderId(text: string) {
    this.clientId.text = text;
  }
}

/** One fill between two orders; fees, profit and the trade id follow from the fold. */
export class Trade {
  readonly stamp = new Stamp();
  buyOrderId = 0;
  sellOrderId = 0;
  price = 0;
  instrument = 0;
  volume = 0;
  buyAccount = 0;
  sellAccount = 0;
  /** Index of the fill inside its command. */
  matchIndex = 0;
  /** `Side` of the incoming order, NONE in an auction. */
  takerSide = 0;
  /** AUCTION_MATCH for a trade of an auction, else CONTINUOUS. */
  phase = 0;
  /** 1: both orders are of one self-trade group (only an order that switches prevention off meets its own). */
  selfTrade = 0;
}

/** CancelOrder, OrderCancelled and CancelRefused. */
export class CancelEntry {
  readonly stamp = new Stamp();
  orderId = 0;
  account = 0;
  instrument = 0;
  /** Lots that left the book (OrderCancelled): all open ones, but with SMP_DECREMENT some may stay. */
  volume = 0;
  request = 0;
  /** `CancelReason` of an OrderCancelled; of a CancelOrder the one for which the exchange itself takes it, 0 when its owner does. */
  reason = 0;
  /** Refusal code of a CancelRefused; 4002 or 4010 of an order cancelled within its own entry. */
  code = 0;
}

/** AmendOrder, OrderAmended and AmendRefused. */
export class AmendEntry {
  readonly stamp = new Stamp();
  orderId = 0;
  /** What is asked for: a limit price in 1/10000 and a total volume in lots, what is filled included; 0 keeps it as it is. */
  newPrice = 0;
  newVolume = 0;
  /** What the order is from now on (OrderAmended). An order of a market kind that comes to rest is told this way too, with request 0. */
  price = 0;
  volume = 0;
  leaves = 0;
  prioritySequence = 0;
  account = 0;
  instrument = 0;
  request = 0;
  /** Refusal code of an AmendRefused. */
  code = 0;
  /** As in `OrderEntry`, for the amended order. */
  closeFirst = 0;
}

/** MassCancel and MassCancelled, which follows the cancels as the last event of the command. */
export class MassEntry {
  readonly stamp = new Stamp();
  /** 0: of every account. */
  account = 0;
  instrument = 0;
  /** Orders that were cancelled (MassCancelled). */
  count = 0;
  request = 0;
  /** 4102 when the phase forbids it, else 0. */
  code = 0;
  /** `Side`, NONE for both. */
  side = 0;
  /** The `CancelReason` for which the exchange itself takes the orders, in any phase; 0: asked for by their owner. */
  reason = 0;
}

/** Leaves the phase or the status of a SetPhase as it is. */
export const KEEP = 255;

/** SetPhase and PhaseChanged. */
export class PhaseEntry {
  readonly stamp = new Stamp();
  instrument = 0;
  request = 0;
  /** `Phase` and `InstrumentStatus`; in a SetPhase either may be KEEP. */
  phase = 0;
  status = 0;
  /** `PhaseReason` */
  reason = 0;
}

/**
 * What a matching worker must know of an instrument. A second one for the same instrument replaces band, reference and
 * switches; phase and status of an open book change by SetPhase only.
 */
export class BookSpec {
  readonly stamp = new Stamp();
  instrument = 0;
  /** Prices in 1/10000; both limits are multiples of the tick. */
  priceTick = 0;
  lowerLimit = 0;
  upperLimit = 0;
  /** Price that auctions lean to, the pre-settlement price; and the last trade of the day, 0 before the first. */
  referencePrice = 0;
  lastPrice = 0;
  phase = 0;
  status = 0;
  // switches of the profile (trading-rules.md 0.7)
  /** `TradePrice` */
  tradePrice = 0;
  /** `AuctionTieBreak` */
  auctionTieBreak = 0;
  /** 0 or 1 */
  closeFirstAtLimit = 0;
  /** 1: orders may be cancelled in a BREAK. */
  cancelInBreak = 0;
  /** The number that the shard gives to its next command, so that queues survive a restart with other shards. */
  nextShardSequence = 0;
}

/** Receives every event of the log in order. A decoder calls exactly one method per frame. */
export interface EventHandler {
  orderAccepted(event: OrderEntry): void;
  orderRefused(event: OrderEntry): void;
  trade(event: Trade): void;
  orderCancelled(event: CancelEntry): void;
  cancelRefused(event: CancelEntry): void;
  orderAmended(event: AmendEntry): void;
  amendRefused(event: AmendEntry): void;
  massCancelled(event: MassEntry): void;
  phaseChanged(event: PhaseEntry): void;
  /** The front refused an order before it got a number: it never existed, and changes nothing. */
  orderDeclined(event: OrderEntry): void;
  rare<K extends RareKind>(kind: K, event: RareEvents[K], stamp: Stamp): void;
  /** Asked before `rare`: true when the kind means nothing here. Then it has been applied, and nobody need decode it. */
  passesOver?(kind: RareKind, stamp: Stamp): boolean;
}

/** Receives what a matching worker decides, in order. Implementations copy what they need. */
export interface MatchSink {
  /** Opens a command: `timeUs` is its event time, `shardSequence` its number at the shard; they hold for all that follows. */
  beginCommand(timeUs: number, shardSequence: number, origin: number): void;
  orderAccepted(order: OrderEntry, prioritySequence: number): void;
  orderRefused(order: OrderEntry, code: number): void;
  trade(trade: Trade): void;
  /** `volume` lots of the order leave the book; `request` is 0 unless a cancel command asked for it. */
  orderCancelled(orderId: number, account: number, instrument: number, volume: number, reason: number, code: number, request: number): void;
  cancelRefused(command: CancelEntry, code: number): void;
  /** `amended` says what the order is from now on. */
  orderAmended(amended: AmendEntry): void;
  amendRefused(command: AmendEntry, code: number): void;
  /** Follows the cancels of the command. */
  massCancelled(command: MassEntry, count: number, code: number): void;
  /** Comes before what the change brings about. */
  phaseChanged(instrument: number, phase: number, status: number, reason: number, request: number): void;
  /** Closes the command; at least one of the calls above lies between. */
  endCommand(): void;
}

// V8 keeps a field as the kind of number it has seen there, and compiles all users of the class anew when a larger one comes
// along. Prices, ids and sequence numbers outgrow 32 bits sooner or later; it hears so before anybody has such an object.
const large = Number.MAX_SAFE_INTEGER;
Object.assign(new Stamp(), { sequence: large, timeUs: large, shardSequence: large });
Object.assign(new OrderEntry(), { orderId: large, price: large, freezePrice: large, prioritySequence: large });
Object.assign(new Trade(), { buyOrderId: large, sellOrderId: large, price: large });
Object.assign(new CancelEntry(), { orderId: large });
Object.assign(new AmendEntry(), { orderId: large, newPrice: large, price: large, prioritySequence: large });
Object.assign(new BookSpec(), { priceTick: large, lowerLimit: large, upperLimit: large, referencePrice: large, lastPrice: large });
