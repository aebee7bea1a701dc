import bcrypt from 'bcrypt';
import t, { type Test } from 'tap';
import { AuthError } from '../../src/auth/auth-error.js';
import { dummyHash, PasswordPool, PoolBusyError } from '../../src/auth/password-pool.js';

/** The cheapest bcrypt: these tests ask for answers, not for strength. */
const COST = 4;

function makePool(t: Test, queueMax?: number): PasswordPool {
  const pool = new PasswordPool({ cost: COST, ...(queueMax === undefined ? {} : { queueMax }), onError: (error) => t.fail(error.message) });
  t.teardown(() => pool.close());
  return pool;
}

t.test('hashes in its thread and knows the password again', async (t) => {
  const pool = makePool(t);
  const hash = await pool.hash('correct horse');
  t.match(hash, /^\$2b\$04\$/);
  t.equal(bcrypt.compareSync('correct horse', hash), true, 'a plain bcrypt hash');
  t.equal(await pool.verify('correct horse', hash), true);
  t.equal(await pool.verify('correct horsf', hash), false);
  t.equal(await pool.verify('', hash), false);
  t.not(await pool.hash('correct horse'), hash, 'a salt of its own each time');
});

t.test('hashes with the cost it is asked for', async (t) => {
  const pool = makePool(t);
  t.equal(bcrypt.getRounds(await pool.hash('correct horse', 5)), 5);
  for (const cost of [3, 32, 4.5, NaN]) await t.rejects(pool.hash('correct horse', cost), RangeError);
  t.throws(() => new PasswordPool({ cost: 0, onError: () => t.fail() }), RangeError);
});

t.test('never lets a password pass by its first 72 bytes, nor by what stands before a NUL', async (t) => {
  const pool = makePool(t);
  const longest = 'x'.repeat(72);
  const hash = await pool.hash(longest);
  t.equal(await pool.verify(longest, hash), true);
  t.equal(await pool.verify(`${longest}y`, hash), false);
  await t.rejects(pool.hash(`${longest}y`), RangeError);
  const withNul = await pool.hash('abcdefgh\0right');
  t.equal(await pool.verify('abcdefgh\0wrong', withNul), false);
  t.equal(await pool.verify('abcdefgh\0right', withNul), true);
});

t.test('answers false for something that is no hash', async (t) => {
  const pool = makePool(t);
  for (const bad of ['', 'plain', '$2b$04$short']) t.equal(await pool.verify('whatever1', bad), false, bad);
});

t.test('does the work of a real check for an unknown name', async (t) => {
  const pool = makePool(t);
  t.equal(await pool.verifyDummy(), false);
  // bcrypt works only for a well-formed hash; for anything else it answers at once.
  const dummy = dummyHash(COST);
  t.equal(bcrypt.getRounds(dummy), COST);
  const salt = dummy.slice(0, 29);
  const real = bcrypt.hashSync('', salt);
  t.equal(real.slice(0, 29), salt, 'bcrypt takes the salt');
  t.equal(real.length, dummy.length);
});

t.test('refuses at once when the queue is full, and works again after', async (t) => {
  const pool = makePool(t, 2);
  const admitted = [pool.hash('number one', 8), pool.hash('number two'), pool.hash('number three')];
  t.equal(pool.pendingCount, 3);
  await t.rejects(pool.hash('number four'), PoolBusyError);
  await t.rejects(pool.verifyDummy(), { code: 'AUTH_POOL_BUSY' });
  for (const hash of await Promise.all(admitted)) t.match(hash, /^\$2b\$/);
  t.equal(pool.pendingCount, 0);
  t.match(await pool.hash('number five'), /^\$2b\$/);
});

t.test('rejects what is under way and everything later once closed', async (t) => {
  const pool = makePool(t);
  const waiting = [pool.hash('number one', 8), pool.hash('number two')].map((result) => t.rejects(result, { code: 'AUTH_POOL_CLOSED' }));
  await Promise.all([pool.close(), pool.close()]);
  await Promise.all(waiting);
  await t.rejects(pool.hash('number three'), AuthError);
  t.equal(pool.pendingCount, 0);
});
