/**
 * Expressions as one list of nodes, each behind those it looks at; what is written twice is worked out once. NaN is null.
 *
 * Nodes keep nothing themselves: what they must remember has a place in a column of numbers, one column for each instrument
 * and period, so that it can be put aside and taken back. Windows over one value share one ring of its last values.
 */
import { FactorError } from './factor-error.js';
import type { FactorRow } from './factor-row.js';
import type { Measure, PairMeasure } from './window-measures.js';

/** Numbers remembered for one instrument and period at most: 64 KiB. */
export const STATE_MAX = 8192;
/** Values of windows that are read at one bar at most: some 20 µs. */
export const READS_MAX = 20_000;
export const NODES_MAX = 4096;
export const WINDOW_MAX = 500;

/** What a node may look at. */
export interface Moment {
  readonly values: Float64Array;
  state: Float64Array;
  /** Bars before this one. */
  seen: number;
  row: FactorRow;
  /** Of the factors that everybody has; NaN until warm. */
  readonly standard: (name: string) => number;
  /** States of all instruments of the period, the own one among them. */
  peers: readonly Float64Array[];
}

type Evaluate = (moment: Moment) => number;

/** The last values of a node; `place` is known once all nodes are. */
interface Ring {
  length: number;
  place: number;
}

interface Node {
  readonly evaluate: Evaluate;
  readonly inputs: readonly number[];
  /** It remembers something. */
  readonly isKeeping: boolean;
  ring: Ring | undefined;
}

export class Graph {
  readonly nodes: Node[] = [];
  private readonly known = new Map<string, number>();
  private reads = 0;
  private size: number;

  /** Places below `base` belong to somebody else. */
  constructor(private readonly base: number) {
    this.size = base;
  }

  constant(value: number): number {
    return this.node(`=${value}`, [], () => value);
  }

  column(name: keyof FactorRow): number {
    return this.node(`column ${name}`, [], ({ row }) => row[name]);
  }

  standard(name: string): number {
    return this.node(`standard ${name}`, [], ({ standard }) => standard(name));
  }

  /** Worked out of other values of the same bar; `name` says how. */
  map(name: string, inputs: readonly number[], evaluate: (values: Float64Array) => number): number {
    return this.node(`${name}(${inputs.join()})`, inputs, ({ values }) => evaluate(values));
  }

  /** A value of `back` bars before. */
  delay(input: number, back: number): number {
    const ring = this.ring(input, back + 1);
    return this.node(`delay(${input}) ${back}`, [input], ({ state, seen }) =>
      seen < back ? NaN : state[ring.place + ((seen - back) % ring.length)],
    );
  }

  window(name: string, input: number, length: number, measure: Measure): number {
    const key = `${name}(${input}) ${length}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const ring = this.ring(input, length);
    this.reads += length;
    return this.node(key, [input], (moment) => (readWindow(LEFT, ring, length, moment) ? measure(LEFT, length) : NaN));
  }

  windowOfTwo(name: string, [left, right]: readonly [number, number], length: number, measure: PairMeasure): number {
    const key = `${name}(${left},${right}) ${length}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const [leftRing, rightRing] = [this.ring(left, length), this.ring(right, length)];
    this.reads += 2 * length;
    return this.node(key, [left, right], (moment) =>
      readWindow(LEFT, leftRing, length, moment) && readWindow(RIGHT, rightRing, length, moment) ? measure(LEFT, RIGHT, length) : NaN,
    );
  }

  /** Exponentially weighted from the first value on; bars without a value are passed over. */
  ema(input: number, length: number): number {
    const alpha = 2 / (length + 1);
    return this.keeper(`ema(${input}) ${length}`, input, 1, ({ values, state }, place) => {
      const value = values[input];
      if (Number.isNaN(value)) return NaN;
      const before = state[place];
      const after = Number.isNaN(before) ? value : before + alpha * (value - before);
      if (Number.isFinite(after)) state[place] = after;
      return after;
    });
  }

  /** Wilder's average: the mean of the first `length` values, smoothed from then on; bars without a value are passed over. */
  wilder(input: number, length: number): number {
    return this.keeper(`wilder(${input}) ${length}`, input, 2, ({ values, state }, place) => {
      const value = values[input];
      if (Number.isNaN(value)) return NaN;
      const before = Number.isNaN(state[place + 1]) ? 0 : state[place + 1];
      const count = Math.min(before + 1, length);
      const after = count === 1 ? value : (state[place] * (count - 1) + value) / count;
      if (!Number.isFinite(after)) return NaN;
      state[place] = after;
      state[place + 1] = count;
      return count < length ? NaN : after;
    });
  }

  /** Which share of the other instruments' newest values lies below the own one, equal ones counting half; alone: the middle. */
  rank(input: number): number {
    return this.keeper(`rank(${input})`, input, 1, ({ values, state, peers }, place) => {
      const value = values[input];
      state[place] = value;
      if (Number.isNaN(value)) return NaN;
      let others = 0;
      let below = 0;
      for (const peer of peers) {
        if (peer === state || Number.isNaN(peer[place])) continue;
        others++;
        if (peer[place] < value) below++;
        else if (peer[place] === value) below += 0.5;
      }
      return others === 0 ? 0.5 : below / others;
    });
  }

  /** All nodes are there: rings get their places. Returns the end of what is remembered. Throws FactorError. */
  seal(): number {
    for (const { ring } of this.nodes) if (ring !== undefined) ring.place = this.reserve(ring.length);
    if (this.size - this.base > STATE_MAX)
      throw new FactorError(`The factors of a period remember ${this.size - this.base} values, and ${STATE_MAX} are possible.`);
    if (this.reads > READS_MAX)
      throw new FactorError(`The windows of the factors of a period have ${this.reads} values, and ${READS_MAX} are possible.`);
    return this.size;
  }

  private keeper(key: string, input: number, places: number, evaluate: (moment: Moment, place: number) => number): number {
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const place = this.reserve(places);
    return this.node(key, [input], (moment) => evaluate(moment, place), true);
  }

  private node(key: string, inputs: readonly number[], evaluate: Evaluate, isKeeping = false): number {
    const known = this.known.get(key);
    if (known !== undefined) return known;
    if (this.nodes.length === NODES_MAX) throw new FactorError(`the factors have more than ${NODES_MAX} steps together`);
    this.known.set(key, this.nodes.length);
    return this.nodes.push({ evaluate, inputs, isKeeping, ring: undefined }) - 1;
  }

  private ring(input: number, length: number): Ring {
    const ring = (this.nodes[input].ring ??= { length: 0, place: 0 });
    if (length > ring.length) ring.length = length;
    return ring;
  }

  private reserve(places: number): number {
    const place = this.size;
    this.size += places;
    return place;
  }
}

// one node at a time looks through them
const LEFT = new Float64Array(WINDOW_MAX);
const RIGHT = new Float64Array(WINDOW_MAX);

/** False when a value of the window is missing. */
function readWindow(into: Float64Array, ring: Ring, length: number, { state, seen }: Moment): boolean {
  if (seen + 1 < length) return false;
  let at = (seen + 1 - length) % ring.length;
  for (let n = 0; n < length; n++) {
    const value = state[ring.place + at];
    if (Number.isNaN(value)) return false;
    into[n] = value;
    if (++at === ring.length) at = 0;
  }
  return true;
}
