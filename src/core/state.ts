/**
 * The state of the exchange: a pure fold of durable events (design: state changes only by applying one).
 *
 * Nothing here knows a clock, a random number, I/O or a thread. The live front, recovery, the snapshot worker and offline
 * tools run this same code; observers see what each event did, right after it was applied.
 */
import { AccountTable } from './accounts.js';
import { AnnouncementBoard } from './announcements.js';
import { assert } from './assert.js';
import { ClientOrderIds } from './client-order-ids.js';
import { ConditionalTable } from './conditionals/conditional-table.js';
import { CarriedSums } from './carried-sums.js';
import { CancelReason, FundKind, InstrumentStatus, OrderStatus, TimeCondition } from './enums.js';
import {
  FrameKind,
  type AmendEntry,
  type AnnouncementPublished,
  type AnnouncementWithdrawn,
  type CancelEntry,
  type DaySettled,
  type EventHandler,
  type FundsMoved,
  type LiquidationChanged,
  type MassEntry,
  type OrderEntry,
  type PhaseEntry,
  type RareEvents,
  type RareKind,
  type Stamp,
  type TokenRevoked,
  type Trade,
  type UserRegistered,
  type AccountOpened,
} from './events.js';
import { InstrumentDirectory, ratesOf, tradesContinuously } from './instrument.js';
import { Ledger } from './ledger.js';
import { LiquidationTable } from './liquidations.js';
import { MarketTable, openInterestDelta } from './market.js';
import { AmendEffect, FillEffect, type FundRecord, type StateObserver } from './observer.js';
import { OrderTable } from './orders.js';
import { PositionTable } from './positions.js';
import { RepeatKeys, type PlacedUnderKey } from './repeat-keys.js';
import { RiskLimitTable } from './risk-limits.js';
import { Settlement, settleDay } from './settlement/settlement.js';
import { UserDirectory, type UserChange } from './users.js';
import { WideSum } from './wide-sum.js';

export class ExchangeState implements EventHandler {
  /** Place in the log of the last event applied. */
  sequence = 0;
  /** Time of the last event applied, µs. */
  timeUs = 0;
  /** yyyymmdd; 0 before the venue was opened. */
  tradingDay = 0;
  /** The next order id; ids are gapless over accepted and refused orders. */
  nextOrderId = 1;
  /** The largest command number of any shard. */
  shardSequence = 0;
  tradeCount = 0;
  fundCount = 0;
  auditCount = 0;
  /** Orders that came into a book, and those of them that were filled (monitoring). */
  acceptedOrders = 0;
  filledOrders = 0;
  /** Money of the venue: all fees, and what came in from outside and left again. */
  feeAccount = 0;
  /** What the default fund holds: below 0 when it has paid more than was put in (ledger.md 8.5). */
  defaultFund = 0;
  readonly totalDeposits = new WideSum();
  readonly totalWithdrawals = new WideSum();
  readonly carried = new CarriedSums();

  readonly users = new UserDirectory();
  readonly announcements = new AnnouncementBoard();
  readonly instruments = new InstrumentDirectory();
  readonly accounts = new AccountTable();
  readonly positions = new PositionTable();
  readonly orders = new OrderTable();
  readonly market = new MarketTable();
  readonly ledger = new Ledger(this.accounts, this.positions, this.orders, this.instruments, this.market);
  readonly riskLimits = new RiskLimitTable();
  readonly liquidations = new LiquidationTable();

  readonly conditionals = new ConditionalTable((conditional) => {
    for (const observer of this.observers) observer.conditionalChanged(conditional, this.sequence + 1);
  });
  readonly settlement = new Settlement();

  /** Accepted client order ids of the trading day, by account: a repeated one finds its first order. */
  readonly clientOrderIds = new ClientOrderIds();
  /** What was booked under the keys of clients, and what was placed. */
  readonly repeatKeys = new RepeatKeys<FundRecord>();
  readonly conditionalKeys = new RepeatKeys<PlacedUnderKey>();
  /** Movements of money by `FundKind`. */
  readonly fundCounts = [0, 0, 0, 0];
  /** Revoked tokens until they expire anyway: token id → seconds since the epoch. */
  readonly revokedTokens = new Map<string, number>();

  private readonly observers: StateObserver[] = [];
  private readonly effect = new FillEffect();
  /** Closing profit of the last fill against the open prices. */
  private fillProfit = 0;
  private readonly amendEffect = new AmendEffect();

  // V8 keeps a field as the kind of number that it has seen there. Fees outgrow 31 bits in the middle of a replay, and all code
  // that knows the class, half of it at work just then, would be compiled anew.
  constructor() {
    for (const field of ['sequence', 'timeUs', 'nextOrderId', 'shardSequence', 'feeAccount', 'defaultFund', 'fillProfit'] as const) {
      const value = this[field];
      this[field] = Number.MAX_SAFE_INTEGER;
      this[field] = value;
    }
  }

  observe(observer: StateObserver): void {
    this.observers.push(observer);
  }

  orderAccepted(event: OrderEntry): void {
    this.begin(event.stamp);
    const slot = this.orders.insert(event);
    this.linkToAccount(slot);
    this.ledger.freeze(slot);
    this.noteOrderId(event.orderId);
    this.acceptedOrders++;
    this.accounts.orderCount[event.account] += 1;
    if (event.clientId.length !== 0) this.clientOrderIds.add(event.account, event.clientId, event.orderId);
    if (this.liquidations.size !== 0) this.liquidations.accepted(event.account, event.orderId, event.clientOrderId);
    this.accounts.reportSequence[event.account] += 1;
    for (const observer of this.observers) observer.orderAccepted(slot, event);
    if (this.conditionals.touchedCount > 0) this.conditionals.accepted(event.orderId, event.clientOrderId);
    this.end(event.stamp);
  }

  orderRefused(event: OrderEntry): void {
    this.begin(event.stamp);
    const slot = this.orders.insertFinished(event);
    this.orders.status[slot] = OrderStatus.Rejected;
    this.noteOrderId(event.orderId);
    this.accounts.orderCount[event.account] += 1;
    this.accounts.reportSequence[event.account] += 1;
    for (const observer of this.observers) observer.orderRefused(slot, event);
    if (this.conditionals.touchedCount > 0) this.refuseConditional(event);
    this.end(event.stamp);
  }

  trade(event: Trade): void {
    this.begin(event.stamp);
    const buySlot = this.orders.find(event.buyOrderId);
    const sellSlot = this.orders.find(event.sellOrderId);
    assert(buySlot !== -1 && sellSlot !== -1, 'both orders of a trade are live');
    const effect = this.effect;
    effect.tradeId = ++this.tradeCount;
    effect.buySlot = buySlot;
    effect.sellSlot = sellSlot;
    this.market.trade(
      event,
      effect.tradeId,
      this.instruments.get(event.instrument).multiplier,
      openInterestDelta(this.orders.offset[buySlot], this.orders.offset[sellSlot], event.volume),
    );
    effect.buyFee = this.fill(buySlot, event, effect.tradeId);
    effect.buyProfit = this.fillProfit;
    effect.sellFee = this.fill(sellSlot, event, effect.tradeId);
    effect.sellProfit = this.fillProfit;
    for (const observer of this.observers) observer.traded(event, effect);
    if (this.conditionals.waitingCount > 0) this.showPrice(event.instrument, event.stamp.timeUs);
    this.end(event.stamp);
  }

  orderCancelled(event: CancelEntry): void {
    this.begin(event.stamp);
    const slot = this.orders.find(event.orderId);
    assert(slot !== -1, 'a cancelled order is live');
    const leaves = this.orders.leaves(slot);
    this.orders.updateUs[slot] = event.stamp.timeUs;
    if (event.volume < leaves) {
      assert(event.reason === CancelReason.SMP_DECREMENT, 'a cancel takes all open lots');
      this.orders.cancelled[slot] += event.volume;
      this.ledger.adjust(slot);
    } else {
      assert(event.volume === leaves, 'a cancel takes open lots only');
      this.ledger.release(slot);
      this.orders.status[slot] = OrderStatus.Cancelled;
      this.orders.reason[slot] = event.reason;
      this.orders.code[slot] = event.code;
      this.finish(slot);
    }
    this.accounts.reportSequence[event.account] += 1;
    for (const observer of this.observers) observer.orderCancelled(slot, event);
    this.end(event.stamp);
  }

  cancelRefused(event: CancelEntry): void {
    this.begin(event.stamp);
    for (const observer of this.observers) observer.cancelRefused(event);
    this.end(event.stamp);
  }

  orderAmended(event: AmendEntry): void {
    this.begin(event.stamp);
    const o = this.orders;
    const slot = o.find(event.orderId);
    assert(slot !== -1, 'an amended order is live');
    const effect = this.amendEffect;
    effect.oldPrice = o.price[slot];
    // An order of a market kind that comes to rest is a day order from now on.
    if (effect.oldPrice === 0) o.timeCondition[slot] = TimeCondition.GFD;
    effect.oldVolume = o.volume[slot];
    effect.oldLeaves = o.leaves(slot);
    o.price[slot] = event.price;
    o.freezePrice[slot] = event.price;
    o.volume[slot] = event.volume;
    o.prioritySequence[slot] = event.prioritySequence;
    o.closeFirst[slot] = event.closeFirst;
    o.updateUs[slot] = event.stamp.timeUs;
    assert(event.leaves > 0 && o.leaves(slot) === event.leaves, 'an amend leaves what its volume says');
    this.ledger.adjust(slot);
    this.accounts.reportSequence[event.account] += 1;
    for (const observer of this.observers) observer.orderAmended(slot, event, effect);
    this.end(event.stamp);
  }

  amendRefused(event: AmendEntry): void {
    this.begin(event.stamp);
    for (const observer of this.observers) observer.amendRefused(event);
    this.end(event.stamp);
  }

  massCancelled(event: MassEntry): void {
    this.begin(event.stamp);
    for (const observer of this.observers) observer.massCancelled(event);
    this.end(event.stamp);
  }

  phaseChanged(event: PhaseEntry): void {
    this.begin(event.stamp);
    const instrument = this.instruments.get(event.instrument);
    if (event.phase !== instrument.phase) {
      instrument.phaseUs = event.stamp.timeUs;
      instrument.phaseReason = event.reason;
    }
    instrument.phase = event.phase;
    instrument.status = event.status;
    instrument.updatedUs = event.stamp.timeUs;
    for (const observer of this.observers) observer.phaseChanged(instrument, event);
    if (instrument.status === InstrumentStatus.delisted) this.conditionals.endInstrument(instrument.instrument);
    else if (this.conditionals.waitingCount > 0) this.showPrice(instrument.instrument, event.stamp.timeUs);
    this.end(event.stamp);
  }

  orderDeclined(event: OrderEntry): void {
    this.begin(event.stamp);
    for (const observer of this.observers) observer.orderDeclined(event);
    this.end(event.stamp);
  }

  rare<K extends RareKind>(kind: K, event: RareEvents[K], stamp: Stamp): void {
    this.begin(stamp);
    this.applyRare(kind, event, stamp);
    this.end(stamp);
  }

  /** Adds a live order to the list of its account. */
  linkToAccount(slot: number): void {
    const account = this.orders.account[slot];
    this.orders.link(slot, this.accounts.firstOrder[account]);
    this.accounts.firstOrder[account] = slot;
  }

  private applyRare(kind: RareKind, event: RareEvents[RareKind], stamp: Stamp): void {
    switch (kind) {
      case FrameKind.VenueOpened:
        this.tradingDay = (event as RareEvents[typeof FrameKind.VenueOpened]).tradingDay;
        return;
      case FrameKind.UserRegistered: {
        const user = this.users.register(event as UserRegistered, stamp.timeUs);
        for (const observer of this.observers) observer.userRegistered(user);
        return;
      }
      case FrameKind.UserRolesChanged:
      case FrameKind.UserStatusChanged:
      case FrameKind.UserPasswordChanged: {
        const user = this.users.change(event as UserChange, stamp.timeUs);
        for (const observer of this.observers) observer.userChanged(user);
        return;
      }
      case FrameKind.AnnouncementPublished: {
        const published = this.announcements.publish(event as AnnouncementPublished, stamp.timeUs);
        for (const observer of this.observers) observer.announcementPublished(published);
        return;
      }
      case FrameKind.AnnouncementWithdrawn:
        this.announcements.withdraw(event as AnnouncementWithdrawn);
        return;
      case FrameKind.AccountOpened:
        this.openAccount(event as AccountOpened, stamp.timeUs);
        return;
      case FrameKind.InstrumentListed: {
        const instrument = this.instruments.list(event as RareEvents[typeof FrameKind.InstrumentListed], stamp.timeUs);
        this.market.ensure(instrument.instrument);
        for (const observer of this.observers) observer.instrumentListed(instrument);
        return;
      }
      case FrameKind.InstrumentChanged: {
        const instrument = this.instruments.change(event as RareEvents[typeof FrameKind.InstrumentChanged], stamp.timeUs);
        this.ledger.revalue(instrument);
        for (const observer of this.observers) observer.instrumentChanged(instrument);
        return;
      }
      case FrameKind.FundsMoved:
        this.moveFunds(event as FundsMoved, stamp);
        return;
      case FrameKind.RatesPlanned: {
        const planned = event as RareEvents[typeof FrameKind.RatesPlanned];
        this.settlement.planned.set(planned.instrument, ratesOf(planned));
        return;
      }
      case FrameKind.SettlementPriceSet: {
        const set = event as RareEvents[typeof FrameKind.SettlementPriceSet];
        this.settlement.setPrice(set, this.tradingDay);
        for (const observer of this.observers) observer.settlementPriceSet(set);
        return;
      }
      case FrameKind.DaySettled:
        this.settle(event as DaySettled, stamp);
        return;
      case FrameKind.AccountStatusChanged: {
        const changed = event as RareEvents[typeof FrameKind.AccountStatusChanged];
        this.accounts.changeStatus(changed, stamp.timeUs);
        for (const observer of this.observers) observer.accountStatusChanged(changed.account);
        return;
      }
      case FrameKind.AccountPasswordChanged:
        this.accounts.changePassword(event as RareEvents[typeof FrameKind.AccountPasswordChanged]);
        return;
      case FrameKind.TokenRevoked:
        this.revokeToken(event as TokenRevoked, stamp.timeUs);
        return;
      case FrameKind.ConditionalPlaced:
        this.placeConditional(event as RareEvents[typeof FrameKind.ConditionalPlaced], stamp.timeUs);
        return;
      case FrameKind.ConditionalEnded:
        this.conditionals.end(event as RareEvents[typeof FrameKind.ConditionalEnded]);
        return;
      case FrameKind.LiquidationChanged:
        this.changeLiquidation(event as LiquidationChanged, stamp);
        return;
      case FrameKind.RiskLimitsChanged:
        this.riskLimits.change(event as RareEvents[typeof FrameKind.RiskLimitsChanged]);
        for (const observer of this.observers) observer.riskLimitsChanged();
        return;
      case FrameKind.OriginNoted:
        for (const observer of this.observers) observer.originNoted(event as RareEvents[typeof FrameKind.OriginNoted], stamp);
        return;
      case FrameKind.AuditRecorded: {
        const id = ++this.auditCount;
        const record = event as RareEvents[typeof FrameKind.AuditRecorded];
        for (const observer of this.observers) observer.audited({ ...record, id, timeUs: stamp.timeUs, sequence: stamp.sequence });
        return;
      }
    }
  }

  /** One whose condition is met already is touched at once. */
  private placeConditional(event: RareEvents[typeof FrameKind.ConditionalPlaced], timeUs: number): void {
    const { idempotencyKey, requestHash, account } = event;
    const placed = this.conditionals.place(event, timeUs);
    const key = { idempotencyKey, requestHash, user: this.accounts.user[account], timeUs };
    if (idempotencyKey !== '') this.conditionalKeys.add({ ...key, placed: { ...placed } });
    this.showPrice(event.instrument, timeUs);
  }

  /** Conditional orders see the last price of instruments that trade continuously, and wait while they do not. */
  private showPrice(instrument: number, timeUs: number): void {
    const price = this.market.lastPrice[instrument];
    if (price !== 0 && tradesContinuously(this.instruments.get(instrument))) this.conditionals.price(instrument, price, timeUs);
  }

  /** The book may have stopped when the order of a conditional order came in: that one waits until it goes on. */
  private refuseConditional(event: OrderEntry): void {
    const isSuspended = this.instruments.get(event.instrument).status === InstrumentStatus.suspended;
    if (event.code !== 4101 && !(event.code === 1010 && isSuspended)) this.conditionals.refused(event.clientOrderId, event.code);
  }

  private settle(event: DaySettled, stamp: Stamp): void {
    const day = settleDay(this, event, stamp);
    for (const observer of this.observers) observer.daySettled(day);
  }

  private openAccount(event: AccountOpened, timeUs: number): void {
    const user = this.users.get(event.user);
    assert(user !== undefined && event.account === this.accounts.count + 1, 'a new account has a known user and the next number');
    const account = this.accounts.open(event, timeUs);
    user.accounts.push(account);
    for (const observer of this.observers) observer.accountOpened(account);
  }

  private moveFunds(event: FundsMoved, stamp: Stamp): void {
    const { account, amount } = event;
    const before = this.ledger.balance(account);
    if (event.kind === FundKind.deposit) {
      this.accounts.deposit[account] += amount;
      this.totalDeposits.add(amount);
    } else if (event.kind === FundKind.deficit_cover) {
      this.accounts.deposit[account] += amount;
      this.defaultFund -= amount;
    } else {
      this.accounts.withdraw[account] += amount;
      this.totalWithdrawals.add(amount);
    }
    this.accounts.reportSequence[account] += 1;
    this.accounts.fundCount[account] += 1;
    this.fundCounts[event.kind] += 1;
    const record: FundRecord = {
      ...event,
      id: ++this.fundCount,
      user: this.accounts.user[account],
      balanceBefore: before,
      balanceAfter: this.ledger.balance(account),
      availableAfter: this.ledger.available(account),
      timeUs: stamp.timeUs,
      sequence: stamp.sequence,
    };
    if (event.idempotencyKey !== '') this.repeatKeys.add(record);
    for (const observer of this.observers) observer.fundsMoved(record);
  }

  private revokeToken(event: TokenRevoked, timeUs: number): void {
    const nowSeconds = timeUs / 1_000_000;
    for (const [tokenId, expiresAt] of this.revokedTokens) {
      if (expiresAt < nowSeconds) this.revokedTokens.delete(tokenId);
    }
    this.revokedTokens.set(event.tokenId, event.expiresAt);
    for (const observer of this.observers) observer.tokenRevoked(event.tokenId);
  }

  /** Books one side of a trade and returns its commission. */
  private fill(slot: number, event: Trade, tradeId: number): number {
    const o = this.orders;
    const leaves = o.addFill(slot, event.price, event.volume, event.stamp.timeUs);
    const account = o.account[slot];
    const profitBefore = this.accounts.closeProfit[account];
    const byTradeBefore = this.accounts.closeProfitByTrade[account];
    this.ledger.fill(slot, event.price, event.volume, tradeId, this.tradingDay);
    const fee = this.ledger.fee;
    this.fillProfit = this.accounts.closeProfitByTrade[account] - byTradeBefore;
    this.accounts.tradesToday[account] += 1;
    this.accounts.tradeCount[account] += 1;
    if (this.liquidations.size !== 0) this.noteForcedFill(slot, event, profitBefore - this.accounts.closeProfit[account], fee);
    this.feeAccount += fee;
    // an order report and a trade report
    this.accounts.reportSequence[account] += 2;
    if (leaves === 0) {
      this.filledOrders++;
      this.finish(slot);
    }
    return fee;
  }

  private noteForcedFill(slot: number, { price, volume }: Trade, loss: number, fee: number): void {
    const { orders } = this;
    const { account, instrument, side } = orders;
    const fill = { instrument: instrument[slot], side: side[slot], price, volume };
    this.liquidations.filled(account[slot], orders.clientOrderId(slot), fill, loss, fee);
  }

  private changeLiquidation(event: LiquidationChanged, stamp: Stamp): void {
    const figures = { riskRatio: this.ledger.riskRatio(event.account), balance: this.ledger.balance(event.account) };
    this.settlement.forced.add(event.account);
    const liquidation = this.liquidations.change(event, figures, stamp.timeUs, stamp.sequence);
    for (const observer of this.observers) observer.liquidationChanged(liquidation);
  }

  private finish(slot: number): void {
    const account = this.orders.account[slot];
    this.accounts.firstOrder[account] = this.orders.unlink(slot, this.accounts.firstOrder[account]);
    this.orders.finish(slot);
  }

  private noteOrderId(orderId: number): void {
    if (orderId >= this.nextOrderId) this.nextOrderId = orderId + 1;
  }

  private begin(stamp: Stamp): void {
    assert(stamp.sequence === this.sequence + 1, 'events are applied in log order without a gap');
    this.orders.releaseFinished();
  }

  private end(stamp: Stamp): void {
    this.sequence = stamp.sequence;
    this.timeUs = stamp.timeUs;
    if (stamp.shardSequence > this.shardSequence) this.shardSequence = stamp.shardSequence;
    if (stamp.endOfCommand) for (const observer of this.observers) observer.commandEnded(stamp);
  }
}
