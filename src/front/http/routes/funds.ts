/** Money of accounts, by their owners (rest.md U2, U3, U13, B1 to B3). */
import Type from 'typebox';
import type { FundRecord } from '../../../core/observer.js';
import { toDecimal } from '../../../core/units.js';
import { BANKS } from '../../services/banks.js';
import { FundTransactionSchema, fundTransactionView } from '../../views/fund-view.js';
import { accountId, transactionId } from '../../views/ids.js';
import { TransferSchema, transferView } from '../../views/transfer-view.js';
import { DateFields, dateRangeUs } from '../date-range.js';
import { fundPage, fundQuery, FundQuerySchema } from '../fund-listing.js';
import { PageFields, PageResultFields } from '../listing.js';
import { moneyTarget, MoneyTargetFields } from '../money-target.js';
import { accountOf, Id } from '../resources.js';
import { route } from '../route.js';

const PasswordText = Type.String({ maxLength: 200 });

const MovedSchema = Type.Object({
  account_id: Type.String(),
  balance: Type.Number(),
  available: Type.Number(),
  transaction_id: Type.String(),
});

/** As the movement left the account, so that a repeated request gets the same. */
function movedView(record: FundRecord) {
  return {
    account_id: accountId(record.account),
    balance: toDecimal(record.balanceAfter),
    available: toDecimal(record.availableAfter),
    transaction_id: transactionId(record.id),
  };
}

const deposit = route({
  id: 'U2',
  method: 'POST',
  path: '/api/account/deposit',
  summary: 'Pay money in: the owner in simulation mode, else staff.',
  access: { caller: 'owner', orPermission: 'DepositWithdraw', resource: ({ body }, { state }) => moneyTarget(state, body) },
  userIdIsTarget: true,
  body: Type.Object({ ...MoneyTargetFields, amount: Type.Number() }),
  takesIdempotencyKey: true,
  refusals: [1006, 2002, 2003, 2104, 2110],
  response: MovedSchema,
  async handler({ exchange, caller, account, body, origin, idempotencyKey }) {
    return movedView(await exchange.desk.funds.deposit(caller, { account, amount: body.amount, idempotencyKey }, origin));
  },
});

const withdraw = route({
  id: 'U3',
  method: 'POST',
  path: '/api/account/withdraw',
  summary: 'Take money out, up to the withdrawable amount; with the fund password once there is one.',
  access: { caller: 'owner', resource: ({ body }, { state }) => moneyTarget(state, body) },
  userIdIsTarget: true,
  body: Type.Object({ ...MoneyTargetFields, amount: Type.Number(), fund_password: Type.Optional(PasswordText) }),
  takesIdempotencyKey: true,
  refusals: [1006, 2002, 2004, 2104, 2107, 2110],
  response: MovedSchema,
  async handler({ exchange, caller, account, body, origin, idempotencyKey }) {
    const request = { account, amount: body.amount, idempotencyKey };
    return movedView(await exchange.desk.funds.withdraw(caller, request, body.fund_password, origin));
  },
});

const history = route({
  id: 'U13',
  method: 'GET',
  path: '/api/account/:account_id/history',
  summary: 'Movements of money of an account, newest first.',
  access: {
    caller: 'owner',
    permission: 'ViewOwnAccount',
    resource: ({ params }, { state }) => ({ account: accountOf(state, params.account_id) }),
  },
  params: Type.Object({ account_id: Id }),
  query: FundQuerySchema,
  refusals: [1006],
  response: Type.Object({ records: Type.Array(FundTransactionSchema), ...PageResultFields }),
  handler: ({ exchange, account, query }) => fundPage(exchange, fundQuery(account, query), query, fundTransactionView),
});

const banks = route({
  id: 'B1',
  method: 'GET',
  path: '/api/account/:account_id/banks',
  summary: 'Banks that money may be transferred from and to.',
  access: {
    caller: 'owner',
    permission: 'ViewOwnAccount',
    resource: ({ params }, { state }) => ({ account: accountOf(state, params.account_id) }),
  },
  params: Type.Object({ account_id: Id }),
  refusals: [1006],
  response: Type.Object({ banks: Type.Array(Type.Object({ id: Type.String(), name: Type.String() })), total: Type.Integer() }),
  handler: () => ({ banks: BANKS.map(({ id, name }) => ({ id, name })), total: BANKS.length }),
});

const transfer = route({
  id: 'B2',
  method: 'POST',
  path: '/api/account/transfer',
  summary: 'Transfer money from a bank (amount above 0) or to it (below 0).',
  access: {
    caller: 'owner',
    permission: 'Transfer',
    resource: ({ body }, { state }) => ({ account: accountOf(state, body.account_id) }),
  },
  body: Type.Object({
    account_id: Type.String(),
    bank_id: Type.String({ maxLength: 64 }),
    amount: Type.Number(),
    bank_password: PasswordText,
    future_password: Type.Optional(Type.String({ maxLength: 200, description: 'The fund password of the account.' })),
  }),
  takesIdempotencyKey: true,
  refusals: [1006, 2002, 2003, 2201, 2202, 2203, 2204],
  response: Type.Object({
    transfer_id: Type.String(),
    balance: Type.Number(),
    available: Type.Number(),
    message: Type.String(),
  }),
  async handler({ exchange, caller, account, body, origin, idempotencyKey }) {
    const { bank_id: bank, amount, bank_password: bankPassword, future_password: fundPassword } = body;
    const request = { account, amount, bank, bankPassword, fundPassword, idempotencyKey };
    const moved = movedView(await exchange.desk.funds.transfer(caller, request, origin));
    const { transaction_id: id, balance, available } = moved;
    return { transfer_id: id, balance, available, message: 'The transfer is done.' };
  },
});

const transfers = route({
  id: 'B3',
  method: 'GET',
  path: '/api/account/:account_id/transfers',
  summary: 'Bank transfers of an account, newest first.',
  access: {
    caller: 'owner',
    permission: 'ViewOwnAccount',
    resource: ({ params }, { state }) => ({ account: accountOf(state, params.account_id) }),
  },
  params: Type.Object({ account_id: Id }),
  query: Type.Object({ ...PageFields, ...DateFields }),
  refusals: [1006],
  response: Type.Object({ records: Type.Array(TransferSchema), ...PageResultFields }),
  handler: ({ exchange, account, query }) =>
    fundPage(exchange, { account, transfersOnly: true, ...dateRangeUs(query) }, query, transferView),
});

export const FUND_ROUTES = [deposit, withdraw, history, banks, transfer, transfers];
