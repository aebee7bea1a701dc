/** What the tests of the contract ask of JSON Schemas: does a value fit, has it more than is declared, and values that fit. */
import fc from 'fast-check';
import Schema from 'typebox/schema';

export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
}

/** A schema whose references into `document` are replaced by what they name. */
export function resolved(schema: unknown, document: unknown): JsonSchema {
  return resolve(schema, document) as JsonSchema;
}

function resolve(value: unknown, document: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, document));
  if (typeof value !== 'object' || value === null) return value;
  if ('$ref' in value) {
    const path = String(value.$ref).slice(2).split('/');
    return resolve(
      path.reduce<unknown>((place, key) => (place as Record<string, unknown>)[key], document),
      document,
    );
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner, document)]));
}

const compiled = new WeakMap<JsonSchema, ReturnType<typeof Schema.Compile>>();

/** Why the value does not fit; empty when it does. */
export function faults(schema: JsonSchema, value: unknown): unknown[] {
  let validator = compiled.get(schema);
  if (validator === undefined) compiled.set(schema, (validator = Schema.Compile(schema)));
  if (validator.Check(value)) return [];
  return validator.Errors(value)[1];
}

/** Paths of the fields that the schema does not name. */
export function undeclared(schema: JsonSchema, value: unknown, path = ''): string[] {
  if (schema.anyOf !== undefined) {
    const branches = schema.anyOf.filter((branch) => faults(branch, value).length === 0).map((branch) => undeclared(branch, value, path));
    return branches.find((found) => found.length === 0) ?? branches[0] ?? [];
  }
  if (Array.isArray(value))
    return value.flatMap((item, i) => (schema.items === undefined ? [] : undeclared(schema.items, item, `${path}/${i}`)));
  if (typeof value !== 'object' || value === null || schema.properties === undefined) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const property = schema.properties![name];
    return property === undefined ? [`${path}/${name}`] : undeclared(property, inner, `${path}/${name}`);
  });
}

const junk = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.double(),
  fc.string({ maxLength: 20 }),
  fc.constant([]),
  fc.constant({}),
);

/** Values of the form of a schema; strings that name something are from `words`. */
export function fitting(schema: JsonSchema, words: readonly string[]): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((branch) => fitting(branch, words)));
  switch (schema.type) {
    case 'object':
      return objects(schema, words);
    case 'array':
      return fc.array(fitting(schema.items ?? {}, words), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 3, 3),
      });
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -(2 ** 31), max: Math.min(schema.maximum ?? 2 ** 31, 2 ** 40) });
    case 'number':
      return fc.oneof(
        fc.integer({ min: Math.ceil(schema.minimum ?? -1e12), max: Math.floor(schema.maximum ?? 1e12) }),
        fc.double({ min: schema.minimum ?? -1e12, max: schema.maximum ?? 1e12, noNaN: true }),
      );
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'string': {
      const text = fc.string({ minLength: schema.minLength ?? 0, maxLength: Math.min(schema.maxLength ?? 40, 40) });
      return schema.pattern === undefined ? fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...words) }, text) : fc.constantFrom(...words);
    }
    default:
      return junk;
  }
}

function objects({ properties = {}, required = [] }: JsonSchema, words: readonly string[]): fc.Arbitrary<unknown> {
  const fields = Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, fitting(property, words)]));
  return fc.record(fields, { requiredKeys: required.filter((name) => name in fields) });
}

/** A value of the form with one field of another kind, or one missing, or no object at all. */
export function broken(schema: JsonSchema, words: readonly string[]): fc.Arbitrary<unknown> {
  const names = Object.keys(schema.properties ?? {});
  if (names.length === 0) return junk;
  const spoilt = fc
    .tuple(fitting(schema, words), fc.constantFrom(...names), junk)
    .map(([value, name, other]) => ({ ...(value as object), [name]: other }));
  const cut = fc.tuple(fitting(schema, words), fc.constantFrom(...names)).map(([value, name]) => {
    const { [name]: _, ...rest } = value as Record<string, unknown>;
    return rest;
  });
  return fc.oneof({ weight: 4, arbitrary: spoilt }, { weight: 2, arbitrary: cut }, junk);
}
