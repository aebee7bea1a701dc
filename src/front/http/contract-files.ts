/** The contract as files: the schemas of the package, and the page that shows them. Nothing is fetched from elsewhere. */
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Refusal } from '../../core/refusal.js';
import { RawAnswer } from './route.js';

/** This file lies in dist/src/front/http, or bundled in dist/program/src/chunks. */
export const SCHEMAS = fileURLToPath(new URL('../../../../schemas/', import.meta.url));
const PAGE_PACKAGE = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.json': 'application/json; charset=utf-8',
  '.yaml': 'application/yaml; charset=utf-8',
  '.fbs': 'text/plain; charset=utf-8',
};
const SCHEMA_EXTENSIONS = ['.fbs', '.yaml', '.json'];
const PAGE_FILES: readonly string[] = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

const HTML_TYPE = 'text/html; charset=utf-8';
/** The page runs its own script and style only, and talks to nobody else; it puts small pictures and styles inline. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";
const CACHED = [['cache-control', 'public, max-age=3600']] as const;

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>qaexchange: reference</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css">
    <link rel="icon" href="/docs/favicon-32x32.png">
  </head>
  <body>
    <div id="reference"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;
const PAGE_START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#reference', deepLinking: true, docExpansion: 'none', filter: true });
`;

export function referencePage(): RawAnswer {
  return new RawAnswer(200, HTML_TYPE, PAGE, [['content-security-policy', PAGE_POLICY]]);
}

/** A file of the page; throws 9007 for any other. */
export async function pageFile(name: string): Promise<RawAnswer> {
  if (name === 'start.js') return new RawAnswer(200, MEDIA_TYPES['.js'], PAGE_START, CACHED);
  if (!PAGE_FILES.includes(name)) throw new Refusal(9007);
  return file(join(PAGE_PACKAGE, name));
}

/** A file of the folder `schemas`; throws 9007 for any other. */
export async function schemaFile(name: string): Promise<RawAnswer> {
  // only names that are there: no path is made of what a client sends
  const known = await readdir(SCHEMAS);
  if (!SCHEMA_EXTENSIONS.includes(extname(name)) || !known.includes(name)) throw new Refusal(9007);
  return file(join(SCHEMAS, name));
}

async function file(path: string): Promise<RawAnswer> {
  return new RawAnswer(200, MEDIA_TYPES[extname(path)], await readFile(path), CACHED);
}
