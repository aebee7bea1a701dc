/**
 * The circle of an order on one thread: the real gateway, rings, frames, matcher and state; only the log between event
 * ring and state is left out. Every event is stamped in order and applied, and `onEvent` looks at the state after each.
 */
import { ROLE_BITS } from '../../src/auth/permissions.js';
import { Matcher } from '../../src/core/book/matcher.js';
import { DepthFold } from '../../src/core/depth.js';
import {
  AccountType,
  FundKind,
  numberOf,
  Offset,
  Phase,
  PhaseReason,
  PriceType,
  Residual,
  SelfTradeMode,
  Side,
  TimeCondition,
  UserStatus,
  VolumeCondition,
} from '../../src/core/enums.js';
import {
  FrameKind,
  PLAIN_MOVE,
  KEEP,
  PhaseEntry,
  Stamp,
  type InstrumentListed,
  type RareEvents,
  type RareKind,
} from '../../src/core/events.js';
import { orderRecordOf, type OrderRecord } from '../../src/core/history.js';
import { ExchangeState } from '../../src/core/state.js';
import type { Limits } from '../../src/core/risk-limits.js';
import type { Caller } from '../../src/front/caller.js';
import { EventClock } from '../../src/front/clock.js';
import { Gateway, type CommandWaiter } from '../../src/front/gateway/gateway.js';
import { OriginPort, shardOfSource } from '../../src/front/gateway/origin-port.js';
import { Origins, type CommandOrigin } from '../../src/front/gateway/origins.js';
import type { MassOutcome } from '../../src/front/gateway/mass-tally.js';
import { OrderRequest } from '../../src/front/gateway/order-request.js';
import { Shards } from '../../src/cluster/shards.js';
import { RingBuffer } from '../../src/ring/ring-buffer.js';
import { RingConsumer } from '../../src/ring/ring-consumer.js';
import { RingProducer } from '../../src/ring/ring-producer.js';
import { CommandDecoder } from '../../src/wire/command-decoder.js';
import { EventDecoder } from '../../src/wire/event-decoder.js';
import { frameLength, setSequence } from '../../src/wire/frame-header.js';
import { frameViews, type FrameViews } from '../../src/wire/frame-layout.js';
import { MatchPublisher } from '../../src/wire/match-publisher.js';
import { encodeRecord } from '../../src/wire/records.js';

/** What the waiter of one command heard. */
export interface Answer {
  /** Refusal at the front or by the book; 0 when accepted. */
  code: number;
  orderId: number;
  /** The order at the end of its command. */
  order: OrderRecord | undefined;
}

/** What tests change of the limits: the largest share of the balance for one instrument, 1 = 100 %, and ppm. */
export interface RiskLimits {
  maxPositionRatio: number;
  rejectRiskRatio: number;
}

export const DEFAULT_RISK_LIMITS: RiskLimits = { maxPositionRatio: 0.5, rejectRiskRatio: 950_000 };

export class OneThreadCircle {
  readonly state = new ExchangeState();
  readonly depth: DepthFold;
  readonly gateway: Gateway;
  readonly origins: Origins;
  /** Where commands come from, from now on. */
  origin: CommandOrigin | undefined;
  onEvent: () => void = () => undefined;
  /** Every event applied, as its frame. */
  readonly journal: Uint8Array[] = [];

  /** Runs before each command of a user. */
  beforeCommand: () => void = () => undefined;

  readonly shards: Shards;
  private readonly commands: RingConsumer;
  private readonly events: RingConsumer;
  private readonly publisher: MatchPublisher;
  private readonly matcher: Matcher;
  private readonly commandDecoder: CommandDecoder;
  private readonly eventDecoder: EventDecoder;

  /** `journal`: the log to go on from, whose books are open a turn of the loop later; the venue is new without one. */
  constructor(limits?: RiskLimits, journal: readonly Uint8Array[] = [], originsMax?: number) {
    const commandRing = RingBuffer.create(1 << 20);
    const eventRing = RingBuffer.create(1 << 22);
    const clock = new EventClock(0);
    this.depth = new DepthFold(this.state);
    this.state.observe(this.depth);
    this.eventDecoder = new EventDecoder(this.state);
    for (const frame of journal) this.apply(frameViews(frame), 0);
    this.shards = new Shards([new RingProducer(commandRing)], this.state);
    this.origins = new Origins(2, clock, (source, frame) => this.shards.passOn(shardOfSource(source), frame), originsMax);
    this.gateway = new Gateway(
      this.state,
      this.depth,
      new OriginPort(this.shards, this.origins),
      clock,
      () => {
        this.beforeCommand();
        return 0;
      },
      () => undefined,
    );
    this.state.observe(this.gateway);
    this.commands = new RingConsumer(commandRing);
    this.events = new RingConsumer(eventRing);
    this.publisher = new MatchPublisher(new RingProducer(eventRing), 1);
    const matcher = (this.matcher = new Matcher(this.publisher));
    this.commandDecoder = new CommandDecoder({
      newOrder: (order) => matcher.submit(order),
      cancelOrder: (command) => matcher.cancel(command),
      openBook: (spec) => matcher.openBook(spec),
      restoreOrder: (order) => matcher.restore(order),
      amendOrder: (command) => matcher.amend(command),
      massCancel: (command) => matcher.massCancel(command),
      setPhase: (command) => matcher.setPhase(command),
      originNoted: (views, offset) => this.publisher.passOn(views, offset),
    });
    if (journal.length === 0) this.rare(FrameKind.VenueOpened, { tradingDay: 20260105 });
    if (limits !== undefined) {
      this.limit({ maxPositionRatio: limits.maxPositionRatio * 1_000_000, riskRatioReject: limits.rejectRiskRatio });
    }
    void this.shards.restore(0);
  }

  /** Changes limits of the venue, or of an instrument. */
  limit(change: Partial<Limits>, instrument = 0): void {
    const limits = instrument === 0 ? this.state.riskLimits.venue : this.state.riskLimits.of(instrument);
    this.rare(FrameKind.RiskLimitsChanged, { ...limits, ...change, instrument });
  }

  rare<K extends RareKind>(kind: K, event: RareEvents[K]): void {
    const stamp = new Stamp();
    stamp.sequence = this.state.sequence + 1;
    stamp.timeUs = Math.max(this.state.timeUs, 1_767_571_200_000_000 + stamp.sequence);
    stamp.endOfCommand = true;
    const frame = encodeRecord(kind, event, stamp);
    this.apply(frameViews(frame), 0);
  }

  /** A user with one account and a deposit in currency units; returns the account. */
  trader(deposit: number, roles: number = ROLE_BITS.Trader): number {
    const user = this.state.users.count + 1;
    const text = { phone: '', email: '', realName: '', idCardSealed: '', passwordHash: 'x' };
    this.rare(FrameKind.UserRegistered, { user, username: `user${user}`, roles, ...text });
    return this.account(user, deposit);
  }

  /** A further account of a user. */
  account(user: number, deposit: number): number {
    const account = this.state.accounts.count + 1;
    const name = `account ${account}`;
    this.rare(FrameKind.AccountOpened, { account, user, name, accountType: AccountType.individual, tradingPasswordHash: '' });
    if (deposit > 0) this.deposit(account, deposit);
    return account;
  }

  deposit(account: number, amount: number): void {
    this.rare(FrameKind.FundsMoved, {
      account,
      kind: FundKind.deposit,
      amount: Math.round(amount * 10_000),
      method: '',
      remark: '',
      ...PLAIN_MOVE,
    });
  }

  withdraw(account: number, amount: number): void {
    this.rare(FrameKind.FundsMoved, {
      account,
      kind: FundKind.withdrawal,
      amount: Math.round(amount * 10_000),
      method: '',
      remark: '',
      ...PLAIN_MOVE,
    });
  }

  list(listed: Partial<InstrumentListed> & Pick<InstrumentListed, 'instrumentId' | 'multiplier' | 'priceTick' | 'preSettlement'>): number {
    const instrument = this.state.instruments.count + 1;
    this.rare(FrameKind.InstrumentListed, { ...PLAIN_INSTRUMENT, ...listed, instrument });
    void this.shards.open(this.state.instruments.get(instrument));
    this.settle();
    return instrument;
  }

  /** `text` as in "BUY OPEN 2@3806", "SELL CLOSE 1@MARKET", "BUY OPEN 3@100 IOC ALL", "SELL OPEN 9@BEST5 TO_LIMIT slip=2". */
  order(account: number, instrument: number, text: string, clientOrderId = ''): Answer {
    const heard = this.submit(account, instrument, text, clientOrderId);
    this.settle();
    return heard;
  }

  /** Hands an order over and leaves it under way. */
  submit(account: number, instrument: number, text: string, clientOrderId = ''): Answer {
    const heard: Answer = { code: 0, orderId: 0, order: undefined };
    const request = parseOrder(text);
    request.account = account;
    request.instrument = instrument;
    request.clientOrderId = clientOrderId;
    const code = this.gateway.submit(this.caller(account), request, this.waiter(heard), 0);
    if (code > 0) heard.code = code;
    if (code < 0) heard.orderId = this.gateway.duplicateOrderId;
    return heard;
  }

  cancel(account: number, orderId: number): Answer {
    const heard = this.submitCancel(account, orderId);
    this.settle();
    return heard;
  }

  /** Hands a cancel over and leaves it under way. */
  submitCancel(account: number, orderId: number): Answer {
    const heard: Answer = { code: 0, orderId: 0, order: undefined };
    const code = this.gateway.cancel(this.caller(account), account, orderId, this.waiter(heard), 0);
    if (code !== 0) heard.code = code;
    return heard;
  }

  /** A price in currency units and a total volume; 0 keeps what is. */
  amend(account: number, orderId: number, price: number, volume: number): Answer {
    const heard = this.submitAmend(account, orderId, price, volume);
    this.settle();
    return heard;
  }

  /** Hands an amend over and leaves it under way. */
  submitAmend(account: number, orderId: number, price: number, volume: number): Answer {
    const heard: Answer = { code: 0, orderId: 0, order: undefined };
    const newPrice = Math.round(price * 10_000);
    const code = this.gateway.amend(this.caller(account), account, orderId, newPrice, volume, this.waiter(heard), 0);
    if (code !== 0) heard.code = code;
    return heard;
  }

  /** Undefined while it is under way. */
  massCancel(account: number, instrument = 0, side: number = Side.NONE): { code: number; outcome: MassOutcome | undefined } {
    const heard: { code: number; outcome: MassOutcome | undefined } = { code: 0, outcome: undefined };
    heard.code = this.gateway.massCancel(this.caller(account), account, instrument, side, (outcome) => (heard.outcome = outcome));
    this.settle();
    return heard;
  }

  /** Moves an instrument to another phase, and status, as a command of its book. */
  phase(instrument: number, name: keyof typeof Phase, status: number = KEEP): void {
    const entry = new PhaseEntry();
    entry.stamp.timeUs = this.state.timeUs;
    entry.instrument = instrument;
    entry.phase = Phase[name];
    entry.status = status;
    entry.reason = PhaseReason.ADMIN;
    this.matcher.setPhase(entry);
    this.publisher.flush();
    this.applyEvents();
  }

  caller(account: number): Caller {
    const user = this.state.users.get(this.state.accounts.user[account])!;
    if (user.status !== UserStatus.Active) throw new Error('an active user');
    return { user, tokenId: '', expiresAt: 0, origin: this.origin };
  }

  /** Lets the commands under way come back, all or only the first `limit` of them. */
  settle(limit = Infinity): void {
    this.shards.flush();
    for (let count = 0; count < limit; count++) {
      const offset = this.commands.next();
      if (offset === -1) return;
      this.commandDecoder.decode(this.commands, offset);
      this.publisher.flush();
      this.commands.release();
      this.applyEvents();
    }
  }

  private applyEvents(): void {
    for (let offset = this.events.next(); offset !== -1; offset = this.events.next()) {
      setSequence(this.events, offset, this.state.sequence + 1);
      this.apply(this.events, offset);
    }
    this.events.release();
  }

  private apply(views: FrameViews, offset: number): void {
    this.journal.push(Uint8Array.from(views.bytes.subarray(offset, offset + frameLength(views, offset))));
    this.eventDecoder.decode(views, offset);
    this.onEvent();
  }

  private waiter(heard: Answer): CommandWaiter {
    return {
      accepted: (_token, slot) => (heard.orderId = this.state.orders.orderId[slot]),
      completed: (_token, slot) => (heard.order = orderRecordOf(this.state, slot)),
      refused: (_token, orderId, code) => {
        heard.orderId = orderId;
        heard.code = code;
      },
    };
  }
}

/** No fees, 10 % margin and limits, one lot steps. */
export const PLAIN_INSTRUMENT: Omit<InstrumentListed, 'instrument' | 'instrumentId' | 'multiplier' | 'priceTick' | 'preSettlement'> = {
  name: 'plain',
  productId: 'plain',
  instrumentType: 1,
  exchange: 6,
  longMarginRatio: 100_000,
  shortMarginRatio: 100_000,
  longMarginPerLot: 0,
  shortMarginPerLot: 0,
  feeOpenByMoney: 0,
  feeCloseByMoney: 0,
  feeCloseTodayByMoney: 0,
  feeOpenByLot: 0,
  feeCloseByLot: 0,
  feeCloseTodayByLot: 0,
  limitUpRate: 100_000,
  limitDownRate: 100_000,
  minLimitVolume: 1,
  maxLimitVolume: 10_000,
  minMarketVolume: 1,
  maxMarketVolume: 10_000,
  lotStep: 1,
  listDate: 0,
  expireDate: 0,
  sessionTemplate: 'SIM_24H',
  profile: 'sim',
  marginMode: 0,
  marginGroup: '',
  phase: 5,
};

/** Side, offset, lots and price; then in any order: a time condition, a volume condition and options as in the cases below. */
export function parseOrder(text: string): OrderRequest {
  const [side, offset, size, ...more] = text.split(' ');
  const [lots, price] = size.split('@');
  const request = new OrderRequest();
  request.side = numberOf(Side, side);
  request.offset = numberOf(Offset, offset);
  request.volume = Number(lots);
  const kind = numberOf(PriceType, price);
  request.priceType = kind === -1 ? PriceType.LIMIT : kind;
  request.price = kind === -1 ? Math.round(Number(price) * 10_000) : 0;
  for (const word of more) parseOption(request, word);
  return request;
}

function parseOption(request: OrderRequest, word: string): void {
  const [name, value] = word.split('=');
  if (numberOf(TimeCondition, name) !== -1) request.timeCondition = numberOf(TimeCondition, name);
  else if (numberOf(VolumeCondition, name) !== -1) request.volumeCondition = numberOf(VolumeCondition, name);
  else if (name === 'min') request.minVolume = Number(value);
  else if (name === 'gtd') request.gtdDate = Number(value);
  else if (name === 'slip') request.maxSlippageTicks = Number(value);
  else if (name === 'smp') request.selfTradeMode = numberOf(SelfTradeMode, value);
  else if (name === 'TO_LIMIT') request.residual = Residual.TO_LIMIT;
  else if (name === 'POST') request.postOnly = 1;
  else throw new Error(`no option ${word}`);
}
