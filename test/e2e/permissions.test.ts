/** Walks the whole route table over real HTTP with every kind of caller: nothing is open that is not declared open. */
import jwt from 'jsonwebtoken';
import t, { type Test } from 'tap';
import { Compile } from 'typebox/compile';
import type { Route } from '../../src/front/http/route.js';
import { ROUTES } from '../../src/front/http/routes/index.js';
import { HttpClient } from '../support/http-client.js';
import { ADMIN_PASSWORD, ADMIN_USERNAME, startServerFor } from '../support/server.js';
import { exampleIds, examplePath, EXAMPLES } from './contract/examples.js';

const SECRET = 'the secret of the permission test, long enough';

t.test('every route answers its rightful callers and nobody else', async (t) => {
  const server = await startServerFor(t, { env: { RATE_LIMIT_RPS: '0', JWT_SECRET: SECRET } });
  const client = new HttpClient(server.url);
  t.teardown(() => client.close());
  const alice = await client.trader('alice', 1_000_000);
  const bob = await client.trader('bob');
  const carol = await client.trader('carol');
  const admin = await client.login(ADMIN_USERNAME, ADMIN_PASSWORD);
  const ids = await exampleIds(client, alice, carol, admin);
  let nonce = 0;

  const call = (route: Route, path: string, token: string | undefined) => {
    const example = EXAMPLES[route.id];
    return client.call(route.method, examplePath(path, example, ids), { token, body: example.body?.(alice, ++nonce) });
  };
  const fits = (t: Test, route: Route, text: string) => {
    const answer = JSON.parse(text) as { data: unknown };
    t.same(Compile(route.response).Errors(answer.data), [], `${route.id} answers in the form it declares`);
  };

  t.same(Object.keys(EXAMPLES).sort(), ROUTES.map((route) => route.id).sort(), 'an example for every route');
  const bad = await badTokens(client);
  for (const route of ROUTES) {
    for (const path of [route.path, ...route.aliases]) {
      await t.test(`${route.id} ${route.method} ${path}`, async (t) => {
        const { access } = route;
        const expected = EXAMPLES[route.id].status ?? 200;
        if (access.caller === 'public') {
          t.equal((await call(route, path, undefined)).status, 200);
          return;
        }
        t.match(await call(route, path, undefined), { status: 401, code: 9002, success: false });
        for (const [name, token] of Object.entries(bad)) t.match(await call(route, path, token), { status: 401, code: 9001 }, name);
        const stranger = await call(route, path, await client.login('bob', 'correct horse 7'));
        if (access.caller !== 'user') t.match(stranger, { status: 403, code: 9006 }, 'another user');
        if (access.caller === 'user') t.equal(stranger.status, expected);
        if (access.caller === 'permission' || access.caller === 'admin') {
          const answer = await call(route, path, admin);
          t.equal(answer.status, expected, 'an Admin');
          if (expected === 200) fits(t, route, answer.text);
        }
        if (access.caller === 'owner') {
          const answer = await call(route, path, alice.token);
          t.equal(answer.status, expected, answer.text);
          if (expected === 200) fits(t, route, answer.text);
          const isOpenToStaff = route.method === 'GET' || access.orPermission !== undefined;
          t.equal((await call(route, path, admin)).status, isOpenToStaff ? expected : 403, 'an Admin who does not own it');
        }
      });
    }
  }
  t.equal((await client.call('GET', '/api/auth/me', { token: bob.token })).status, 200, 'the other logins of a user live on');
});

/** Tokens that look right and are not. */
async function badTokens(client: HttpClient): Promise<Record<string, string>> {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const claims = { sub: 'U0000000002', username: 'alice', iat: nowSeconds, exp: nowSeconds + 3600, jti: 'x', ver: 0, iss: 'exchange' };
  const revoked = await client.login('alice', 'correct horse 7');
  await client.call('POST', '/api/auth/logout', { token: revoked });
  return {
    garbage: 'garbage',
    'another secret': jwt.sign(claims, 'another secret that is long enough for it'),
    'no signature': jwt.sign(claims, '', { algorithm: 'none' }),
    expired: jwt.sign({ ...claims, exp: nowSeconds - 60 }, SECRET),
    'another issuer': jwt.sign({ ...claims, iss: 'other' }, SECRET),
    'an old version': jwt.sign({ ...claims, ver: 7 }, SECRET),
    'an unknown user': jwt.sign({ ...claims, sub: 'U0000009999' }, SECRET),
    'logged out': revoked,
  };
}
