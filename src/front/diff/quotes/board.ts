/** One object of the tree per instrument that somebody watches, made once however many connections show it. */
import type { DiffObject } from '../tree/diff-object.js';

/** A connection that shows it. */
export interface BoardReader {
  /** The object has changed; called at most once per turn and object. */
  changed(instrument: number): void;
}

export interface Board {
  watch(instrument: number, reader: BoardReader): DiffObject;
  unwatch(instrument: number, reader: BoardReader): void;
}
