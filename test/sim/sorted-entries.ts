/** Entries in the order of their keys, as a LevelDB shows them. */
import type { KeyRange, Operation } from '../../src/storage/engine.js';

export class SortedEntries {
  private keys: string[] = [];
  private values = new Map<string, Uint8Array>();

  get(key: string): Uint8Array | undefined {
    return this.values.get(key);
  }

  apply(operations: readonly Operation[]): void {
    for (const operation of operations) {
      if (operation.type === 'put') this.put(operation.key, operation.value);
      else this.delete(operation.key);
    }
  }

  copy(): SortedEntries {
    const copy = new SortedEntries();
    copy.keys = [...this.keys];
    copy.values = new Map(this.values);
    return copy;
  }

  range({ gt, gte, lt, lte, reverse = false, limit = Infinity }: KeyRange): [string, Uint8Array][] {
    let from = 0;
    if (gte !== undefined) from = this.lowerBound(gte);
    if (gt !== undefined) from = this.upperBound(gt);
    let to = this.keys.length;
    if (lt !== undefined) to = this.lowerBound(lt);
    if (lte !== undefined) to = this.upperBound(lte);
    const keys = this.keys.slice(from, Math.max(from, to));
    if (reverse) keys.reverse();
    if (limit >= 0 && keys.length > limit) keys.length = limit;
    return keys.map((key) => [key, this.values.get(key)!]);
  }

  private put(key: string, value: Uint8Array): void {
    if (!this.values.has(key)) this.keys.splice(this.lowerBound(key), 0, key);
    this.values.set(key, value);
  }

  private delete(key: string): void {
    if (this.values.delete(key)) this.keys.splice(this.lowerBound(key), 1);
  }

  /** Keys below it. */
  private lowerBound(key: string): number {
    let low = 0;
    let high = this.keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.keys[middle] < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Keys up to it. */
  private upperBound(key: string): number {
    const at = this.lowerBound(key);
    return at < this.keys.length && this.keys[at] === key ? at + 1 : at;
  }
}
