/** The exchange itself is a pure function of state and event: these are the ways out of it that the language offers. */
import ts from 'typescript';
import { lineOf, walk, type SourceFile } from './source-file.js';

/** Globals that read a clock, a random source, the machine or another thread. */
const IMPURE = new Set([
  ...['performance', 'process', 'crypto', 'console', 'fetch', 'navigator', 'globalThis', 'require', 'eval', 'Intl'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'requestAnimationFrame'],
  ...['Worker', 'Atomics', 'SharedArrayBuffer', 'MessageChannel', 'BroadcastChannel', 'WebSocket'],
]);

/** Methods whose result depends on the time zone or language of the machine. */
const LOCAL = /^(toLocale(Date|Time)?String|localeCompare|getTimezoneOffset|[gs]et(FullYear|Month|Date|Day|Hours|Minutes|Seconds))$/;

/** Uses of a clock, randomness, I/O, timers, threads or local time in `file`. */
export function purityFaults(file: SourceFile): string[] {
  const faults: string[] = [];
  walk(file, (node) => {
    const use = impureUse(node);
    if (use !== undefined) faults.push(`${file.path}:${lineOf(file, node)}: uses ${use}`);
  });
  return faults;
}

function impureUse(node: ts.Node): string | undefined {
  if (!ts.isIdentifier(node)) return undefined;
  if (ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) return LOCAL.test(node.text) ? node.text : undefined;
  if (!isReference(node)) return undefined;
  if (IMPURE.has(node.text)) return node.text;
  if (node.text === 'Date') return isCalendarArithmetic(node) ? undefined : 'the clock (Date)';
  if (node.text === 'Math')
    return isNamedMember(node.parent, 'Math') && memberOf(node.parent) !== 'random' ? undefined : 'randomness (Math)';
  return undefined;
}

/** `Date.UTC(...)`, `new Date(something)` and the type: arithmetic on a given instant. */
function isCalendarArithmetic(node: ts.Identifier): boolean {
  if (ts.isNewExpression(node.parent) && node.parent.expression === node) return (node.parent.arguments?.length ?? 0) > 0;
  return isNamedMember(node.parent, 'Date') && memberOf(node.parent) === 'UTC';
}

function isNamedMember(node: ts.Node, object: string): node is ts.PropertyAccessExpression {
  return ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === object;
}

function memberOf(node: ts.PropertyAccessExpression): string {
  return node.name.text;
}

/** Whether the identifier stands for a value, rather than naming a member, a type or a declaration. */
function isReference(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isTypeReferenceNode(parent) || ts.isQualifiedName(parent)) return false;
  if (ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isPropertyDeclaration(parent)) return parent.name !== node;
  return !(ts.isMethodDeclaration(parent) || ts.isMethodSignature(parent) || ts.isAccessor(parent) || ts.isEnumMember(parent));
}
