/**
 * Writes what is made of the route table: `openapi.yaml`, and the table of routes in the README. Both are committed, and a test compares
 * them. Run by `npm run schemas`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Document, isCollection, visit } from 'yaml';
import { openApiDocument, tagOf } from '../src/front/http/openapi.js';
import { ROUTES } from '../src/front/http/routes/index.js';

/** What is short stands on one line. */
const FLOW_CHARACTERS_MAX = 110;
const HEADING = '# Made of the route table by `npm run schemas`: change that, not this.\n';

const [TABLE_BEGIN, TABLE_END] = ['<!-- routes: made by npm run schemas -->', '<!-- end of routes -->'];

export function openApiText(): string {
  const document = new Document(openApiDocument(ROUTES), { aliasDuplicateObjects: false });
  visit(document, {
    Collection: (_, node) => {
      if (isCollection(node) && JSON.stringify(node).length <= FLOW_CHARACTERS_MAX) node.flow = true;
    },
  });
  return HEADING + document.toString({ lineWidth: 140, flowCollectionPadding: true });
}

/** The README with its table of routes as it should be. */
export function readmeText(readme: string): string {
  const [begin, end] = [readme.indexOf(TABLE_BEGIN), readme.indexOf(TABLE_END)];
  if (begin === -1 || end < begin) throw new Error(`the README has no ${TABLE_BEGIN}`);
  return `${readme.slice(0, begin + TABLE_BEGIN.length)}\n\n${routeTable()}\n${readme.slice(end)}`;
}

function routeTable(): string {
  const places = new Map<string, string[]>();
  for (const { id, method, path } of ROUTES) {
    const area = places.get(tagOf(id)) ?? [];
    places.set(tagOf(id), [...area, `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`]);
  }
  const rows = [...places].map(([area, own]) => `| ${area} | ${own.map((place) => `\`${place}\``).join(', ')} |`);
  return ['| area | routes |', '|---|---|', ...rows, ''].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(join('schemas', 'openapi.yaml'), openApiText());
  writeFileSync('README.md', readmeText(readFileSync('README.md', 'utf8')));
}
