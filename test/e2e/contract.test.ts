/**
 * The contract, as the running exchange serves it: every route answers in the form that it declares and in no other, every code that
 * it declares can be had, and no body whatever makes it fail.
 */
import fc from 'fast-check';
import t from 'tap';
import { ROLE_PERMISSIONS, type RoleName } from '../../src/auth/permissions.js';
import { HttpClient } from '../support/http-client.js';
import { broken, fitting } from '../support/json-schema.js';
import { ADMIN_PASSWORD, ADMIN_USERNAME, startServerFor } from '../support/server.js';
import { accountRefusals } from './contract/account-refusals.js';
import { commonRefusals, exampleOf, type Callers } from './contract/common-refusals.js';
import { ContractClient } from './contract/contract-client.js';
import { exampleIds, EXAMPLES } from './contract/examples.js';
import { orderRefusals } from './contract/order-refusals.js';
import { UNKNOWN, Venue } from './contract/venue.js';

const seed = Number(process.env['SEED'] ?? Date.now() & 0xffff);
const RUNS = Number(process.env['RUNS'] ?? 12);
const PASSWORD = 'correct horse 7';

/** Declared codes that cannot be had here, and where they are proven instead. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'N6 9001': 'asked from another machine: test/front/http/routes.test.ts',
  'N6 9002': 'asked from another machine: test/front/http/routes.test.ts',
  'S8 2109': 'only of two who demote each other at once: test/front/services/user-administration.test.ts',
  'A9 4101': 'no session is open in simulation mode: test/front/settlement/settlement-service.test.ts',
};

/** What the tests before have changed, or another of the same route's paths: these answer otherwise the second time. */
const CHANGED = ['A6', 'A6-suspend', 'A6-resume', 'A9', 'M9', 'T3', 'T6'];

t.test('every route keeps to the document, and every code of it can be had', async (t) => {
  const server = await startServerFor(t, { env: { RATE_LIMIT_RPS: '0' } });
  const client = new HttpClient(server.url);
  t.teardown(() => client.close());
  const contract = await ContractClient.open(client);
  const owner = await client.trader('alice', 1_000_000);
  const bob = await client.trader('bob', 1_000_000);
  const carol = await client.trader('carol');
  const admin = await client.login(ADMIN_USERNAME, ADMIN_PASSWORD);
  const ids = await exampleIds(client, owner, carol, admin);
  const callers: Callers = { owner, stranger: bob.token, admin, ids };
  const problems = (): string[] => contract.problems.splice(0);

  for (const operation of contract.operations) await commonRefusals(contract, operation, callers);
  t.same(problems(), [], 'refusals of every route');

  await roles(contract, client, callers);
  t.same(problems(), [], 'each role may what it may, and no more');

  await accountlessRefusals(contract, callers);
  const venue = new Venue(contract, admin, owner, bob);
  await orderRefusals(venue);
  t.same(problems(), [], 'refusals of orders');
  await accountRefusals(venue);
  t.same(problems(), [], 'refusals of accounts, instruments and settlement');

  for (const operation of contract.operations) {
    // it ends the token that the others need
    if (operation.route.id === 'S3') continue;
    const { code, status, text } = await contract.callOperation(operation, exampleOf(operation, callers), ids);
    const expected = EXAMPLES[operation.route.id].status ?? 200;
    const isChanged = CHANGED.includes(operation.route.id) && (code === 0 || [3002, 3103, 6001, 7005].includes(code));
    if (status !== expected && !isChanged) contract.problems.push(`${operation.route.id}: ${text}`);
  }
  await exports(contract, owner.token, owner.accountId);
  t.same(problems(), [], 'every route, under each of its paths');

  await floods(t, contract);
  t.same(
    contract.unreached().filter((pair) => ELSEWHERE[pair] === undefined && !pair.endsWith(' 9004')),
    [],
    'no code is declared in vain',
  );

  await anyBodies(contract, callers, seed);
  t.same(problems(), [], `whatever the body (SEED=${seed})`);
  t.match(JSON.parse((await client.call('GET', '/health')).text), { status: 'ok' });
});

/** A user of each role asks everything: what the role does not grant is refused before anything else is looked at. */
async function roles(contract: ContractClient, client: HttpClient, { admin, ids }: Callers): Promise<void> {
  for (const role of Object.keys(ROLE_PERMISSIONS) as RoleName[]) {
    const trader = await client.trader(`only_${role}`);
    await contract.call('S8', { token: admin, body: { user_id: trader.userId, roles: [role] } });
    const token = await client.login(`only_${role}`, PASSWORD);
    const granted: readonly string[] = ROLE_PERMISSIONS[role];
    for (const operation of contract.operations) {
      const { access, method, id } = operation.route;
      if (access.caller === 'public' || id === 'S3') continue;
      const needs = access.caller === 'permission' || access.caller === 'owner' ? access.permission : undefined;
      const other = access.caller === 'owner' ? access.orPermission : undefined;
      const isAdmin = role === 'Admin';
      const may =
        isAdmin ||
        (access.caller !== 'admin' && (needs === undefined || granted.includes(needs) || (other !== undefined && granted.includes(other))));
      const { params, query } = EXAMPLES[id];
      const call = { token, ...(params === undefined ? {} : { params }), ...(query === undefined ? {} : { query }) };
      // what would change something is asked with a body that is none
      const { code, text } = await contract.callOperation(
        operation,
        method === 'GET' ? call : { ...call, params: unknownOf(params), body: '{' },
        ids,
      );
      const isForeign = access.caller === 'owner' && !isAdmin && !(other !== undefined && granted.includes(other));
      const isRefused = code === 9006;
      const shouldRefuse =
        !may ||
        (isForeign && method === 'GET' && query?.['account_id'] !== undefined) ||
        (isForeign && method === 'GET' && params !== undefined);
      if (isRefused !== shouldRefuse) contract.problems.push(`${role} and ${id} ${operation.path}: ${text}`);
    }
    // so that the first Admin is the only one again
    await contract.call('S8', { token: admin, body: { user_id: trader.userId, roles: ['Trader'] } });
  }
}

/** Ids that name nothing, so that a change comes to nothing. */
function unknownOf(params: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.keys(params).map((name) => [name, 'nothing']));
}

async function accountlessRefusals(contract: ContractClient, { admin, owner }: Callers): Promise<void> {
  const { token } = owner;
  await contract.refused('A11', 9007, { token: admin, params: { date: '2020-01-06' } });
  await contract.refused('D8', 9007, { token, query: { account_id: owner.accountId, date: '2020-01-06' } });
  await contract.refused('L2', 9007, { token: admin, params: { log_id: 'AUD999999999999' } });
  for (const id of ['P3', 'P4']) await contract.refused(id, 9007, { token: admin, params: { id: 'ANN999999999999' } });
  await contract.refused('N7-schema', 9007, { params: { file: 'generate.ts' } });
  await contract.refused('N7-docs-file', 9007, { params: { file: 'package.json' } });
  await contract.refused('P1', 9002, { query: { only_active: 'false' } });
  await contract.refused('P1', 9001, { token: 'garbage', query: { only_active: 'false' } });
  await contract.refused('P1', 9006, { token, query: { only_active: 'false' } });
  const body = { title: 'gone', content: 'x', announcement_type: 'RISK', priority: 'HIGH' };
  const params = { id: String((await contract.call('P2', { token: admin, body })).data['id']) };
  await contract.call('P4', { token: admin, params });
  await contract.refused('P3', 9007, { params });
  await contract.refused('P3', 9001, { token: 'garbage', params });
  await contract.refused('P3', 9006, { token, params });
  await contract.refused('U16', 1006, { token, params: { user_id: UNKNOWN.account } });
  await contract.refused('U4', 1006, { token, params: { id: UNKNOWN.account } });
  await contract.refused('M7', 1006, { token: admin, params: { id: UNKNOWN.account } });
}

async function exports(contract: ContractClient, token: string, account: string): Promise<void> {
  for (const type of ['orders', 'trades', 'positions', 'transactions']) {
    for (const format of ['json', 'csv']) await contract.call('D9', { token, query: { account_id: account, data_type: type, format } });
  }
  await contract.call('N4', { token: '', headers: {} });
}

/** With a limit that is low, every route that counts refuses with 9004 by and by. */
async function floods(t: { teardown(run: () => Promise<unknown>): void }, contract: ContractClient): Promise<void> {
  const server = await startServerFor(t, { env: { RATE_LIMIT_RPS: '1' } });
  const client = new HttpClient(server.url);
  const limited = await ContractClient.open(client);
  const trader = await client.trader('flooder');
  for (const operation of limited.operations) {
    const counts = operation.responses['429'] !== undefined;
    // the first that is let through would end the token
    if (!counts || operation.route.id === 'S3') continue;
    let code = 0;
    for (let i = 0; i < 50 && code !== 9004; i++)
      code = (
        await limited.callOperation(operation, { token: trader.token, params: unknownOf(EXAMPLES[operation.route.id].params), body: '{' })
      ).code;
    if (code !== 9004) contract.problems.push(`${operation.route.id} is not limited`);
  }
  contract.problems.push(...limited.problems);
  client.close();
}

/** Bodies and queries made of the schemas, right and wrong: every answer is declared, and none is a failure. */
async function anyBodies(contract: ContractClient, callers: Callers, seed: number): Promise<void> {
  const words = [
    'CFFEX.IF',
    'DCE.m',
    'BUY',
    'SELL',
    'OPEN',
    'CLOSE',
    'LIMIT',
    'MARKET',
    'Trader',
    'ICBC',
    '2026-01-05',
    ...Object.values(callers.ids),
    ...Object.values(UNKNOWN),
    '',
  ];
  const { client } = contract;
  const mallory = await client.trader('mallory', 1000);
  for (const operation of contract.operations) {
    const { route, body } = operation;
    if (route.id === 'S3' || route.id === 'S11') continue;
    const token = route.access.caller === 'permission' || route.access.caller === 'admin' ? callers.admin : mallory.token;
    // the first Admin must not lose himself
    if (['S8', 'S9', 'S10', 'S12'].includes(route.id)) continue;
    const { params } = EXAMPLES[route.id];
    const bodies = body === undefined ? fc.constant(undefined) : fc.oneof(fitting(body, words), broken(body, words));
    const queries = fc.record(
      Object.fromEntries(
        operation.query.map(({ name }) => [
          name,
          fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 12 }), fc.integer().map(String)),
        ]),
      ),
      { requiredKeys: [] },
    );
    const samples = fc.sample(fc.tuple(bodies, queries), { numRuns: body === undefined && operation.query.length === 0 ? 1 : RUNS, seed });
    for (const [value, query] of samples) {
      const encoded = Object.fromEntries(
        Object.entries(query as Record<string, string>).map(([name, text]) => [name, encodeURIComponent(text)]),
      );
      const call = {
        token,
        query: encoded,
        ...(params === undefined ? {} : { params }),
        ...(value === undefined ? {} : { body: JSON.stringify(value) ?? '' }),
      };
      const { status } = await contract.callOperation(operation, call, callers.ids);
      if (status >= 500) contract.problems.push(`${route.id} failed with ${JSON.stringify(call)}`);
    }
  }
}
