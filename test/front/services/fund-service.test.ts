import t from 'tap';
import { AccountStatus, AuditResult, FreezeType, Phase, UserStatus } from '../../../src/core/enums.js';
import { FrameKind } from '../../../src/core/events.js';
import { REPEAT_KEY_LIFE_US } from '../../../src/core/repeat-keys.js';
import { restoreState, serializeState } from '../../../src/core/state-codec.js';
import type { FundRequest, TransferRequest } from '../../../src/front/services/fund-service.js';
import { RepeatedRequests, repeatMark } from '../../../src/front/services/repeated-requests.js';
import { codeOf, detailsOf, ORIGIN, PASSWORD, TestServices } from '../../support/services.js';

const FUND_PASSWORD = 'fund pass 1';

t.test('deposits answer with their own transaction', async (t) => {
  const services = new TestServices(t);
  const { caller, account } = await services.trader('alice');
  const amounts = [1, 2, 3, 4, 5];
  const records = await Promise.all(
    amounts.map((amount) => services.desk.funds.deposit(caller, { account, amount, method: 'wire' }, ORIGIN)),
  );
  t.same(
    records.map((record) => [record.id, record.amount]),
    [
      [1, 10_000],
      [2, 20_000],
      [3, 30_000],
      [4, 40_000],
      [5, 50_000],
    ],
  );
  t.equal(services.state.ledger.balance(account), 150_000);
  t.match(records[0], { method: 'wire', balanceBefore: 0, balanceAfter: 10_000 });
});

t.test('refuses deposits that are not above 0, too fine or too large', async (t) => {
  const services = new TestServices(t);
  const { caller, account } = await services.trader('alice');
  const deposit = (amount: number) => codeOf(() => services.desk.funds.deposit(caller, { account, amount }, ORIGIN));
  for (const amount of [0, -1, -Infinity]) t.equal(await deposit(amount), 2003, String(amount));
  for (const amount of [0.001, 1e12, Infinity, NaN]) t.equal(await deposit(amount), 9008, String(amount));
  const most = 900_000_000_000;
  t.same((await Promise.all([deposit(most), deposit(most), deposit(0.01)])).sort(), [0, 2003, 2003], 'together within the bound');
  t.equal(services.state.ledger.balance(account), most * 10_000);
});

t.test('outside of simulation mode only staff deposits', async (t) => {
  const services = new TestServices(t, { simulationMode: false });
  const { caller, account } = await services.trader('alice');
  t.equal(await codeOf(() => services.desk.funds.deposit(caller, { account, amount: 5 }, ORIGIN)), 9006);
  t.equal(await codeOf(async () => services.desk.funds.deposit(await services.admin(), { account, amount: 5 }, ORIGIN)), 0);
});

t.test('never pays out more than is withdrawable, however many ask at once', async (t) => {
  const services = new TestServices(t);
  const { caller, account } = await services.trader('alice');
  await services.desk.funds.deposit(caller, { account, amount: 100 }, ORIGIN);
  const withdraw = (amount: number) => codeOf(() => services.desk.funds.withdraw(caller, { account, amount }, undefined, ORIGIN));
  for (const amount of [0, -5]) t.equal(await withdraw(amount), 2004, String(amount));
  t.equal(await withdraw(0.001), 9008);
  t.equal(await withdraw(100.01), 2004);
  t.same((await Promise.all([withdraw(60), withdraw(60), withdraw(40)])).sort(), [0, 0, 2004]);
  t.equal(services.state.ledger.balance(account), 0);
  t.equal(services.reservations.money(account), 0, 'nothing stays reserved');
});

t.test('withdrawals leave what orders under way need, and are reserved themselves', async (t) => {
  const services = new TestServices(t);
  const { caller, account } = await services.trader('alice');
  await services.desk.funds.deposit(caller, { account, amount: 100 }, ORIGIN);
  services.reservations.addMoney(account, 300_000);
  t.equal(await codeOf(() => services.desk.funds.withdraw(caller, { account, amount: 70.01 }, undefined, ORIGIN)), 2004);
  const underWay = services.desk.funds.withdraw(caller, { account, amount: 70 }, undefined, ORIGIN);
  t.equal(services.reservations.money(account), 1_000_000, 'orders checked meanwhile see it as gone');
  await underWay;
  t.equal(services.reservations.money(account), 300_000);
});

t.test('a withdrawal that the log refuses gives its reservation back', async (t) => {
  const services = new TestServices(t);
  const { caller, account } = await services.trader('alice');
  await services.desk.funds.deposit(caller, { account, amount: 100 }, ORIGIN);
  await services.auditRecords();
  services.proposer.refuseNext = 3003;
  t.equal(await codeOf(() => services.desk.funds.withdraw(caller, { account, amount: 100 }, undefined, ORIGIN)), 3003);
  t.equal(services.reservations.money(account), 0);
  t.equal(services.state.ledger.balance(account), 1_000_000);
});

t.test('records movements of money and refused ones', async (t) => {
  const services = new TestServices(t);
  const { caller, account } = await services.trader('alice');
  await services.desk.funds.deposit(caller, { account, amount: 100 }, ORIGIN);
  await codeOf(() => services.desk.funds.withdraw(caller, { account, amount: 101 }, undefined, ORIGIN));
  const records = (await services.auditRecords()).filter((record) => record.account === account);
  t.match(records, [
    { user: 1, logType: 'DEPOSIT', details: 'transaction 1', result: AuditResult.SUCCESS },
    { user: 1, logType: 'WITHDRAW', details: 'refused with 2004', result: AuditResult.FAILED },
  ]);
  t.notMatch(JSON.stringify(records), PASSWORD);
});

t.test('money moves by the table of rights', async (t) => {
  const services = new TestServices(t);
  const { caller, account } = await services.trader('alice');
  const admin = await services.admin();
  const { funds, passwords } = services.desk;
  await passwords.change(caller, account, 1, PASSWORD, FUND_PASSWORD, ORIGIN);
  await funds.deposit(caller, { account, amount: 100 }, ORIGIN);
  const transfer = (amount: number) =>
    funds.transfer(caller, { account, amount, bank: 'ICBC', bankPassword: '123456', fundPassword: FUND_PASSWORD }, ORIGIN);
  const codes = async () => [
    await codeOf(() => funds.deposit(caller, { account, amount: 1 }, ORIGIN)),
    await codeOf(() => funds.deposit(admin, { account, amount: 1 }, ORIGIN)),
    await codeOf(() => transfer(1)),
    await codeOf(() => funds.withdraw(caller, { account, amount: 1 }, FUND_PASSWORD, ORIGIN)),
    await codeOf(() => funds.payOut(admin, { account, amount: 1 }, ORIGIN)),
    await codeOf(() => transfer(-1)),
  ];
  const set = (status: number, freezeType: number) => {
    services.state.accounts.status[account] = status;
    services.state.accounts.freezeType[account] = freezeType;
  };
  const { ACTIVE, FROZEN, SUSPENDED, CLOSED } = AccountStatus;
  const { TRADING_ONLY, WITHDRAW_ONLY, FULL } = FreezeType;
  t.same(await codes(), [0, 0, 0, 0, 0, 0], 'active');
  set(FROZEN, TRADING_ONLY);
  t.same(await codes(), [0, 0, 0, 0, 0, 0], 'trading only');
  set(FROZEN, WITHDRAW_ONLY);
  t.same(await codes(), [0, 0, 0, 2002, 2002, 2002], 'withdrawals only');
  set(FROZEN, FULL);
  t.same(await codes(), [2002, 0, 2002, 2002, 2002, 2002], 'full');
  set(SUSPENDED, 0);
  t.same(await codes(), [0, 0, 0, 2002, 2002, 2002], 'suspended');
  set(CLOSED, 0);
  t.same(await codes(), [2002, 2002, 2002, 2002, 2002, 2002], 'closed');
  set(ACTIVE, 0);
  caller.user.status = UserStatus.Frozen;
  t.same(await codes(), [2002, 0, 2002, 2002, 2002, 2002], 'a frozen user');
});

t.test('no money moves while a day is being settled', async (t) => {
  const services = new TestServices(t);
  const { caller, account } = await services.trader('alice');
  const { funds } = services.desk;
  await funds.deposit(caller, { account, amount: 100 }, ORIGIN);
  let phase: number = Phase.SETTLING;
  Object.defineProperty(services.state.instruments, Symbol.iterator, { value: () => [{ phase, status: 0 }].values() });
  t.equal(await codeOf(() => funds.deposit(caller, { account, amount: 1 }, ORIGIN)), 9005);
  t.equal(await codeOf(() => funds.withdraw(caller, { account, amount: 1 }, undefined, ORIGIN)), 9005);
  phase = Phase.CLOSED;
  t.equal(await codeOf(() => funds.deposit(caller, { account, amount: 1 }, ORIGIN)), 0);
});

t.test('withdrawals want the fund password once there is one', async (t) => {
  const services = new TestServices(t);
  const { caller, account } = await services.trader('alice');
  const { funds, passwords } = services.desk;
  await funds.deposit(caller, { account, amount: 100 }, ORIGIN);
  const withdraw = (password?: string) => codeOf(() => funds.withdraw(caller, { account, amount: 10 }, password, ORIGIN));
  t.equal(await withdraw(), 0);
  await passwords.change(caller, account, 1, PASSWORD, FUND_PASSWORD, ORIGIN);
  t.equal(await withdraw(), 2107);
  t.equal(await withdraw('wrong one 1'), 2107);
  t.equal(await withdraw(FUND_PASSWORD), 0);
  await passwords.reset(await services.admin(), account, 1, 'from staff 1', ORIGIN);
  t.equal(await withdraw('from staff 1'), 2107, 'to be changed first');
  await passwords.change(caller, account, 1, 'from staff 1', 'my own one 1', ORIGIN);
  t.equal(await withdraw('my own one 1'), 0);
  t.equal(services.state.ledger.balance(account), 700_000);
});

t.test('transfers go both ways and name what is wrong with them', async (t) => {
  const services = new TestServices(t);
  const { caller, account } = await services.trader('alice');
  const { funds, passwords } = services.desk;
  const plain = { account, bank: 'ICBC', bankPassword: '123456', fundPassword: FUND_PASSWORD };
  const transfer = (amount: number, changes: Partial<TransferRequest> = {}) =>
    funds.transfer(caller, { ...plain, amount, ...changes }, ORIGIN);
  const isRefused = async (code: number, ...args: Parameters<typeof transfer>) => {
    t.equal(await codeOf(() => transfer(...args)), code, JSON.stringify(args));
  };
  t.match(await transfer(100.5, { fundPassword: undefined }), { id: 1, kind: 0, amount: 1_005_000, bank: 'ICBC', method: 'bank_transfer' });
  await isRefused(2203, -1);
  t.same(await detailsOf(() => transfer(-1)), ['future_password: is not set: choose one first']);
  await passwords.change(caller, account, 1, PASSWORD, FUND_PASSWORD, ORIGIN);
  await isRefused(2201, 1, { bank: 'NONE' });
  for (const amount of [0, 0.009, -0.001]) await isRefused(2202, amount);
  for (const amount of [0.015, -1.001, 1e12, -1e12]) await isRefused(9008, amount);
  for (const bankPassword of ['', '12345', '1234567', 'abcdef']) await isRefused(2203, 1, { bankPassword });
  await isRefused(2203, 1, { fundPassword: 'wrong one 1' });
  await isRefused(2203, 1, { fundPassword: undefined });
  await isRefused(2204, -100.51);
  t.equal(services.state.ledger.balance(account), 1_005_000, 'nothing has changed');
  t.match(await transfer(-100.5), { kind: 1, amount: 1_005_000, balanceAfter: 0, availableAfter: 0 });
});

t.test('six transfers with a wrong password: a code each, nothing changed, all audited, the last one locked out', async (t) => {
  const services = new TestServices(t);
  const { caller, account } = await services.trader('alice');
  const { funds, passwords } = services.desk;
  await funds.deposit(caller, { account, amount: 100 }, ORIGIN);
  await passwords.change(caller, account, 1, PASSWORD, FUND_PASSWORD, ORIGIN);
  const before = serializeState(services.state);
  const transfer = (fundPassword: string) => () =>
    funds.transfer(caller, { account, amount: -1, bank: 'BOC', bankPassword: '123456', fundPassword }, ORIGIN);
  for (let i = 0; i < 5; i++) t.same(await detailsOf(transfer('wrong one 1')), ['future_password: is wrong']);
  t.match(await detailsOf(transfer(FUND_PASSWORD)), [/^future_password: is locked after 5 wrong ones: try again in 900 s$/]);
  t.equal(await codeOf(transfer(FUND_PASSWORD)), 2203);
  const failed = (await services.auditRecords()).filter(({ logType }) => logType === 'TRANSFER');
  t.equal(failed.length, 7);
  for (const record of failed) t.match(record, { account, details: 'to BOC refused with 2203', result: AuditResult.FAILED });
  t.notMatch(JSON.stringify(failed), /wrong one|fund pass|123456/);
  t.equal(services.state.ledger.balance(account), 1_000_000);
  t.equal(services.state.fundCount, 1);
  t.equal(restoreState(before).fundCount, 1);
  services.nowMs += 15 * 60_000;
  t.equal(await codeOf(transfer(FUND_PASSWORD)), 0, 'a quarter of an hour later');
});

t.test('a request sent again under its key gets the first answer, whatever has happened since', async (t) => {
  const services = new TestServices(t);
  const { caller, account } = await services.trader('alice');
  const { funds } = services.desk;
  const key = { idempotencyKey: 'key-1' };
  const deposit = (amount: number, more: Partial<FundRequest> = key) => funds.deposit(caller, { account, amount, ...more }, ORIGIN);
  const [first, second] = await Promise.all([deposit(100), deposit(100)]);
  t.equal(first, second, 'the second joins the first while that is under way');
  t.equal(services.state.fundCount, 1);
  await deposit(5, {});
  t.same(await deposit(100), first);
  t.equal(await codeOf(() => deposit(101)), 9009, 'another amount');
  t.equal(await codeOf(() => funds.withdraw(caller, { account, amount: 100, ...key }, undefined, ORIGIN)), 9009, 'another direction');
  for (const idempotencyKey of ['x'.repeat(65), 'a b', 'é']) t.equal(await codeOf(() => deposit(1, { idempotencyKey })), 9008);

  const out = () => funds.withdraw(caller, { account, amount: 105, idempotencyKey: 'key-2' }, undefined, ORIGIN);
  const gone = await out();
  services.state.accounts.status[account] = AccountStatus.FROZEN;
  services.state.accounts.freezeType[account] = FreezeType.FULL;
  t.same(await out(), gone, 'there is neither money nor right any more');
  t.equal(services.state.ledger.balance(account), 0);

  const bob = await services.trader('bob');
  t.equal(await codeOf(() => funds.deposit(bob.caller, { account: bob.account, amount: 1, ...key }, ORIGIN)), 0, "another sender's key");
});

t.test('a refused request leaves its key free', async (t) => {
  const services = new TestServices(t);
  const { caller, account } = await services.trader('alice');
  const { funds } = services.desk;
  const withdraw = () => funds.withdraw(caller, { account, amount: 50, idempotencyKey: 'k' }, undefined, ORIGIN);
  t.same(await Promise.all([codeOf(withdraw), codeOf(withdraw)]), [2004, 2004]);
  await funds.deposit(caller, { account, amount: 50 }, ORIGIN);
  t.same(await Promise.all([codeOf(withdraw), codeOf(withdraw)]), [0, 0]);
  t.equal(services.state.ledger.balance(account), 0);
});

t.test('keys are part of the state: they survive a restart and live for a day', async (t) => {
  const services = new TestServices(t);
  const { caller, account } = await services.trader('alice');
  const first = await services.desk.funds.deposit(caller, { account, amount: 7, idempotencyKey: 'k' }, ORIGIN);
  const restored = restoreState(serializeState(services.state));
  t.same(serializeState(restored), serializeState(services.state));
  const mark = repeatMark(caller, 'k', ['DEPOSIT', account, 7, '', '', '']);
  let booked = 0;
  const again = async () => {
    booked++;
    return { ...first, id: 2 };
  };
  let nowMs = first.timeUs / 1000;
  const repeated = new RepeatedRequests(restored.repeatKeys, () => nowMs);
  t.same(await repeated.run(mark, 1, again), first);
  t.equal(booked, 0);
  nowMs += REPEAT_KEY_LIFE_US / 1000;
  t.equal((await repeated.run(mark, 1, again)).id, 2, 'a day later it is another request');

  const next = { ...first, id: 2, timeUs: first.timeUs + REPEAT_KEY_LIFE_US, idempotencyKey: 'other' };
  restored.repeatKeys.add(next);
  t.same([...restored.repeatKeys], [next], 'old keys are forgotten');
  t.equal(restored.repeatKeys.countOf(1), 1);
});

t.test('staff books deposits and withdrawals with their particulars', async (t) => {
  const services = new TestServices(t, { simulationMode: false });
  const { account } = await services.trader('alice');
  const admin = await services.admin();
  const { funds } = services.desk;
  t.match(await funds.deposit(admin, { account, amount: 10, method: 'wire', remark: 'first' }, ORIGIN), {
    method: 'wire',
    remark: 'first',
  });
  for (const amount of [0, -1, 10.01]) t.equal(await codeOf(() => funds.payOut(admin, { account, amount }, ORIGIN)), 2004);
  t.equal(await codeOf(() => funds.payOut(admin, { account, amount: 10 }, ORIGIN)), 0);
  const kinds = services.proposer.proposed.filter(({ kind }) => kind === FrameKind.FundsMoved);
  t.equal(kinds.length, 2);
});
