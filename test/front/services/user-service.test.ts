import jwt from 'jsonwebtoken';
import t from 'tap';
import { ROLE_BITS } from '../../../src/auth/permissions.js';
import { AuditResult, UserStatus } from '../../../src/core/enums.js';
import { FrameKind } from '../../../src/core/events.js';
import { codeOf, detailsOf, ORIGIN, PASSWORD, SECRET, TestServices } from '../../support/services.js';

const ID_CARD = '11010519491231002X';

t.test('registers a trader with an account of the same name in one command', async (t) => {
  const services = new TestServices(t, { simInitialCash: 50_000_000 });
  const registration = { username: 'Alice_1', password: PASSWORD, phone: '13800138000', email: 'a@example.com', id_card: ID_CARD };
  const { user, account } = await services.users.register(registration, ORIGIN);
  t.match(user, { user: 1, username: 'Alice_1', roles: ROLE_BITS.Trader, accounts: [account], status: UserStatus.Active });
  t.equal(services.state.accounts.name[account], 'Alice_1');
  t.equal(services.state.ledger.balance(account), 50_000_000, 'the grant of simulation mode');
  t.same(
    services.proposer.proposed.slice(0, 3).map((proposal) => proposal.kind),
    [FrameKind.UserRegistered, FrameKind.AccountOpened, FrameKind.FundsMoved],
  );
  t.notMatch(JSON.stringify(services.proposer.proposed), new RegExp(`${PASSWORD}|${ID_CARD}`), 'no secret reaches the log');
});

t.test('grants nothing outside of simulation mode', async (t) => {
  const services = new TestServices(t, { simInitialCash: 50_000_000, simulationMode: false });
  const { account } = await services.trader('alice');
  t.equal(services.state.ledger.balance(account), 0);
});

t.test('names every malformed field of a registration', async (t) => {
  const services = new TestServices(t);
  const wrong = { username: 'a b', password: PASSWORD, phone: '12', email: 'x', real_name: ' ', id_card: '1' };
  t.equal(await codeOf(() => services.users.register(wrong, ORIGIN)), 9008);
  const fields = (await detailsOf(() => services.users.register(wrong, ORIGIN))).map((text) => text.split(':')[0]);
  t.same(fields, ['username', 'phone', 'email', 'real_name', 'id_card']);
  t.equal(await codeOf(() => services.users.register({ username: 'alice', password: 'short' }, ORIGIN)), 2105);
  t.equal(await codeOf(() => services.users.register({ username: 'alicealice', password: 'AliceAlice' }, ORIGIN)), 2105);
  t.equal(services.state.users.count, 0);
});

t.test('keeps names, phones and addresses unique, whatever their case', async (t) => {
  const { users } = new TestServices(t);
  await users.register({ username: 'alice', password: PASSWORD, phone: '13800138000', email: 'a@example.com' }, ORIGIN);
  t.equal(await codeOf(() => users.register({ username: 'ALICE', password: PASSWORD }, ORIGIN)), 2101);
  t.equal(await codeOf(() => users.register({ username: 'bob', password: PASSWORD, phone: '13800138000' }, ORIGIN)), 2102);
  t.equal(await codeOf(() => users.register({ username: 'bob', password: PASSWORD, email: 'A@EXAMPLE.com' }, ORIGIN)), 2103);
});

t.test('lets only one of several simultaneous registrations have a name', async (t) => {
  const services = new TestServices(t);
  const attempts = ['carol', 'Carol', 'CAROL', 'carol', 'dave'].map((username) =>
    codeOf(() => services.users.register({ username, password: PASSWORD }, ORIGIN)),
  );
  t.same((await Promise.all(attempts)).sort(), [0, 0, 2101, 2101, 2101]);
  t.equal(services.state.users.count, 2);
  t.equal(services.state.accounts.count, 2);
});

t.test('a refused command leaves neither a user nor a gap in the numbers', async (t) => {
  const services = new TestServices(t);
  services.proposer.refuseNext = 3003;
  t.equal(await codeOf(() => services.users.register({ username: 'alice', password: PASSWORD }, ORIGIN)), 3003);
  const { account } = await services.trader('alice');
  t.equal(account, 1);
});

t.test('the first Admin has all permissions and no account', async (t) => {
  const services = new TestServices(t);
  const caller = await services.admin();
  t.match(caller.user, { roles: ROLE_BITS.Admin, accounts: [] });
  t.equal(await codeOf(() => services.users.registerAdmin('admin2', 'weak')), 2105);
});

t.test('answers every wrong credential alike', async (t) => {
  const services = new TestServices(t);
  await services.trader('alice');
  t.equal(await codeOf(() => services.users.login('alice', 'wrong password', ORIGIN)), 9001);
  t.equal(await codeOf(() => services.users.login('nobody', PASSWORD, ORIGIN)), 9001);
  t.equal(await codeOf(() => services.users.login('alice', 'x'.repeat(500), ORIGIN)), 9001);
});

t.test('tells of a frozen user only after the right password', async (t) => {
  const services = new TestServices(t);
  const { token } = await services.trader('alice').then(() => services.users.login('alice', PASSWORD, ORIGIN));
  services.state.users.get(1)!.status = UserStatus.Frozen;
  t.equal(await codeOf(() => services.users.login('alice', 'wrong password', ORIGIN)), 9001);
  t.equal(await codeOf(() => services.users.login('alice', PASSWORD, ORIGIN)), 2106);
  t.equal(await codeOf(() => services.users.authenticate(token)), 2106);
});

t.test('slows guessing down, but not with the limits lifted', async (t) => {
  const strict = new TestServices(t, { rateLimitRps: 100 });
  await strict.trader('alice');
  for (let i = 0; i < 5; i++) t.equal(await codeOf(() => strict.users.login('alice', 'wrong password', ORIGIN)), 9001);
  t.equal(await codeOf(() => strict.users.login('alice', PASSWORD, ORIGIN)), 9004);
  strict.nowMs += 15 * 60_000;
  t.equal(await codeOf(() => strict.users.login('alice', PASSWORD, ORIGIN)), 0);
  const blocked = (await strict.auditRecords()).filter((record) => record.result === AuditResult.BLOCKED);
  t.match(blocked, [{ user: 1, logType: 'LOGIN', address: ORIGIN.address }]);

  const lifted = new TestServices(t, { rateLimitRps: 0 });
  await lifted.trader('alice');
  for (let i = 0; i < 8; i++) t.equal(await codeOf(() => lifted.users.login('alice', 'wrong password', ORIGIN)), 9001);
});

t.test('a token stands for its user until it ends, is revoked or out of date', async (t) => {
  const services = new TestServices(t);
  const { caller } = await services.trader('alice');
  const first = await services.users.login('alice', PASSWORD, ORIGIN);
  const second = await services.users.login('alice', PASSWORD, ORIGIN);
  t.equal(services.users.authenticate(first.token).user, caller.user);
  await services.users.logout(services.users.authenticate(first.token), ORIGIN);
  t.equal(await codeOf(() => services.users.authenticate(first.token)), 9001, 'logged out');
  t.equal(await codeOf(() => services.users.authenticate(second.token)), 0, 'another login lives on');
  caller.user.tokenVersion++;
  t.equal(await codeOf(() => services.users.authenticate(second.token)), 9001, 'an older token version');
  caller.user.tokenVersion--;
  services.nowMs = second.expiresAtMs + 31_000;
  t.equal(await codeOf(() => services.users.authenticate(second.token)), 9001, 'expired');
});

t.test('accepts no token that we have not signed for an existing user', async (t) => {
  const services = new TestServices(t);
  await services.trader('alice');
  const seconds = Math.floor(services.nowMs / 1000);
  const claims = { sub: 'U0000000001', username: 'alice', iat: seconds, exp: seconds + 60, jti: 'x', ver: 0, iss: 'exchange' };
  const signed = (changes: object, secret = SECRET, algorithm: jwt.Algorithm = 'HS256') =>
    jwt.sign({ ...claims, ...changes }, secret, { algorithm });
  t.equal(await codeOf(() => services.users.authenticate(signed({}))), 0, 'the same claims with our secret are fine');
  for (const token of ['', 'garbage', 'a.b.c', signed({}, 'another secret of thirty-two bytes!!'), signed({}, SECRET, 'HS512')]) {
    t.equal(await codeOf(() => services.users.authenticate(token)), 9001, token.slice(0, 40));
  }
  t.equal(await codeOf(() => services.users.authenticate(jwt.sign(claims, '', { algorithm: 'none' }))), 9001, 'alg none');
  for (const changes of [{ sub: 'U0000000099' }, { sub: '1' }, { sub: '' }, { iss: 'other' }, { ver: 1 }, { exp: seconds - 60 }]) {
    t.equal(await codeOf(() => services.users.authenticate(signed(changes))), 9001, JSON.stringify(changes));
  }
});

t.test('records who did what, and what failed', async (t) => {
  const services = new TestServices(t);
  const { caller } = await services.trader('alice');
  await codeOf(() => services.users.login('alice', 'wrong password', ORIGIN));
  await codeOf(() => services.users.login('nobody', 'wrong password', ORIGIN));
  await services.users.logout(caller, ORIGIN);
  const records = await services.auditRecords();
  t.match(records, [
    { user: 1, action: 'register', result: AuditResult.SUCCESS },
    { user: 1, logType: 'LOGIN', result: AuditResult.SUCCESS, address: ORIGIN.address, userAgent: ORIGIN.userAgent },
    { user: 1, logType: 'LOGIN', result: AuditResult.FAILED, details: 'refused with 9001' },
    { user: 0, logType: 'LOGIN', result: AuditResult.FAILED },
    { user: 1, logType: 'LOGOUT', result: AuditResult.SUCCESS },
  ]);
  t.equal(records.length, 5);
});
