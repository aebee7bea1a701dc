import t from 'tap';
import { FailureWindow } from '../../src/auth/failure-window.js';
import { LoginThrottle, type LoginAttempt } from '../../src/auth/login-throttle.js';

const MINUTE_MS = 60_000;
const WINDOW_MS = 15 * MINUTE_MS;
const NOW_MS = 1_800_000_000_000;

/** Begins a login that must be admitted. */
function admit(throttle: LoginThrottle, name: string, address: string, nowMs: number): LoginAttempt {
  const admission = throttle.begin(name, address, nowMs);
  if (!admission.admitted) throw new Error(`not admitted: ${admission.retryAfterSeconds} s`);
  return admission.attempt;
}

function retryAfterSeconds(throttle: LoginThrottle, name: string, address: string, nowMs: number): number {
  const admission = throttle.begin(name, address, nowMs);
  if (!admission.admitted) return admission.retryAfterSeconds;
  admission.attempt.abandon();
  return 0;
}

t.test('blocks a name after 5 failures, from any address and in any case, until the first is 15 minutes old', async (t) => {
  const throttle = new LoginThrottle();
  for (let failure = 0; failure < 5; failure++) {
    const nowMs = NOW_MS + failure * MINUTE_MS;
    admit(throttle, 'alice', `10.0.0.${failure}`, nowMs).fail(nowMs);
  }
  const lastMs = NOW_MS + 4 * MINUTE_MS;
  t.equal(retryAfterSeconds(throttle, 'ALICE', '10.0.0.9', lastMs), 11 * 60);
  t.equal(retryAfterSeconds(throttle, 'bob', '10.0.0.9', lastMs), 0, 'others are not touched');
  t.equal(retryAfterSeconds(throttle, 'alice', '10.0.0.9', NOW_MS + WINDOW_MS - 1), 1);
  t.equal(retryAfterSeconds(throttle, 'alice', '10.0.0.9', NOW_MS + WINDOW_MS), 0);
  admit(throttle, 'alice', '10.0.0.9', NOW_MS + WINDOW_MS).fail(NOW_MS + WINDOW_MS);
  t.equal(retryAfterSeconds(throttle, 'alice', '10.0.0.9', NOW_MS + WINDOW_MS), 60, 'the window slides: the second failure counts now');
});

t.test('blocks an address after 20 failures of any names', async (t) => {
  const throttle = new LoginThrottle();
  for (let failure = 0; failure < 20; failure++) admit(throttle, `user_${failure}`, '10.0.0.1', NOW_MS).fail(NOW_MS);
  t.equal(retryAfterSeconds(throttle, 'alice', '10.0.0.1', NOW_MS), 900);
  t.equal(retryAfterSeconds(throttle, 'alice', '10.0.0.2', NOW_MS), 0);
  t.equal(retryAfterSeconds(throttle, 'alice', '10.0.0.1', NOW_MS + WINDOW_MS), 0);
});

t.test('forgives the name, but not the address, after a right password', async (t) => {
  const throttle = new LoginThrottle({ failuresPerAddressMax: 6 });
  for (let failure = 0; failure < 4; failure++) admit(throttle, 'alice', '10.0.0.1', NOW_MS).fail(NOW_MS);
  admit(throttle, 'alice', '10.0.0.1', NOW_MS).succeed();
  admit(throttle, 'alice', '10.0.0.1', NOW_MS).fail(NOW_MS);
  t.equal(retryAfterSeconds(throttle, 'alice', '10.0.0.2', NOW_MS), 0, 'only one failure since');
  admit(throttle, 'bob', '10.0.0.1', NOW_MS).fail(NOW_MS);
  t.equal(retryAfterSeconds(throttle, 'carol', '10.0.0.1', NOW_MS), 900, 'six failures of the address');
});

t.test('admits no more guesses at once than one by one', async (t) => {
  const throttle = new LoginThrottle();
  const attempts = Array.from({ length: 5 }, () => admit(throttle, 'alice', '10.0.0.1', NOW_MS));
  t.equal(retryAfterSeconds(throttle, 'alice', '10.0.0.1', NOW_MS), 1, 'soon: these may all be right');
  for (const attempt of attempts) attempt.fail(NOW_MS);
  t.equal(retryAfterSeconds(throttle, 'alice', '10.0.0.1', NOW_MS), 900);
});

t.test('does not count an attempt that was never checked, and counts an outcome once', async (t) => {
  const throttle = new LoginThrottle();
  for (let round = 0; round < 10; round++) admit(throttle, 'alice', '10.0.0.1', NOW_MS).abandon();
  const attempt = admit(throttle, 'alice', '10.0.0.1', NOW_MS);
  for (let round = 0; round < 10; round++) attempt.fail(NOW_MS);
  attempt.succeed();
  for (let failure = 0; failure < 3; failure++) admit(throttle, 'alice', '10.0.0.1', NOW_MS).fail(NOW_MS);
  t.equal(retryAfterSeconds(throttle, 'alice', '10.0.0.1', NOW_MS), 0, '4 failures');
  admit(throttle, 'alice', '10.0.0.1', NOW_MS).fail(NOW_MS);
  t.equal(retryAfterSeconds(throttle, 'alice', '10.0.0.1', NOW_MS), 900, '5 failures');
});

t.test('keeps one entry for all names that cannot exist', async (t) => {
  const throttle = new LoginThrottle();
  for (let failure = 0; failure < 5; failure++) admit(throttle, `no such name ${failure}`, `10.0.0.${failure}`, NOW_MS).fail(NOW_MS);
  t.equal(retryAfterSeconds(throttle, 'x'.repeat(100_000), '10.0.0.9', NOW_MS), 900);
  t.equal(retryAfterSeconds(throttle, 'alice', '10.0.0.9', NOW_MS), 0);
});

t.test('blocks nobody when the limits are 0', async (t) => {
  const throttle = new LoginThrottle({ failuresPerNameMax: 0, failuresPerAddressMax: 0 });
  for (let failure = 0; failure < 100; failure++) admit(throttle, 'alice', '10.0.0.1', NOW_MS).fail(NOW_MS);
  t.equal(retryAfterSeconds(throttle, 'alice', '10.0.0.1', NOW_MS), 0);
});

t.test('never blocks for longer than the window, even if the clock is set back', async (t) => {
  const throttle = new LoginThrottle({ failuresPerNameMax: 1 });
  admit(throttle, 'alice', '10.0.0.1', NOW_MS).fail(NOW_MS);
  t.equal(retryAfterSeconds(throttle, 'alice', '10.0.0.1', NOW_MS - 10 * WINDOW_MS), 900);
});

t.test('remembers a bounded number of keys and forgets the one that failed longest ago', async (t) => {
  const window = new FailureWindow({ failuresMax: 1, windowMs: WINDOW_MS, keysMax: 3 });
  for (const key of ['a', 'b', 'c']) window.fail(key, NOW_MS);
  window.fail('a', NOW_MS + 1);
  window.fail('d', NOW_MS + 2);
  t.equal(window.size, 3);
  t.strictSame(
    ['a', 'b', 'c', 'd'].map((key) => window.retryAfterMs(key, NOW_MS + 2) > 0),
    [true, false, true, true],
  );
  for (let key = 0; key < 1000; key++) window.fail(`key ${key}`, NOW_MS);
  t.equal(window.size, 3);
});

t.test('drops an entry as soon as it says nothing', async (t) => {
  const window = new FailureWindow({ failuresMax: 5, windowMs: WINDOW_MS, keysMax: 10 });
  window.begin('abandoned');
  window.abandon('abandoned');
  window.begin('cleared');
  window.fail('cleared', NOW_MS);
  window.begin('cleared');
  window.clear('cleared');
  window.fail('expired', NOW_MS);
  t.equal(window.retryAfterMs('expired', NOW_MS + WINDOW_MS), 0);
  t.equal(window.size, 0);
});

t.test('lets outcomes of forgotten keys do no harm', async (t) => {
  const window = new FailureWindow({ failuresMax: 2, windowMs: WINDOW_MS, keysMax: 1 });
  window.begin('a');
  window.begin('b');
  window.abandon('a');
  window.clear('a');
  window.fail('a', NOW_MS);
  t.equal(window.size, 1);
  t.equal(window.retryAfterMs('a', NOW_MS), 0, 'one failure of two');
});
