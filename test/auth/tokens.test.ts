import { createHmac } from 'node:crypto';
import jwt from 'jsonwebtoken';
import t from 'tap';
import { TokenService } from '../../src/auth/tokens.js';

const SECRET = 'first secret of at least 32 bytes!!';
const OTHER_SECRET = 'other secret of at least 32 bytes!!';
const NOW_MS = Date.UTC(2026, 0, 5, 9, 30);
const NOW_SECONDS = NOW_MS / 1000;
const SUBJECT = { userId: 'U0000000001', username: 'alice', tokenVersion: 3 };

const service = new TokenService({ secret: SECRET });

/** A token put together by hand, as an attacker (or another program) would. */
function forge(header: object, payload: object, secret = SECRET, hash = 'sha256'): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const content = `${encode(header)}.${encode(payload)}`;
  return `${content}.${createHmac(hash, secret).update(content).digest('base64url')}`;
}

const HEADER = { alg: 'HS256', typ: 'JWT' };
const GOOD = { sub: 'U0000000001', username: 'alice', iat: NOW_SECONDS, exp: NOW_SECONDS + 60, jti: 'some id', ver: 0, iss: 'exchange' };

t.test('issues the promised claims and knows them again', async (t) => {
  const { token, claims } = service.issue(SUBJECT, NOW_MS + 999);
  t.strictSame(
    { ...claims, jti: '' },
    { sub: 'U0000000001', username: 'alice', iat: NOW_SECONDS, exp: NOW_SECONDS + 86_400, jti: '', ver: 3, iss: 'exchange' },
  );
  t.match(claims.jti, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  t.strictSame(service.verify(token, NOW_MS), claims);
  t.strictSame(service.verify(token, NOW_MS), claims, 'again, from the cache');
  t.strictSame(jwt.decode(token, { complete: true })?.header, { alg: 'HS256', typ: 'JWT' });
  t.not(service.issue(SUBJECT, NOW_MS).claims.jti, claims.jti);
});

t.test('lets a token die at exp plus the leeway, cached or not', async (t) => {
  const lifeMs = (86_400 + 30) * 1000;
  const { token } = service.issue(SUBJECT, NOW_MS);
  t.ok(service.verify(token, NOW_MS + lifeMs - 1));
  t.equal(service.verify(token, NOW_MS + lifeMs), undefined, 'cached');
  t.equal(service.verify(token, NOW_MS + lifeMs), undefined, 'no longer cached');
  t.equal(new TokenService({ secret: SECRET }).verify(token, NOW_MS + lifeMs), undefined, 'never cached');
  t.ok(service.verify(token, NOW_MS + lifeMs - 1), 'not refused for good by a clock that went ahead');
  const strict = new TokenService({ secret: SECRET, ttlSeconds: 60, clockToleranceSeconds: 0 });
  const brief = strict.issue(SUBJECT, NOW_MS).token;
  t.ok(strict.verify(brief, NOW_MS + 59_999));
  t.equal(strict.verify(brief, NOW_MS + 60_000), undefined);
});

t.test('refuses every token that is not signed with HS256 and the secret', async (t) => {
  t.ok(service.verify(forge(HEADER, GOOD), NOW_MS), 'the hand-made token itself is fine');
  const [head = '', body = '', signature = ''] = forge(HEADER, GOOD).split('.');
  const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url');
  const admin = Buffer.from(JSON.stringify({ ...GOOD, sub: 'U0000000002' })).toString('base64url');
  const refused: Record<string, string> = {
    'alg none, no signature': `${none}.${body}.`,
    'alg none, old signature': `${none}.${body}.${signature}`,
    'alg None': forge({ alg: 'None' }, GOOD),
    'alg HS384': forge({ alg: 'HS384', typ: 'JWT' }, GOOD, SECRET, 'sha384'),
    'alg HS512': forge({ alg: 'HS512', typ: 'JWT' }, GOOD, SECRET, 'sha512'),
    'alg RS256 signed as HMAC': forge({ alg: 'RS256', typ: 'JWT' }, GOOD),
    'no alg': forge({ typ: 'JWT' }, GOOD),
    'other secret': forge(HEADER, GOOD, OTHER_SECRET),
    'changed payload': `${head}.${admin}.${signature}`,
    'cut signature': `${head}.${body}.${signature.slice(0, -1)}`,
    'no signature': `${head}.${body}.`,
    'two parts': `${head}.${body}`,
    'padded signature': `${head}.${body}.${signature}=`,
    empty: '',
    text: 'not a token',
    'too long': forge(HEADER, { ...GOOD, username: 'x'.repeat(3000) }),
  };
  for (const [name, token] of Object.entries(refused)) t.equal(service.verify(token, NOW_MS), undefined, name);
});

t.test('refuses every change of one character', async (t) => {
  const token = forge(HEADER, GOOD);
  for (let index = 0; index < token.length; index++) {
    const changed = token.slice(0, index) + (token[index] === 'A' ? 'B' : 'A') + token.slice(index + 1);
    if (service.verify(changed, NOW_MS)) t.fail(`accepted with character ${index} changed`);
  }
});

t.test('refuses genuine signatures over claims of another shape', async (t) => {
  const { iss, ...withoutIssuer } = GOOD;
  t.equal(iss, 'exchange');
  const { exp, ...withoutExpiry } = GOOD;
  t.ok(exp > 0);
  const refused: Record<string, object> = {
    'wrong issuer': { ...GOOD, iss: 'somebody' },
    'no issuer': withoutIssuer,
    expired: { ...GOOD, exp: NOW_SECONDS - 30 },
    'no expiry': withoutExpiry,
    'expiry a text': { ...GOOD, exp: String(NOW_SECONDS + 60) },
    'not yet valid': { ...GOOD, nbf: NOW_SECONDS + 3600 },
    'numeric subject': { ...GOOD, sub: 1 },
    'no user name': { ...GOOD, username: undefined },
    'no id': { ...GOOD, jti: undefined },
    'version a text': { ...GOOD, ver: '3' },
    'fractional version': { ...GOOD, ver: 0.5 },
    'list of issuers': { ...GOOD, iss: ['exchange'] },
    'not an object': ['exchange'],
  };
  for (const [name, payload] of Object.entries(refused)) t.equal(service.verify(forge(HEADER, payload), NOW_MS), undefined, name);
});

t.test('accepts the previous secret for verification only', async (t) => {
  const before = new TokenService({ secret: OTHER_SECRET });
  const rotating = new TokenService({ secret: SECRET, previousSecret: OTHER_SECRET });
  const old = before.issue(SUBJECT, NOW_MS);
  t.strictSame(rotating.verify(old.token, NOW_MS), old.claims);
  t.equal(service.verify(old.token, NOW_MS), undefined);
  const fresh = rotating.issue(SUBJECT, NOW_MS).token;
  t.ok(service.verify(fresh, NOW_MS));
  t.equal(before.verify(fresh, NOW_MS), undefined);
  t.equal(rotating.verify(forge(HEADER, GOOD, 'a third secret of at least 32 bytes'), NOW_MS), undefined);
});

t.test('wants 32 bytes of secret and sensible settings', async (t) => {
  t.throws(() => new TokenService({ secret: 'x'.repeat(31) }), { code: 'AUTH_SECRET_SHORT', message: /JWT_SECRET must/ });
  t.throws(() => new TokenService({ secret: SECRET, previousSecret: '' }), { code: 'AUTH_SECRET_SHORT', message: /JWT_SECRET_PREVIOUS/ });
  t.ok(new TokenService({ secret: '\u00e9'.repeat(16) }), 'bytes, not characters');
  for (const clockToleranceSeconds of [31, -1, NaN])
    t.throws(() => new TokenService({ secret: SECRET, clockToleranceSeconds }), RangeError);
  for (const ttlSeconds of [0, -1, 1.5]) t.throws(() => new TokenService({ secret: SECRET, ttlSeconds }), RangeError);
});

t.test('answers the same whether the cache holds a token or has forgotten it', async (t) => {
  for (const cacheMax of [0, 1, 2]) {
    const small = new TokenService({ secret: SECRET, cacheMax });
    const issued = Array.from({ length: 5 }, () => small.issue(SUBJECT, NOW_MS));
    for (const { token, claims } of [...issued, ...issued]) t.strictSame(small.verify(token, NOW_MS), claims);
  }
  const caching = new TokenService({ secret: SECRET });
  const { token } = caching.issue(SUBJECT, NOW_MS);
  t.equal(caching.verify(token, NOW_MS), caching.verify(token, NOW_MS), 'one object: the second answer cost no signature');
});
