/** Who may import whom: the floors of the design, held against the sources. Every fault is one sentence. */
import { isGenerated, referencesOf, resolveSpecifier, type SourceFile } from './source-file.js';

interface Layer {
  readonly name: string;
  readonly floor: number;
  /** Folders and files of the layer; its name when left out. */
  readonly paths?: readonly string[];
  /** The lower layers it may import, when not all of them. */
  readonly only?: readonly string[];
  /** False: neither packages nor node: modules. */
  readonly packages?: false;
}

/** A layer imports itself and any lower floor, never another layer of its own floor. */
const LAYERS: readonly Layer[] = [
  { name: 'src/cli', floor: 7, paths: ['src/main.ts', 'src/cli'] },
  { name: 'src/front', floor: 6 },
  { name: 'workers', floor: 5 },
  { name: 'src/query', floor: 4 },
  { name: 'src/cluster', floor: 3 },
  { name: 'src/storage', floor: 3 },
  { name: 'src/replication', floor: 3 },
  { name: 'src/wire', floor: 2 },
  { name: 'src/client', floor: 2, only: ['src/wire'] },
  { name: 'src/core', floor: 1, packages: false },
  { name: 'src/ring', floor: 1 },
  { name: 'src/auth', floor: 1 },
  { name: 'src/metrics', floor: 1 },
];

/** Folders outside the floors: they import what they like, and of them the program may lean on the schemas only. */
const FREE = ['bench', 'test', 'schemas'];

/** Imports that the floors forbid, and files that belong to no floor. */
export function layerFaults(files: readonly SourceFile[]): string[] {
  const faults: string[] = [];
  for (const file of files) {
    if (FREE.includes(topOf(file.path))) continue;
    const layer = layerOf(file.path);
    if (layer === undefined) {
      faults.push(`${file.path}: belongs to no floor`);
      continue;
    }
    for (const { specifier, kind, line } of referencesOf(file)) {
      if (kind === 'load') continue;
      const target = resolveSpecifier(file.path, specifier);
      const reason = target === undefined ? packageFault(layer) : importFault(layer, target);
      if (reason !== undefined) faults.push(`${file.path}:${line}: imports ${target ?? specifier}: ${reason}`);
    }
  }
  return faults;
}

/** Circles of imports between files, type-only imports left out: `a.ts → b.ts → a.ts`. */
export function circleFaults(files: readonly SourceFile[]): string[] {
  const graph = new Map<string, string[]>();
  for (const file of files) {
    const targets = referencesOf(file).flatMap(({ specifier, kind }) =>
      kind === 'import' ? (resolveSpecifier(file.path, specifier) ?? []) : [],
    );
    if (!isGenerated(file.path)) graph.set(file.path, targets);
  }
  const faults: string[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string): void => {
    const start = trail.indexOf(path);
    if (start >= 0) faults.push(`circle of imports: ${[...trail.slice(start), path].join(' → ')}`);
    if (start >= 0 || done.has(path)) return;
    trail.push(path);
    for (const target of graph.get(path) ?? []) visit(target);
    trail.pop();
    done.add(path);
  };
  for (const path of graph.keys()) visit(path);
  return faults;
}

function packageFault(layer: Layer): string | undefined {
  return layer.packages === false ? `${layer.name} imports nothing but itself` : undefined;
}

function importFault(layer: Layer, target: string): string | undefined {
  if (topOf(target) === 'schemas') return layer.floor > 1 ? undefined : 'the first floor knows no wire contract';
  const other = layerOf(target);
  if (other === undefined) return 'not a part of the program';
  if (other === layer) return undefined;
  if (layer.only !== undefined)
    return layer.only.includes(other.name) ? undefined : `${layer.name} may import only ${layer.only.join(', ')}`;
  if (other.floor === layer.floor) return `${layer.name} and ${other.name} are on one floor`;
  return other.floor < layer.floor ? undefined : `${other.name} (floor ${other.floor}) is above ${layer.name} (floor ${layer.floor})`;
}

function layerOf(path: string): Layer | undefined {
  return LAYERS.find(({ name, paths }) => (paths ?? [name]).some((own) => path === own || path.startsWith(`${own}/`)));
}

function topOf(path: string): string {
  return path.slice(0, path.indexOf('/'));
}
