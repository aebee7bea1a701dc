import t from 'tap';
import {
  hasPermission,
  isAdmin,
  PERMISSIONS,
  permissionsOf,
  ROLE_BITS,
  ROLE_PERMISSIONS,
  roleMask,
  roleNames,
  type RoleName,
} from '../../src/auth/permissions.js';

t.test('has 39 different permissions and the promised number for each role', async (t) => {
  t.equal(PERMISSIONS.length, 39);
  t.equal(new Set(PERMISSIONS).size, 39);
  const counts = Object.fromEntries(Object.entries(ROLE_PERMISSIONS).map(([role, list]) => [role, new Set(list).size]));
  t.strictSame(counts, { Admin: 39, Trader: 12, Analyst: 8, ReadOnly: 5, RiskManager: 10, Settlement: 6 });
});

t.test('stores each role in its own bit, never to change', async (t) => {
  t.strictSame(ROLE_BITS, { Trader: 1, Analyst: 2, ReadOnly: 4, RiskManager: 8, Settlement: 16, Admin: 128 });
});

t.test('grants an Admin everything', async (t) => {
  for (const permission of PERMISSIONS) t.ok(hasPermission(ROLE_BITS.Admin, permission), permission);
  t.ok(isAdmin(129));
  t.notOk(isAdmin(31));
});

t.test('lets a Trader trade, but see and administer nothing of others', async (t) => {
  t.ok(hasPermission(ROLE_BITS.Trader, 'Trade'));
  for (const permission of ['ViewAllAccounts', 'ViewUsers', 'DepositWithdraw', 'ModifyUserRole', 'CreateInstrument'] as const) {
    t.notOk(hasPermission(ROLE_BITS.Trader, permission), permission);
  }
});

t.test('keeps trading away from all roles but Trader and Admin', async (t) => {
  for (const role of Object.keys(ROLE_BITS) as RoleName[]) {
    t.equal(hasPermission(ROLE_BITS[role], 'Trade'), role === 'Trader' || role === 'Admin', role);
  }
});

t.test('joins the permissions of several roles', async (t) => {
  const both = permissionsOf(ROLE_BITS.Trader | ROLE_BITS.Settlement);
  t.strictSame([...both].sort(), [...new Set([...ROLE_PERMISSIONS.Trader, ...ROLE_PERMISSIONS.Settlement])].sort());
  t.equal(permissionsOf(ROLE_BITS.Trader | ROLE_BITS.Settlement), both, 'the same set each time');
});

t.test('grants nothing for no role and for unknown bits', async (t) => {
  t.equal(permissionsOf(0).size, 0);
  t.equal(permissionsOf(32 | 64 | 256).size, 0);
  t.equal(permissionsOf(-1 & ~(128 | 31)).size, 0);
});

t.test('shows roles by precedence', async (t) => {
  t.strictSame(roleNames(1 | 2 | 4 | 8 | 16 | 128), ['Admin', 'RiskManager', 'Settlement', 'Trader', 'Analyst', 'ReadOnly']);
  t.strictSame(roleNames(0), []);
});

t.test('turns names into a mask and refuses a list with an unknown one', async (t) => {
  t.equal(roleMask(['Trader', 'Admin', 'Trader']), 129);
  t.equal(roleMask([]), 0);
  for (const bad of ['trader', 'Root', '', 'toString', '__proto__', 'constructor']) t.equal(roleMask(['Trader', bad]), undefined, bad);
});

t.test('finds back the names of every mask', async (t) => {
  for (let mask = 0; mask < 256; mask++) {
    const known = mask & (128 | 31);
    t.equal(roleMask(roleNames(mask)), known, `mask ${mask}`);
  }
});
