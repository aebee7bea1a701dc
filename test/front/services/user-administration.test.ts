import t from 'tap';
import { ROLE_BITS } from '../../../src/auth/permissions.js';
import { Right, rightsOf } from '../../../src/core/account-rights.js';
import { AuditResult, UserStatus } from '../../../src/core/enums.js';
import { restoreState, serializeState } from '../../../src/core/state-codec.js';
import { codeOf, ORIGIN, PASSWORD, TestServices } from '../../support/services.js';

async function venue(t: { teardown(run: () => unknown): void }) {
  const services = new TestServices(t);
  const admin = await services.admin();
  const { caller, account } = await services.trader('alice');
  const actor = { user: admin.user.user, origin: ORIGIN };
  const login = async (name: string) => (await services.users.login(name, PASSWORD, ORIGIN)).token;
  return { services, admin, actor, alice: caller.user, account, login };
}

t.test('roles are set as a whole, added one by one, and every change ends the tokens from before', async (t) => {
  const { services, actor, alice, login } = await venue(t);
  const { userAdministration, users } = services;
  const token = await login('alice');
  await userAdministration.setRoles(alice, ['Analyst', 'RiskManager'], actor);
  t.equal(alice.roles, ROLE_BITS.Analyst | ROLE_BITS.RiskManager);
  t.equal(await codeOf(() => users.authenticate(token)), 9001);
  const second = await login('alice');
  await userAdministration.addRole(alice, 'Trader', actor);
  t.equal(alice.roles, ROLE_BITS.Analyst | ROLE_BITS.RiskManager | ROLE_BITS.Trader);
  t.equal(await codeOf(() => users.authenticate(second)), 9001);
  const third = await login('alice');
  await userAdministration.addRole(alice, 'Trader', actor);
  t.equal(await codeOf(() => users.authenticate(third)), 0, 'a role that is there already changes nothing');
  const restored = restoreState(serializeState(services.state)).users.get(alice.user)!;
  t.match(restored, { roles: alice.roles, tokenVersion: alice.tokenVersion, status: alice.status });
});

t.test('an unknown role rejects all of them', async (t) => {
  const { services, actor, alice } = await venue(t);
  const { userAdministration } = services;
  t.equal(await codeOf(() => userAdministration.setRoles(alice, ['Trader', 'King'], actor)), 2108);
  t.equal(await codeOf(() => userAdministration.addRole(alice, 'constructor', actor)), 2108);
  t.equal(await codeOf(() => userAdministration.setRoles(alice, [], actor)), 0, 'the schema of the route asks for one at least');
});

t.test('nobody changes the own roles, and the last active Admin stays', async (t) => {
  const { services, admin, actor, alice } = await venue(t);
  const { userAdministration } = services;
  t.equal(await codeOf(() => userAdministration.addRole(admin.user, 'Trader', actor)), 9006);
  t.equal(await codeOf(() => userAdministration.freeze(admin.user, 'r', actor)), 2109);
  await userAdministration.addRole(alice, 'Admin', actor);
  const byAlice = { user: alice.user, origin: ORIGIN };
  const both = [
    codeOf(() => userAdministration.setRoles(admin.user, ['Trader'], byAlice)),
    codeOf(() => userAdministration.setRoles(alice, ['Trader'], actor)),
  ];
  t.same((await Promise.all(both)).sort(), [0, 2109], 'of two who demote each other at once one is left');
});

t.test('a frozen user has no tokens, no rights and no orders', async (t) => {
  const { services, actor, alice, account, login } = await venue(t);
  const { userAdministration, users, state } = services;
  const token = await login('alice');
  await userAdministration.freeze(alice, 'suspicion', actor);
  t.equal(alice.status, UserStatus.Frozen);
  t.equal(await codeOf(() => users.authenticate(token)), 9001);
  t.equal(await codeOf(() => login('alice')), 2106);
  t.equal(rightsOf(state.accounts, state.users, account) & (Right.OPEN | Right.CLOSE | Right.WITHDRAW), 0);
  t.equal(await codeOf(() => userAdministration.freeze(alice, 'again', actor)), 0, 'a second time changes nothing');
  await userAdministration.unfreeze(alice, 'cleared', actor);
  t.equal(await codeOf(() => users.authenticate(token)), 9001, 'tokens stay dead');
  t.equal(await codeOf(async () => users.authenticate(await login('alice'))), 0);
  const records = (await services.auditRecords()).filter(({ action }) => action.endsWith('freeze_user'));
  t.match(records, [
    { action: 'freeze_user', details: /suspicion/, result: AuditResult.SUCCESS, user: actor.user, address: ORIGIN.address },
    { action: 'freeze_user' },
    { action: 'unfreeze_user', details: /cleared/ },
  ]);
});

t.test('a changed password ends every token, and wrong old ones lock', async (t) => {
  const { services, alice, login } = await venue(t);
  const { loginPassword, users } = services;
  const token = await login('alice');
  const caller = users.authenticate(token);
  const change = (oldText: string, newText: string) => codeOf(() => loginPassword.change(caller, oldText, newText, ORIGIN));
  t.equal(await change('wrong', 'another horse 8'), 2107);
  t.equal(await change(PASSWORD, 'short'), 2105);
  t.equal(await change(PASSWORD, PASSWORD), 2105);
  t.equal(await change(PASSWORD, 'another horse 8'), 0);
  t.equal(await codeOf(() => users.authenticate(token)), 9001);
  t.equal(await codeOf(() => login('alice')), 9001, 'the old password is dead');
  t.equal(await codeOf(() => services.users.login('alice', 'another horse 8', ORIGIN)), 0);
  for (let i = 0; i < 5; i++) await change('wrong', 'a third horse 9');
  t.equal(await change('another horse 8', 'a third horse 9'), 9004, 'locked, whatever is sent');
  services.nowMs += 15 * 60_000 + 1;
  t.equal(await change('another horse 8', 'a third horse 9'), 0);
  t.notMatch(JSON.stringify(await services.auditRecords()), /horse/, 'no secret in the audit');
  t.equal(alice.tokenVersion, 2);
});
