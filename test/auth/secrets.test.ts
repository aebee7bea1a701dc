import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { passwordProblem } from '../../src/auth/password-policy.js';
import { createPrivateFile, generatePassword, loadOrCreateSecret } from '../../src/auth/secrets.js';

const modeOf = (path: string): number => statSync(path).mode & 0o777;

t.test('makes a secret once and finds it again', async (t) => {
  const folder = join(t.testdir(), 'new', 'data');
  const secret = loadOrCreateSecret(folder, 'jwt-secret');
  t.match(secret, /^[A-Za-z0-9_-]{64}$/, '48 random bytes');
  t.equal(modeOf(join(folder, 'jwt-secret')), 0o600);
  t.equal(loadOrCreateSecret(folder, 'jwt-secret'), secret);
  t.strictSame(readdirSync(folder), ['jwt-secret'], 'no draft is left');
  t.not(loadOrCreateSecret(folder, 'other-secret'), secret);
});

t.test('refuses a secret that others may read', async (t) => {
  const folder = t.testdir();
  const secret = loadOrCreateSecret(folder, 'jwt-secret');
  for (const mode of [0o644, 0o640, 0o604, 0o620, 0o700]) {
    chmodSync(join(folder, 'jwt-secret'), mode);
    t.throws(() => loadOrCreateSecret(folder, 'jwt-secret'), { code: 'AUTH_SECRET_PERMISSIONS', message: /chmod 600/ }, mode.toString(8));
  }
  chmodSync(join(folder, 'jwt-secret'), 0o400);
  t.equal(loadOrCreateSecret(folder, 'jwt-secret'), secret, 'narrower is fine');
});

t.test('refuses a file without a usable secret and leaves it alone', async (t) => {
  const folder = t.testdir();
  const path = join(folder, 'jwt-secret');
  for (const content of ['', '\n', 'short']) {
    writeFileSync(path, content, { mode: 0o600 });
    t.throws(() => loadOrCreateSecret(folder, 'jwt-secret'), { code: 'AUTH_SECRET_INVALID' });
    t.equal(readFileSync(path, 'utf8'), content);
  }
  t.throws(() => loadOrCreateSecret(folder, 'too-few', 8), { code: 'AUTH_SECRET_INVALID' });
  mkdirSync(join(folder, 'folder'), { mode: 0o700 });
  t.throws(() => loadOrCreateSecret(folder, 'folder'));
});

t.test('never replaces a private file that exists', async (t) => {
  const folder = t.testdir();
  const path = join(folder, 'admin-password');
  t.equal(createPrivateFile(path, 'first\n'), true);
  t.equal(createPrivateFile(path, 'second\n'), false);
  t.equal(readFileSync(path, 'utf8'), 'first\n');
  t.equal(modeOf(path), 0o600);
  t.strictSame(readdirSync(folder), ['admin-password']);
  t.throws(() => createPrivateFile(join(folder, 'missing', 'file'), 'text'), { code: 'ENOENT' });
});

t.test('generates readable passwords that the policy accepts', async (t) => {
  const seen = new Set<string>();
  for (let round = 0; round < 200; round++) {
    const password = generatePassword();
    if (!/^[a-hjkmnp-z2-9]{6}(-[a-hjkmnp-z2-9]{6}){2}$/.test(password) || password.length !== 20) t.fail(password);
    t.equal(passwordProblem(password, 'admin'), undefined);
    seen.add(password);
  }
  t.equal(seen.size, 200);
});
