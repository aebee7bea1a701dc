import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import ts from 'typescript';

/** One TypeScript file of the repository, parsed (not type-checked). */
export interface SourceFile {
  /** From the root of the repository, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
}

/** One reference from a file to a module. */
export interface Reference {
  readonly specifier: string;
  /** `type`: erased by the compiler. `load`: a path given to a thread or process, `new URL('./x.js', import.meta.url)`. */
  readonly kind: 'import' | 'type' | 'load';
  readonly line: number;
}

export function parseSource(path: string, text: string): SourceFile {
  return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true, ts.ScriptKind.TS) };
}

/** The root of the repository: the nearest folder with a tsconfig.json, from the working directory upwards. */
export function repositoryRoot(): string {
  let folder = process.cwd();
  while (!existsSync(join(folder, 'tsconfig.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('not inside the repository: no tsconfig.json in any parent folder');
    folder = parent;
  }
  return folder;
}

/** Paths of all files below `folders` of the repository, sorted. */
export function listFiles(root: string, folders: readonly string[]): string[] {
  const paths: string[] = [];
  for (const folder of folders) {
    if (!existsSync(join(root, folder))) continue;
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name).slice(root.length + 1);
      if (!path.includes('node_modules')) paths.push(path.replaceAll('\\', '/'));
    }
  }
  return paths.sort();
}

/** All TypeScript files of `folders`. The web application is a project of its own, with its own rules. */
export function readSources(root: string, folders: readonly string[]): SourceFile[] {
  return listFiles(root, folders)
    .filter((path) => path.endsWith('.ts') && !path.startsWith('src/web/'))
    .map((path) => parseSource(path, readFileSync(join(root, path), 'utf8')));
}

/** Files that a tool writes and no rule of style holds for. */
export function isGenerated(path: string): boolean {
  return path.startsWith('src/wire/generated/');
}

export function lineOf(file: SourceFile, node: ts.Node): number {
  return file.tree.getLineAndCharacterOfPosition(node.getStart(file.tree)).line + 1;
}

/** Calls `visit` for every node of the file, parents first. */
export function walk(file: SourceFile, visit: (node: ts.Node) => void): void {
  const descend = (node: ts.Node): void => {
    visit(node);
    ts.forEachChild(node, descend);
  };
  descend(file.tree);
}

/** Everything that the file imports, re-exports or loads by path. */
export function referencesOf(file: SourceFile): Reference[] {
  const references: Reference[] = [];
  walk(file, (node) => {
    const found = referenceAt(node);
    if (found !== undefined) references.push({ ...found, line: lineOf(file, node) });
  });
  return references;
}

/** The path of the TypeScript file that a relative specifier of `from` means, or undefined for a package. */
export function resolveSpecifier(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts');
}

function referenceAt(node: ts.Node): Pick<Reference, 'specifier' | 'kind'> | undefined {
  if (ts.isImportDeclaration(node)) return reference(node.moduleSpecifier, isTypeOnlyImport(node) ? 'type' : 'import');
  if (ts.isExportDeclaration(node)) return reference(node.moduleSpecifier, isTypeOnlyExport(node) ? 'type' : 'import');
  if (ts.isImportTypeNode(node)) return reference(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, 'type');
  if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) {
    return reference(node.moduleReference.expression, 'import');
  }
  if (ts.isCallExpression(node) && (node.expression.kind === ts.SyntaxKind.ImportKeyword || isNamed(node.expression, 'require'))) {
    return reference(node.arguments[0], 'import');
  }
  if (ts.isNewExpression(node) && isNamed(node.expression, 'URL') && node.arguments?.[1]?.getText() === 'import.meta.url') {
    return reference(node.arguments[0], 'load');
  }
  return undefined;
}

function reference(specifier: ts.Node | undefined, kind: Reference['kind']): Pick<Reference, 'specifier' | 'kind'> | undefined {
  return specifier !== undefined && ts.isStringLiteralLike(specifier) ? { specifier: specifier.text, kind } : undefined;
}

function isNamed(node: ts.Node, name: string): boolean {
  return ts.isIdentifier(node) && node.text === name;
}

function isTypeOnlyImport(node: ts.ImportDeclaration): boolean {
  const clause = node.importClause;
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const bindings = clause.namedBindings;
  if (clause.name !== undefined || bindings === undefined || ts.isNamespaceImport(bindings)) return false;
  return bindings.elements.length > 0 && bindings.elements.every((element) => element.isTypeOnly);
}

function isTypeOnlyExport(node: ts.ExportDeclaration): boolean {
  if (node.isTypeOnly) return true;
  const clause = node.exportClause;
  if (clause === undefined || !ts.isNamedExports(clause)) return false;
  return clause.elements.length > 0 && clause.elements.every((element) => element.isTypeOnly);
}
