/** The refusals that follow from the declaration of a route, and ids that name nothing, for every route alike. */
import type { Trader } from '../../support/http-client.js';
import type { JsonSchema } from '../../support/json-schema.js';
import type { Call, ContractClient, Operation } from './contract-client.js';
import { EXAMPLES } from './examples.js';
import { UNKNOWN } from './venue.js';

export interface Callers {
  readonly owner: Trader;
  readonly stranger: string;
  readonly admin: string;
  readonly ids: Readonly<Record<string, string>>;
}

const BODY_BYTES = 64 * 1024;

export async function commonRefusals(contract: ContractClient, operation: Operation, callers: Callers): Promise<void> {
  const { route } = operation;
  const codes = new Set(Object.values(operation.responses).flatMap((answered) => answered['x-codes'] ?? []));
  const refused = async (code: number, call: Call): Promise<void> => {
    const answer = await contract.callOperation(operation, call, callers.ids);
    if (answer.code !== code)
      contract.problems.push(`${route.id} ${operation.path} should refuse with ${code}: ${answer.status} ${answer.text}`);
  };
  const good = exampleOf(operation, callers);
  if (codes.has(9002) && route.access.caller !== 'public') {
    await refused(9002, { ...good, token: undefined });
    await refused(9001, { ...good, token: 'garbage' });
  }
  if (codes.has(9006) && route.access.caller !== 'public') await refused(9006, { ...good, token: callers.stranger });
  if (codes.has(9003)) {
    if (operation.body === undefined) await refused(9003, { ...good, query: { ...good.query, page: '%zz' } });
    else await refused(9003, { ...good, body: '{' });
  }
  if (codes.has(9008)) await refused(9008, spoilt(operation, good));
  if (codes.has(9010)) await refused(9010, { ...good, body: Buffer.alloc(Math.max(BODY_BYTES, route.bodyBytesMax) + 1, 32) });
  if (codes.has(9009)) await repeated(contract, operation, good, callers);
  for (const [code, from, to] of [
    [1006, callers.owner.accountId, UNKNOWN.account],
    [2104, callers.owner.userId, UNKNOWN.user],
    [1007, 'CFFEX.IF', UNKNOWN.instrument],
    [1007, 'DCE.m', UNKNOWN.instrument],
  ] as const) {
    const other = renamed(good, callers, from, to);
    if (codes.has(code) && other !== undefined) await refused(code, other);
  }
  if (codes.has(1007)) await unknownFilter(operation, good, 'instrument_id', UNKNOWN.instrument, (call) => refused(1007, call));
  if (codes.has(1006)) await unknownFilter(operation, good, 'account_id', UNKNOWN.account, (call) => refused(1006, call));
  if (codes.has(2104)) await unknownFilter(operation, good, 'user_id', UNKNOWN.user, (call) => refused(2104, call));
}

/** The example of a route, asked by its rightful caller. */
export function exampleOf({ route }: Operation, { owner, admin }: Callers): Call {
  const { params, query, body } = EXAMPLES[route.id];
  const { caller } = route.access;
  const token = caller === 'public' ? undefined : caller === 'permission' || caller === 'admin' ? admin : owner.token;
  const call: Call = { token };
  if (params !== undefined) call.params = params;
  if (query !== undefined) call.query = query;
  if (body !== undefined) call.body = body(owner, Math.floor(Math.random() * 1e9));
  return call;
}

/** With something in it that is not of its form. */
function spoilt({ body, query }: Operation, good: Call): Call {
  if (body !== undefined) return { ...good, body: [] };
  for (const { name, schema } of query) {
    const wrong = wrongText(schema);
    if (wrong !== undefined) return { ...good, query: { ...good.query, [name]: wrong } };
  }
  if (good.params === undefined) return { ...good, query: {} };
  return { ...good, params: Object.fromEntries(Object.keys(good.params).map((name) => [name, 'a%20b'])) };
}

function wrongText(schema: JsonSchema): string | undefined {
  if (schema.type === 'integer' || schema.type === 'number' || schema.type === 'boolean' || schema.enum !== undefined) return 'wrong';
  if (schema.pattern !== undefined) return '%20';
  return schema.maxLength === undefined ? undefined : 'x'.repeat(schema.maxLength + 1);
}

/** The same call about something that does not exist; undefined when it does not name the thing. */
function renamed(good: Call, { ids }: Callers, from: string, to: string): Call | undefined {
  const text = JSON.stringify(good, (_, value: unknown) => (typeof value === 'string' ? (ids[value] ?? value) : value));
  const { token, ...named } = JSON.parse(text) as Call;
  const before = JSON.stringify(named);
  return before.includes(from) ? { ...(JSON.parse(before.replaceAll(from, to)) as Call), token } : undefined;
}

async function unknownFilter(
  { query, body }: Operation,
  good: Call,
  name: string,
  value: string,
  refused: (call: Call) => Promise<void>,
): Promise<void> {
  if (query.some((parameter) => parameter.name === name)) await refused({ ...good, query: { ...good.query, [name]: value } });
  else if (body?.properties?.[name] !== undefined && name === 'instrument_id')
    await refused({ ...good, body: { ...(good.body as object), [name]: value } });
}

/** The same key with another body. */
async function repeated(contract: ContractClient, operation: Operation, good: Call, { ids }: Callers): Promise<void> {
  const headers = { 'idempotency-key': `key-${operation.route.id}-${operation.path}` };
  const first = await contract.callOperation(operation, { ...good, headers }, ids);
  const again = await contract.callOperation(operation, { ...good, headers }, ids);
  if (again.text !== first.text) contract.problems.push(`${operation.route.id} should repeat its answer: ${first.text} ${again.text}`);
  const body = good.body as Record<string, unknown>;
  const more = { volume: 2, amount: 2, orders: (body['orders'] as object[] | undefined)?.map((order) => ({ ...order, volume: 2 })) };
  const other = { ...body, ...Object.fromEntries(Object.entries(more).filter(([name]) => name in body)) };
  const changed = await contract.callOperation(operation, { ...good, headers, body: other }, ids);
  if (changed.code !== 9009) contract.problems.push(`${operation.route.id} should refuse another body: ${changed.text}`);
}
