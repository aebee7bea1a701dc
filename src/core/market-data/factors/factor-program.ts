/** The named factors of one period, worked out bar by bar. What is remembered is in a column that the caller keeps. */
import { compile } from './compiler.js';
import type { FactorRow } from './factor-row.js';
import { FACTOR_STATE, standardValue, type Factors, type FactorStream } from './factor-stream.js';
import { Graph, type Moment } from './graph.js';
import { FactorError } from './factor-error.js';
import type { Expression } from './parser.js';

interface Output {
  readonly name: string;
  readonly node: number;
  /** Where its newest value stands. */
  readonly place: number;
}

export class FactorProgram {
  /** Numbers of the column, those of the standard factors at its beginning included. */
  readonly size: number;
  private readonly graph = new Graph(FACTOR_STATE);
  private readonly outputs: readonly Output[];
  private readonly seenPlace: number;
  /** Nodes that something remembered hangs on: only they need a look at bars that nobody is told of. */
  private readonly isVital: readonly boolean[];
  private readonly moment: Moment;
  private stream: FactorStream | undefined;
  /** Of the stream at this bar, once somebody looks at them. */
  private standard: Factors | undefined;

  /** `factors` in an order in which each stands behind those it refers to. Throws FactorError. */
  constructor(factors: readonly { name: string; tree: Expression }[]) {
    const { graph } = this;
    const named = new Map<string, number>();
    for (const { name, tree } of factors) {
      try {
        named.set(name, compile(graph, tree, named));
      } catch (error) {
        throw error instanceof FactorError ? new FactorError(`Factor ${name}: ${error.message}`) : error;
      }
    }
    this.seenPlace = graph.seal();
    this.outputs = factors.map(({ name }, index) => ({ name, node: named.get(name)!, place: this.seenPlace + 1 + index }));
    this.size = this.seenPlace + 1 + factors.length;
    this.isVital = vitalNodes(graph);
    this.moment = {
      values: new Float64Array(graph.nodes.length),
      state: new Float64Array(0),
      seen: 0,
      row: { open: NaN, high: NaN, low: NaN, close: NaN, volume: NaN, amount: NaN, oi: NaN },
      standard: (name) => standardValue((this.standard ??= this.stream!.values()), name),
      peers: [],
    };
  }

  /** A column that has seen nothing. */
  begin(state: Float64Array): void {
    state.fill(NaN, FACTOR_STATE, this.size);
    state[this.seenPlace] = 0;
  }

  /**
   * The next bar; `stream` has it already. `peers`: columns of all instruments, for ranks. `isTold`: somebody wants the values
   * behind it.
   */
  add(state: Float64Array, row: FactorRow, stream: FactorStream, peers: readonly Float64Array[], isTold: boolean): void {
    const { moment, isVital } = this;
    const { nodes } = this.graph;
    const { values } = moment;
    this.stream = stream;
    this.standard = undefined;
    moment.state = state;
    moment.seen = state[this.seenPlace];
    moment.row = row;
    moment.peers = peers;
    for (let n = 0; n < nodes.length; n++) {
      if (!isTold && !isVital[n]) continue;
      const { evaluate, ring } = nodes[n];
      const value = evaluate(moment);
      values[n] = Number.isFinite(value) ? value : NaN;
      if (ring !== undefined) state[ring.place + (moment.seen % ring.length)] = values[n];
    }
    state[this.seenPlace]++;
    if (isTold) for (const { node, place } of this.outputs) state[place] = values[node];
  }

  /** By name, as they were behind the newest bar that was told. */
  values(state: Float64Array): Record<string, number | null> {
    const values: Record<string, number | null> = {};
    for (const { name, place } of this.outputs) values[name] = Number.isNaN(state[place]) ? null : state[place];
    return values;
  }
}

function vitalNodes({ nodes }: Graph): boolean[] {
  const isVital = nodes.map(({ isKeeping, ring }) => isKeeping || ring !== undefined);
  for (let n = nodes.length - 1; n >= 0; n--) if (isVital[n]) for (const input of nodes[n].inputs) isVital[input] = true;
  return isVital;
}
