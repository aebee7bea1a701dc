/** Expressions worked out of whole lists of bars, each part as a list of its own; slow, and nothing is remembered. */
import type { FactorRow } from '../../../src/core/market-data/factors/factor-row.js';
import type { Expression } from '../../../src/core/market-data/factors/parser.js';

type Value = number | null;
type Series = Value[];

/** `singular`: rounding decides, as behind a division by next to nothing. */
export type ResultKind = 'given' | 'logical' | 'computed' | 'singular';

const LOGICAL = ['<', '<=', '>', '>=', '==', '!=', '&&', '||', '!', 'isnull'];
const NEXT_TO_NOTHING = 1e-8;

export interface NaiveMarket {
  /** By instrument; all have rows at the same places. */
  rows: FactorRow[][];
  /** Places of the rows that were told: the others are bars without a trade before the next told one. */
  told: number[];
  /** Expressions of other factors. */
  named: ReadonlyMap<string, Expression>;
  /** What every result is given to, to be disturbed or not. */
  pass: (value: number, kind: ResultKind) => number;
  /** What was worked out already, by instrument. */
  known: Map<Expression, Series[]>;
}

export function naiveSeries(market: NaiveMarket, instrument: number, expression: Expression): Series {
  const known = market.known.get(expression) ?? [];
  market.known.set(expression, known);
  const kind = kindOf(expression);
  return (known[instrument] ??= workedOut(market, instrument, expression).map((value) =>
    value === null ? null : market.pass(value, kind),
  ));
}

function kindOf(expression: Expression): ResultKind {
  if (expression.kind === 'number' || expression.kind === 'name') return 'given';
  return LOGICAL.includes(expression.kind === 'call' ? expression.name : expression.operator) ? 'logical' : 'computed';
}

function workedOut(market: NaiveMarket, instrument: number, expression: Expression): Series {
  const rows = market.rows[instrument];
  const of = (part: Expression): Series => naiveSeries(market, instrument, part);
  const each = (parts: Expression[], evaluate: (...values: number[]) => Value): Series => {
    const lists = parts.map(of);
    return rows.map((_, row) => {
      const values = lists.map((list) => list[row]);
      return values.includes(null) ? null : finite(evaluate(...(values as number[])));
    });
  };
  const windows = (parts: Expression[], length: number, evaluate: (...windows: number[][]) => Value): Series => {
    const lists = parts.map(of);
    return rows.map((_, row) => {
      if (row + 1 < length) return null;
      const cut = lists.map((list) => list.slice(row + 1 - length, row + 1));
      return cut.flat().includes(null) ? null : finite(evaluate(...(cut as number[][])));
    });
  };
  switch (expression.kind) {
    case 'number':
      return rows.map(() => expression.value);
    case 'name': {
      const other = market.named.get(expression.name);
      return other === undefined ? rows.map((row) => finite(row[expression.name as keyof FactorRow])) : of(other);
    }
    case 'unary':
      return each([expression.operand], (value) =>
        expression.operator === '!' ? market.pass(Number(value === 0), truthKind(value)) : -value,
      );
    case 'binary':
      return each([expression.left, expression.right], (left, right) => {
        const { operator } = expression;
        const value = binary(operator, left, right);
        return isSingular(operator, left, right) ? market.pass(value, 'singular') : value;
      });
    case 'call':
      return called(expression.name, [...expression.args]);
  }

  function called(name: string, args: Expression[]): Series {
    const number = (place: number, fallback: number): number => {
      const argument = args.at(place);
      return argument?.kind === 'number' ? argument.value : fallback;
    };
    const [x, y] = args;
    switch (name) {
      case 'abs':
      case 'log':
      case 'sqrt':
      case 'exp':
        return each([x], (value) => Math[name](value));
      case 'pow':
        return each([x, y], (base, exponent) => Math.pow(base, exponent));
      case 'isnull':
        return of(x).map((value) => (value === null ? 1 : 0));
      case 'fillna': {
        const [first, second] = [of(x), of(y)];
        return first.map((value, row) => value ?? second[row]);
      }
      case 'if': {
        const [condition, then, otherwise] = args.map(of);
        return condition.map((value, row) => {
          const chosen = value === 0 ? otherwise[row] : then[row];
          return value === null || chosen === null ? null : market.pass(chosen, truthKind(value));
        });
      }
      case 'delay':
        return delayed(of(x), number(1, 0));
      case 'diff':
        return minus(of(x), delayed(of(x), number(1, 1)));
      case 'ema':
        return averaged(of(x), number(1, 0));
      case 'dema': {
        const once = averaged(of(x), number(1, 0));
        const twice = averaged(once, number(1, 0));
        return once.map((value, row) => (value === null || twice[row] === null ? null : 2 * value - twice[row]));
      }
      case 'macd':
        return minus(averaged(of(x), 12), averaged(of(x), 26));
      case 'macd_signal':
        return averaged(called('macd', [x]), 9);
      case 'macd_hist':
        return minus(called('macd', [x]), called('macd_signal', [x]));
      case 'rsi': {
        const changes = called('diff', [x]);
        const gains = smoothed(
          changes.map((change) => (change === null ? null : change > 0 ? change : 0)),
          number(1, 14),
        );
        const losses = smoothed(
          changes.map((change) => (change === null ? null : change < 0 ? -change : 0)),
          number(1, 14),
        );
        return gains.map((gain, row) => {
          const loss = losses[row];
          if (gain === null || loss === null) return null;
          return gain + loss === 0 ? 50 : (100 * gain) / (gain + loss);
        });
      }
      case 'atr':
        return smoothed(
          rows.map(({ high, low }, row) => {
            const before = row === 0 ? [] : [rows[row - 1].close];
            return Math.max(high, ...before) - Math.min(low, ...before);
          }),
          number(0, 14),
        );
      case 'rank':
        return ranked(x);
      case 'max':
      case 'min':
        if (y.kind !== 'number') return each([x, y], (left, right) => Math[name](left, right));
        return windows([x], y.value, (window) => Math[name](...window));
      case 'ma':
        return windows([x], number(1, 0), mean);
      case 'sum':
        return windows([x], number(1, 0), (window) => window.reduce((total, value) => total + value, 0));
      case 'std':
        return windows([x], number(1, 0), (window) => Math.sqrt(moment(window, 2)));
      case 'zscore':
        return windows([x], number(1, 0), (window) => (window[window.length - 1] - mean(window)) / Math.sqrt(moment(window, 2)));
      case 'skew':
        return windows([x], number(1, 0), (window) => moment(window, 3) / Math.sqrt(moment(window, 2)) ** 3);
      case 'kurtosis':
        return windows([x], number(1, 0), (window) => moment(window, 4) / moment(window, 2) ** 2 - 3);
      case 'cov':
        return windows([x, y], number(2, 0), together);
      case 'corr':
        return windows([x, y], number(2, 0), (a, b) => together(a, b) / Math.sqrt(together(a, a) * together(b, b)));
      case 'boll_mid':
        return called('ma', [x, y]);
      case 'boll_upper':
      case 'boll_lower': {
        const [mid, spread] = [called('ma', [x, y]), called('std', [x, y])];
        const width = number(2, 2) * (name === 'boll_upper' ? 1 : -1);
        return mid.map((value, row) => (value === null || spread[row] === null ? null : value + width * spread[row]));
      }
      default:
        throw new Error(`no reference of ${name}`);
    }
  }

  /** Instruments are told one after the other: those before this one are a told bar ahead of those behind it. */
  function ranked(part: Expression): Series {
    const all = market.rows.map((_, other) => naiveSeries(market, other, part));
    let next = 0;
    return all[instrument].map((value, row) => {
      if (row > market.told[next]) next++;
      if (value === null) return null;
      const others = all
        .filter((_, other) => other !== instrument)
        .map((list, place) => (place < instrument ? list[market.told[next]] : next === 0 ? null : list[market.told[next - 1]]))
        .filter((other) => other !== null);
      if (others.length === 0) return 0.5;
      return others.reduce((total, other) => total + (other < value ? 1 : other === value ? 0.5 : 0), 0) / others.length;
    });
  }
}

function finite(value: Value): Value {
  return value !== null && Number.isFinite(value) ? value : null;
}

/** Of what hangs on a value being 0 or not. */
function truthKind(value: number): ResultKind {
  return value !== 0 && Math.abs(value) < NEXT_TO_NOTHING ? 'singular' : 'logical';
}

function isSingular(operator: string, left: number, right: number): boolean {
  if (operator === '/' || operator === '%') return Math.abs(right) < NEXT_TO_NOTHING;
  if (operator === '&&' || operator === '||') return truthKind(left) === 'singular' || truthKind(right) === 'singular';
  return LOGICAL.includes(operator) && truthKind(left - right) === 'singular';
}

function binary(operator: string, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
    case '<':
      return Number(left < right);
    case '<=':
      return Number(left <= right);
    case '>':
      return Number(left > right);
    case '>=':
      return Number(left >= right);
    case '==':
      return Number(left === right);
    case '!=':
      return Number(left !== right);
    case '&&':
      return Number(left !== 0 && right !== 0);
    default:
      return Number(left !== 0 || right !== 0);
  }
}

/** From the first value on, so that equal ones have none but themselves. */
function mean([first, ...others]: number[]): number {
  return first + others.reduce((total, value) => total + (value - first), 0) / (others.length + 1);
}

function moment(values: number[], power: number): number {
  return mean(values.map((value) => Math.pow(value - mean(values), power)));
}

function together(a: number[], b: number[]): number {
  return mean(a.map((value, n) => (value - mean(a)) * (b[n] - mean(b))));
}

function delayed(series: Series, back: number): Series {
  return series.map((_, row) => (row < back ? null : series[row - back]));
}

function minus(left: Series, right: Series): Series {
  return left.map((value, row) => (value === null || right[row] === null ? null : value - right[row]));
}

/** Weights of all values that there are, newest first: a(1 − a)^k, and what is left for the first one; from that one on. */
function averaged(series: Series, length: number): Series {
  const weight = 2 / (length + 1);
  return series.map((now, row) => {
    if (now === null) return null;
    const values = series.slice(0, row + 1).filter((value) => value !== null);
    const [first] = values;
    return values.reduce((total, value, n) => total + (value - first) * weight * (1 - weight) ** (values.length - 1 - n), first);
  });
}

function smoothed(series: Series, length: number): Series {
  return series.map((now, row) => {
    const values = series.slice(0, row + 1).filter((value) => value !== null);
    if (now === null || values.length < length) return null;
    return values.slice(length).reduce((average, value) => average + (value - average) / length, mean(values.slice(0, length)));
  });
}
