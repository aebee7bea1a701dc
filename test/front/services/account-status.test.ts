import t from 'tap';
import { AccountStatus, AuditResult, FreezeType } from '../../../src/core/enums.js';
import { openAccountsOf } from '../../../src/core/account-rights.js';
import { restoreState, serializeState } from '../../../src/core/state-codec.js';
import { accountStatusView } from '../../../src/front/views/account-status-view.js';
import { codeOf, detailsOf, ORIGIN, TestServices } from '../../support/services.js';

const { FROZEN, SUSPENDED } = AccountStatus;
const { FULL, TRADING_ONLY, WITHDRAW_ONLY } = FreezeType;
const ACTOR = { user: 9, origin: ORIGIN };

t.test('a freeze says who, when, why, and survives a restart', async (t) => {
  const services = new TestServices(t);
  const { account } = await services.trader('alice');
  const { status } = services.desk;
  t.same(accountStatusView(services.state, account), {
    account_id: 'ACC_0000000001',
    status: 'ACTIVE',
    can_trade: true,
    can_withdraw: true,
  });
  await status.freeze(account, { status: FROZEN, freezeType: TRADING_ONLY, reason: 'court order' }, ACTOR);
  const frozenAt = Math.floor(services.state.accounts.statusUs[account] / 1000);
  const view = {
    account_id: 'ACC_0000000001',
    status: 'FROZEN',
    freeze_type: 'TRADING_ONLY',
    freeze_reason: 'court order',
    frozen_at: frozenAt,
    frozen_by: 'U0000000009',
    can_trade: false,
    can_withdraw: true,
  };
  t.same(accountStatusView(services.state, account), view);
  t.same(accountStatusView(restoreState(serializeState(services.state)), account), view);
  await status.freeze(account, { status: SUSPENDED, freezeType: FULL, reason: 'settlement failed' }, { ...ACTOR, user: 0 });
  t.match(accountStatusView(services.state, account), { status: 'SUSPENDED', freeze_type: undefined, frozen_by: 'system' });
  await status.unfreeze(account, 'settled', ACTOR);
  t.match(accountStatusView(services.state, account), { status: 'ACTIVE', freeze_reason: undefined, can_trade: true });
  const records = (await services.auditRecords()).filter(({ logType }) => logType.startsWith('ACCOUNT_'));
  t.match(records, [
    { user: 9, account, logType: 'ACCOUNT_FREEZE', details: 'FROZEN TRADING_ONLY: court order' },
    { user: 0, logType: 'ACCOUNT_FREEZE', details: 'SUSPENDED: settlement failed' },
    { user: 9, logType: 'ACCOUNT_UNFREEZE', details: 'settled' },
  ]);
});

t.test('whoever may not trade any more loses his orders, and it is tried until they are gone', async (t) => {
  const services = new TestServices(t);
  const { account } = await services.trader('alice');
  const { status } = services.desk;
  services.gateway.refuseNext = [3003, 4001];
  await status.freeze(account, { status: FROZEN, freezeType: FULL, reason: 'x' }, ACTOR);
  t.same(services.cancelledOf, [account]);
  await status.unfreeze(account, 'x', ACTOR);
  await status.freeze(account, { status: FROZEN, freezeType: WITHDRAW_ONLY, reason: 'x' }, ACTOR);
  t.same(services.cancelledOf, [account], 'he may still trade');
});

t.test('no money leaves while a freeze is on its way', async (t) => {
  const services = new TestServices(t);
  const { caller, account } = await services.trader('alice');
  const { funds, status } = services.desk;
  await funds.deposit(caller, { account, amount: 10 }, ORIGIN);
  const frozen = status.freeze(account, { status: FROZEN, freezeType: FULL, reason: 'x' }, ACTOR);
  t.equal(await codeOf(() => funds.withdraw(caller, { account, amount: 10 }, undefined, ORIGIN)), 2002);
  await frozen;
  t.equal(services.state.ledger.balance(account), 100_000);
});

t.test('only an empty account is closed, and for good', async (t) => {
  const services = new TestServices(t);
  const { caller, account } = await services.trader('alice');
  const { funds, status } = services.desk;
  const close = () => status.close(account, 'wanted by its owner', ACTOR);
  await funds.deposit(caller, { account, amount: 10 }, ORIGIN);
  t.same(await detailsOf(close), ['balance: must be 0']);
  t.equal(await codeOf(close), 2111);
  await funds.withdraw(caller, { account, amount: 10 }, undefined, ORIGIN);
  services.gateway.busy.add(account);
  t.same(await detailsOf(close), ['orders: must be cancelled']);
  services.gateway.busy.clear();
  const deposit = funds.deposit(caller, { account, amount: 1 }, ORIGIN);
  t.same(await detailsOf(close), ['balance: must be 0'], 'a deposit under way');
  await deposit;
  await funds.withdraw(caller, { account, amount: 1 }, undefined, ORIGIN);

  const closing = close();
  t.equal(await codeOf(() => funds.deposit(caller, { account, amount: 1 }, ORIGIN)), 2002, 'nothing comes in meanwhile');
  await closing;
  t.equal(services.state.accounts.status[account], AccountStatus.CLOSED);
  t.same(openAccountsOf(services.state, caller.user), []);
  t.same(services.cancelledOf, [account], 'whatever might be left in a book is taken out');
  t.equal(await codeOf(close), 2002);
  t.equal(await codeOf(() => status.unfreeze(account, 'x', ACTOR)), 2002);
  t.equal(await codeOf(() => status.freeze(account, { status: FROZEN, freezeType: FULL, reason: 'x' }, ACTOR)), 2002);
  const failed = (await services.auditRecords()).filter(
    ({ action, result }) => action === 'close_account' && result === AuditResult.FAILED,
  );
  t.equal(failed.length, 5);
  const opening = { owner: caller.user, name: 'alice', accountType: 0, initialCash: 0, password: undefined } as const;
  t.equal(await services.accounts.open(caller, opening, ORIGIN), 2, 'its name is free, its number is not');
});
