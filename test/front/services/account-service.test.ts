import t from 'tap';
import { AccountType } from '../../../src/core/enums.js';
import { ACCOUNTS_PER_USER_MAX } from '../../../src/front/services/account-service.js';
import { codeOf, ORIGIN, TestServices } from '../../support/services.js';

const PLAIN = { accountType: AccountType.individual, initialCash: 0, password: undefined };

t.test('opens accounts with cash in simulation mode', async (t) => {
  const services = new TestServices(t);
  const { caller } = await services.trader('alice');
  const opening = { ...PLAIN, owner: caller.user, name: 'hedge', initialCash: 1000.5, password: 'trading pass 1' };
  const account = await services.accounts.open(caller, opening, ORIGIN);
  t.equal(services.state.accounts.name[account], 'hedge');
  t.equal(services.state.ledger.balance(account), 10_005_000);
  t.match(services.state.accounts.tradingPasswordHash[account], /^\$2b\$/);
  t.same(caller.user.accounts, [1, account]);
});

t.test('outside of simulation mode only an Admin opens accounts with cash', async (t) => {
  const services = new TestServices(t, { simulationMode: false });
  const { caller } = await services.trader('alice');
  const opening = { ...PLAIN, owner: caller.user, name: 'hedge', initialCash: 1 };
  t.equal(await codeOf(() => services.accounts.open(caller, opening, ORIGIN)), 9008);
  const admin = await services.admin();
  t.equal(await codeOf(() => services.accounts.open(admin, opening, ORIGIN)), 0);
});

t.test('refuses names, owners, types, passwords and sums that do not fit', async (t) => {
  const services = new TestServices(t);
  const { caller } = await services.trader('alice');
  const { caller: other } = await services.trader('bob');
  const open = (changes: object) =>
    codeOf(() => services.accounts.open(caller, { ...PLAIN, owner: caller.user, name: 'second', ...changes }, ORIGIN));
  for (const name of ['', '   ', 'x'.repeat(33), 'a\nb']) t.equal(await open({ name }), 9008, JSON.stringify(name));
  t.equal(await open({ name: 'alice' }), 2001, 'the default account has this name');
  t.equal(await open({ owner: other.user }), 9006);
  t.equal(await open({ accountType: AccountType.market_maker }), 9006);
  t.equal(await open({ password: 'short' }), 2105);
  for (const initialCash of [-1, 0.001, 1e12]) t.equal(await open({ initialCash }), 9008, String(initialCash));
  t.equal(services.state.accounts.count, 2);
  t.equal(await open({ name: 'é'.repeat(32) }), 0);
});

t.test('keeps names of a user unique and their number bounded, also when opened at once', async (t) => {
  const services = new TestServices(t);
  const { caller } = await services.trader('alice');
  const open = (name: string) => codeOf(() => services.accounts.open(caller, { ...PLAIN, owner: caller.user, name }, ORIGIN));
  t.same((await Promise.all(['x', 'x', 'x'].map(open))).sort(), [0, 2001, 2001]);
  const codes = await Promise.all(Array.from({ length: 25 }, (_, i) => open(`a${i}`)));
  t.equal(codes.filter((code) => code === 0).length, ACCOUNTS_PER_USER_MAX - 2);
  t.equal(caller.user.accounts.length, ACCOUNTS_PER_USER_MAX);
});
