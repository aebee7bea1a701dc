/**
 * One object of the tree (a quote, an order, an account): scalar fields, each with the version of its last change, so that
 * whoever has seen some version gets exactly what has changed since, and all who have seen the same share the text.
 */
import { quoted } from '../../publisher/json-text.js';
import type { VersionClock } from './version-clock.js';

/** NaN stands for a number that is not known: `"NaN"` on the wire (null would delete the field). */
export type DiffValue = string | number | boolean;
export type DiffFields = Readonly<Record<string, DiffValue>>;

interface Field {
  value: DiffValue;
  /** `"name":value` */
  text: string;
  version: number;
}

/** A patch that several readers need. */
interface Shared {
  readonly text: string;
  bytes: Uint8Array | undefined;
}

const NOTHING = new Uint8Array(0);
/** Versions of changes that are remembered: readers further behind than that do not share their text. */
const CHANGES_KEPT = 16;

export class DiffObject {
  /** Of the last change; 0 before the first. */
  version = 0;
  private readonly fields = new Map<string, Field>();
  private readonly changes: number[] = [];
  /** Patches of the present version, by the version of the last change that the reader has seen. */
  private readonly patches = new Map<number, Shared>();

  constructor(private readonly clock: VersionClock) {}

  /** Sets fields; those that are not named stay. True when something is different now. */
  update(values: DiffFields): boolean {
    const version = this.clock.current;
    let isChanged = false;
    for (const name in values) {
      const value = values[name];
      const field = this.fields.get(name);
      if (field === undefined) this.fields.set(name, { value, text: fieldText(name, value), version });
      else if (Object.is(field.value, value)) continue;
      else {
        field.value = value;
        field.text = fieldText(name, value);
        field.version = version;
      }
      isChanged = true;
    }
    if (isChanged) this.changed(version);
    return isChanged;
  }

  /** The merge patch for a reader of `seen` as JSON text; '' when he has it all. */
  patchSince(seen: number): string {
    if (seen >= this.version) return '';
    const change = this.changeSeen(seen);
    return change === undefined ? this.patch(seen) : this.shared(change).text;
  }

  /** The same in UTF-8, encoded once for all who have seen the same. */
  bytesSince(seen: number): Uint8Array {
    if (seen >= this.version) return NOTHING;
    const change = this.changeSeen(seen);
    if (change === undefined) return Buffer.from(this.patch(seen));
    const shared = this.shared(change);
    return (shared.bytes ??= Buffer.from(shared.text));
  }

  private shared(change: number): Shared {
    let shared = this.patches.get(change);
    if (shared === undefined) this.patches.set(change, (shared = { text: this.patch(change), bytes: undefined }));
    return shared;
  }

  value(name: string): DiffValue | undefined {
    return this.fields.get(name)?.value;
  }

  private changed(version: number): void {
    this.version = version;
    this.patches.clear();
    if (this.changes.at(-1) === version) return;
    this.changes.push(version);
    if (this.changes.length > CHANGES_KEPT) this.changes.shift();
  }

  /** The last remembered change at or below `seen`; 0 when he has seen none; undefined when it is forgotten. */
  private changeSeen(seen: number): number | undefined {
    if (seen === 0) return 0;
    return this.changes.findLast((version) => version <= seen);
  }

  private patch(seen: number): string {
    let text = '';
    for (const field of this.fields.values()) if (field.version > seen) text += text === '' ? field.text : `,${field.text}`;
    return `{${text}}`;
  }
}

function fieldText(name: string, value: DiffValue): string {
  return `${quoted(name)}:${jsonValue(value)}`;
}

function jsonValue(value: DiffValue): string {
  if (typeof value === 'string') return jsonText(value);
  return Number.isNaN(value) ? '"NaN"' : String(value);
}

/** As a JSON string that is also a JavaScript expression: the client evaluates frames. */
export function jsonText(text: string): string {
  return asExpression(quoted(text));
}

/** The same of anything that came from clients. */
export function jsonOf(value: unknown): string {
  return asExpression(JSON.stringify(value));
}

function asExpression(json: string): string {
  return json.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}
