/**
 * What commands under way will need: money, margin per instrument and closable lots, between the check at the front and
 * the durable answer. Not durable: it vanishes with the process, as the unacknowledged commands do (ledger.md 4.0).
 */
import { assert } from './assert.js';
import { grown } from './columns.js';
import { IntMap } from './int-map.js';
import { pairKey } from './positions.js';

/**
 * Beside HIS and TODAY: lots of today of an order that takes those of earlier days instead if some come free before it is
 * applied.
 */
export const FLEXIBLE = 2;
const BUCKETS = 3;
const BUCKETS_OF_PAIR = BUCKETS * 2;

export class Reservations {
  /** 1/10000 by account: margins and fees of opening orders, withdrawals. */
  private moneyOf = new Float64Array(64);
  private readonly pairs = new IntMap();
  private pairCount = 0;
  private pairCapacity = 64;
  /** By pair: margin of opening orders, 1/10000. */
  private openMarginOf = new Float64Array(64);
  /** By pair, position side and bucket: lots that closing orders will hold. */
  private lotsOf = new Uint32Array(64 * BUCKETS_OF_PAIR);
  /** By pair and position side: lots that opening orders will open. */
  private openLotsOf = new Uint32Array(64 * 2);

  money(account: number): number {
    return account < this.moneyOf.length ? this.moneyOf[account] : 0;
  }

  addMoney(account: number, amount: number): void {
    if (account >= this.moneyOf.length) this.moneyOf = grown(this.moneyOf, Math.max(this.moneyOf.length * 2, account + 1));
    this.moneyOf[account] += amount;
    assert(this.moneyOf[account] >= 0, 'no more is released than was reserved');
  }

  openMargin(account: number, instrument: number): number {
    const pair = this.pairs.get(pairKey(account, instrument));
    return pair === -1 ? 0 : this.openMarginOf[pair];
  }

  addOpenMargin(account: number, instrument: number, amount: number): void {
    this.openMarginOf[this.pairFor(account, instrument)] += amount;
  }

  openLots(account: number, instrument: number, side: number): number {
    const pair = this.pairs.get(pairKey(account, instrument));
    return pair === -1 ? 0 : this.openLotsOf[pair * 2 + side];
  }

  addOpenLots(account: number, instrument: number, side: number, lots: number): void {
    this.openLotsOf[this.pairFor(account, instrument) * 2 + side] += lots;
  }

  lots(account: number, instrument: number, side: number, bucket: number): number {
    const pair = this.pairs.get(pairKey(account, instrument));
    return pair === -1 ? 0 : this.lotsOf[pair * BUCKETS_OF_PAIR + side * BUCKETS + bucket];
  }

  addLots(account: number, instrument: number, side: number, bucket: number, lots: number): void {
    this.lotsOf[this.pairFor(account, instrument) * BUCKETS_OF_PAIR + side * BUCKETS + bucket] += lots;
  }

  private pairFor(account: number, instrument: number): number {
    const key = pairKey(account, instrument);
    const found = this.pairs.get(key);
    if (found !== -1) return found;
    const pair = this.pairCount++;
    if (pair >= this.pairCapacity) {
      this.pairCapacity *= 2;
      this.openMarginOf = grown(this.openMarginOf, this.pairCapacity);
      this.lotsOf = grown(this.lotsOf, this.pairCapacity * BUCKETS_OF_PAIR);
      this.openLotsOf = grown(this.openLotsOf, this.pairCapacity * 2);
    }
    this.pairs.set(key, pair);
    return pair;
  }
}
