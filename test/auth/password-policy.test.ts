import t from 'tap';
import { passwordProblem } from '../../src/auth/password-policy.js';

t.test('accepts 8 to 64 characters', async (t) => {
  t.equal(passwordProblem('x7_kfQpa', 'alice'), undefined);
  t.equal(passwordProblem('y'.repeat(64), 'alice'), undefined);
  t.match(passwordProblem('x7_kfQp', 'alice'), /at least 8/);
  t.match(passwordProblem('', 'alice'), /at least 8/);
  t.match(passwordProblem('y'.repeat(65), 'alice'), /at most 64/);
  t.match(passwordProblem('y'.repeat(10_000_000), 'alice'), /at most 64/);
});

t.test('counts characters, not UTF-16 units, and bytes as bcrypt does', async (t) => {
  t.match(passwordProblem('\u{1f600}'.repeat(7), 'alice'), /at least 8/);
  t.equal(passwordProblem('\u{1f600}'.repeat(18), 'alice'), undefined, '72 bytes');
  t.match(passwordProblem('\u{1f600}'.repeat(19), 'alice'), /72 bytes/);
  t.match(passwordProblem('\u00e9'.repeat(37), 'alice'), /72 bytes/);
});

t.test('refuses the username in any case', async (t) => {
  t.match(passwordProblem('Trader_Joe', 'trader_joe'), /username/);
  t.match(passwordProblem('trader_joe', 'TRADER_JOE'), /username/);
  t.equal(passwordProblem('trader_joe1', 'trader_joe'), undefined);
});

t.test('refuses common passwords in any case', async (t) => {
  for (const common of ['password', 'PassWord', '12345678', 'qwertyuiop', 'Admin123', 'woaini1314']) {
    t.match(passwordProblem(common, 'alice'), /common/, common);
  }
});
