/**
 * Builds the web application into dist/web, compressed for the wire, unless nothing that it is made of has changed since. Runs after tsc
 * (`npm run build`), whose output writes the types of the contract.
 */
import { readdirSync, statSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCE = join(ROOT, 'src/web');
const TARGET = join(ROOT, 'dist/web');
const STAMP = join(TARGET, 'build-time');
const INPUTS = [SOURCE, join(ROOT, 'src/client'), join(ROOT, 'schemas/openapi.yaml'), join(ROOT, 'package-lock.json')];

/** Smaller files gain nothing. */
const COMPRESSED_BYTES_MIN = 1024;

/** @param {string} path */
function newestChange(path) {
  const info = statSync(path);
  if (!info.isDirectory()) return info.mtimeMs;
  const own = readdirSync(path).map((name) => newestChange(join(path, name)));
  return Math.max(info.mtimeMs, ...own);
}

function isBuilt() {
  try {
    return statSync(STAMP).mtimeMs > Math.max(...INPUTS.map(newestChange));
  } catch {
    return false;
  }
}

/** @param {string} folder */
async function compress(folder) {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const wanted = names.filter((name) => ['.js', '.css', '.html', '.svg', '.json'].includes(extname(name)));
  await Promise.all(
    wanted.map(async (name) => {
      const path = join(folder, name);
      const body = await readFile(path);
      if (body.length < COMPRESSED_BYTES_MIN) return;
      const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: body.length } };
      await writeFile(`${path}.br`, await promisify(brotliCompress)(body, quality));
      await writeFile(`${path}.gz`, await promisify(gzip)(body, { level: 9 }));
    }),
  );
}

async function build() {
  const startedMs = Date.now();
  const { contractTypesOf } = await import(pathToFileURL(join(ROOT, 'dist/schemas/web-contract.js')).href);
  await writeFile(join(ROOT, 'dist/contract.d.ts'), contractTypesOf(ROOT));
  const [{ build: bundle }, { default: vue }] = await Promise.all([import('vite'), import('@vitejs/plugin-vue')]);
  // several builds may run at once: each has its own folder, and the last one stays
  const draft = `${TARGET}-${process.pid}`;
  const name = startedMs.toString(36);
  await bundle({
    root: SOURCE,
    configFile: false,
    logLevel: 'warn',
    plugins: [vue()],
    define: {
      __BUILD__: JSON.stringify(name),
      __VUE_OPTIONS_API__: 'false',
      __VUE_PROD_DEVTOOLS__: 'false',
      __VUE_I18N_FULL_INSTALL__: 'false',
      __VUE_I18N_LEGACY_API__: 'false',
      __INTLIFY_PROD_DEVTOOLS__: 'false',
    },
    build: {
      outDir: draft,
      emptyOutDir: true,
      target: 'es2022',
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 1200,
      reportCompressedSize: false,
    },
  });
  await writeFile(join(draft, 'build.json'), JSON.stringify({ build: name }));
  await compress(draft);
  await writeFile(join(draft, 'build-time'), new Date(startedMs).toISOString());
  await mkdir(TARGET, { recursive: true });
  await rm(`${draft}-old`, { recursive: true, force: true });
  await rename(TARGET, `${draft}-old`);
  await rename(draft, TARGET);
  await rm(`${draft}-old`, { recursive: true, force: true });
  process.stdout.write(`web pages built in ${((Date.now() - startedMs) / 1000).toFixed(1)} s\n`);
}

if (!isBuilt()) await build();
