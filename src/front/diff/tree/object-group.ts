/** Objects of one kind under one node of the tree (the orders of a user), and which of them have changed since when. */
import { DiffObject, jsonText, type DiffFields } from './diff-object.js';
import type { VersionClock } from './version-clock.js';

interface Change {
  readonly key: string;
  readonly version: number;
}

export class ObjectGroup {
  private readonly objects = new Map<string, DiffObject>();
  /** Ascending; an object that changed again appears again. */
  private journal: Change[] = [];

  constructor(private readonly clock: VersionClock) {}

  get size(): number {
    return this.objects.size;
  }

  has(key: string): boolean {
    return this.objects.has(key);
  }

  get(key: string): DiffObject | undefined {
    return this.objects.get(key);
  }

  keys(): IterableIterator<string> {
    return this.objects.keys();
  }

  update(key: string, fields: DiffFields): void {
    let object = this.objects.get(key);
    if (object === undefined) this.objects.set(key, (object = new DiffObject(this.clock)));
    const before = object.version;
    if (!object.update(fields) || object.version === before) return;
    this.journal.push({ key, version: object.version });
    if (this.journal.length > 4 * this.objects.size + 64) this.compact();
  }

  /** Forgets an object; telling those who know it is the caller's business. */
  remove(key: string): void {
    if (this.objects.delete(key)) this.journal = this.journal.filter((change) => change.key !== key);
  }

  /** Text of the objects that a reader of `seen` lacks, as one object; '' for none. */
  patchSince(seen: number): string {
    const keys = seen === 0 ? this.objects.keys() : this.changedSince(seen);
    let text = '';
    for (const key of keys) {
      const patch = this.objects.get(key)!.patchSince(seen);
      if (patch !== '') text += `${text === '' ? '' : ','}${jsonText(key)}:${patch}`;
    }
    return text === '' ? '' : `{${text}}`;
  }

  private changedSince(seen: number): Iterable<string> {
    const keys = new Set<string>();
    for (let at = this.journal.length - 1; at >= 0 && this.journal[at].version > seen; at--) keys.add(this.journal[at].key);
    return keys;
  }

  private compact(): void {
    this.journal = [...this.objects].map(([key, { version }]) => ({ key, version })).sort((a, b) => a.version - b.version);
  }
}
