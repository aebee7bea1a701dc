/**
 * A running sum over what events leave behind: of every order, account and position that an event touches, the fields that it
 * may have changed. Folds that began alike and come to the same sum have done the same with the same events.
 *
 * It costs some nanoseconds an event, whatever the size of the state, and so can be compared often. What no event touches it
 * does not see; a hash of the whole state does. The mixing is that of MurmurHash3 (32 bits, twice).
 */
import { StateObserver, type FillEffect, type FundRecord } from './observer.js';
import type { AmendEntry, CancelEntry, OrderEntry, Stamp, Trade } from './events.js';
import type { ExchangeState } from './state.js';

export class EffectsDigest extends StateObserver {
  private low = 0;
  private high = 0;
  private readonly double = new Float64Array(1);
  private readonly words = new Int32Array(this.double.buffer);

  constructor(private readonly state: ExchangeState) {
    super();
  }

  /** What has come together since the last call, 16 hexadecimal digits; begins anew. */
  take(): string {
    const text = [this.high, this.low].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
    this.low = this.high = 0;
    return text;
  }

  override orderAccepted(slot: number, event: OrderEntry): void {
    this.order(slot);
    this.account(event.account);
  }

  override orderRefused(slot: number, event: OrderEntry): void {
    this.order(slot);
    this.account(event.account);
  }

  override traded(event: Trade, effect: FillEffect): void {
    this.order(effect.buySlot);
    this.order(effect.sellSlot);
    this.account(event.buyAccount);
    this.account(event.sellAccount);
  }

  override orderCancelled(slot: number, event: CancelEntry): void {
    this.order(slot);
    this.account(event.account);
  }

  override orderAmended(slot: number, event: AmendEntry): void {
    this.order(slot);
    this.account(event.account);
  }

  override fundsMoved(record: FundRecord): void {
    this.account(record.account);
  }

  /** Settlement touches everybody. */
  override daySettled(): void {
    for (let account = 1; account <= this.state.accounts.count; account++) this.account(account);
  }

  override commandEnded(stamp: Stamp): void {
    this.mix(stamp.sequence + 3 * this.state.tradeCount + 5 * this.state.fundCount);
  }

  /** And both sides of the position that it is for. Sums with different factors stand for several fields: a mix is the dear part. */
  private order(slot: number): void {
    const { orders, positions } = this.state;
    this.mix(orders.orderId[slot] + 3 * orders.filledNotional[slot] + 5 * orders.frozenMargin[slot]);
    this.mix(orders.status[slot] + 16 * orders.filled[slot] + 2 ** 24 * orders.cancelled[slot]);
    const long = orders.position[slot] * 2;
    const { volume, margin, basisNotional } = positions;
    this.mix(volume[long] + 3 * margin[long] + 5 * basisNotional[long]);
    this.mix(volume[long + 1] + 3 * margin[long + 1] + 5 * basisNotional[long + 1]);
  }

  private account(account: number): void {
    const { accounts } = this.state;
    this.mix(accounts.staticBalance(account) + 3 * accounts.closeProfit[account] + 5 * accounts.commission[account]);
    this.mix(accounts.margin[account] + 3 * accounts.frozenMargin[account] + 5 * accounts.frozenCommission[account]);
    this.mix(accounts.reportSequence[account]);
  }

  private mix(value: number): void {
    this.double[0] = value;
    this.low = mixed(this.low ^ this.high, this.words[0]);
    this.high = mixed(this.high, this.words[1] ^ this.low);
  }
}

function mixed(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  const h = hash ^ Math.imul(k, 0x1b873593);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}
