/**
 * Modules of the web application for a test without a browser: bundled as they are, with Vue and its kind left outside. What
 * they need of a browser is little, and here: addresses relative to an exchange, a socket, a place to keep choices, frames.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import WebSocket from 'ws';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

interface Teardown {
  teardown(run: () => Promise<unknown>): void;
}

/** The exports of `names`, paths under src/web without their ending; one bundle, so that they share what they share. */
export async function webModules(t: Teardown, names: readonly string[]): Promise<unknown[]> {
  const folder = await mkdtemp(join(ROOT, 'dist', 'web-modules-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const bundle = await rolldown({
    input: Object.fromEntries(names.map((name) => [name, join(ROOT, 'src/web', `${name}.ts`)])),
    platform: 'node',
    external: /^(vue|pinia|vue-i18n|naive-ui)$/,
    resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  });
  await bundle.write({ dir: folder, format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: 'shared-[name].mjs' });
  await bundle.close();
  return await Promise.all(names.map(async (name): Promise<unknown> => await import(pathToFileURL(join(folder, `${name}.mjs`)).href)));
}

/** Puts what the modules need of a browser into this process; `url` is that of the exchange. */
export async function browserOf(url: string): Promise<void> {
  // Vue looks for a document when it is loaded, and there is none to draw on
  await import('vue');
  const kept = new Map([['qaexchange.prefs', '{"locale":"en","theme":"light"}']]);
  const plain = globalThis.fetch;
  Object.assign(globalThis, {
    location: new URL(url),
    document: { hidden: false, cookie: '', documentElement: { dataset: {} } },
    localStorage: { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) },
    requestAnimationFrame: (run: () => void) => setTimeout(run, 0),
    cancelAnimationFrame: clearTimeout,
    WebSocket,
    fetch: async (path: string, init?: RequestInit) => await plain(new URL(path, url), init),
  });
}
