/** The route table as an OpenAPI 3.1 document: what the contract is, written by what serves it. */
import type { TSchema } from 'typebox';
import { REFUSALS, type RefusalCode } from '../../core/refusal.js';
import { components, referring, type JsonSchema } from './openapi-components.js';
import { refusalsOf } from './route-refusals.js';
import type { Route } from './route.js';
import { JSON_TYPE } from './response.js';

/** Of the contract, not of the program. */
const CONTRACT_VERSION = '1.0.0';

const TAGS: Readonly<Record<string, string>> = {
  S: 'Session and users',
  U: 'Accounts, orders, market',
  A: 'Administration',
  T: 'Further trading',
  B: 'Bank transfer',
  M: 'Management',
  N: 'Monitoring and contract',
  C: 'Account administration',
  L: 'Audit',
  P: 'Announcements',
  D: 'Data and analysis',
};

const HTTP_TEXT: Readonly<Record<number, string>> = {
  400: 'Refused: something in the request is wrong.',
  401: 'Refused: no token, or one that is not valid.',
  403: 'Refused: not yours, a permission is missing, or an account is frozen.',
  404: 'Refused: there is no such thing.',
  409: 'Refused: the state of things does not allow it.',
  413: 'Refused: the body is too large.',
  429: 'Refused: too many requests; Retry-After says when to come back.',
  500: 'Failed inside.',
  503: 'Not now: nothing has happened; Retry-After says when to try again.',
};

const MEDIA_TYPE = JSON_TYPE.split(';')[0];

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, TSchema>>;
  readonly required?: readonly string[];
}

/** The area that a row of the contract belongs to. */
export function tagOf(id: string): string {
  return TAGS[id[0]];
}

export function openApiDocument(routes: readonly Route[]): JsonSchema {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const route of routes) {
    for (const [i, path] of [route.path, ...route.aliases].entries()) {
      const key = path.replaceAll(/:(\w+)/g, '{$1}');
      (paths[key] ??= {})[route.method.toLowerCase()] = operation(route, i);
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'qaexchange',
      version: CONTRACT_VERSION,
      description:
        'Every answer is an envelope of success, data and error; an error has a code that never changes. Prices and amounts are decimal ' +
        'numbers, volumes whole lots, times UTC milliseconds, dates YYYY-MM-DD in exchange time (UTC+8). HEAD is served where GET is, ' +
        'OPTIONS everywhere.',
    },
    servers: [{ url: '/' }],
    tags: Object.values(TAGS).map((name) => ({ name })),
    paths,
    components: { schemas: components(), securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
  };
}

/** `alias` 0 is the canonical path. */
function operation(route: Route, alias: number): JsonSchema {
  const result: JsonSchema = {
    operationId: alias === 0 ? route.id : `${route.id}-alias-${alias}`,
    tags: [tagOf(route.id)],
    summary: route.summary,
    description: accessText(route),
    ...(alias === 0 ? {} : { deprecated: true, 'x-alias-of': route.path.replaceAll(/:(\w+)/g, '{$1}') }),
    security: securityOf(route),
    parameters: [...parameters(route.params, 'path'), ...parameters(route.query, 'query'), ...headerParameters(route)],
    responses: responses(route),
  };
  if (route.body !== undefined) {
    const content: JsonSchema = { [MEDIA_TYPE]: { schema: referring(route.body) } };
    if (route.csvField !== undefined) content['text/csv'] = { schema: { type: 'string' } };
    result['requestBody'] = { required: true, content };
  }
  return result;
}

function accessText({ access }: Route): string {
  switch (access.caller) {
    case 'public':
      return 'Open to all.';
    case 'user':
      return 'Any user.';
    case 'admin':
      return 'Admin only.';
    case 'permission':
      return `Needs the permission ${access.permission}.`;
    case 'owner': {
      const own = access.permission === undefined ? 'Its owner' : `Its owner with the permission ${access.permission}`;
      return access.orPermission === undefined ? `${own}.` : `${own}, or whoever has the permission ${access.orPermission}.`;
    }
  }
}

function securityOf(route: Route): JsonSchema[] {
  if (route.access.caller !== 'public') return [{ token: [] }];
  // open to all, but a token may show more
  return route.refusals.includes(9001) && !route.limitedByAddress ? [{}, { token: [] }] : [];
}

function parameters(schema: TSchema, place: 'path' | 'query'): JsonSchema[] {
  const { properties = {}, required = [] } = schema as ObjectSchema;
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...rest } = referring(property) as JsonSchema & { description?: string };
    const described = description === undefined ? {} : { description };
    return { name, in: place, required: required.includes(name), ...described, schema: rest };
  });
}

function headerParameters(route: Route): JsonSchema[] {
  if (!route.takesIdempotencyKey) return [];
  const description = 'The same request under the same key gives the first answer; another one is refused with 9009.';
  return [{ name: 'Idempotency-Key', in: 'header', required: false, description, schema: { type: 'string', minLength: 1, maxLength: 64 } }];
}

function responses(route: Route): JsonSchema {
  const result: JsonSchema = { 200: { description: 'Done.', content: successContent(route) } };
  for (const status of route.furtherStatuses) result[status] = { description: 'As 200, and not well.', content: successContent(route) };
  const byStatus = new Map<number, RefusalCode[]>();
  for (const code of refusalsOf(route)) {
    const { http } = REFUSALS[code];
    byStatus.set(http, [...(byStatus.get(http) ?? []), code]);
  }
  for (const [status, codes] of [...byStatus].sort(([a], [b]) => a - b)) {
    result[status] = {
      description: `${HTTP_TEXT[status]} Codes: ${codes.sort((a, b) => a - b).join(', ')}.`,
      'x-codes': codes,
      content: { [MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/Refusal' } } },
    };
  }
  return result;
}

function successContent(route: Route): JsonSchema {
  const own = route.mediaType?.split(';')[0];
  if (own !== undefined) return { [own]: { schema: referring(route.response) } };
  const content: JsonSchema = { [MEDIA_TYPE]: { schema: envelope(referring(route.response)) } };
  for (const type of route.alsoAs) content[type.split(';')[0]] = { schema: { type: 'string' } };
  return content;
}

function envelope(data: JsonSchema): JsonSchema {
  return {
    type: 'object',
    required: ['success', 'data', 'error'],
    properties: { success: { const: true }, data, error: { type: 'null' } },
  };
}
