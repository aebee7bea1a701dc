/**
 * Accounts as columns (ledger.md 2). The index is the account's number, from 1. Everything that follows from positions
 * and marks (position profit, balance, available) is computed on demand by the ledger and never stored.
 */
import { AccountStatus, PasswordKind } from './enums.js';
import type { AccountOpened, AccountPasswordChanged, AccountStatusChanged } from './events.js';
import { grown } from './columns.js';

export class AccountTable {
  count = 0;
  private capacity = 64;

  user = new Uint32Array(64);
  type = new Uint8Array(64);
  status = new Uint8Array(64);
  /** `FreezeType` of a FROZEN one; since when the status holds (0: the beginning), and the user who set it. */
  freezeType = new Uint8Array(64);
  statusUs = new Float64Array(64);
  statusUser = new Uint32Array(64);
  /** By bit 1 << `PasswordKind`: the password was set by staff and must be changed by the owner before it is good for anything. */
  mustChangePassword = new Uint8Array(64);
  preBalance = new Float64Array(64);
  /** Sums of the trading day. */
  deposit = new Float64Array(64);
  withdraw = new Float64Array(64);
  closeProfit = new Float64Array(64);
  closeProfitByTrade = new Float64Array(64);
  commission = new Float64Array(64);
  /** Own trades of the trading day. */
  tradesToday = new Uint32Array(64);
  /** Σ margins of all position sides, a function of the lots. */
  margin = new Float64Array(64);
  /** Σ over live OPEN orders. */
  frozenMargin = new Float64Array(64);
  frozenCommission = new Float64Array(64);
  /** Number of the last report of the private stream. */
  reportSequence = new Float64Array(64);
  createdUs = new Float64Array(64);
  /** Movements of money, orders taken in or refused by the book, and own trades, so far. */
  fundCount = new Float64Array(64);
  orderCount = new Float64Array(64);
  tradeCount = new Float64Array(64);
  /** Heads of the intrusive lists of positions and live orders; 0 is the end. */
  firstPosition = new Int32Array(64);
  firstOrder = new Int32Array(64);
  readonly name: string[] = [''];
  readonly statusReason: string[] = [''];
  /** bcrypt; empty until one is set. */
  readonly tradingPasswordHash: string[] = [''];
  readonly fundPasswordHash: string[] = [''];

  open(event: AccountOpened, timeUs: number): number {
    const account = this.add(event.account);
    this.user[account] = event.user;
    this.type[account] = event.accountType;
    this.status[account] = AccountStatus.ACTIVE;
    this.createdUs[account] = timeUs;
    this.name[account] = event.name;
    this.statusReason[account] = '';
    this.tradingPasswordHash[account] = event.tradingPasswordHash;
    this.fundPasswordHash[account] = '';
    return account;
  }

  changeStatus(event: AccountStatusChanged, timeUs: number): void {
    const { account } = event;
    this.status[account] = event.status;
    this.freezeType[account] = event.status === AccountStatus.FROZEN ? event.freezeType : 0;
    this.statusUs[account] = timeUs;
    this.statusUser[account] = event.user;
    this.statusReason[account] = event.reason;
  }

  changePassword({ account, kind, hash, mustChange }: AccountPasswordChanged): void {
    this.passwordHashes(kind)[account] = hash;
    const bit = 1 << kind;
    this.mustChangePassword[account] = mustChange === 1 ? this.mustChangePassword[account] | bit : this.mustChangePassword[account] & ~bit;
  }

  /** bcrypt texts of a `PasswordKind` by account; empty until one is set. */
  passwordHashes(kind: number): string[] {
    return kind === PasswordKind.FUND ? this.fundPasswordHash : this.tradingPasswordHash;
  }

  /** Makes room for the next account, whose number must be count + 1. */
  add(account: number): number {
    if (account >= this.capacity) this.grow();
    this.count = account;
    return account;
  }

  has(account: number): boolean {
    return Number.isInteger(account) && account >= 1 && account <= this.count;
  }

  staticBalance(account: number): number {
    return this.preBalance[account] + this.deposit[account] - this.withdraw[account];
  }

  private grow(): void {
    const capacity = (this.capacity *= 2);
    this.user = grown(this.user, capacity);
    this.type = grown(this.type, capacity);
    this.status = grown(this.status, capacity);
    this.freezeType = grown(this.freezeType, capacity);
    this.statusUs = grown(this.statusUs, capacity);
    this.statusUser = grown(this.statusUser, capacity);
    this.mustChangePassword = grown(this.mustChangePassword, capacity);
    this.preBalance = grown(this.preBalance, capacity);
    this.deposit = grown(this.deposit, capacity);
    this.withdraw = grown(this.withdraw, capacity);
    this.closeProfit = grown(this.closeProfit, capacity);
    this.closeProfitByTrade = grown(this.closeProfitByTrade, capacity);
    this.commission = grown(this.commission, capacity);
    this.tradesToday = grown(this.tradesToday, capacity);
    this.margin = grown(this.margin, capacity);
    this.frozenMargin = grown(this.frozenMargin, capacity);
    this.frozenCommission = grown(this.frozenCommission, capacity);
    this.reportSequence = grown(this.reportSequence, capacity);
    this.createdUs = grown(this.createdUs, capacity);
    this.fundCount = grown(this.fundCount, capacity);
    this.orderCount = grown(this.orderCount, capacity);
    this.tradeCount = grown(this.tradeCount, capacity);
    this.firstPosition = grown(this.firstPosition, capacity);
    this.firstOrder = grown(this.firstOrder, capacity);
  }
}
