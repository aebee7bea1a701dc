import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { openApiText, readmeText } from '../../../schemas/generate-openapi.js';
import { ROUTES } from '../../../src/front/http/routes/index.js';

const committed = readFileSync(join('schemas', 'openapi.yaml'), 'utf8');

t.test('the committed document is what the route table makes', (t) => {
  t.ok(committed === openApiText(), 'run `npm run schemas`');
  t.end();
});

t.test('the README lists the routes that there are', (t) => {
  const readme = readFileSync('README.md', 'utf8');
  t.ok(readme === readmeText(readme), 'run `npm run schemas`');
  t.end();
});

t.test('it has every path of every route once, and says who may call', (t) => {
  const { paths } = parse(committed) as { paths: Record<string, Record<string, { operationId: string; security: unknown[] }>> };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ place: `${method.toUpperCase()} ${path}`, ...operation })),
  );
  const places = ROUTES.flatMap(({ method, path, aliases }) =>
    [path, ...aliases].map((each) => `${method} ${each.replaceAll(/:(\w+)/g, '{$1}')}`),
  );
  t.same(operations.map(({ place }) => place).sort(), places.sort());
  t.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length, 'operation ids are unique');
  for (const { access, id } of ROUTES) {
    const { security } = operations.find(({ operationId }) => operationId === id)!;
    if (access.caller !== 'public') t.same(security, [{ token: [] }], id);
  }
  t.end();
});

t.test('every reference leads somewhere', (t) => {
  const { components } = parse(committed) as { components: { schemas: Record<string, unknown> } };
  const names = new Set(committed.match(/(?<=#\/components\/schemas\/)\w+/g));
  for (const name of names) t.ok(components.schemas[name], name);
  t.end();
});
