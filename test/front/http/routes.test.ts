import t from 'tap';
import { PERMISSIONS } from '../../../src/auth/permissions.js';
import type { Exchange } from '../../../src/front/exchange.js';
import type { OrderAnswers } from '../../../src/front/http/order-answers.js';
import { RouteContext } from '../../../src/front/http/route-context.js';
import { ROUTES } from '../../../src/front/http/routes/index.js';
import type { AnswerText } from '../../../src/front/views/answer-text.js';
import { codeOf } from '../../support/services.js';
import { CONTRACT_PLACES } from './contract-places.js';

/** The rows of the contract that are built. */
const BUILT =
  'A21 A22 A23 A24 A25 T8 D1 D2 S1 S2 S3 S4 S5 S6 S7 S8 S9 S10 S11 S12 S12-unfreeze S13 M1 M2 M3 A15 A18 A19 A20 N1 N2 N3 N4 N4-post N7 N7-schema N7-docs N7-docs-file D3 D4 D5 D6 D7 D9 D10 D11 D12 D13 D-schema D-running L1 L2 P1 P2 P3 P4 U1 U2 U3 U4 U5 U6 U7 U8 U9 U10 U11 U12 U15 U16 U17 U18 U19 U20 A1 A2 A3 A4 A5 A6 A6-suspend A6-resume A7 A8 A9 A10 A11 D8 U14 A26 A-soundness N6 T1 T2 T3 T4 T5 T6 T7 T-cancel-all U13 C1 C2 C7 C8 C9 M4 M5 M6 M7 M10 B1 B2 B3 A12 A13 A13-own A14 A14-set A16 A17 M8 M9 C3 C4 C5 C6'.split(
    ' ',
  );

t.test('every built row of the contract has exactly one route', (t) => {
  t.same(ROUTES.map((route) => route.id).sort(), [...BUILT].sort());
  t.end();
});

t.test('no place of the contract is lost, alias or not', (t) => {
  for (const line of CONTRACT_PLACES.trim().split('\n')) {
    const [id, method, path, ...aliases] = line.split(' ');
    t.match(
      ROUTES.find((route) => route.id === id),
      { method, path, aliases },
      line,
    );
  }
  t.end();
});

t.test('no two routes share a method and path', (t) => {
  const places = ROUTES.flatMap((route) =>
    [route.path, ...route.aliases].map((path) => `${route.method} ${path.replaceAll(/:\w+/g, ':')}`),
  );
  t.equal(new Set(places).size, places.length);
  t.end();
});

t.test('the public sees health, metrics, market data, announcements, the contract and the door', (t) => {
  const open = ROUTES.filter((route) => route.access.caller === 'public').map((route) => route.id);
  t.same(open.sort(), [
    'N6',
    'N7',
    'N7-docs',
    'N7-docs-file',
    'N7-schema',
    'P1',
    'P3',
    'S1',
    'S13',
    'S2',
    'S6',
    'T8',
    'U17',
    'U18',
    'U19',
    'U20',
  ]);
  t.end();
});

t.test('permissions exist, and staff routes ask for one', (t) => {
  for (const { access, id, path } of ROUTES) {
    if (access.caller === 'owner' && access.permission !== undefined) t.ok(PERMISSIONS.includes(access.permission), id);
    if (access.caller === 'owner' && access.orPermission !== undefined) t.ok(PERMISSIONS.includes(access.orPermission), id);
    if (path.startsWith('/admin')) t.ok(access.caller === 'permission' || access.caller === 'admin', id);
  }
  t.end();
});

t.test('the parameters of every path are described, under the same names in its aliases', (t) => {
  for (const route of ROUTES) {
    const described = Object.keys((route.params as { properties?: object }).properties ?? {});
    for (const path of [route.path, ...route.aliases]) {
      t.same(
        Array.from(path.matchAll(/:(\w+)/g), (match) => match[1]),
        described,
        `${route.id} ${path}`,
      );
    }
  }
  t.end();
});

t.test('metrics are open to this machine, to others only with the token', async (t) => {
  const metrics = ROUTES.find((route) => route.id === 'N6')!;
  const ask = (address: string, authorization: string, metricsToken: string | undefined) => {
    const exchange = { config: { metricsToken }, metrics: { contentType: 'text/plain', text: async () => 'figures' } };
    const origin = { address, userAgent: '' };
    const context = new RouteContext(
      exchange as unknown as Exchange,
      undefined as unknown as OrderAnswers,
      undefined as unknown as AnswerText,
      {},
      {},
      undefined,
      origin,
      authorization,
      undefined,
      undefined,
    );
    return codeOf(() => metrics.handler(context));
  };
  t.equal(await ask('127.0.0.1', '', undefined), 0);
  t.equal(await ask('192.0.2.1', '', 'token'), 9002);
  t.equal(await ask('192.0.2.1', 'Bearer wrong', 'token'), 9001);
  t.equal(await ask('192.0.2.1', 'Bearer anything', undefined), 9001, 'no token is configured');
  t.equal(await ask('192.0.2.1', 'Bearer token', 'token'), 0);
});
