/**
 * What nodes of a cluster hold against each other: at the ends of the same blocks, what the events since the last comparison
 * left behind, and now and then the whole state, which costs as much as a snapshot.
 */
import { LOG_VERSION_WITHOUT_ORIGINS } from './log-block.js';
import type { StateFold } from './state-fold.js';

/** Comparisons from one of the whole state to the next: half a million events at 10 000 each. */
const WHOLE_EVERY = 50;

export class StateHashes {
  private last: number | undefined;
  /** The fold has seen all events since the last comparison. */
  private hasSeenAll = false;

  /** `every`: events from one comparison to the next. */
  constructor(
    private readonly fold: Pick<StateFold, 'hash' | 'takeEffects'>,
    private readonly every: number,
    private readonly tell: (sequence: number, hash: string) => void,
  ) {}

  /** The fold is behind the block that ends here, and is of this version. */
  blockEnded(sequence: number, version: number): void {
    const { last, hasSeenAll } = this;
    const due = Math.floor(sequence / this.every);
    if (due === last) return;
    this.last = due;
    // it began somewhere in between
    if (last === undefined) return;
    this.hasSeenAll = true;
    const effects = this.fold.takeEffects();
    // a program of then compares nothing else
    const isWhole = version <= LOG_VERSION_WITHOUT_ORIGINS || Math.floor(due / WHOLE_EVERY) > Math.floor(last / WHOLE_EVERY);
    if (isWhole) this.tell(sequence, this.fold.hash(version));
    else if (hasSeenAll) this.tell(sequence, effects);
  }
}
