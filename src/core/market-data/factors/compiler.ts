/** From trees of expressions to nodes of a graph. */
import { FactorError } from './factor-error.js';
import { COLUMNS, type FactorRow } from './factor-row.js';
import { STANDARD_NAMES } from './factor-stream.js';
import { FUNCTIONS, type Call } from './functions.js';
import type { Graph } from './graph.js';
import { operationOn, type OperationName } from './operations.js';
import type { Expression } from './parser.js';

export function isColumn(name: string): name is keyof FactorRow {
  return (COLUMNS as readonly string[]).includes(name);
}

/** The node of an expression; `named` gives those of other factors. Throws FactorError. */
export function compile(graph: Graph, expression: Expression, named: ReadonlyMap<string, number>): number {
  const apply = (name: OperationName, ...inputs: number[]): number => graph.map(name, inputs, operationOn(name, inputs));
  switch (expression.kind) {
    case 'number':
      return graph.constant(expression.value);
    case 'name':
      return nameNode(graph, expression.name, expression.at, named);
    case 'unary': {
      const operand = compile(graph, expression.operand, named);
      return expression.operator === '!' ? apply('!', operand) : apply('-', graph.constant(0), operand);
    }
    case 'binary':
      return apply(expression.operator as OperationName, compile(graph, expression.left, named), compile(graph, expression.right, named));
    case 'call': {
      const { name, args, at } = expression;
      const terms = FUNCTIONS.get(name);
      if (terms === undefined) throw FactorError.at(at, `there is no function ${name}; there are ${[...FUNCTIONS.keys()].join(', ')}`);
      if (args.length < terms.least || args.length > terms.most) throw FactorError.at(at, `${name} is written ${terms.usage}`);
      // each once, however often the function asks for it
      const values: number[] = [];
      const call: Call = { graph, args, apply, value: (index) => (values[index] ??= compile(graph, args[index], named)) };
      return terms.build(call);
    }
  }
}

function nameNode(graph: Graph, name: string, at: number, named: ReadonlyMap<string, number>): number {
  const own = named.get(name);
  if (own !== undefined) return own;
  if (isColumn(name)) return graph.column(name);
  if (STANDARD_NAMES.includes(name)) return graph.standard(name);
  const parts = STANDARD_NAMES.filter((each) => each.startsWith(`${name}.`));
  if (parts.length > 0) throw FactorError.at(at, `${name} has parts: write ${parts.join(' or ')}`);
  if (FUNCTIONS.has(name)) throw FactorError.at(at, `${name} is a function: write ${FUNCTIONS.get(name)!.usage}`);
  throw FactorError.at(at, `nothing is called ${name}: there are the columns ${COLUMNS.join(', ')} and the factors`);
}

/** Names that an expression refers to, wherever they stand. */
export function namesIn(expression: Expression): string[] {
  switch (expression.kind) {
    case 'number':
      return [];
    case 'name':
      return [expression.name];
    case 'unary':
      return namesIn(expression.operand);
    case 'binary':
      return [...namesIn(expression.left), ...namesIn(expression.right)];
    case 'call':
      return expression.args.flatMap(namesIn);
  }
}
