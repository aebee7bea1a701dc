/** Small rules about what may lie around in the repository. Every fault is one sentence. */
import ts from 'typescript';
import { isGenerated, lineOf, referencesOf, resolveSpecifier, walk, type SourceFile } from './source-file.js';

/** Longer files hide more than one idea; the style asks for about 400 lines. */
const LINES_MAX = 500;

/** This folder must name what it forbids. */
const isHouse = (path: string): boolean => path.startsWith('test/house/');
const isProgram = (path: string): boolean => path.startsWith('src/') || path.startsWith('workers/');
const isTest = (path: string): boolean => path.startsWith('test/');

/** Top-level entries that the design names or that a tool insists on; names that begin with a dot are tools' files. */
const TOP_LEVEL = new Set([
  ...['src', 'workers', 'schemas', 'bench', 'test', 'package.json', 'tsconfig.json', 'README.md'],
  ...['package-lock.json', 'eslint.config.js', 'LICENSE'],
  // never committed: what installing, building and running leave behind
  ...['node_modules', 'dist', 'data'],
]);

/** Marks of unfinished work. */
export function markerFaults(path: string, text: string): string[] {
  return isHouse(path) ? [] : linesMatching(path, text, /\b(TODO|FIXME|XXX|HACK)\b/, 'unfinished');
}

/** Paths that exist on one machine only. A test may name a temporary folder that it does not use. */
export function machinePathFaults(path: string, text: string): string[] {
  if (isHouse(path)) return [];
  const folders = isTest(path) ? /(?<![\w.$}\])-])\/(work|home|root|Users)\// : /(?<![\w.$}\])-])\/(work|home|root|Users|tmp)(?![\w-])/;
  return linesMatching(path, text, folders, "a path of somebody's machine");
}

export function lengthFaults(path: string, text: string): string[] {
  const lines = text.trimEnd().split('\n').length;
  if (!isProgram(path) || isGenerated(path) || lines <= LINES_MAX) return [];
  return [`${path}: ${lines} lines, more than ${LINES_MAX}: split it`];
}

/** Folders and files are lower case words with hyphens; `README.md` is the one exception. */
export function nameFaults(path: string): string[] {
  const names = path.split('/').slice(1);
  const wrong = names.some((name) => name !== 'README.md' && !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*$/.test(name));
  return wrong && !isGenerated(path) ? [`${path}: not kebab-case`] : [];
}

export function topLevelFaults(names: readonly string[]): string[] {
  return names
    .filter((name) => !name.startsWith('.') && !name.endsWith('.log') && !TOP_LEVEL.has(name))
    .map((name) => `${name}: the top level has no place for it`);
}

/** Casts that switch the compiler off. */
export function castFaults(file: SourceFile): string[] {
  const faults: string[] = [];
  walk(file, (node) => {
    const cast = ts.isAsExpression(node) || ts.isTypeAssertionExpression(node);
    if (cast && node.type.kind === ts.SyntaxKind.AnyKeyword) faults.push(`${file.path}:${lineOf(file, node)}: casts to any`);
  });
  return faults;
}

/** Printing is the business of the subcommands; everything else logs. */
export function consoleFaults(file: SourceFile): string[] {
  if (!isProgram(file.path) || file.path.startsWith('src/cli/')) return [];
  const faults: string[] = [];
  walk(file, (node) => {
    const prints = ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'console';
    if (prints) faults.push(`${file.path}:${lineOf(file, node)}: prints with console`);
  });
  return faults;
}

/** Files of the program that nothing leads to from an entry point, a bench or a test. */
export function deadFileFaults(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const alive = new Set<string>();
  const pending = files.map(({ path }) => path).filter(isEntryPoint);
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const file = byPath.get(path);
    if (file === undefined || alive.has(path)) continue;
    alive.add(path);
    for (const { specifier } of referencesOf(file)) {
      const target = resolveSpecifier(path, specifier);
      if (target !== undefined) pending.push(target);
    }
  }
  return files.filter(({ path }) => !alive.has(path) && !isGenerated(path)).map(({ path }) => `${path}: nothing uses it`);
}

/** Refusal codes given by number that `known` does not have, so that no client ever sees a code without a text. */
export function codeFaults(file: SourceFile, known: ReadonlySet<number>): string[] {
  const faults: string[] = [];
  walk(file, (node) => {
    if (!ts.isNumericLiteral(node) || !/^[1-9]\d{3}$/.test(node.getText(file.tree)) || !meansRefusal(node)) return;
    if (!known.has(Number(node.text))) faults.push(`${file.path}:${lineOf(file, node)}: code ${node.text} is not in REFUSALS`);
  });
  return faults;
}

function isEntryPoint(path: string): boolean {
  // the last one is called by the build of the web pages, which is no TypeScript
  const entries = ['src/main.ts', 'src/client/index.ts', 'schemas/generate.ts', 'schemas/web-contract.ts'];
  if (entries.includes(path)) return true;
  return /^workers\/[^/]+$/.test(path) || path.startsWith('bench/') || isTest(path);
}

/** Whether the place of a four-digit number says that it is a refusal code. Codes of a socket's close are their own. */
function meansRefusal(node: ts.Node): boolean {
  const name = nameOfPlace(node);
  return name !== undefined && /^code$|(refusal|refuse|reject|[a-z]Code$)/i.test(name) && !/close|exit|status|http/i.test(name);
}

/** The name of the variable, property, function or class that `node` is given to, returned from or compared with. */
function nameOfPlace(node: ts.Node): string | undefined {
  const parent = node.parent;
  if (ts.isConditionalExpression(parent) || ts.isParenthesizedExpression(parent)) return nameOfPlace(parent);
  if (ts.isBinaryExpression(parent)) return lastName(parent.left === node ? parent.right : parent.left);
  if (ts.isCallExpression(parent) || ts.isNewExpression(parent)) return lastName(parent.expression);
  if (ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent) || ts.isVariableDeclaration(parent)) return parent.name.getText();
  if (ts.isReturnStatement(parent)) return nameOfFunctionAround(parent);
  return undefined;
}

/** `check…` functions answer with a code, so they count as refusals. */
function nameOfFunctionAround(node: ts.Node): string | undefined {
  let around: ts.Node = node;
  while (!ts.isFunctionLike(around)) around = around.parent;
  const name = around.name?.getText();
  return name !== undefined && /^(check|verify|validate)/.test(name) ? `${name}Code` : name;
}

function lastName(node: ts.Expression): string | undefined {
  if (ts.isIdentifier(node)) return node.text;
  return ts.isPropertyAccessExpression(node) ? node.name.text : undefined;
}

function linesMatching(path: string, text: string, pattern: RegExp, what: string): string[] {
  return text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${what}: ${line.trim()}`] : []));
}
