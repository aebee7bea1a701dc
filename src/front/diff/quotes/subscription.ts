/** The quotes of one connection, or what else there is of instruments: those of its last list, under the names it used (diff.md 5.3). */
import type { InstrumentDirectory } from '../../../core/instrument.js';
import { jsonText, type DiffObject } from '../tree/diff-object.js';
import type { Packet } from '../packet.js';
import type { Board, BoardReader } from './board.js';

interface Shown {
  readonly symbol: string;
  /** `"symbol":` */
  readonly name: Uint8Array;
  readonly object: DiffObject;
  /** Version that was sent, 0 for none. */
  seen: number;
}

export class Subscription implements BoardReader {
  /** By instrument; two names may stand for one. */
  private readonly shown = new Map<number, Shown[]>();
  private readonly owed = new Set<number>();
  /** `"node":` */
  private readonly name: Uint8Array;

  constructor(
    /** Its node in the tree, and the field that says what it is of. */
    private readonly node: { readonly name: string; readonly key: string },
    private readonly board: Board,
    private readonly instruments: InstrumentDirectory,
    private readonly onChange: () => void,
  ) {
    this.name = nameOf(node.name);
  }

  /** Replaces the list. Names of nothing are passed over: that is how the client learns that they are. */
  replace(symbols: readonly string[]): void {
    const before = new Map(this.shown);
    this.shown.clear();
    this.owed.clear();
    for (const symbol of new Set(symbols)) {
      const instrument = this.instruments.find(symbol)?.instrument;
      if (instrument === undefined) continue;
      const known = before.get(instrument)?.find((shown) => shown.symbol === symbol);
      const shown = known ?? { symbol, name: nameOf(symbol), object: this.board.watch(instrument, this), seen: 0 };
      const list = this.shown.get(instrument);
      if (list === undefined) this.shown.set(instrument, [shown]);
      else list.push(shown);
      this.owed.add(instrument);
    }
    for (const instrument of before.keys()) if (!this.shown.has(instrument)) this.board.unwatch(instrument, this);
    this.onChange();
  }

  changed(instrument: number): void {
    this.owed.add(instrument);
    this.onChange();
  }

  /** Adds all that is owed to the packet. */
  write(packet: Packet, version: number): void {
    if (this.owed.size === 0) return;
    const pieces: Uint8Array[] = [];
    for (const instrument of this.owed) {
      for (const shown of this.shown.get(instrument)!) {
        const patch = this.named(shown);
        shown.seen = version;
        if (patch.length > 0) pieces.push(shown.name, patch);
      }
    }
    this.owed.clear();
    packet.group(this.name, pieces);
  }

  /** The name in the object is the one that was subscribed to. */
  private named({ symbol, object, seen }: Shown): Uint8Array {
    const patch = object.bytesSince(seen);
    if (seen > 0 || patch.length === 0) return patch;
    return Buffer.concat([Buffer.from(`{"${this.node.key}":${jsonText(symbol)},`), patch.subarray(1)]);
  }

  clear(): void {
    for (const instrument of this.shown.keys()) this.board.unwatch(instrument, this);
    this.shown.clear();
    this.owed.clear();
  }
}

/** As the name of a member. */
function nameOf(text: string): Uint8Array {
  return Buffer.from(`${jsonText(text)}:`);
}
