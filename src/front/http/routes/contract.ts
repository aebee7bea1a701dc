/** The contract itself (rest.md N7): the document made of the route table, the schemas, and a page over them. */
import Type from 'typebox';
import { pageFile, referencePage, schemaFile } from '../contract-files.js';
import { openApiDocument } from '../openapi.js';
import { Id } from '../resources.js';
import { JSON_TYPE } from '../response.js';
import { RawAnswer, route, type Route } from '../route.js';

const access = { caller: 'public' } as const;
const params = Type.Object({ file: Id });

/** The document tells of all routes, these included; `routes` is asked for when somebody wants to see it. */
export function contractRoutes(routes: () => readonly Route[]): Route[] {
  let text: string | undefined;
  const document = route({
    id: 'N7',
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document.',
    access,
    mediaType: JSON_TYPE,
    response: Type.Object({ openapi: Type.String(), paths: Type.Unknown() }, { description: 'An OpenAPI 3.1 document.' }),
    handler: () => new RawAnswer(200, JSON_TYPE, (text ??= JSON.stringify(openApiDocument(routes())))),
  });
  return [document, schema, page, pageParts];
}

const schema = route({
  id: 'N7-schema',
  method: 'GET',
  path: '/schemas/:file',
  summary: 'A file of the folder schemas.',
  access,
  params,
  mediaType: '*/*',
  response: Type.String(),
  refusals: [9007],
  handler: ({ params: { file } }) => schemaFile(file),
});

const page = route({
  id: 'N7-docs',
  method: 'GET',
  path: '/docs',
  summary: 'This document as a page.',
  access,
  mediaType: 'text/html',
  response: Type.String(),
  handler: () => referencePage(),
});

const pageParts = route({
  id: 'N7-docs-file',
  method: 'GET',
  path: '/docs/:file',
  summary: 'A part of the page.',
  access,
  params,
  mediaType: '*/*',
  response: Type.String(),
  refusals: [9007],
  handler: ({ params: { file } }) => pageFile(file),
});
