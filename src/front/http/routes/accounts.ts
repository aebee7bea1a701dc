/** Accounts (rest.md U1, U4, U15, U16). */
import Type from 'typebox';
import { openAccountsOf } from '../../../core/account-rights.js';
import { AccountType } from '../../../core/enums.js';
import { toDecimal } from '../../../core/units.js';
import { AccountSchema, accountView } from '../../views/account-view.js';
import { accountId, userId } from '../../views/ids.js';
import { toMs } from '../../views/numbers.js';
import { accountOf, accountOrSole, Id, userOf } from '../resources.js';
import { DataText, route } from '../route.js';

const Name = Type.String({ minLength: 1, maxLength: 64, description: '1 to 32 characters.' });
const Cash = Type.Optional(Type.Number({ minimum: 0 }));

const open = route({
  id: 'U1',
  method: 'POST',
  path: '/api/account/open',
  summary: 'Open an account.',
  access: {
    caller: 'owner',
    orPermission: 'OpenAccount',
    resource: ({ body }, { state }, caller) => ({ user: body.user_id === undefined ? caller.user.user : userOf(state, body.user_id).user }),
  },
  userIdIsTarget: true,
  body: Type.Object({
    user_id: Type.Optional(Type.String()),
    user_name: Type.String({ minLength: 1, maxLength: 64, description: 'Name of the account, 1 to 32 characters.' }),
    init_cash: Cash,
    account_type: Type.Optional(Type.Enum(['individual', 'institutional'])),
    password: Type.Optional(Type.String({ description: 'Initial trading password.' })),
  }),
  refusals: [2001, 2104, 2105],
  response: Type.Object({ account_id: Type.String() }),
  async handler({ exchange, caller, user, body, origin }) {
    const opening = {
      owner: exchange.state.users.get(user)!,
      name: body.user_name,
      accountType: AccountType[(body.account_type ?? 'individual') as keyof typeof AccountType],
      initialCash: body.init_cash ?? 0,
      password: body.password,
    };
    return { account_id: accountId(await exchange.accounts.open(caller, opening, origin)) };
  },
});

const create = route({
  id: 'U15',
  method: 'POST',
  path: '/api/user/:user_id/account/create',
  summary: 'Open an account of a user.',
  access: {
    caller: 'owner',
    orPermission: 'OpenAccount',
    resource: ({ params }, { state }) => ({ user: userOf(state, params.user_id).user }),
  },
  params: Type.Object({ user_id: Id }),
  body: Type.Object({
    account_name: Name,
    init_cash: Cash,
    account_type: Type.Optional(Type.Enum(Object.keys(AccountType))),
  }),
  refusals: [2001, 2104],
  response: Type.Object({
    account_id: Type.String(),
    account_name: Type.String(),
    user_id: Type.String(),
    balance: Type.Number(),
    created_at: Type.Integer(),
  }),
  async handler({ exchange, caller, user, body, origin }) {
    const { state } = exchange;
    const opening = {
      owner: state.users.get(user)!,
      name: body.account_name,
      accountType: AccountType[(body.account_type ?? 'individual') as keyof typeof AccountType],
      initialCash: body.init_cash ?? 0,
      password: undefined,
    };
    const account = await exchange.accounts.open(caller, opening, origin);
    return {
      account_id: accountId(account),
      account_name: body.account_name,
      user_id: userId(user),
      balance: toDecimal(state.ledger.balance(account)),
      created_at: toMs(state.accounts.createdUs[account]),
    };
  },
});

const account = route({
  id: 'U4',
  method: 'GET',
  path: '/api/account/:id',
  summary: 'An account; the id of a user with one account will do.',
  access: {
    caller: 'owner',
    permission: 'ViewOwnAccount',
    resource: ({ params }, { state }) => ({ account: accountOrSole(state, params.id) }),
  },
  params: Type.Object({ id: Id }),
  refusals: [1006, 2110],
  response: AccountSchema,
  handler: ({ texts, account: number }) => new DataText(texts.account(number)),
});

const accountsOfUser = route({
  id: 'U16',
  method: 'GET',
  path: '/api/user/:user_id/accounts',
  summary: 'All accounts of a user; the id of one of them will do.',
  access: {
    caller: 'owner',
    permission: 'ViewOwnAccount',
    resource({ params }, { state }) {
      const isAccount = params.user_id.startsWith('ACC_');
      return { user: isAccount ? state.accounts.user[accountOf(state, params.user_id)] : userOf(state, params.user_id).user };
    },
  },
  params: Type.Object({ user_id: Id }),
  refusals: [1006, 2104],
  response: Type.Object({ accounts: Type.Array(AccountSchema), total: Type.Integer() }),
  handler({ exchange, user }) {
    const accounts = openAccountsOf(exchange.state, exchange.state.users.get(user)!).map((number) => accountView(exchange.state, number));
    return { accounts, total: accounts.length };
  },
});

export const ACCOUNT_ROUTES = [open, account, create, accountsOfUser];
