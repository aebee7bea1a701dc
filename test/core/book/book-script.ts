/**
 * A book driven by one-line commands, for tests that read like the rule book.
 *
 *     A sell 5@100            account A, GFD limit order; its id is s1 as the first command, s2 as the second, ...
 *     E buy 10@101 IOC        also FOK (IOC, all), MIN5 (IOC, at least 5), GFS, GTC, GTD, GFA, post
 *     E buy 10@market         also best1, best5; with TO_LIMIT, slip=2
 *     E buy 10@101 group=A    self-trade group of account A instead of its own; also smp=CANCEL_RESTING
 *     E buy 10@101 close      closes lots of earlier days
 *     B cancel s1
 *     B amend s1 5@101        also 5 (the total), @101
 *     B mass                  also * mass, B mass buy
 *     phase BREAK             also status suspended
 *
 * The outcome is one line too: `accepted, D/A 5@100, D/B 3@100` (taker/maker lots@price; buyer+seller in an auction),
 * `accepted, 3 cancelled IOC_REMAINDER`, `2 of s1 cancelled SMP_PASSIVE`, `refused 1005`, `cancelled 5 s1`,
 * `amended s1 3/5@100 seq 4` (open/total, priority), `phase BREAK active`. Prices are whole currency units.
 */
import { checkBook, depthOf, queueOf } from '../../../src/core/book/inspect-book.js';
import { Matcher } from '../../../src/core/book/matcher.js';
import type { OrderBook } from '../../../src/core/book/order-book.js';
import {
  CancelReason,
  InstrumentStatus,
  nameOf,
  numberOf,
  Offset,
  Phase,
  PriceType,
  Residual,
  SelfTradeMode,
  Side,
  TimeCondition,
  VolumeCondition,
} from '../../../src/core/enums.js';
import {
  AmendEntry,
  BookSpec,
  CancelEntry,
  KEEP,
  MassEntry,
  OrderEntry,
  PhaseEntry,
  type MatchSink,
  type Trade,
} from '../../../src/core/events.js';
import { MONEY_SCALE } from '../../../src/core/units.js';

const INSTRUMENT = 3;

/** Writes down what a matcher decides. */
export class RecordingSink implements MatchSink {
  /** Outcomes of the command under way, or of the last one. */
  outcomes: string[] = [];
  readonly commands: { timeUs: number; shardSequence: number }[] = [];
  readonly trades: {
    buy: number;
    sell: number;
    buyAccount: number;
    sellAccount: number;
    index: number;
    takerSide: number;
    phase: number;
  }[] = [];
  prioritySequence = 0;
  request = 0;
  #incoming = 0;
  #isOpen = false;

  beginCommand(timeUs: number, shardSequence: number): void {
    if (this.#isOpen) throw new Error('a command was begun inside another');
    this.#isOpen = true;
    this.outcomes = [];
    this.#incoming = 0;
    this.commands.push({ timeUs, shardSequence });
  }

  orderAccepted(order: OrderEntry, prioritySequence: number): void {
    this.#incoming = order.orderId;
    this.prioritySequence = prioritySequence;
    this.#add('accepted');
  }

  orderRefused(_order: OrderEntry, code: number): void {
    this.#add(`refused ${code}`);
  }

  trade(trade: Trade): void {
    const { buyAccount, sellAccount, takerSide, phase } = trade;
    const mark = takerSide === Side.NONE ? '+' : '/';
    const [taker, maker] = takerSide !== Side.SELL ? [buyAccount, sellAccount] : [sellAccount, buyAccount];
    this.#add(
      `${letter(taker)}${mark}${letter(maker)} ${trade.volume}@${trade.price / MONEY_SCALE}${trade.selfTrade === 1 ? ' self' : ''}`,
    );
    const index = trade.matchIndex;
    this.trades.push({ buy: trade.buyOrderId, sell: trade.sellOrderId, buyAccount, sellAccount, index, takerSide, phase });
  }

  orderCancelled(id: number, _account: number, _instrument: number, volume: number, reason: number, code: number, request: number): void {
    this.request = request;
    const why = code === 0 ? nameOf(CancelReason, reason) : `${nameOf(CancelReason, reason)} ${code}`;
    const whose = id === this.#incoming ? '' : ` of s${id}`;
    this.#add(reason === CancelReason.USER ? `cancelled ${volume} s${id}` : `${volume}${whose} cancelled ${why}`);
  }

  cancelRefused(_command: CancelEntry, code: number): void {
    this.#add(`cancel refused ${code}`);
  }

  orderAmended(amended: AmendEntry): void {
    const { orderId, leaves, volume, price, prioritySequence } = amended;
    this.request = amended.request;
    this.#incoming = orderId;
    this.#add(`amended s${orderId} ${leaves}/${volume}@${price / MONEY_SCALE} seq ${prioritySequence}`);
  }

  amendRefused(_command: AmendEntry, code: number): void {
    this.#add(`amend refused ${code}`);
  }

  massCancelled(_command: MassEntry, count: number, code: number): void {
    this.#add(code === 0 ? `mass ${count}` : `mass refused ${code}`);
  }

  phaseChanged(_instrument: number, phase: number, status: number): void {
    this.#add(`phase ${nameOf(Phase, phase)} ${nameOf(InstrumentStatus, status)}`);
  }

  endCommand(): void {
    if (!this.#isOpen || this.outcomes.length === 0) throw new Error('a command was ended that has no outcome');
    this.#isOpen = false;
  }

  #add(outcome: string): void {
    if (!this.#isOpen) throw new Error('an outcome outside a command');
    this.outcomes.push(outcome);
  }
}

export class BookScript {
  readonly sink = new RecordingSink();
  readonly matcher = new Matcher(this.sink);
  #commands = 0;

  /** Opens a book with tick 1 and the band, as `90..110`. */
  constructor(band = '90..110', change: Partial<BookSpec> = {}) {
    this.matcher.openBook(specOf(band, change));
  }

  get book(): OrderBook {
    return this.matcher.book(INSTRUMENT);
  }

  /** Runs one command and returns its outcome; checks the whole book after it. */
  run(line: string): string {
    const id = ++this.#commands;
    const rare = /^(\S+) (cancel|amend|mass)\b ?(.*)$/.exec(line);
    const phase = /^(phase|status) (\w+)$/.exec(line);
    if (phase !== null) this.#setPhase(phase[1] === 'phase' ? phase[2] : undefined, phase[1] === 'status' ? phase[2] : undefined);
    else if (rare === null) this.matcher.submit(parseOrder(line, id));
    else if (rare[2] === 'cancel') this.#cancel(rare[1], rare[3]);
    else if (rare[2] === 'amend') this.#amend(rare[1], rare[3]);
    else this.#mass(rare[1], rare[3]);
    checkBook(this.book);
    return this.sink.outcomes.join(', ');
  }

  #cancel(account: string, id: string): void {
    const command = new CancelEntry();
    command.instrument = INSTRUMENT;
    command.account = numberOfLetter(account);
    command.orderId = Number(id.slice(1));
    command.request = 77;
    this.matcher.cancel(command);
  }

  #amend(account: string, text: string): void {
    const [, id, volume, price, close] = /^s(\d+) (\d*)(?:@(-?[\d.]+))?( close)?$/.exec(text)!;
    const command = new AmendEntry();
    command.instrument = INSTRUMENT;
    command.account = numberOfLetter(account);
    command.orderId = Number(id);
    command.newVolume = Number(volume);
    command.newPrice = price === undefined ? 0 : Math.round(Number(price) * MONEY_SCALE);
    command.closeFirst = close === undefined ? 0 : 1;
    command.request = 77;
    this.matcher.amend(command);
  }

  #mass(account: string, side: string): void {
    const command = new MassEntry();
    command.instrument = INSTRUMENT;
    command.account = account === '*' ? 0 : numberOfLetter(account);
    command.side = side === '' ? Side.NONE : numberOf(Side, side.toUpperCase());
    command.request = 77;
    this.matcher.massCancel(command);
  }

  #setPhase(phase?: string, status?: string): void {
    const command = new PhaseEntry();
    command.instrument = INSTRUMENT;
    command.phase = phase === undefined ? KEEP : numberOf(Phase, phase);
    command.status = status === undefined ? KEEP : numberOf(InstrumentStatus, status);
    this.matcher.setPhase(command);
  }

  /** Runs several commands, one per line, and returns the outcome of the last. */
  runAll(...lines: string[]): string {
    return lines.map((line) => this.run(line)).at(-1) ?? '';
  }

  /** A new band, reference or switches for the book. */
  open(band: string, change: Partial<BookSpec> = {}): void {
    this.matcher.openBook(specOf(band, change));
    checkBook(this.book);
  }

  /** Puts back an order as `restore s7 A sell 5@100` would have left it, with the priority. */
  restore(id: number, line: string, prioritySequence: number, leaves?: number): void {
    const order = parseOrder(line, id);
    order.prioritySequence = prioritySequence;
    order.leaves = leaves ?? order.volume;
    this.matcher.restore(order);
    this.#commands = Math.max(this.#commands, id);
    checkBook(this.book);
  }

  /** All levels: `bids 4@99 | asks 2@100 5@101`. */
  depth(levels?: number): string {
    const [bids, asks] = [Side.BUY, Side.SELL].map((side) =>
      depthOf(this.book, side, levels).map(({ price, volume }) => ` ${volume}@${price / MONEY_SCALE}`),
    );
    return `bids${bids.join('')} | asks${asks.join('')}`;
  }

  /** Both queues in trading order: `bids s7:G4@99 | asks s2:B2@100 s3:C5@101`. */
  queue(): string {
    const [bids, asks] = [Side.BUY, Side.SELL].map((side) =>
      queueOf(this.book, side).map((order) => ` s${order.orderId}:${letter(order.account)}${order.leaves}@${order.price / MONEY_SCALE}`),
    );
    return `bids${bids.join('')} | asks${asks.join('')}`;
  }
}

export function specOf(band: string, change: Partial<BookSpec> = {}): BookSpec {
  const [lower, upper] = band.split('..').map(Number);
  const spec = new BookSpec();
  spec.instrument = INSTRUMENT;
  spec.priceTick = MONEY_SCALE;
  spec.lowerLimit = lower * MONEY_SCALE;
  spec.upperLimit = upper * MONEY_SCALE;
  spec.phase = Phase.CONTINUOUS;
  spec.nextShardSequence = 1;
  return Object.assign(spec, change);
}

export function parseOrder(line: string, id: number): OrderEntry {
  const parsed = /^(\w) (buy|sell) (\d+)@([a-z]+\d?|-?[\d.]+)((?: \S+)*)$/.exec(line);
  if (parsed === null) throw new Error(`not a command: ${line}`);
  const [, account, side, volume, price, options] = parsed;
  const order = new OrderEntry();
  order.orderId = id;
  order.instrument = INSTRUMENT;
  order.account = numberOfLetter(account);
  order.selfTradeGroup = order.account;
  order.side = side === 'buy' ? Side.BUY : Side.SELL;
  order.volume = order.leaves = Number(volume);
  const kind = numberOf(PriceType, price.toUpperCase());
  order.priceType = kind === -1 ? PriceType.LIMIT : kind;
  order.price = kind === -1 ? Math.round(Number(price) * MONEY_SCALE) : 0;
  order.timeCondition = kind === -1 ? TimeCondition.GFD : TimeCondition.IOC;
  for (const option of options.split(' ').slice(1)) applyOption(order, option);
  return order;
}

function applyOption(order: OrderEntry, option: string): void {
  if (option.startsWith('group=')) order.selfTradeGroup = numberOfLetter(option.slice(6));
  else if (option.startsWith('smp=')) order.selfTradeMode = numberOf(SelfTradeMode, option.slice(4));
  else if (option.startsWith('slip=')) order.maxSlippageTicks = Number(option.slice(5));
  else if (option === 'TO_LIMIT') order.residual = Residual.TO_LIMIT;
  else if (option === 'post') order.postOnly = 1;
  else if (option === 'close') {
    order.offset = Offset.CLOSEYESTERDAY;
    order.closeFirst = 1;
  } else if (option === 'ALL') order.volumeCondition = VolumeCondition.ALL;
  else if (option === 'FOK') {
    order.timeCondition = TimeCondition.IOC;
    order.volumeCondition = VolumeCondition.ALL;
  } else if (option.startsWith('MIN')) {
    order.timeCondition = TimeCondition.IOC;
    order.volumeCondition = VolumeCondition.MIN;
    order.minVolume = Number(option.slice(3));
  } else {
    order.timeCondition = numberOf(TimeCondition, option);
    if (order.timeCondition === -1) throw new Error(`not an option: ${option}`);
  }
}

function letter(account: number): string {
  return String.fromCharCode(64 + account);
}

function numberOfLetter(name: string): number {
  return name.charCodeAt(0) - 64;
}
