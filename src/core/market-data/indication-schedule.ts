/**
 * Finds the instruments whose indication is due: those in auction whose book or phase has changed, at most twice a second
 * each. The first one of an auction comes at once, the state of the book after the last change never goes untold.
 */
import { assert } from '../assert.js';
import type { Instrument } from '../instrument.js';
import { isCollecting } from '../phases.js';
import type { Indication } from './market-snapshot.js';

/** The least time between two indications of an instrument. */
const INTERVAL_MS = 500;

/** The books that indications are made of. */
export interface IndicationSource {
  instrument(number: number): Instrument;
  /** Counts the changes of the book of an instrument. */
  mdSequence(number: number): number;
  indication(instrument: Instrument): Indication;
}

export class IndicationSchedule {
  /** By instrument: when it was told last, milliseconds, and at which state of the book. */
  private readonly toldMs = new Map<number, number>();
  private readonly toldSequence = new Map<number, number>();

  constructor(
    private readonly source: IndicationSource,
    private readonly tell: (instrument: Instrument, indication: Indication) => void,
  ) {}

  /** To be told of every instrument at first, and of each change of its phase. */
  phaseChanged({ instrument, phase }: Instrument): void {
    if (isCollecting(phase)) this.toldMs.set(instrument, this.toldMs.get(instrument) ?? -Infinity);
    else this.toldMs.delete(instrument);
    this.toldSequence.delete(instrument);
  }

  /** Tells what is due. Returns whether something is left for later: then it must be called again, also without a new event. */
  turn(nowMs: number): boolean {
    let isLeft = false;
    for (const [number, toldMs] of this.toldMs) {
      const sequence = this.source.mdSequence(number);
      if (this.toldSequence.get(number) === sequence) continue;
      if (nowMs - toldMs < INTERVAL_MS) {
        isLeft = true;
        continue;
      }
      this.toldMs.set(number, nowMs);
      this.toldSequence.set(number, sequence);
      const instrument = this.source.instrument(number);
      assert(isCollecting(instrument.phase), 'indications are of auctions');
      this.tell(instrument, this.source.indication(instrument));
    }
    return isLeft;
  }
}
