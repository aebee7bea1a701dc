/** Money of accounts, by staff (rest.md M4 to M7). */
import Type from 'typebox';
import { Refusal } from '../../../core/refusal.js';
import type { ExchangeState } from '../../../core/state.js';
import { FundTransactionSchema, fundTransactionView } from '../../views/fund-view.js';
import { parseAccountId, parseUserId } from '../../views/ids.js';
import { FundHistory, VENUE } from '../../fund-history.js';
import { DateFields, dateRangeUs } from '../date-range.js';
import { fundPage, fundQuery, FundQuerySchema } from '../fund-listing.js';
import { PageResultFields } from '../listing.js';
import { moneyTarget, MoneyTargetFields } from '../money-target.js';
import { accountOf, Id } from '../resources.js';
import { route } from '../route.js';

const LIMIT_DEFAULT = 100;
/** Characters of a bank account that stay readable. */
const SHOWN_CHARACTERS = 4;

const Method = Type.Optional(Type.String({ maxLength: 64 }));

const deposit = route({
  id: 'M4',
  method: 'POST',
  path: '/api/management/deposit',
  summary: 'Book a deposit of an account.',
  access: { caller: 'permission', permission: 'DepositWithdraw' },
  userIdIsTarget: true,
  body: Type.Object({
    ...MoneyTargetFields,
    amount: Type.Number(),
    method: Method,
    remark: Type.Optional(Type.String({ maxLength: 200 })),
  }),
  takesIdempotencyKey: true,
  refusals: [1006, 2002, 2003, 2104, 2110],
  response: FundTransactionSchema,
  async handler({ exchange, caller, body, origin, idempotencyKey }) {
    const { amount, method = '', remark = '' } = body;
    const request = { ...moneyTarget(exchange.state, body), amount, method, remark, idempotencyKey };
    return fundTransactionView(await exchange.desk.funds.deposit(caller, request, origin));
  },
});

const withdraw = route({
  id: 'M5',
  method: 'POST',
  path: '/api/management/withdraw',
  summary: 'Book a withdrawal of an account, up to the withdrawable amount.',
  access: { caller: 'permission', permission: 'DepositWithdraw' },
  userIdIsTarget: true,
  body: Type.Object({
    ...MoneyTargetFields,
    amount: Type.Number(),
    method: Method,
    bank_account: Type.Optional(Type.String({ maxLength: 64, description: 'Kept as its last four characters.' })),
  }),
  takesIdempotencyKey: true,
  refusals: [1006, 2002, 2004, 2104, 2110],
  response: FundTransactionSchema,
  async handler({ exchange, caller, body, origin, idempotencyKey }) {
    const { amount, method = '', bank_account: bankAccount = '' } = body;
    const remark = bankAccount === '' ? '' : `bank account ${masked(bankAccount)}`;
    const request = { ...moneyTarget(exchange.state, body), amount, method, remark, idempotencyKey };
    return fundTransactionView(await exchange.desk.funds.payOut(caller, request, origin));
  },
});

const transactions = route({
  id: 'M6',
  method: 'GET',
  path: '/api/management/transactions',
  summary: 'Movements of money of all accounts, newest first.',
  access: { caller: 'permission', permission: 'ViewAllAccounts' },
  query: Type.Object({ ...FundQuerySchema.properties, account_id: Type.Optional(Id) }),
  refusals: [1006],
  response: Type.Object({ records: Type.Array(FundTransactionSchema), ...PageResultFields }),
  handler({ exchange, query }) {
    const account = query.account_id === undefined ? VENUE : accountOf(exchange.state, query.account_id);
    return fundPage(exchange, fundQuery(account, query), query, fundTransactionView);
  },
});

const transactionsOf = route({
  id: 'M7',
  method: 'GET',
  path: '/api/management/transactions/:id',
  summary: 'The newest movements of money of an account, or of all accounts of a user.',
  access: { caller: 'permission', permission: 'ViewAllAccounts' },
  params: Type.Object({ id: Id }),
  query: Type.Object({ ...DateFields, limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })) }),
  refusals: [1006, 2104],
  response: Type.Array(FundTransactionSchema),
  async handler({ exchange, params, query }) {
    const { state, history } = exchange;
    const range = dateRangeUs(query);
    const { limit = LIMIT_DEFAULT } = query;
    const funds = new FundHistory(state, history);
    const pages = await Promise.all(accountsOf(state, params.id).map((account) => funds.newest({ account, ...range }, limit)));
    const newest = pages.flat().sort((a, b) => b.id - a.id);
    return newest.slice(0, limit).map(fundTransactionView);
  },
});

/** The account of the id, or all of the user; throws 1006 and 2104. */
function accountsOf(state: ExchangeState, id: string): readonly number[] {
  if (parseAccountId(id) !== 0) return [accountOf(state, id)];
  const user = state.users.get(parseUserId(id));
  if (user === undefined) throw new Refusal(id.startsWith('ACC_') ? 1006 : 2104);
  return user.accounts;
}

/** All but the last characters hidden, and all of a short one. */
function masked(text: string): string {
  return `****${text.length > 2 * SHOWN_CHARACTERS ? text.slice(-SHOWN_CHARACTERS) : ''}`;
}

export const FUND_MANAGEMENT_ROUTES = [deposit, withdraw, transactions, transactionsOf];
