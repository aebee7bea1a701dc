import t from 'tap';
import {
  AmendEntry,
  BookSpec,
  CancelEntry,
  FrameKind,
  PLAIN_MOVE,
  MassEntry,
  OrderEntry,
  PhaseEntry,
  Trade,
  type EventHandler,
  type RareEvents,
  type RareKind,
  type Stamp,
} from '../../src/core/events.js';
import { writeAmend } from '../../src/wire/amend-frame.js';
import { writeBook } from '../../src/wire/book-frame.js';
import { writeCancel } from '../../src/wire/cancel-frame.js';
import { CommandDecoder, type CommandHandler } from '../../src/wire/command-decoder.js';
import { EventDecoder } from '../../src/wire/event-decoder.js';
import { frameKind } from '../../src/wire/frame-header.js';
import { frameViews, type FrameViews } from '../../src/wire/frame-layout.js';
import { writeMass } from '../../src/wire/mass-frame.js';
import { writeOrder } from '../../src/wire/order-frame.js';
import { writePhase } from '../../src/wire/phase-frame.js';
import { encodeRecord } from '../../src/wire/records.js';
import { writeTrade } from '../../src/wire/trade-frame.js';

type Call = [method: string, ...what: unknown[]];

class Recorder implements EventHandler, CommandHandler {
  readonly calls: Call[] = [];

  orderAccepted(event: OrderEntry): void {
    this.calls.push(['orderAccepted', event.stamp.kind, event.orderId]);
  }
  orderRefused(event: OrderEntry): void {
    this.calls.push(['orderRefused', event.stamp.kind, event.orderId]);
  }
  trade(event: Trade): void {
    this.calls.push(['trade', event.stamp.kind, event.buyOrderId]);
  }
  orderCancelled(event: CancelEntry): void {
    this.calls.push(['orderCancelled', event.stamp.kind, event.orderId]);
  }
  cancelRefused(event: CancelEntry): void {
    this.calls.push(['cancelRefused', event.stamp.kind, event.orderId]);
  }
  orderAmended(event: AmendEntry): void {
    this.calls.push(['orderAmended', event.stamp.kind, event.orderId]);
  }
  amendRefused(event: AmendEntry): void {
    this.calls.push(['amendRefused', event.stamp.kind, event.orderId]);
  }
  massCancelled(event: MassEntry): void {
    this.calls.push(['massCancelled', event.stamp.kind, event.account]);
  }
  orderDeclined(event: OrderEntry): void {
    this.calls.push(['orderDeclined', event.stamp.kind, event.orderId]);
  }
  phaseChanged(event: PhaseEntry): void {
    this.calls.push(['phaseChanged', event.stamp.kind, event.instrument]);
  }
  amendOrder(command: AmendEntry): void {
    this.calls.push(['amendOrder', command.stamp.kind, command.orderId]);
  }
  massCancel(command: MassEntry): void {
    this.calls.push(['massCancel', command.stamp.kind, command.account]);
  }
  setPhase(command: PhaseEntry): void {
    this.calls.push(['setPhase', command.stamp.kind, command.instrument]);
  }
  rare<K extends RareKind>(kind: K, event: RareEvents[K], stamp: Stamp): void {
    this.calls.push(['rare', kind, stamp.kind, event]);
  }
  newOrder(order: OrderEntry): void {
    this.calls.push(['newOrder', order.stamp.kind, order.orderId]);
  }
  cancelOrder(command: CancelEntry): void {
    this.calls.push(['cancelOrder', command.stamp.kind, command.orderId]);
  }
  openBook(spec: BookSpec): void {
    this.calls.push(['openBook', spec.stamp.kind, spec.instrument]);
  }
  originNoted(views: FrameViews, offset: number): void {
    this.calls.push(['originNoted', frameKind(views, offset), offset]);
  }
  restoreOrder(order: OrderEntry): void {
    this.calls.push(['restoreOrder', order.stamp.kind, order.orderId]);
  }
}

const rareEvents: RareEvents = {
  [FrameKind.VenueOpened]: { tradingDay: 20260105 },
  [FrameKind.UserRegistered]: {
    user: 1,
    username: 'li',
    passwordHash: 'h',
    phone: '1',
    email: 'a@b',
    realName: '李',
    idCardSealed: '',
    roles: 3,
  },
  [FrameKind.AccountOpened]: { account: 1, user: 2, name: 'n', accountType: 1, tradingPasswordHash: '' },
  [FrameKind.InstrumentListed]: {
    instrument: 1,
    instrumentId: 'IF2601',
    name: 'n',
    productId: 'IF',
    instrumentType: 0,
    exchange: 0,
    multiplier: 300,
    priceTick: 2000,
    longMarginRatio: 120_000,
    shortMarginRatio: 120_001,
    longMarginPerLot: 1,
    shortMarginPerLot: 2,
    feeOpenByMoney: 3,
    feeCloseByMoney: 4,
    feeCloseTodayByMoney: 5,
    feeOpenByLot: 6,
    feeCloseByLot: 7,
    feeCloseTodayByLot: 8,
    limitUpRate: 100_000,
    limitDownRate: 100_001,
    minLimitVolume: 1,
    maxLimitVolume: 20,
    minMarketVolume: 2,
    maxMarketVolume: 10,
    lotStep: 1,
    preSettlement: 38_000_000,
    listDate: 20250101,
    expireDate: 20260116,
    sessionTemplate: 's',
    profile: 'p',
    marginMode: 1,
    marginGroup: 'g',
    phase: 5,
  },
  [FrameKind.FundsMoved]: { account: 1, kind: 0, amount: 10_000, method: 'bank', remark: '', ...PLAIN_MOVE },
  [FrameKind.TokenRevoked]: { tokenId: 'id', expiresAt: 1_800_000_000 },
  [FrameKind.AuditRecorded]: {
    user: 1,
    account: 2,
    logType: 'l',
    action: 'a',
    details: '{}',
    address: '::1',
    userAgent: 'x',
    result: 2,
  },
  [FrameKind.InstrumentChanged]: {
    instrument: 1,
    name: 'n',
    multiplier: 300,
    priceTick: 2000,
    longMarginRatio: 120_000,
    shortMarginRatio: 120_001,
    longMarginPerLot: 1,
    shortMarginPerLot: 2,
    feeOpenByMoney: 3,
    feeCloseByMoney: 4,
    feeCloseTodayByMoney: 5,
    feeOpenByLot: 6,
    feeCloseByLot: 7,
    feeCloseTodayByLot: 8,
    limitUpRate: 100_000,
    limitDownRate: 100_001,
    expireDate: 20260116,
    sessionTemplate: 's',
    profile: 'p',
    marginMode: 1,
    marginGroup: 'g',
  },
  [FrameKind.RatesPlanned]: {
    instrument: 1,
    name: 'n',
    multiplier: 300,
    priceTick: 2000,
    longMarginRatio: 120_000,
    shortMarginRatio: 120_001,
    longMarginPerLot: 1,
    shortMarginPerLot: 2,
    feeOpenByMoney: 3,
    feeCloseByMoney: 4,
    feeCloseTodayByMoney: 5,
    feeOpenByLot: 6,
    feeCloseByLot: 7,
    feeCloseTodayByLot: 8,
    limitUpRate: 100_000,
    limitDownRate: 100_001,
    expireDate: 20260116,
    sessionTemplate: 's',
    profile: 'p',
    marginMode: 1,
    marginGroup: 'g',
  },
  [FrameKind.SettlementPriceSet]: { instrument: 1, tradingDay: 20260105, price: 38_000_000 },
  [FrameKind.DaySettled]: {
    tradingDay: 20260105,
    nextTradingDay: 20260106,
    instruments: [1, 3],
    prices: [38_000_000, 1],
    startedUs: 1_767_571_200_000_000,
  },
  [FrameKind.AccountStatusChanged]: { account: 1, status: 1, freezeType: 2, reason: 'r', user: 3 },
  [FrameKind.AccountPasswordChanged]: { account: 1, kind: 1, hash: 'h', mustChange: 1 },
  [FrameKind.ConditionalPlaced]: {
    conditional: 1,
    account: 2,
    instrument: 3,
    side: 1,
    offset: 1,
    priceType: 0,
    volume: 4,
    limitPrice: 5,
    triggerPrice: 6,
    conditionType: 2,
    triggerCondition: 1,
    validUntilUs: 7,
    idempotencyKey: 'k',
    requestHash: 'h',
  },
  [FrameKind.ConditionalEnded]: { conditional: 1, status: 4, code: 1001 },
  [FrameKind.LiquidationChanged]: { liquidation: 1, account: 2, status: 1, trigger: 2, user: 3, remark: 'm' },
  [FrameKind.UserRolesChanged]: { user: 1, roles: 5, by: 2 },
  [FrameKind.UserStatusChanged]: { user: 1, status: 1, reason: 'r', by: 2 },
  [FrameKind.UserPasswordChanged]: { user: 1, hash: 'h' },
  [FrameKind.AnnouncementPublished]: {
    announcement: 1,
    title: 't',
    content: 'c',
    announcementType: 1,
    priority: 3,
    expireUs: 4,
    author: 2,
  },
  [FrameKind.AnnouncementWithdrawn]: { announcement: 1, by: 2 },
  [FrameKind.OriginNoted]: { origin: 1, address: '10.0.0.1', userAgent: 'u' },
  [FrameKind.RiskLimitsChanged]: {
    instrument: 0,
    maxPositionRatio: 500_000,
    maxOrderAmount: 1,
    minOrderVolume: 1,
    maxOrderVolume: 10_000,
    riskRatioWarning: 800_000,
    riskRatioReject: 950_000,
    liquidationThreshold: 1_000_000,
    liquidationTarget: 950_000,
    positionLimit: 20,
    selfTradePrevention: 1,
  },
};

/** Writes a frame of `kind` at byte 16 with `id` as what the recorder looks at. */
function frameOf(kind: number, id: number): FrameViews {
  const views = frameViews(new Uint8Array(1024));
  const order = Object.assign(new OrderEntry(), { orderId: id });
  const cancel = Object.assign(new CancelEntry(), { orderId: id });
  switch (kind) {
    case FrameKind.Trade:
      writeTrade(views, 16, kind, Object.assign(new Trade(), { buyOrderId: id }));
      break;
    case FrameKind.OpenBook:
      writeBook(views, 16, kind, Object.assign(new BookSpec(), { instrument: id }));
      break;
    case FrameKind.AmendOrder:
    case FrameKind.OrderAmended:
    case FrameKind.AmendRefused:
      writeAmend(views, 16, kind, Object.assign(new AmendEntry(), { orderId: id }));
      break;
    case FrameKind.MassCancel:
    case FrameKind.MassCancelled:
      writeMass(views, 16, kind, Object.assign(new MassEntry(), { account: id }));
      break;
    case FrameKind.SetPhase:
    case FrameKind.PhaseChanged:
      writePhase(views, 16, kind, Object.assign(new PhaseEntry(), { instrument: id }));
      break;
    case FrameKind.CancelOrder:
    case FrameKind.OrderCancelled:
    case FrameKind.CancelRefused:
      writeCancel(views, 16, kind, cancel);
      break;
    default:
      if (kind in rareEvents) views.bytes.set(encodeRecord(kind as RareKind, rareEvents[kind as RareKind]), 16);
      else writeOrder(views, 16, kind, order);
  }
  return views;
}

const methods: Record<string, string> = {
  NewOrder: 'newOrder',
  CancelOrder: 'cancelOrder',
  OpenBook: 'openBook',
  RestoreOrder: 'restoreOrder',
  OrderAccepted: 'orderAccepted',
  OrderRefused: 'orderRefused',
  OrderDeclined: 'orderDeclined',
  Trade: 'trade',
  OrderCancelled: 'orderCancelled',
  CancelRefused: 'cancelRefused',
  AmendOrder: 'amendOrder',
  MassCancel: 'massCancel',
  SetPhase: 'setPhase',
  OrderAmended: 'orderAmended',
  AmendRefused: 'amendRefused',
  MassCancelled: 'massCancelled',
  PhaseChanged: 'phaseChanged',
};

for (const [name, kind] of Object.entries(FrameKind)) {
  const isCommand = kind < 32;
  t.test(
    `${name} calls one method of the ${isCommand ? 'command' : 'event'} handler, and is no ${isCommand ? 'event' : 'command'}`,
    async (t) => {
      const recorder = new Recorder();
      const decoders = [new CommandDecoder(recorder), new EventDecoder(recorder)];
      const [own, other] = isCommand ? decoders : decoders.reverse();
      const views = frameOf(kind, 1000 + kind);
      own.decode(views, 16);
      t.equal(recorder.calls.length, 1);
      t.same(
        recorder.calls[0],
        kind in rareEvents ? ['rare', kind, kind, rareEvents[kind as RareKind]] : [methods[name], kind, 1000 + kind],
      );
      if (kind === FrameKind.OriginNoted) {
        // passed on by the shard whose events it is about
        other.decode(views, 16);
        t.same(recorder.calls.slice(1), [['originNoted', kind, 16]]);
        return;
      }
      t.throws(() => other.decode(views, 16), RangeError);
      t.equal(recorder.calls.length, 1);
    },
  );
}

t.test('a frame of no known kind is refused', async (t) => {
  const recorder = new Recorder();
  for (const kind of [0, 8, 31, 42, 63, 127, 255]) {
    const views = frameOf(kind, 1);
    t.throws(() => new EventDecoder(recorder).decode(views, 16), RangeError);
    t.throws(() => new CommandDecoder(recorder).decode(views, 16), RangeError);
  }
  t.same(recorder.calls, []);
});

t.test('a command frame of another length than its kind has is malformed', async (t) => {
  const recorder = new Recorder();
  for (const kind of Object.values(FrameKind).filter((number) => number < 32)) {
    for (const change of [-8, 8]) {
      const views = frameOf(kind, 1);
      views.words[16 >> 2] += change;
      t.throws(() => new CommandDecoder(recorder).decode(views, 16), /has \d+ bytes/);
    }
  }
  t.same(recorder.calls, []);
});

t.test('hot frames are decoded into the same object again and again', async (t) => {
  const seen = new Set<object>();
  const recorder = new Recorder();
  recorder.trade = (event) => void seen.add(event);
  recorder.orderAccepted = (event) => void seen.add(event);
  const decoder = new EventDecoder(recorder);
  for (let round = 0; round < 3; round++) {
    decoder.decode(frameOf(FrameKind.Trade, round), 16);
    decoder.decode(frameOf(FrameKind.OrderAccepted, round), 16);
  }
  t.equal(seen.size, 2);
});
