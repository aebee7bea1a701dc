/** What is worked out of values of one bar. NaN is null: it goes through everything but what asks for it. */

const truth = (isSo: boolean): number => (isSo ? 1 : 0);

/** null where one of the two is. */
const compared = (isSo: (left: number, right: number) => boolean): ((left: number, right: number) => number) => {
  return (left, right) => (Number.isNaN(left) || Number.isNaN(right) ? NaN : truth(isSo(left, right)));
};

const OPERATIONS = {
  '+': (left: number, right: number) => left + right,
  '-': (left: number, right: number) => left - right,
  '*': (left: number, right: number) => left * right,
  '/': (left: number, right: number) => left / right,
  /** With the sign of the left one. */
  '%': (left: number, right: number) => left % right,
  '<': compared((left, right) => left < right),
  '<=': compared((left, right) => left <= right),
  '>': compared((left, right) => left > right),
  '>=': compared((left, right) => left >= right),
  '==': compared((left, right) => left === right),
  '!=': compared((left, right) => left !== right),
  '&&': compared((left, right) => left !== 0 && right !== 0),
  '||': compared((left, right) => left !== 0 || right !== 0),
  '!': (value: number) => (Number.isNaN(value) ? NaN : truth(value === 0)),
  max: Math.max,
  min: Math.min,
  abs: Math.abs,
  log: Math.log,
  sqrt: Math.sqrt,
  exp: Math.exp,
  pow: (base: number, exponent: number) => (Number.isNaN(base) ? NaN : base ** exponent),
  isnull: (value: number) => truth(Number.isNaN(value)),
  fillna: (value: number, otherwise: number) => (Number.isNaN(value) ? otherwise : value),
  if: (condition: number, then: number, otherwise: number) => (Number.isNaN(condition) ? NaN : condition !== 0 ? then : otherwise),
  /** Of a market that stands still 50. */
  rsi: (gain: number, loss: number) => {
    if (Number.isNaN(gain) || Number.isNaN(loss)) return NaN;
    if (loss === 0) return gain === 0 ? 50 : 100;
    return 100 - 100 / (1 + gain / loss);
  },
} as const;

export type OperationName = keyof typeof OPERATIONS;

/** The operation on some of the values of a bar. */
export function operationOn(name: OperationName, [first, second, third]: readonly number[]): (values: Float64Array) => number {
  const operation: (...operands: number[]) => number = OPERATIONS[name];
  if (third !== undefined) return (values) => operation(values[first], values[second], values[third]);
  if (second !== undefined) return (values) => operation(values[first], values[second]);
  return (values) => operation(values[first]);
}
