/** One equation of the ledger over many places: what both sides come to, and the first place where they differ. */
import { exact, ExactSum, type Exact } from './exact.js';

/** Where an equation was looked at; 0 where it does not apply. */
export interface Place {
  readonly account: number;
  readonly instrument: number;
  readonly orderId: number;
}

export interface Verdict extends Place {
  readonly id: string;
  /** Exact decimals: the sums over all places, or both sides at the first place where they differ. */
  readonly left: string;
  readonly right: string;
  readonly ok: boolean;
}

export class Comparison {
  /** Of both sides: where they differ they are not added up any more. */
  private readonly sum = new ExactSum();
  private broken: Verdict | undefined;

  constructor(readonly id: string) {}

  get ok(): boolean {
    return this.broken === undefined;
  }

  equal(left: Exact, right: Exact, account = 0, instrument = 0, orderId = 0): void {
    // What is no whole number that a column can hold equals nothing, not even itself.
    if (left === right && (typeof left === 'bigint' || Number.isSafeInteger(left))) this.sum.add(left);
    else this.differ(left, right, account, instrument, orderId);
  }

  /** `left` is at most `right`: both count as `left`, so that sums of sound books are equal. */
  atMost(left: number, right: number, account = 0, instrument = 0, orderId = 0): void {
    this.equal(left, left <= right ? left : right, account, instrument, orderId);
  }

  verdict(): Verdict {
    const sum = String(this.sum.value);
    return this.broken ?? { id: this.id, left: sum, right: sum, ok: true, account: 0, instrument: 0, orderId: 0 };
  }

  private differ(left: Exact, right: Exact, account: number, instrument: number, orderId: number): void {
    if (isWhole(left) && isWhole(right) && exact(BigInt(left)) === exact(BigInt(right))) {
      this.sum.add(left);
      return;
    }
    this.broken ??= { id: this.id, left: String(left), right: String(right), ok: false, account, instrument, orderId };
  }
}

function isWhole(amount: Exact): boolean {
  return typeof amount === 'bigint' || Number.isSafeInteger(amount);
}
