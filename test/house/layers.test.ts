import t from 'tap';
import { circleFaults, layerFaults } from './layers.js';
import { purityFaults } from './purity.js';
import { parseSource, readSources, repositoryRoot, type SourceFile } from './source-file.js';

const sources = readSources(repositoryRoot(), ['src', 'workers', 'schemas', 'bench', 'test']);
const program = sources.filter(({ path }) => path.startsWith('src/') || path.startsWith('workers/'));
const core = program.filter(({ path }) => path.startsWith('src/core/'));

const layerFaultsOf = (path: string, text: string): string[] => layerFaults([parseSource(path, text)]);
const purityFaultsOf = (text: string): string[] => purityFaults(parseSource('src/core/x.ts', text));
const tree = (texts: Record<string, string>): SourceFile[] => Object.entries(texts).map(([path, text]) => parseSource(path, text));

t.test('every import of the repository goes down or stays in its layer', async (t) => {
  t.ok(program.length > 5 && core.length > 3, 'the sources were found');
  t.strictSame(layerFaults(sources), []);
});

t.test('no circle of imports between files of the program', async (t) => {
  t.strictSame(circleFaults(program), []);
});

t.test('the core uses no clock, randomness, I/O, timer or thread', async (t) => {
  t.strictSame(core.flatMap(purityFaults), []);
});

t.test('an import that the floors forbid is found', async (t) => {
  const forbidden: [path: string, text: string, reason: string][] = [
    ['src/core/x.ts', "import { readFileSync } from 'node:fs';", 'imports nothing but itself'],
    ['src/core/x.ts', "import { pino } from 'pino';", 'imports nothing but itself'],
    ['src/core/x.ts', "import { RingBuffer } from '../ring/ring-buffer.js';", 'on one floor'],
    ['src/core/x.ts', "import spec from '../../schemas/openapi.json' with { type: 'json' };", 'no wire contract'],
    ['src/auth/x.ts', "import { assert } from '../core/assert.js';", 'on one floor'],
    ['src/metrics/x.ts', "import type { Wal } from '../storage/wal.js';", 'above src/metrics'],
    ['src/client/x.ts', "import { Side } from '../core/enums.js';", 'may import only src/wire'],
    ['src/client/x.ts', "export * from '../front/session.js';", 'may import only src/wire'],
    ['src/wire/x.ts', "import { Client } from '../client/index.js';", 'on one floor'],
    ['src/wire/x.ts', "type Wal = import('../storage/wal.js').Wal;", 'above src/wire'],
    ['src/storage/x.ts', "import { shardOf } from '../cluster/shards.js';", 'on one floor'],
    ['src/storage/x.ts', "export const front = await import('../front/server.js');", 'above src/storage'],
    ['workers/x.ts', "import { Session } from '../src/front/session.js';", 'above workers'],
    ['src/front/http/x.ts', "import { main } from '../../cli/demo.js';", 'above src/front'],
    ['src/front/x.ts', "import '../../test/support/server.js';", 'not a part of the program'],
    ['src/cli/x.ts', "import { run } from '../../bench/main.js';", 'not a part of the program'],
    ['src/other/x.ts', '', 'belongs to no floor'],
  ];
  for (const [path, text, reason] of forbidden) {
    const faults = layerFaultsOf(path, text);
    t.equal(faults.length, 1, `${path}: ${text}`);
    t.match(faults[0], reason);
  }
});

t.test('an import that goes down is allowed', async (t) => {
  const allowed: [path: string, text: string][] = [
    ['src/core/book/x.ts', "import { assert } from '../assert.js';"],
    ['src/ring/x.ts', "import { threadId } from 'node:worker_threads';"],
    ['src/wire/x.ts', "import type { RingProducer } from '../ring/ring-producer.js';\nimport { Trade } from '../core/events.js';"],
    ['src/client/x.ts', "import { readOrder } from '../wire/order-frame.js';"],
    ['src/cluster/x.ts', "export const url = new URL('../../workers/matching.js', import.meta.url);"],
    ['workers/x.ts', "import { Wal } from '../src/storage/wal.js';\nimport { Trade } from '../src/core/events.js';"],
    [
      'src/front/ws/x.ts',
      "import { Gateway } from '../gateway/gateway.js';\nimport spec from '../../../schemas/ws.json' with { type: 'json' };",
    ],
    ['src/main.ts', "import { start } from './cli/start.js';"],
    ['src/cli/x.ts', "import { start } from '../front/server.js';"],
    ['bench/x.ts', "import { RingBuffer } from '../src/ring/ring-buffer.js';\nimport '../test/support/server.js';"],
  ];
  for (const [path, text] of allowed) t.strictSame(layerFaultsOf(path, text), [], text);
});

t.test('a circle of imports is found, and types do not make one', async (t) => {
  const b = "import { c } from './c.js'; export const b = 1;";
  const round = tree({
    'src/front/a.ts': "import { b } from './b.js';",
    'src/front/b.ts': b,
    'src/front/c.ts': "export { b as c } from './b.js';",
  });
  t.strictSame(circleFaults(round), ['circle of imports: src/front/b.ts → src/front/c.ts → src/front/b.ts']);
  t.equal(circleFaults(tree({ 'src/ring/a.ts': "import './a.js';" })).length, 1, 'a file that imports itself');

  for (const back of ["import type { B } from './b.js';", "import { type B } from './b.js';", "type B = import('./b.js').B;"]) {
    t.strictSame(circleFaults(tree({ 'src/front/b.ts': b, 'src/front/c.ts': back })), [], back);
  }
});

t.test('a way out of the pure core is found', async (t) => {
  const impure = [
    'const now = Date.now();',
    'const now = new Date();',
    'const now = Date();',
    'const { now } = Date;',
    'const start = performance.now();',
    'const start = process.hrtime();',
    'const id = Math.random();',
    'const { random } = Math;',
    "const id = Math['random']();",
    'const id = crypto.randomUUID();',
    'setTimeout(() => undefined, 1);',
    'queueMicrotask(f);',
    "const w = new Worker('x');",
    'Atomics.add(a, 0, 1);',
    'console.log(1);',
    'const f = { tick: setInterval };',
    'const hour = new Date(5).getHours();',
    'const text = (5).toLocaleString();',
  ];
  for (const text of impure) t.equal(purityFaultsOf(text).length, 1, text);
});

t.test('arithmetic, names and comments are not mistaken for it', async (t) => {
  const pure = [
    'const day = new Date(5).getUTCDate(); const first = Date.UTC(2025, 0, 1); let d: Date;',
    'const floor = Math.floor(1.5) + Math.max(1, 2);',
    '// performance, Date.now() and setTimeout are out of bounds here',
    'class Queue { process(): void { this.process(); } performance = 1; }',
    "const text = 'Math.random()'; interface Worker2 { process: number }",
  ];
  for (const text of pure) t.strictSame(purityFaultsOf(text), [], text);
});
