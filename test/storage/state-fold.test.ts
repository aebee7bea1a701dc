import t from 'tap';
import { AccountType, AuditResult, FundKind, PriceType, Side, TimeCondition } from '../../src/core/enums.js';
import {
  CancelEntry,
  FrameKind,
  PLAIN_MOVE,
  OrderEntry,
  Stamp,
  Trade,
  type InstrumentListed,
  type RareEvents,
  type RareKind,
} from '../../src/core/events.js';
import { readOrderRecord, readTradeRecord } from '../../src/core/history.js';
import type { HistoryBatch, HistoryRows } from '../../src/storage/history-store.js';
import { LOG_VERSION, LOG_VERSION_WITHOUT_ORIGINS } from '../../src/storage/log-block.js';
import { StateFold } from '../../src/storage/state-fold.js';
import { StateHashes } from '../../src/storage/state-hashes.js';
import { writeCancel } from '../../src/wire/cancel-frame.js';
import { writeHeader } from '../../src/wire/frame-header.js';
import { CANCEL_BYTES, TRADE_BYTES, frameViews, type FrameViews } from '../../src/wire/frame-layout.js';
import { orderFrameBytes, writeOrder } from '../../src/wire/order-frame.js';
import { encodeRecord } from '../../src/wire/records.js';
import { writeTrade } from '../../src/wire/trade-frame.js';

const INSTRUMENT: InstrumentListed = {
  ...{ instrument: 1, instrumentId: 'SIM.x', name: 'x', productId: 'x', instrumentType: 1, exchange: 6, multiplier: 10, priceTick: 10_000 },
  ...{ longMarginRatio: 100_000, shortMarginRatio: 100_000, longMarginPerLot: 0, shortMarginPerLot: 0 },
  ...{ feeOpenByMoney: 0, feeCloseByMoney: 0, feeCloseTodayByMoney: 0, feeOpenByLot: 10_000, feeCloseByLot: 0, feeCloseTodayByLot: 0 },
  ...{ limitUpRate: 100_000, limitDownRate: 100_000, minLimitVolume: 1, maxLimitVolume: 100, minMarketVolume: 1, maxMarketVolume: 100 },
  ...{
    lotStep: 1,
    preSettlement: 1_000_000,
    listDate: 0,
    expireDate: 0,
    sessionTemplate: 'SIM_24H',
    profile: 'sim',
    phase: 5,
    marginMode: 0,
    marginGroup: '',
  },
};

/** Feeds folds with the frames that the log would hold. */
class Feeder {
  readonly fold = new StateFold(true);
  readonly folds = [this.fold];
  private sequence = 0;

  rare<K extends RareKind>(kind: K, event: RareEvents[K]): void {
    this.apply(frameViews(encodeRecord(kind, event, this.stamp(kind))));
  }

  accepted(orderId: number, account: number, side: number, volume: number): void {
    const order = Object.assign(new OrderEntry(), { orderId, account, instrument: 1, side, volume, leaves: volume, price: 1_000_000 });
    Object.assign(order, {
      freezePrice: 1_000_000,
      priceType: PriceType.LIMIT,
      timeCondition: TimeCondition.GFD,
      clientOrderId: `c${orderId}`,
    });
    this.put(FrameKind.OrderAccepted, orderFrameBytes(order), (views) => writeOrder(views, 0, FrameKind.OrderAccepted, order));
  }

  trade(buyOrderId: number, sellOrderId: number, buyAccount: number, sellAccount: number, volume: number): void {
    const trade = Object.assign(new Trade(), { buyOrderId, sellOrderId, buyAccount, sellAccount, volume, price: 1_000_000, instrument: 1 });
    trade.takerSide = Side.SELL;
    this.put(FrameKind.Trade, TRADE_BYTES, (views) => writeTrade(views, 0, FrameKind.Trade, trade));
  }

  cancelled(orderId: number, account: number, volume: number): void {
    const cancel = Object.assign(new CancelEntry(), { orderId, account, instrument: 1, volume });
    this.put(FrameKind.OrderCancelled, CANCEL_BYTES, (views) => writeCancel(views, 0, FrameKind.OrderCancelled, cancel));
  }

  /** The next event takes the place of the last one. */
  rewind(): void {
    this.sequence--;
  }

  private put(kind: number, length: number, write: (views: FrameViews) => void): void {
    const views = frameViews(new Uint8Array(length));
    write(views);
    writeHeader(views, 0, length, kind, this.stamp(kind));
    this.apply(views);
  }

  private apply(views: FrameViews): void {
    for (const fold of this.folds) fold.apply(views, 0);
  }

  private stamp(kind: number): Stamp {
    this.sequence++;
    return Object.assign(new Stamp(), { kind, endOfCommand: true, sequence: this.sequence, timeUs: 1_767_571_200_000_000 + this.sequence });
  }
}

/** Two accounts with money, an instrument, and an order of each. */
function begun(): Feeder {
  const feeder = new Feeder();
  feeder.rare(FrameKind.VenueOpened, { tradingDay: 20260105 });
  for (const user of [1, 2]) {
    const text = { phone: '', email: '', realName: '', idCardSealed: '', passwordHash: 'x' };
    feeder.rare(FrameKind.UserRegistered, { user, username: `user${user}`, roles: 1, ...text });
    const account = { account: user, user, name: 'a', accountType: AccountType.individual, tradingPasswordHash: '' };
    feeder.rare(FrameKind.AccountOpened, account);
    feeder.rare(FrameKind.FundsMoved, { account: user, kind: FundKind.deposit, amount: 1e10, method: 'm', remark: '', ...PLAIN_MOVE });
  }
  feeder.rare(FrameKind.AuditRecorded, {
    ...{ user: 1, account: 0, logType: 'a', action: 'b', details: '{}', address: '', userAgent: '', result: AuditResult.SUCCESS },
  });
  feeder.rare(FrameKind.InstrumentListed, INSTRUMENT);
  feeder.accepted(1, 1, Side.BUY, 3);
  feeder.accepted(2, 2, Side.SELL, 2);
  feeder.trade(1, 2, 1, 2, 2);
  return feeder;
}

function view({ bytes }: HistoryRows): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function counts(batch: HistoryBatch): number[] {
  const rows = (items: Iterable<HistoryRows>): number => [...items].reduce((sum, { count }) => sum + count, 0);
  return [rows(batch.orders), rows(batch.trades), [...batch.orderIndex].length, [...batch.documents].length, [...batch.audits].length];
}

t.test('takes finished orders, own trades, fund and audit records once', async (t) => {
  const feeder = begun();
  const batch = feeder.fold.takeHistory();
  t.same(counts(batch), [1, 2, 1, 4, 1]);
  const [orders] = [...batch.orders];
  t.match(orders, { account: 2, count: 1 });
  t.match(readOrderRecord(view(orders), 0), { orderId: 2, volume: 2, filled: 2, clientOrderId: 'c2' });
  t.same([...batch.orderIndex], [{ orderId: 2, account: 2, part: 0 }]);
  const trades = [...batch.trades];
  t.same(
    trades.map((rows) => [rows.account, readTradeRecord(view(rows), 0).orderId, readTradeRecord(view(rows), 0).commission]),
    [
      [1, 1, 20_000],
      [2, 2, 20_000],
    ],
  );
  const funds = [...batch.documents];
  t.same(
    funds.map(({ account }) => account),
    [1, 0, 2, 0],
    'those of the accounts, and of the whole market',
  );
  t.match(JSON.parse(funds[2].json), { id: funds[2].id, account: 2, amount: 1e10, balanceAfter: 1e10 });
  t.same(counts(feeder.fold.takeHistory()), [0, 0, 0, 0, 0]);
});

t.test('forgets what is dropped and keeps what comes later', async (t) => {
  const feeder = begun();
  feeder.fold.dropHistory();
  feeder.cancelled(1, 1, 1);
  const batch = feeder.fold.takeHistory();
  t.same(counts(batch), [1, 0, 1, 0, 0]);
  t.match(readOrderRecord(view([...batch.orders][0]), 0), { orderId: 1, filled: 2, volume: 3 });
});

t.test('goes on from a snapshot as if it had folded everything', async (t) => {
  const feeder = begun();
  const bytes = feeder.fold.serialize();
  const restored = new StateFold();
  restored.restore(bytes);
  t.same(Buffer.from(restored.serialize()), Buffer.from(bytes));
  t.same(counts(restored.takeHistory()), [0, 0, 0, 0, 0], 'what was finished by then is not its business');

  feeder.folds.push(restored);
  feeder.cancelled(1, 1, 1);
  t.same(Buffer.from(restored.serialize()), Buffer.from(feeder.fold.serialize()));
  t.same(counts(restored.takeHistory()), [1, 0, 1, 0, 0]);
});

t.test('what events leave behind is the same in every fold that began alike, and in no other', async (t) => {
  const feeder = begun();
  const [like, other] = [new StateFold(true), new StateFold(true)];
  for (const fold of [like, other]) {
    fold.restore(feeder.fold.serialize());
    feeder.folds.push(fold);
  }
  const give = (amount: number): void => {
    feeder.rare(FrameKind.FundsMoved, { account: 2, kind: FundKind.deposit, amount, method: 'm', remark: '', ...PLAIN_MOVE });
  };
  // a state that has gone its own way: the account has a cent more there
  feeder.folds.splice(2, 1);
  give(100);
  feeder.rewind();
  feeder.folds.splice(0, 2, other);
  give(200);
  feeder.folds.splice(0, 1, feeder.fold, like, other);
  for (const fold of feeder.folds) fold.takeEffects();

  const compared = (): string[] => feeder.folds.map((fold) => fold.takeEffects());
  feeder.accepted(3, 2, Side.SELL, 1);
  const others = compared();
  t.not(others[0], others[2]);
  t.equal(others[0], others[1]);
  feeder.trade(1, 3, 1, 2, 1);
  const traded = compared();
  t.equal(traded[0], traded[1]);
  t.not(traded[0], traded[2]);
  t.match(traded[0], /^[0-9a-f]{16}$/);
  t.equal(new Set([...compared(), ...compared()]).size, 1, 'nothing leaves nothing behind');
});

t.test('nodes compare effects at the end of the same blocks, and the whole state now and then', async (t) => {
  const told: [number, string][] = [];
  let effects = 0;
  const fold = { hash: (version: number) => `whole in version ${version}`, takeEffects: () => `effects ${++effects}` };
  const hashes = new StateHashes(fold, 10, (sequence, hash) => told.push([sequence, hash]));
  for (const sequence of [5, 12, 13, 19, 25, 31]) hashes.blockEnded(sequence, LOG_VERSION);
  t.same(
    told,
    [
      [25, 'effects 2'],
      [31, 'effects 3'],
    ],
    'not at 12: the fold has not seen what was before 5',
  );
  told.length = 0;
  for (let sequence = 40; sequence < 1030; sequence += 10) hashes.blockEnded(sequence, LOG_VERSION);
  t.same(
    told.filter(([, hash]) => hash.startsWith('whole')).map(([sequence]) => sequence),
    [500, 1000],
  );
  told.length = 0;
  hashes.blockEnded(1030, LOG_VERSION_WITHOUT_ORIGINS);
  t.same(told, [[1030, `whole in version ${LOG_VERSION_WITHOUT_ORIGINS}`]], 'programs of then compare nothing else');
});
