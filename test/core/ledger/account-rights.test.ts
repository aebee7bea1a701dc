/** The table of users.md 6, cell by cell, and the orders that it lets through. */
import t from 'tap';
import { Right, rightsOf } from '../../../src/core/account-rights.js';
import { AccountStatus, FreezeType, UserStatus } from '../../../src/core/enums.js';
import { FrameKind } from '../../../src/core/events.js';
import { restoreState, serializeState } from '../../../src/core/state-codec.js';
import { OneThreadCircle } from '../../support/one-thread-circle.js';

const { ACTIVE, FROZEN, SUSPENDED, CLOSED } = AccountStatus;
const { TRADING_ONLY, WITHDRAW_ONLY, FULL } = FreezeType;

const yes = true;
const no = false;
/** Status, freeze type; trade (open), close positions, withdraw, deposit by the owner, deposit by staff. */
const TABLE: [name: string, status: number, freezeType: number, ...rights: boolean[]][] = [
  ['ACTIVE', ACTIVE, 0, yes, yes, yes, yes, yes],
  ['TRADING_ONLY', FROZEN, TRADING_ONLY, no, no, yes, yes, yes],
  ['WITHDRAW_ONLY', FROZEN, WITHDRAW_ONLY, yes, yes, no, yes, yes],
  ['FULL', FROZEN, FULL, no, no, no, no, yes],
  ['SUSPENDED', SUSPENDED, 0, no, yes, no, yes, yes],
  ['CLOSED', CLOSED, 0, no, no, no, no, no],
];
const COLUMNS = [Right.OPEN, Right.CLOSE, Right.WITHDRAW, Right.DEPOSIT, Right.STAFF_DEPOSIT];

function venue() {
  const circle = new OneThreadCircle();
  const instrument = circle.list({ instrumentId: 'SIM.x', multiplier: 10, priceTick: 5000, preSettlement: 1_000_000 });
  const [a, b] = [circle.trader(100_000), circle.trader(100_000)];
  circle.order(a, instrument, 'BUY OPEN 10@100');
  circle.order(b, instrument, 'SELL OPEN 10@100');
  const set = (status: number, freezeType: number): void => {
    circle.rare(FrameKind.AccountStatusChanged, { account: a, status, freezeType, reason: 'x', user: 1 });
  };
  return { circle, instrument, a, b, set };
}

for (const [name, status, freezeType, ...rights] of TABLE) {
  t.test(`${name}: rights and orders`, (t) => {
    const { circle, instrument, a, set } = venue();
    const { accounts, users } = circle.state;
    const working = circle.order(a, instrument, 'BUY OPEN 3@95').orderId;
    const closing = circle.order(a, instrument, 'SELL CLOSE 3@105').orderId;
    set(status, freezeType);
    const found = rightsOf(accounts, users, a);
    t.same(
      COLUMNS.map((right) => (found & right) !== 0),
      rights,
    );
    const [mayOpen, mayClose] = rights;
    t.equal(circle.order(a, instrument, 'BUY OPEN 1@99').code, mayOpen ? 0 : 2002, 'open');
    t.equal(circle.order(a, instrument, 'SELL CLOSE 1@101').code, mayClose ? 0 : 2002, 'close');
    t.equal(circle.amend(a, working, 94, 0).code, mayOpen ? 0 : 2002, 'amend an opening order');
    t.equal(circle.amend(a, closing, 106, 0).code, mayClose ? 0 : 2002, 'amend a closing order');
    t.equal(circle.cancel(a, working).code, 0, 'cancelling is always allowed');
    set(ACTIVE, 0);
    t.equal(circle.order(a, instrument, 'BUY OPEN 1@99').code, 0, 'as before');
    t.end();
  });
}

t.test('the accounts of a frozen user behave as fully frozen, but a closed one stays closed', (t) => {
  const { circle, a, set } = venue();
  const { accounts, users } = circle.state;
  users.get(accounts.user[a])!.status = UserStatus.Frozen;
  for (const [name, status, freezeType] of TABLE) {
    set(status, freezeType);
    t.equal(rightsOf(accounts, users, a), status === CLOSED ? 0 : Right.STAFF_DEPOSIT, name);
  }
  t.end();
});

t.test('statuses, passwords and keys are in the snapshot', (t) => {
  const { circle, a, set } = venue();
  set(FROZEN, WITHDRAW_ONLY);
  circle.rare(FrameKind.AccountPasswordChanged, { account: a, kind: 1, hash: 'hash of it', mustChange: 1 });
  const key = { idempotencyKey: 'U1 k', requestHash: 'h', bank: 'BOC', method: 'm', remark: 'r' };
  circle.rare(FrameKind.FundsMoved, { account: a, kind: 0, amount: 5, ...key });
  const bytes = serializeState(circle.state);
  const restored = restoreState(bytes);
  t.same(Buffer.from(serializeState(restored)), Buffer.from(bytes));
  t.equal(restored.accounts.freezeType[a], WITHDRAW_ONLY);
  t.equal(restored.accounts.fundPasswordHash[a], 'hash of it');
  t.match(restored.repeatKeys.find('U1 k', circle.state.timeUs), { amount: 5, requestHash: 'h', bank: 'BOC' });
  t.same(restored.fundCounts, [3, 0, 0, 0]);
  t.equal(restored.accounts.fundCount[a], 2);
  circle.rare(FrameKind.AccountPasswordChanged, { account: a, kind: 1, hash: 'another', mustChange: 0 });
  t.equal(circle.state.accounts.mustChangePassword[a], 0);
  t.end();
});
