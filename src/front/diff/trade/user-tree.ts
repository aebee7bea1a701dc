/**
 * What one login sees under `trade/<user name>`: session, account, positions, and today's orders, trades and transfers.
 * Made when the first connection logs in under a name, shared by all of that name, and kept up by events.
 */
import type { OrderRecord, TradeRecord } from '../../../core/history.js';
import type { FundRecord } from '../../../core/observer.js';
import type { ExchangeState } from '../../../core/state.js';
import type { User } from '../../../core/users.js';
import { BANKS } from '../../services/banks.js';
import { orderId, tradeId, transactionId } from '../../views/ids.js';
import { DiffObject, jsonText, type DiffFields } from '../tree/diff-object.js';
import { ObjectGroup } from '../tree/object-group.js';
import type { VersionClock } from '../tree/version-clock.js';
import { accountFields, CURRENCY, positionFields, transferFields, type OpeningLots } from './account-fields.js';
import { orderFields, tradeFields } from './order-fields.js';

/** A connection that shows the tree. */
export interface TreeReader {
  /** The tree has changed; may be called often. */
  treeChanged(): void;
  /** Everything of today is in the tree. Comes once. */
  treeCompleted(): void;
  /** A merge patch (JSON text) beside the fields: what is gone. */
  push(patch: string): void;
}

const NO_LOTS: OpeningLots = { long: 0, short: 0 };

export class UserTree {
  readonly readers = new Set<TreeReader>();
  /** Order ids of inserts that the exchange has not answered yet. */
  readonly underWay = new Set<string>();
  /** Holdings at the beginning of the day, by instrument. */
  opening = new Map<number, OpeningLots>();
  private readonly root: DiffObject;
  private readonly session: DiffObject;
  private readonly groups: Record<'accounts' | 'positions' | 'orders' | 'trades' | 'banks' | 'transfers', ObjectGroup>;
  /** Names of orders in the tree by number, and back. */
  private readonly keys = new Map<number, string>();
  private readonly numbers = new Map<string, number>();

  constructor(
    readonly userName: string,
    readonly user: User,
    readonly account: number,
    private readonly state: ExchangeState,
    clock: VersionClock,
  ) {
    this.root = new DiffObject(clock);
    this.session = new DiffObject(clock);
    const group = (): ObjectGroup => new ObjectGroup(clock);
    this.groups = { accounts: group(), positions: group(), orders: group(), trades: group(), banks: group(), transfers: group() };
    this.root.update({ user_id: userName, trading_day: String(state.tradingDay), trade_more_data: true });
    this.session.update({ user_id: userName, trading_day: String(state.tradingDay) });
    for (const { id, name } of BANKS) this.groups.banks.update(id, { id, name, bank_account: '', fetch_amount: NaN, qry_count: 0 });
    this.showAccount();
    this.showPositions();
  }

  /** Everything of today is in the tree. */
  get isComplete(): boolean {
    return this.root.value('trade_more_data') === false;
  }

  complete(): void {
    this.root.update({ trade_more_data: false });
    this.changed();
    for (const reader of this.readers) reader.treeCompleted();
  }

  /** The account once more, as a merge patch. */
  picture(): string {
    const account = this.groups.accounts.get(CURRENCY)!.patchSince(0);
    return `{"trade":{${jsonText(this.userName)}:{"accounts":{"${CURRENCY}":${account}},"banks":${this.groups.banks.patchSince(0)}}}}`;
  }

  /** The merge patch for a reader of `seen` as text of one member of the root, `"trade":{...}`; '' when he has it all. */
  patchSince(seen: number): string {
    let members = this.root.patchSince(seen).slice(1, -1);
    const add = (name: string, patch: string): void => {
      if (patch !== '') members += `${members === '' ? '' : ','}"${name}":${patch}`;
    };
    add('session', this.session.patchSince(seen));
    for (const [name, group] of Object.entries(this.groups)) add(name, group.patchSince(seen));
    return members === '' ? '' : `"trade":{${jsonText(this.userName)}:{${members}}}`;
  }

  /** The number of the order of that name; 0 for none. */
  orderNumber(key: string): number {
    return this.numbers.get(key) ?? 0;
  }

  knowsOrder(number: number): boolean {
    return this.keys.has(number);
  }

  hasOrder(key: string): boolean {
    return this.groups.orders.has(key);
  }

  showOrder(order: OrderRecord): void {
    const key = this.keyOf(order.orderId, order.clientOrderId);
    this.groups.orders.update(key, orderFields(this.state, this.userName, key, order));
    this.changed();
  }

  /** Orders that were refused before the exchange took notice of them are in the tree only. */
  showRefused(key: string, fields: DiffFields): void {
    this.groups.orders.update(key, fields);
    this.changed();
  }

  /** `suffix` tells the sides of a trade apart that has one account on both. */
  showTrade(trade: TradeRecord, suffix: '' | 'B' | 'S'): void {
    const key = tradeId(trade.tradeId) + suffix;
    const orderKey = this.keys.get(trade.orderId) ?? orderId(trade.orderId);
    this.groups.trades.update(key, tradeFields(this.state, this.userName, key, orderKey, trade));
    this.changed();
  }

  showTransfer(record: FundRecord): void {
    this.groups.transfers.update(transactionId(record.id), transferFields(record));
    this.changed();
  }

  showAccount(): void {
    this.groups.accounts.update(CURRENCY, accountFields(this.state, this.userName, this.account));
    this.changed();
  }

  /** Those that hold lots, and flat ones that are in the tree already. */
  showPositions(): void {
    const { accounts, positions, instruments } = this.state;
    for (let p = accounts.firstPosition[this.account]; p !== 0; p = positions.nextOfAccount[p]!) {
      const { instrumentId } = instruments.get(positions.instrument[p]);
      const isHeld = positions.volume[p * 2] !== 0 || positions.volume[p * 2 + 1] !== 0;
      if (isHeld || this.groups.positions.has(instrumentId)) this.showPosition(p);
    }
  }

  showPosition(position: number): void {
    const instrument = this.state.positions.instrument[position];
    const fields = positionFields(this.state, this.userName, position, this.opening.get(instrument) ?? NO_LOTS);
    this.groups.positions.update(this.state.instruments.get(instrument).instrumentId, fields);
    this.changed();
  }

  /** The day has turned: what belongs to the old one goes, and the account begins anew. */
  turnDay(): void {
    const gone: string[] = [];
    for (const name of ['orders', 'trades', 'transfers'] as const) gone.push(...this.clear(name, () => true));
    this.opening = new Map();
    const { accounts, positions, instruments } = this.state;
    const held = new Set<string>();
    for (let p = accounts.firstPosition[this.account]; p !== 0; p = positions.nextOfAccount[p]!) {
      const [long, short] = [positions.volume[p * 2], positions.volume[p * 2 + 1]];
      if (long === 0 && short === 0) continue;
      this.opening.set(positions.instrument[p], { long, short });
      held.add(instruments.get(positions.instrument[p]).instrumentId);
    }
    gone.push(...this.clear('positions', (key) => !held.has(key)));
    this.keys.clear();
    this.numbers.clear();
    if (gone.length > 0) this.push(`{"trade":{${jsonText(this.userName)}:{${gone.join(',')}}}}`);
    const day = String(this.state.tradingDay);
    this.root.update({ trading_day: day });
    this.session.update({ trading_day: day });
    this.showAccount();
    this.showPositions();
  }

  /** Forgets objects of a group; the member of a patch that says so, if there were any. */
  private clear(name: 'orders' | 'trades' | 'transfers' | 'positions', isGone: (key: string) => boolean): string[] {
    const keys = [...this.groups[name].keys()].filter(isGone);
    if (keys.length === 0) return [];
    for (const key of keys) this.groups[name].remove(key);
    return [`"${name}":{${keys.map((key) => `${jsonText(key)}:null`).join(',')}}`];
  }

  private push(patch: string): void {
    for (const reader of this.readers) reader.push(patch);
  }

  /** The client's own id, unless another order has it already. */
  private keyOf(number: number, clientOrderId: string): string {
    const known = this.keys.get(number);
    if (known !== undefined) return known;
    const isFree = clientOrderId !== '' && !this.numbers.has(clientOrderId);
    const key = isFree ? clientOrderId : orderId(number);
    this.keys.set(number, key);
    this.numbers.set(key, number);
    return key;
  }

  private changed(): void {
    for (const reader of this.readers) reader.treeChanged();
  }
}
