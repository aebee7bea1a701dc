/** Query strings as objects for the validators: texts, and numbers and truth values where the schema wants them. */
import type { TSchema } from 'typebox';
import { Refusal } from '../../core/refusal.js';

const BOOLEAN = /^(true|false)$/;
const NUMBER = /^-?[0-9]+(\.[0-9]+)?$/;

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, { readonly type?: string }>>;
}

/** Only what the schema names is taken; of a repeated parameter the last counts. Throws 9003 for a broken encoding. */
export function parseQuery(text: string, schema: TSchema): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  if (text === '') return fields;
  const properties = (schema as ObjectSchema).properties ?? {};
  for (const part of text.split('&')) {
    const [name, value] = decodePair(part);
    if (!Object.hasOwn(properties, name)) continue;
    const { type } = properties[name];
    const wantsNumber = type === 'integer' || type === 'number';
    if (wantsNumber && NUMBER.test(value)) fields[name] = Number(value);
    else if (type === 'boolean' && BOOLEAN.test(value)) fields[name] = value === 'true';
    else fields[name] = value;
  }
  return fields;
}

function decodePair(part: string): [name: string, value: string] {
  const equals = part.indexOf('=');
  const name = equals === -1 ? part : part.slice(0, equals);
  const value = equals === -1 ? '' : part.slice(equals + 1);
  return [decode(name), decode(value)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new Refusal(9003);
  }
}
