/** The functions of expressions: how many arguments they take, and what nodes they become. Lengths count bars. */
import { FactorError } from './factor-error.js';
import { WINDOW_MAX, type Graph } from './graph.js';
import type { OperationName } from './operations.js';
import type { Expression } from './parser.js';
import * as measures from './window-measures.js';

/** A call whose arguments are turned into what its function wants. */
export interface Call {
  readonly graph: Graph;
  /** An argument as a node. */
  value(index: number): number;
  /** A node worked out of others. */
  apply(name: OperationName, ...inputs: number[]): number;
  readonly args: readonly Expression[];
}

interface FunctionTerms {
  /** As it is written, for messages. */
  readonly usage: string;
  readonly least: number;
  readonly most: number;
  build(call: Call): number;
}

const FAST = 12;
const SLOW = 26;
const SIGNAL = 9;
const WILDER = 14;
const BAND = 20;
const BAND_WIDTH = 2;

/** A map, since texts of users are looked up in it. */
export const FUNCTIONS: ReadonlyMap<string, FunctionTerms> = new Map([
  windowed('ma', measures.mean),
  windowed('sum', measures.sum),
  windowed('std', measures.deviation),
  windowed('zscore', measures.score),
  windowed('skew', measures.skewness),
  windowed('kurtosis', measures.excessKurtosis),
  windowedOrOfTwo('max', measures.largest),
  windowedOrOfTwo('min', measures.smallest),
  windowedPair('cov', measures.covariance),
  windowedPair('corr', measures.correlation),
  terms('delay(x, n)', 2, 2, (call) => call.graph.delay(call.value(0), lengthOf(call, 1))),
  terms('diff(x) or diff(x, n)', 1, 2, (call) => difference(call, call.value(0), lengthOf(call, 1, 1))),
  terms('ema(x, n)', 2, 2, (call) => call.graph.ema(call.value(0), lengthOf(call, 1))),
  terms('dema(x, n)', 2, 2, (call) => {
    const [one, length] = [call.graph.ema(call.value(0), lengthOf(call, 1)), lengthOf(call, 1)];
    return call.apply('-', call.apply('+', one, one), call.graph.ema(one, length));
  }),
  terms('macd(x)', 1, 1, (call) => macd(call)),
  terms('macd_signal(x)', 1, 1, (call) => call.graph.ema(macd(call), SIGNAL)),
  terms('macd_hist(x)', 1, 1, (call) => call.apply('-', macd(call), call.graph.ema(macd(call), SIGNAL))),
  terms('rsi(x) or rsi(x, n)', 1, 2, rsi),
  terms('atr() or atr(n)', 0, 1, atr),
  band('boll_mid', 0),
  band('boll_upper', 1),
  band('boll_lower', -1),
  terms('rank(x)', 1, 1, (call) => call.graph.rank(call.value(0))),
  ...(['abs', 'log', 'sqrt', 'exp', 'isnull'] as const).map((name) => terms(`${name}(x)`, 1, 1, (call) => call.apply(name, call.value(0)))),
  terms('pow(x, y)', 2, 2, (call) => call.apply('pow', call.value(0), call.value(1))),
  terms('fillna(x, y)', 2, 2, (call) => call.apply('fillna', call.value(0), call.value(1))),
  terms('if(condition, x, y)', 3, 3, (call) => call.apply('if', call.value(0), call.value(1), call.value(2))),
]);

function terms(usage: string, least: number, most: number, build: FunctionTerms['build']): [string, FunctionTerms] {
  return [usage.slice(0, usage.indexOf('(')), { usage, least, most, build }];
}

function windowed(name: string, measure: measures.Measure): [string, FunctionTerms] {
  return terms(`${name}(x, n)`, 2, 2, (call) => call.graph.window(name, call.value(0), lengthOf(call, 1), measure));
}

function windowedPair(name: string, measure: measures.PairMeasure): [string, FunctionTerms] {
  return terms(`${name}(x, y, n)`, 3, 3, (call) =>
    call.graph.windowOfTwo(name, [call.value(0), call.value(1)], lengthOf(call, 2), measure),
  );
}

/** A plain number behind the value is a length of a window; anything else is a second value. */
function windowedOrOfTwo(name: 'max' | 'min', measure: measures.Measure): [string, FunctionTerms] {
  return terms(`${name}(x, n) or ${name}(x, y)`, 2, 2, (call) =>
    call.args[1].kind === 'number'
      ? call.graph.window(
          name,
          call.value(0),
          lengthOf(call, 1, undefined, `; ${name} of a number and a value has the number first`),
          measure,
        )
      : call.apply(name, call.value(0), call.value(1)),
  );
}

function difference(call: Call, input: number, length: number): number {
  return call.apply('-', input, call.graph.delay(input, length));
}

function macd(call: Call): number {
  const input = call.value(0);
  return call.apply('-', call.graph.ema(input, FAST), call.graph.ema(input, SLOW));
}

function rsi(call: Call): number {
  const { graph } = call;
  const length = lengthOf(call, 1, WILDER);
  const zero = graph.constant(0);
  const change = difference(call, call.value(0), 1);
  const gain = graph.wilder(call.apply('max', change, zero), length);
  const loss = graph.wilder(call.apply('max', call.apply('-', zero, change), zero), length);
  return call.apply('rsi', gain, loss);
}

/** The range of a bar reaches to the close before it, where there is one. */
function atr(call: Call): number {
  const { graph } = call;
  const [high, low, close] = [graph.column('high'), graph.column('low'), graph.column('close')];
  const before = graph.delay(close, 1);
  const top = call.apply('max', high, call.apply('fillna', before, high));
  const bottom = call.apply('min', low, call.apply('fillna', before, low));
  return graph.wilder(call.apply('-', top, bottom), lengthOf(call, 0, WILDER));
}

function band(name: string, side: number): [string, FunctionTerms] {
  return terms(`${name}(x), ${name}(x, n) or ${name}(x, n, k)`, 1, 3, (call) => {
    const { graph } = call;
    const [input, length] = [call.value(0), lengthOf(call, 1, BAND)];
    const mid = graph.window('ma', input, length, measures.mean);
    const width = call.args.length > 2 ? call.value(2) : graph.constant(BAND_WIDTH);
    const spread = call.apply('*', width, graph.window('std', input, length, measures.deviation));
    if (side === 0) return mid;
    return call.apply(side > 0 ? '+' : '-', mid, spread);
  });
}

/** An argument that says how many bars: a plain number, so that it never changes. */
function lengthOf({ args }: Call, index: number, fallback?: number, hint = ''): number {
  if (index >= args.length && fallback !== undefined) return fallback;
  const argument = args[index];
  const value = argument.kind === 'number' ? argument.value : NaN;
  if (Number.isInteger(value) && value >= 1 && value <= WINDOW_MAX) return value;
  throw FactorError.at(argument.at, `expected a whole number of bars from 1 to ${WINDOW_MAX}${hint}`);
}
