/** Own trades (rest.md U11, U12). */
import Type, { type Static } from 'typebox';
import { Side } from '../../../core/enums.js';
import type { Exchange } from '../../exchange.js';
import { UserTradeSchema, userTradeView } from '../../views/trade-view.js';
import {
  accountFilter,
  instrumentFilter,
  pageOf,
  PAGE_SIZE_DEFAULT,
  PageFields,
  PageResultFields,
  timeFilter,
  TimeFields,
} from '../listing.js';
import { accountOf, Id, userOf } from '../resources.js';
import { route } from '../route.js';

const query = Type.Object({
  ...PageFields,
  ...TimeFields,
  instrument_id: Type.Optional(Id),
  direction: Type.Optional(Type.Enum(['BUY', 'SELL'])),
});
const response = Type.Object({ trades: Type.Array(UserTradeSchema), ...PageResultFields });

async function tradesPage({ state, history }: Exchange, accounts: readonly number[], filters: Static<typeof query>) {
  const { instrument_id: id, direction, start_time: start, end_time: end, page = 1, page_size: size = PAGE_SIZE_DEFAULT } = filters;
  if (id === undefined && direction === undefined && start === undefined && end === undefined) {
    const newest = await Promise.all(accounts.map((account) => history.newestTrades(account, page * size)));
    const rows = newest.flat().sort((a, b) => b.tradeId - a.tradeId);
    const total = accounts.reduce((sum, account) => sum + state.accounts.tradeCount[account], 0);
    return { trades: rows.slice((page - 1) * size, page * size).map((row) => userTradeView(state, row)), total, page, page_size: size };
  }
  const instrument = instrumentFilter(state, id);
  const side = direction === undefined ? -1 : direction === 'BUY' ? Side.BUY : Side.SELL;
  const inTime = timeFilter(filters);
  const found = await history.tradesOf(
    accounts,
    (row) => (instrument === 0 || row.instrument === instrument) && (side === -1 || row.side === side) && inTime(row.timeUs),
  );
  const { rows, ...rest } = pageOf(found, filters, (row) => userTradeView(state, row));
  return { trades: rows, ...rest };
}

const tradesOfUser = route({
  id: 'U11',
  method: 'GET',
  path: '/api/trades/user/:user_id',
  aliases: ['/api/order/user/:user_id/trades'],
  summary: 'Trades of a user, newest first.',
  access: {
    caller: 'owner',
    permission: 'ViewOwnTrades',
    resource: ({ params }, { state }) => ({ user: userOf(state, params.user_id).user }),
  },
  params: Type.Object({ user_id: Id }),
  query: Type.Object({ ...query.properties, account_id: Type.Optional(Id) }),
  refusals: [1006, 1007, 2104],
  response,
  handler: ({ exchange, user, query: filters }) => tradesPage(exchange, accountFilter(exchange.state, user, filters.account_id), filters),
});

const tradesOfAccount = route({
  id: 'U12',
  method: 'GET',
  path: '/api/trades/account/:account_id',
  summary: 'Trades of an account, newest first.',
  access: {
    caller: 'owner',
    permission: 'ViewOwnTrades',
    resource: ({ params }, { state }) => ({ account: accountOf(state, params.account_id) }),
  },
  params: Type.Object({ account_id: Id }),
  query,
  refusals: [1006, 1007],
  response,
  handler: ({ exchange, account, query: filters }) => tradesPage(exchange, [account], filters),
});

export const TRADE_ROUTES = [tradesOfUser, tradesOfAccount];
