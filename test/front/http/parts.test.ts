import t from 'tap';
import Type from 'typebox';
import { Refusal } from '../../../src/core/refusal.js';
import { CorsPolicy } from '../../../src/front/http/cors.js';
import { refusalText, successText } from '../../../src/front/http/envelope.js';
import { pageOf, timeFilter } from '../../../src/front/http/listing.js';
import { parseQuery } from '../../../src/front/http/query-string.js';
import { RateLimits } from '../../../src/front/http/rate-limit.js';
import { addressText, isLoopback } from '../../../src/front/http/remote-address.js';
import { parseJson } from '../../../src/front/http/request-body.js';
import { bearerToken } from '../../../src/front/http/access.js';
import { TooManyRequests } from '../../../src/front/services/too-many-requests.js';
import { codeOf } from '../../support/services.js';

t.test('every answer has the one envelope', (t) => {
  t.same(JSON.parse(successText({ a: 1 })), { success: true, data: { a: 1 }, error: null });
  t.same(JSON.parse(successText([])), { success: true, data: [], error: null });
  const refused: unknown = JSON.parse(refusalText(new Refusal(9008, [{ field: 'x', reason: 'is "odd"' }])));
  t.match(refused, { success: false, data: null, error: { code: 9008, message: String, details: [{ field: 'x', reason: 'is "odd"' }] } });
  t.notMatch(refusalText(new Refusal(1001)), /details/);
  t.end();
});

t.test('queries become numbers where the schema wants them', async (t) => {
  const schema = Type.Object({ page: Type.Optional(Type.Integer()), name: Type.Optional(Type.String()) });
  t.same(parseQuery('page=2&name=a%20b+c&other=1', schema), { page: 2, name: 'a b c' });
  t.same(parseQuery('page=x', schema), { page: 'x' }, 'left for the validator to refuse');
  t.same(parseQuery('page=1e3&name=5', schema), { page: '1e3', name: '5' });
  t.same(parseQuery('page=1&page=3&name', schema), { page: 3, name: '' });
  t.same(parseQuery('', schema), {});
  t.same(parseQuery('__proto__=1&constructor=2', schema), {});
  t.equal(await codeOf(() => parseQuery('name=%E0%A4%A', schema)), 9003);
});

t.test('addresses are the same whatever stack they came over', (t) => {
  t.equal(addressText(Uint8Array.of(127, 0, 0, 1)), '127.0.0.1');
  t.equal(addressText(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 2, 3)), '10.1.2.3');
  const v6 = addressText(Uint8Array.of(0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1));
  t.equal(v6, '2001:db8:0:0:0:0:0:1');
  t.ok(isLoopback('127.0.0.1'));
  t.ok(isLoopback(addressText(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1))));
  t.notOk(isLoopback(v6));
  t.notOk(isLoopback('10.127.0.1'));
  t.end();
});

t.test('bodies are JSON in UTF-8 or nothing', async (t) => {
  t.same(parseJson(Buffer.from('{"a":"é"}')), { a: 'é' });
  for (const body of [
    Buffer.from(''),
    Buffer.from('{'),
    Buffer.from("{'a':1}"),
    Buffer.from([0x22, 0xff, 0x22]),
    Buffer.from('undefined'),
  ]) {
    t.equal(await codeOf(() => parseJson(body)), 9003, body.toString('hex'));
  }
});

t.test('only a bearer token is a token', async (t) => {
  t.equal(bearerToken('Bearer a.b.c'), 'a.b.c');
  t.equal(bearerToken('bearer  a.b.c'), 'a.b.c');
  for (const header of ['', 'Bearer', 'Bearer ', 'Basic YTpi', 'a.b.c', 'Bearer a b'])
    t.equal(await codeOf(() => bearerToken(header)), 9002, header);
});

t.test('a user may burst to twice his rate, and a rate of 0 lifts every limit', async (t) => {
  const limits = new RateLimits({ rateLimitRps: 1 });
  t.equal(await codeOf(() => limits.spendUser(1)), 0);
  t.equal(await codeOf(() => limits.spendUser(1)), 0);
  t.throws(() => limits.spendUser(1), new TooManyRequests(1));
  t.equal(await codeOf(() => limits.spendUser(2)), 0, 'another user has his own');
  for (let i = 0; i < 10; i++) limits.spendAddress('192.0.2.1');
  t.equal(await codeOf(() => limits.spendAddress('192.0.2.1')), 9004);
  const lifted = new RateLimits({ rateLimitRps: 0 });
  for (let i = 0; i < 1000; i++) {
    lifted.spendUser(1);
    lifted.spendAddress('192.0.2.1');
  }
});

t.test('only configured origins are allowed', (t) => {
  const policy = new CorsPolicy(['https://a.example']);
  t.equal(policy.allowed('https://a.example'), 'https://a.example');
  for (const origin of ['', 'null', 'https://b.example', 'https://a.example.evil']) t.equal(policy.allowed(origin), '');
  t.equal(new CorsPolicy([]).isActive, false);
  t.end();
});

t.test('pages start at 1 and tell the total', async (t) => {
  const rows = Array.from({ length: 45 }, (_, i) => i);
  t.match(pageOf(rows, {}, String), { total: 45, page: 1, page_size: 20 });
  t.same(pageOf(rows, { page: 3 }, String).rows, ['40', '41', '42', '43', '44']);
  t.same(pageOf(rows, { page: 4 }, String).rows, []);
});

t.test('time ranges include both ends, to the last µs', async (t) => {
  const inRange = timeFilter({ start_time: 5, end_time: 6 });
  t.same([4999, 5000, 6999, 7000].map(inRange), [false, true, true, false]);
  t.ok(timeFilter({})(1));
  t.equal(await codeOf(() => timeFilter({ start_time: 7, end_time: 6 })), 9008);
});
