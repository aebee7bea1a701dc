/** The trees of all logins, kept up by the events of the exchange. */
import { CancelReason, Side } from '../../../core/enums.js';
import type { AmendEntry, CancelEntry, OrderEntry, Trade } from '../../../core/events.js';
import { orderRecordOf, type OrderRecord, type TradeRecord } from '../../../core/history.js';
import { StateObserver, type FillEffect, type FundRecord } from '../../../core/observer.js';
import { LONG } from '../../../core/positions.js';
import type { StatementRecord } from '../../../core/settlement/statements.js';
import type { ExchangeState } from '../../../core/state.js';
import type { User } from '../../../core/users.js';
import type { HistoryQueries } from '../../history.js';
import type { VersionClock } from '../tree/version-clock.js';
import { isTransfer } from './account-fields.js';
import { NotifyCode, notifyPatch } from './notify.js';
import { UserTree, type TreeReader } from './user-tree.js';

/** Finished orders, and trades, of a busy day that a tree begins with: the newest. */
const LOADED_MAX = 10_000;

export class TradeTrees extends StateObserver {
  private readonly byName = new Map<string, UserTree>();
  private readonly byAccount = new Map<number, Set<UserTree>>();
  private readonly touchedAccounts = new Set<number>();
  private readonly touchedPositions = new Set<number>();

  constructor(
    private readonly state: ExchangeState,
    private readonly history: Pick<HistoryQueries, 'ordersOf' | 'tradesOf' | 'documentsOf'>,
    private readonly clock: VersionClock,
    /** Told when a tree could not be completed. */
    private readonly onError: (error: unknown) => void,
  ) {
    super();
  }

  /** The tree under that name, made if need be; it fills by itself. */
  join(userName: string, user: User, account: number, reader: TreeReader): UserTree {
    const name = treeName(userName, account);
    let tree = this.byName.get(name);
    if (tree === undefined) {
      tree = new UserTree(userName, user, account, this.state, this.clock);
      this.byName.set(name, tree);
      const own = this.byAccount.get(account) ?? new Set();
      this.byAccount.set(account, own.add(tree));
      void this.fill(tree).catch(this.onError);
    }
    tree.readers.add(reader);
    return tree;
  }

  leave(tree: UserTree, reader: TreeReader): void {
    tree.readers.delete(reader);
    if (tree.readers.size > 0) return;
    this.byName.delete(treeName(tree.userName, tree.account));
    const own = this.byAccount.get(tree.account);
    own?.delete(tree);
    if (own?.size === 0) this.byAccount.delete(tree.account);
  }

  override orderAccepted(slot: number, event: OrderEntry): void {
    this.showOrder(slot, event.account);
  }

  override orderRefused(slot: number, event: OrderEntry): void {
    this.showOrder(slot, event.account);
  }

  override orderCancelled(slot: number, event: CancelEntry): void {
    const trees = this.showOrder(slot, event.account);
    if (trees === undefined || event.reason === CancelReason.NONE) return;
    for (const tree of trees) tell(tree, NotifyCode.cancelDone, 'The order was cancelled.');
  }

  override orderAmended(slot: number, event: AmendEntry): void {
    this.showOrder(slot, event.account);
  }

  override traded(event: Trade, effect: FillEffect): void {
    const isOwn = event.buyAccount === event.sellAccount;
    this.showFill(event, effect, effect.buySlot, effect.buyFee, isOwn ? 'B' : '');
    this.showFill(event, effect, effect.sellSlot, effect.sellFee, isOwn ? 'S' : '');
  }

  override fundsMoved(record: FundRecord): void {
    const trees = this.byAccount.get(record.account);
    if (trees === undefined) return;
    this.touchedAccounts.add(record.account);
    if (isTransfer(record)) for (const tree of trees) tree.showTransfer(record);
  }

  override daySettled(): void {
    for (const tree of this.byName.values()) tree.turnDay();
  }

  /** Brings money and lots up to date that the events at hand have touched. */
  afterTurn(): void {
    if (this.touchedAccounts.size === 0 && this.touchedPositions.size === 0) return;
    for (const position of this.touchedPositions) {
      for (const tree of this.byAccount.get(this.state.positions.account[position]) ?? []) tree.showPosition(position);
    }
    for (const account of this.touchedAccounts) for (const tree of this.byAccount.get(account) ?? []) tree.showAccount();
    this.touchedPositions.clear();
    this.touchedAccounts.clear();
  }

  /** Brings in what the trades of others have done to the worth of positions; to be called now and then. */
  markToMarket(): void {
    for (const tree of this.byName.values()) {
      tree.showPositions();
      tree.showAccount();
    }
  }

  private showOrder(slot: number, account: number): Set<UserTree> | undefined {
    const trees = this.byAccount.get(account);
    if (trees === undefined) return undefined;
    const order = orderRecordOf(this.state, slot);
    for (const tree of trees) tree.showOrder(order);
    this.touch(slot, account);
    return trees;
  }

  private showFill(event: Trade, effect: FillEffect, slot: number, commission: number, suffix: '' | 'B' | 'S'): void {
    const account = this.state.orders.account[slot];
    const trees = this.showOrder(slot, account);
    if (trees === undefined) return;
    const trade = this.tradeOf(event, effect, slot, commission);
    for (const tree of trees) {
      tree.showTrade(trade, suffix);
      tell(tree, NotifyCode.fill, `Traded ${event.volume} at ${event.price / 10_000}.`);
    }
  }

  private tradeOf(event: Trade, effect: FillEffect, slot: number, commission: number): TradeRecord {
    const { orders, tradingDay } = this.state;
    const side = orders.side[slot];
    return {
      tradeId: effect.tradeId,
      orderId: orders.orderId[slot],
      account: orders.account[slot],
      instrument: event.instrument,
      side,
      offset: orders.offset[slot],
      isTaker: event.takerSide === side ? 1 : 0,
      price: event.price,
      volume: event.volume,
      commission,
      closeProfit: 0,
      timeUs: event.stamp.timeUs,
      tradingDay,
      sequence: event.stamp.sequence,
    };
  }

  private touch(slot: number, account: number): void {
    this.touchedAccounts.add(account);
    const position = this.state.orders.position[slot];
    if (position !== 0) this.touchedPositions.add(position);
  }

  /** What happened today before the tree was made. Events of meanwhile are in it already and are not overwritten. */
  private async fill(tree: UserTree): Promise<void> {
    const { state, history } = this;
    const { tradingDay } = state;
    const { settledUs, lastDay } = state.settlement;
    const own = [tree.account];
    const orders = await history.ordersOf(own, ({ updateUs }) => updateUs >= settledUs);
    const trades = await history.tradesOf(own, (trade) => trade.tradingDay === tradingDay);
    const transfers = await history.documentsOf<FundRecord>('funds', tree.account, (r) => isTransfer(r) && r.timeUs >= settledUs);
    const [statement] = await history.documentsOf<StatementRecord>('settlements', tree.account, () => true, lastDay, lastDay);
    if (state.tradingDay === tradingDay) {
      for (const order of this.newest(orders)) if (!tree.knowsOrder(order.orderId)) tree.showOrder(order);
      showTrades(tree, this.newest(trades));
      for (const transfer of transfers) tree.showTransfer(transfer);
      if (statement !== undefined) tree.opening = openingLots(statement);
    }
    for (const { instrument } of trades) {
      const position = state.positions.find(tree.account, instrument);
      if (position !== -1) tree.showPosition(position);
    }
    tree.showPositions();
    tree.showAccount();
    tree.complete();
  }

  private newest<R extends OrderRecord | TradeRecord>(records: R[]): R[] {
    return records.slice(0, LOADED_MAX).reverse();
  }
}

function treeName(userName: string, account: number): string {
  return `${account} ${userName}`;
}

function tell(tree: UserTree, code: number, content: string): void {
  const patch = notifyPatch(code, 'INFO', content);
  for (const reader of tree.readers) reader.push(patch);
}

function showTrades(tree: UserTree, trades: readonly TradeRecord[]): void {
  const sides = new Map<number, number>();
  for (const { tradeId } of trades) sides.set(tradeId, (sides.get(tradeId) ?? 0) + 1);
  for (const trade of trades) {
    if (sides.get(trade.tradeId) === 1) tree.showTrade(trade, '');
    else tree.showTrade(trade, trade.side === Side.BUY ? 'B' : 'S');
  }
}

function openingLots({ positions }: StatementRecord): Map<number, { long: number; short: number }> {
  const opening = new Map<number, { long: number; short: number }>();
  for (const { instrument, side, volume } of positions) {
    const lots = opening.get(instrument) ?? { long: 0, short: 0 };
    opening.set(instrument, side === LONG ? { ...lots, long: volume } : { ...lots, short: volume });
  }
  return opening;
}
