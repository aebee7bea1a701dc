/**
 * The contract as TypeScript: every schema and every operation of `openapi.yaml` as types, so that the web application never writes one
 * down a second time. `src/web/build.js` calls it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly schema: Schema;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Operation {
  readonly parameters: readonly Parameter[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

export interface ContractDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const JSON_MEDIA = 'application/json';

export function contractTypes({ paths, components }: ContractDocument): string {
  const schemas = Object.entries(components.schemas).map(([name, schema]) => `  ${JSON.stringify(name)}: ${typeOf(schema)};\n`);
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const key = JSON.stringify(`${method.toUpperCase()} ${path}`);
      return `  ${key}: ${operationType(operation)};\n`;
    }),
  );
  return `export interface Schemas {\n${schemas.join('')}}\n\nexport interface Operations {\n${operations.join('')}}\n`;
}

function operationType({ parameters, requestBody, responses }: Operation): string {
  const body = requestBody?.content?.[JSON_MEDIA]?.schema;
  const envelope = responses['200'].content?.[JSON_MEDIA]?.schema;
  const data = envelope?.properties?.['data'] ?? envelope;
  return [
    `{ params: ${parametersType(parameters, 'path')}`,
    `query: ${parametersType(parameters, 'query')}`,
    `body: ${body === undefined ? 'undefined' : typeOf(body)}`,
    `data: ${data === undefined ? 'unknown' : typeOf(data)} }`,
  ].join('; ');
}

function parametersType(parameters: readonly Parameter[], place: string): string {
  const fields = parameters.filter((parameter) => parameter.in === place);
  return `{ ${fields.map(({ name, required, schema }) => `${JSON.stringify(name)}${required ? '' : '?'}: ${typeOf(schema)}`).join('; ')} }`;
}

function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return `Schemas[${JSON.stringify(schema.$ref.split('/').at(-1))}]`;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return `(${schema.enum.map((value) => JSON.stringify(value)).join(' | ')})`;
  if (schema.anyOf !== undefined) return `(${schema.anyOf.map(typeOf).join(' | ')})`;
  switch (schema.type) {
    case 'array':
      return `${typeOf(schema.items ?? {})}[]`;
    case 'object':
      return objectType(schema);
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type;
    default:
      return 'unknown';
  }
}

function objectType({ properties, required = [] }: Schema): string {
  if (properties === undefined) return 'Record<string, unknown>';
  const fields = Object.entries(properties).map(([name, schema]) => {
    return `${JSON.stringify(name)}${required.includes(name) ? '' : '?'}: ${typeOf(schema)}`;
  });
  return `{ ${fields.join('; ')} }`;
}

/** The types of the contract of the repository at `root`. */
export function contractTypesOf(root: string): string {
  return contractTypes(parse(readFileSync(join(root, 'schemas', 'openapi.yaml'), 'utf8')) as ContractDocument);
}
