/** What settled days came to for an account: the statement and the equity curve (rest.md D8, U14). */
import Type from 'typebox';
import { Refusal } from '../../../core/refusal.js';
import type { StatementRecord } from '../../../core/settlement/statements.js';
import { parseDate } from '../../decode/dates.js';
import type { Exchange } from '../../exchange.js';
import { equityDays } from '../../settlement/equity.js';
import { currentDay, EquityPointSchema, equityPointView, EquityStatisticsSchema, equityStatisticsView } from '../../views/equity-view.js';
import { accountId, userId } from '../../views/ids.js';
import { StatementSchema, statementView } from '../../views/settlement-view.js';
import { DateFields, dateRange } from '../date-range.js';
import { accountFilter } from '../listing.js';
import { accountOf, Id, userOf } from '../resources.js';
import { route } from '../route.js';

const statement = route({
  id: 'D8',
  method: 'GET',
  path: '/api/data/settlement/statement',
  summary: 'The statement of an account for a settled day.',
  access: {
    caller: 'owner',
    permission: 'ViewOwnAccount',
    resource: ({ query }, { state }) => ({ account: accountOf(state, query.account_id) }),
  },
  query: Type.Object({ account_id: Id, date: Type.String() }),
  refusals: [1006, 9007],
  response: StatementSchema,
  async handler({ exchange, account, query }) {
    const date = parseDate(query.date);
    if (date === 0) throw new Refusal(9008, [{ field: 'date', reason: 'must be a date of the form YYYY-MM-DD' }]);
    const [found] = await exchange.history.documentsOf<StatementRecord>('settlements', account, () => true, date, date);
    if (found === undefined) throw new Refusal(9007);
    const trades = await exchange.history.tradesOf([account], (trade) => trade.tradingDay === date);
    return statementView(exchange.state, found, trades.reverse());
  },
});

const equityCurve = route({
  id: 'U14',
  method: 'GET',
  path: '/api/account/:user_id/equity-curve',
  summary: 'The equity curves of the accounts of a user, oldest day first.',
  access: {
    caller: 'owner',
    permission: 'ViewOwnAccount',
    resource: ({ params }, { state }) => ({ user: userOf(state, params.user_id).user }),
  },
  params: Type.Object({ user_id: Id }),
  query: Type.Object({ account_id: Type.Optional(Id), ...DateFields }),
  refusals: [1006, 2104],
  response: Type.Object({
    userId: Type.String(),
    accounts: Type.Array(
      Type.Object({
        accountId: Type.String(),
        accountName: Type.String(),
        points: Type.Array(EquityPointSchema),
        statistics: EquityStatisticsSchema,
      }),
    ),
  }),
  async handler({ exchange, user, query }) {
    const range = dateRange(query);
    const numbers = accountFilter(exchange.state, user, query.account_id);
    const accounts = await Promise.all(numbers.map((account) => curveOf(exchange, account, range)));
    return { userId: userId(user), accounts };
  },
});

/** Values run from the first day on, whatever part of the curve is asked for. */
async function curveOf({ state, history }: Exchange, account: number, { from, to }: { from: number; to: number }) {
  const statements = await history.documentsOf<StatementRecord>('settlements', account, () => true);
  const all = statements.length === 0 ? [currentDay(state, account)] : equityDays(statements.reverse());
  const days = statements.length === 0 ? all : all.filter(({ statement: { id } }) => id >= from && id <= to);
  return {
    accountId: accountId(account),
    accountName: state.accounts.name[account],
    points: days.map(equityPointView),
    statistics: equityStatisticsView(days),
  };
}

export const STATEMENT_ROUTES = [statement, equityCurve];
