/** Instruments by the bytes of their names, as messages carry them: found without making a string. */
import type { ExchangeState } from '../../core/state.js';
import type { ByteScanner } from './byte-scanner.js';

const SLOTS = 1024;

interface Entry {
  readonly bytes: Uint8Array;
  readonly instrument: number;
}

export class InstrumentNames {
  private entries: (Entry | undefined)[] = new Array<Entry | undefined>(SLOTS);
  /** A bare code may stand for another one, or none, once more are listed. */
  private knownCount = 0;

  constructor(private readonly state: ExchangeState) {}

  /** The number of the instrument that the text read last names, 0 for none. */
  find(scanner: ByteScanner): number {
    const { instruments } = this.state;
    if (this.knownCount !== instruments.count) {
      this.entries = new Array<Entry | undefined>(SLOTS);
      this.knownCount = instruments.count;
    }
    let hash = 0;
    for (let at = scanner.start; at < scanner.end; at++) hash = (Math.imul(hash, 31) + scanner.bytes[at]) | 0;
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const entry = this.entries[slot];
    if (entry !== undefined && scanner.is(entry.bytes)) return entry.instrument;
    const instrument = instruments.find(scanner.string())?.instrument ?? 0;
    // a slot has one name: those that share it take turns
    if (instrument !== 0) this.entries[slot] = { bytes: Uint8Array.from(scanner.bytes.subarray(scanner.start, scanner.end)), instrument };
    return instrument;
  }
}
