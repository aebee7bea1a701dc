import t from 'tap';
import { AuditResult, PasswordKind } from '../../../src/core/enums.js';
import { restoreState, serializeState } from '../../../src/core/state-codec.js';
import { codeOf, detailsOf, ORIGIN, PASSWORD, TestServices } from '../../support/services.js';

const { FUND, TRADING } = PasswordKind;

t.test('the first password of each kind is set with the login password, the next with the one before', async (t) => {
  const services = new TestServices(t);
  const { caller, account } = await services.trader('alice');
  const { passwords } = services.desk;
  const change = (kind: number, oldText: string, newText: string) => passwords.change(caller, account, kind, oldText, newText, ORIGIN);
  t.equal(await codeOf(() => change(FUND, 'not the login one', 'fund pass 1')), 2107);
  await change(FUND, PASSWORD, 'fund pass 1');
  t.equal(await codeOf(() => change(FUND, PASSWORD, 'fund pass 2')), 2107, 'the login password is accepted once');
  await change(FUND, 'fund pass 1', 'fund pass 2');
  await change(TRADING, PASSWORD, 'trading pass 1');
  t.equal(await passwords.problem(account, FUND, 'fund pass 2'), undefined);
  t.equal(await passwords.problem(account, FUND, 'fund pass 1'), 'is wrong');
  t.equal(await passwords.problem(account, FUND, ''), 'is required');
  const { accounts } = restoreState(serializeState(services.state));
  t.match(accounts.fundPasswordHash[account], /^\$2b\$/);
  t.not(accounts.fundPasswordHash[account], accounts.tradingPasswordHash[account]);
});

t.test('new passwords keep the policy', async (t) => {
  const services = new TestServices(t);
  const { caller, account } = await services.trader('alice_trader');
  for (const text of ['short', 'alice_trader', 'password123', 'x'.repeat(65), PASSWORD]) {
    t.equal(await codeOf(() => services.desk.passwords.change(caller, account, FUND, PASSWORD, text, ORIGIN)), 2105, text);
  }
  const admin = await services.admin();
  t.equal(await codeOf(() => services.desk.passwords.reset(admin, account, FUND, '1234', ORIGIN)), 2105);
  t.notOk(services.desk.passwords.isSet(account, FUND));
});

t.test('five wrong old passwords lock the kind for a quarter of an hour, also when they come at once', async (t) => {
  const services = new TestServices(t);
  const { caller, account } = await services.trader('alice');
  const { passwords } = services.desk;
  await passwords.change(caller, account, FUND, PASSWORD, 'fund pass 1', ORIGIN);
  const change = (oldText: string) => passwords.change(caller, account, FUND, oldText, 'fund pass 2', ORIGIN);
  const reasons = await Promise.all(Array.from({ length: 9 }, () => detailsOf(() => change('wrong one 1'))));
  t.equal(reasons.filter(([reason]) => reason === 'old_password: is wrong').length, 5);
  t.match(await detailsOf(() => change('fund pass 1')), [/locked/]);
  t.equal(await codeOf(() => change('fund pass 1')), 2107);
  t.equal(await passwords.problem(account, TRADING, 'x'), 'is not set: choose one first', 'the other kind is not locked');
  services.nowMs += 15 * 60_000;
  t.equal(await codeOf(() => change('fund pass 1')), 0);
});

t.test('guessing the login password counts for the user, whatever the account and kind', async (t) => {
  const services = new TestServices(t);
  const { caller, account } = await services.trader('alice');
  const { passwords } = services.desk;
  for (const kind of [FUND, TRADING, FUND, TRADING, FUND]) {
    t.equal(await codeOf(() => passwords.change(caller, account, kind, 'guess guess 1', 'fund pass 1', ORIGIN)), 2107);
  }
  t.match(await detailsOf(() => passwords.change(caller, account, TRADING, PASSWORD, 'fund pass 1', ORIGIN)), [/locked/]);
});

t.test('a password from staff opens nothing until it is changed, and lifts the lock', async (t) => {
  const services = new TestServices(t);
  const { caller, account } = await services.trader('alice');
  const { passwords } = services.desk;
  await passwords.change(caller, account, FUND, PASSWORD, 'fund pass 1', ORIGIN);
  for (let i = 0; i < 5; i++) await passwords.problem(account, FUND, 'wrong one 1');
  await passwords.reset(await services.admin(), account, FUND, 'from staff 1', ORIGIN);
  t.match(await passwords.problem(account, FUND, 'from staff 1'), /must be changed/);
  t.equal(restoreState(serializeState(services.state)).accounts.mustChangePassword[account], 1 << FUND);
  t.equal(await codeOf(() => passwords.change(caller, account, FUND, 'from staff 1', 'from staff 1', ORIGIN)), 2105, 'another one');
  await passwords.change(caller, account, FUND, 'from staff 1', 'my own one 1', ORIGIN);
  t.equal(await passwords.problem(account, FUND, 'my own one 1'), undefined);
});

t.test('of two changes at once only one finds the old password right', async (t) => {
  const services = new TestServices(t);
  const { caller, account } = await services.trader('alice');
  const change = (text: string) => codeOf(() => services.desk.passwords.change(caller, account, FUND, PASSWORD, text, ORIGIN));
  t.same((await Promise.all([change('fund pass 1'), change('fund pass 2')])).sort(), [0, 2107]);
});

t.test('changes are recorded without what they are about', async (t) => {
  const services = new TestServices(t);
  const { caller, account } = await services.trader('alice');
  const { passwords } = services.desk;
  await codeOf(() => passwords.change(caller, account, FUND, 'wrong one 1', 'fund pass 1', ORIGIN));
  await passwords.change(caller, account, FUND, PASSWORD, 'fund pass 1', ORIGIN);
  const records = (await services.auditRecords()).filter(({ logType }) => logType === 'PASSWORD_CHANGE');
  t.match(records, [
    { account, action: 'change_fund_password', details: 'refused with 2107', result: AuditResult.FAILED },
    { account, action: 'change_fund_password', details: '', result: AuditResult.SUCCESS },
  ]);
  t.notMatch(JSON.stringify(records), /pass 1|horse|wrong one|\$2b/);
});
