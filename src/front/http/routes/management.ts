/** Accounts and orders of everybody, for staff (rest.md M1 to M3). */
import Type from 'typebox';
import { AccountStatus, AccountType, numberOf } from '../../../core/enums.js';
import { accountId, userId } from '../../views/ids.js';
import { AccountInfoSchema, accountInfoView, ManagedAccountSchema, managedAccountView } from '../../views/management-view.js';
import { OrderSchema, orderView } from '../../views/order-view.js';
import { PositionSchema, positionViews } from '../../views/position-view.js';
import { pageOf, PageFields, PageResultFields } from '../listing.js';
import { MarketOrderQuerySchema, marketOrdersPage, OrderListSchema, ordersPage } from '../order-listing.js';
import { accountOf, Id } from '../resources.js';
import { actorOf } from '../route-context.js';
import { route } from '../route.js';

const seers = { caller: 'permission', permission: 'ViewAllAccounts' } as const;

const accounts = route({
  id: 'M1',
  method: 'GET',
  path: '/api/management/accounts',
  summary: 'All accounts, the newest first.',
  access: seers,
  query: Type.Object({
    ...PageFields,
    status: Type.Optional(Type.Enum(Object.keys(AccountStatus))),
    account_type: Type.Optional(Type.Enum(Object.keys(AccountType))),
    q: Type.Optional(Type.String({ maxLength: 64, description: 'Part of the id or name of the account or of its user.' })),
  }),
  response: Type.Object({ accounts: Type.Array(ManagedAccountSchema), ...PageResultFields }),
  handler({ exchange: { state }, query }) {
    const { accounts: table, users } = state;
    const status = query.status === undefined ? -1 : numberOf(AccountStatus, query.status);
    const type = query.account_type === undefined ? -1 : numberOf(AccountType, query.account_type);
    const sought = query.q?.toLowerCase() ?? '';
    const found: number[] = [];
    for (let account = table.count; account > 0; account--) {
      if (status !== -1 && table.status[account] !== status) continue;
      if (type !== -1 && table.type[account] !== type) continue;
      const owner = table.user[account];
      const texts = [accountId(account), table.name[account], userId(owner), users.get(owner)?.username ?? ''];
      if (sought === '' || texts.some((text) => text.toLowerCase().includes(sought))) found.push(account);
    }
    const { rows, ...page } = pageOf(found, query, (account) => managedAccountView(state, account));
    return { accounts: rows, ...page };
  },
});

const detail = route({
  id: 'M2',
  method: 'GET',
  path: '/api/management/account/:account_id/detail',
  summary: 'An account with its positions and working orders.',
  access: seers,
  params: Type.Object({ account_id: Id }),
  response: Type.Object({
    account_info: AccountInfoSchema,
    positions: Type.Array(PositionSchema),
    orders: Type.Array(OrderSchema, { description: 'Those that work, newest first.' }),
  }),
  refusals: [1006],
  handler(context) {
    const { state, history, audit } = context.exchange;
    const account = accountOf(state, context.params.account_id);
    audit.record({ ...actorOf(context), account, logType: 'DATA_ACCESS', action: 'read', details: 'M2' });
    const orders = history.liveOrders([account]).sort((a, b) => b.orderId - a.orderId);
    return {
      account_info: accountInfoView(state, account),
      positions: positionViews(state, account),
      orders: orders.map((order) => orderView(state, order)),
    };
  },
});

const orders = route({
  id: 'M3',
  method: 'GET',
  path: '/api/management/orders',
  summary: 'Orders of all accounts, newest first.',
  access: { caller: 'permission', permission: 'ViewAllOrders' },
  query: MarketOrderQuerySchema,
  response: OrderListSchema,
  refusals: [1006, 1007],
  handler({ exchange, query }) {
    if (query.account_id === undefined) return marketOrdersPage(exchange, query);
    return ordersPage(exchange, [accountOf(exchange.state, query.account_id)], { page_size: 50, ...query });
  },
});

export const MANAGEMENT_ROUTES = [accounts, detail, orders];
