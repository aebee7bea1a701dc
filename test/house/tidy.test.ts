import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { REFUSALS } from '../../src/core/refusal.js';
import { listFiles, parseSource, readSources, repositoryRoot } from './source-file.js';
import {
  castFaults,
  codeFaults,
  consoleFaults,
  deadFileFaults,
  lengthFaults,
  machinePathFaults,
  markerFaults,
  nameFaults,
  topLevelFaults,
} from './tidy.js';

const FOLDERS = ['src', 'workers', 'schemas', 'bench', 'test'];
const root = repositoryRoot();
const paths = listFiles(root, FOLDERS);
const sources = readSources(root, FOLDERS);
const texts = paths
  .filter((path) => /\.(ts|fbs|json|md|vue|css|html)$/.test(path))
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
const codes = new Set(Object.keys(REFUSALS).map(Number));

t.test('no mark of unfinished work', async (t) => {
  t.ok(sources.length > 5, 'the sources were found');
  t.strictSame(
    texts.flatMap(({ path, text }) => markerFaults(path, text)),
    [],
  );
  t.equal(markerFaults('src/x.ts', 'const a = 1;\n// TODO: more').length, 1);
  t.equal(markerFaults('test/x.ts', '/* FIXME */').length, 1);
  t.strictSame(markerFaults('src/x.ts', 'const XXXL = hackneyed; // todo list'), []);
});

t.test("no path of somebody's machine", async (t) => {
  t.strictSame(
    texts.flatMap(({ path, text }) => machinePathFaults(path, text)),
    [],
  );
  for (const path of ["'/home/ann/x'", '/work/x', '"/tmp"', '`/root/${x}`']) t.equal(machinePathFaults('src/x.ts', path).length, 1, path);
  t.strictSame(machinePathFaults('src/x.ts', "'./work/x' + '/api/work/order' + `${base}/tmp` + '/workers/x'"), []);
  t.strictSame(machinePathFaults('test/x.ts', "'/tmp/absent'"), []);
});

t.test('no file of the program is longer than one idea', async (t) => {
  t.strictSame(
    texts.filter(({ path }) => path.endsWith('.ts')).flatMap(({ path, text }) => lengthFaults(path, text)),
    [],
  );
  t.strictSame(lengthFaults('src/x.ts', 'x\n'.repeat(500)), []);
  t.equal(lengthFaults('workers/x.ts', 'x\n'.repeat(501)).length, 1);
  t.strictSame(lengthFaults('src/wire/generated/x.ts', 'x\n'.repeat(501)), []);
});

t.test('names of files and folders are kebab-case', async (t) => {
  t.strictSame(paths.flatMap(nameFaults), []);
  for (const path of ['src/core/orderBook.ts', 'src/Core/x.ts', 'test/order_book.test.ts']) t.equal(nameFaults(path).length, 1, path);
  for (const path of ['src/core/order-book.ts', 'test/core/x.test.ts', 'src/core/README.md']) t.strictSame(nameFaults(path), []);
});

t.test('the top level holds only what the design names', async (t) => {
  t.strictSame(topLevelFaults(readdirSync(root)), []);
  t.equal(topLevelFaults(['src', 'scripts', '.github', 'npm-debug.log']).length, 1);
});

t.test('nothing is cast to any', async (t) => {
  t.strictSame(sources.flatMap(castFaults), []);
  t.equal(castFaults(parseSource('src/x.ts', 'const a = b as any; const c = <any>d;')).length, 2);
  t.strictSame(castFaults(parseSource('src/x.ts', "const a = b as unknown; const s = 'as any';")), []);
});

t.test('only the subcommands print', async (t) => {
  t.strictSame(sources.flatMap(consoleFaults), []);
  const text = 'console.log(1);';
  t.equal(consoleFaults(parseSource('src/front/x.ts', text)).length, 1);
  t.equal(consoleFaults(parseSource('workers/x.ts', text)).length, 1);
  t.strictSame(consoleFaults(parseSource('src/cli/x.ts', text)), []);
  t.strictSame(consoleFaults(parseSource('src/x.ts', `// ${text}`)), []);
});

t.test('every file of the program is used', async (t) => {
  t.strictSame(deadFileFaults(sources), []);
  const files = [
    parseSource('src/main.ts', "import './a.js'; new Worker(new URL('./thread.js', import.meta.url));"),
    parseSource('src/a.ts', "export * from './b.js';"),
    parseSource('src/b.ts', ''),
    parseSource('src/thread.ts', ''),
    parseSource('src/left.ts', "import './behind.js';"),
    parseSource('src/behind.ts', "import './left.js';"),
  ];
  t.strictSame(deadFileFaults(files), ['src/left.ts: nothing uses it', 'src/behind.ts: nothing uses it']);
});

t.test('every refusal code given by number is in the table', async (t) => {
  t.strictSame(
    sources.filter(({ path }) => !path.startsWith('test/')).flatMap((file) => codeFaults(file, codes)),
    [],
  );
  const unknown = [
    'throw new Refusal(1999);',
    'sink.orderRefused(order, 1999);',
    'const a = { code: 1999 };',
    'entry.code = 1999;',
    'const rejectCode = full ? 3003 : 1999;',
    'if (answer.code === 1999) stop();',
    'function checkVolume(): number { return 1999; }',
  ];
  for (const text of unknown) t.equal(codeFaults(parseSource('src/x.ts', text), codes).length, 1, text);
  const fine = [
    'throw new Refusal(1001);',
    'const capacity = 4096;',
    'ws.end(4009);',
    'const closeCode = 1999;',
    'const a = { port: 8094, volume: 1999 };',
  ];
  for (const text of fine) t.strictSame(codeFaults(parseSource('src/x.ts', text), codes), [], text);
});
