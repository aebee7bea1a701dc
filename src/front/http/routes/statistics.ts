/** Statistics of trades, profits and risk, and the market as a whole (rest.md D3 to D6, D10). */
import Type from 'typebox';
import { hasPermission } from '../../../auth/permissions.js';
import { RiskLevel, Side } from '../../../core/enums.js';
import { Refusal } from '../../../core/refusal.js';
import { dayProfits } from '../../statistics/day-profits.js';
import { GROUPINGS } from '../../statistics/periods.js';
import { RANKINGS, rankings, RANKING_PERIODS } from '../../statistics/rankings.js';
import { tradeStatistics } from '../../statistics/trade-statistics.js';
import { OverviewSchema, overviewView } from '../../views/overview-view.js';
import { RankingSchema, rankingViews } from '../../views/ranking-view.js';
import { RiskAccountSchema, riskAccountView, venueTotals } from '../../views/risk-view.js';
import { instrumentPnlViews, PnlSchema, pnlView, TradeStatisticsSchema, tradeStatisticsView } from '../../views/statistics-view.js';
import { riskLevelOf } from '../../risk/risk-levels.js';
import { DateFields, dateRange } from '../date-range.js';
import { instrumentFilter } from '../listing.js';
import { accountOf, Id } from '../resources.js';
import { route } from '../route.js';

const HIGH_RISK_ACCOUNTS_MAX = 100;
const { low, medium, high, critical } = RiskLevel;
const statisticians = { caller: 'permission', permission: 'ViewStatistics' } as const;

const trades = route({
  id: 'D3',
  method: 'GET',
  path: '/api/data/statistics/trades',
  summary: 'What the trades of an account came to; without account_id those of the whole market, for staff.',
  access: {
    caller: 'owner',
    orPermission: 'ViewStatistics',
    resource({ query }, { state }, { user }) {
      if (query.account_id !== undefined) return { account: accountOf(state, query.account_id) };
      if (!hasPermission(user.roles, 'ViewStatistics')) throw new Refusal(9006);
      return { user: user.user };
    },
  },
  query: Type.Object({
    account_id: Type.Optional(Id),
    instrument_id: Type.Optional(Id),
    group_by: Type.Optional(Type.Enum([...GROUPINGS], { description: 'Default day. week is the ISO week.' })),
    ...DateFields,
  }),
  response: TradeStatisticsSchema,
  refusals: [1006, 1007],
  async handler({ exchange: { state, history }, query }) {
    const { from, to } = dateRange(query);
    const instrument = instrumentFilter(state, query.instrument_id);
    const isMarket = query.account_id === undefined;
    const accounts = isMarket ? Array.from({ length: state.accounts.count }, (_, i) => i + 1) : [accountOf(state, query.account_id!)];
    const found = await history.tradesOf(
      accounts,
      (trade) => (instrument === 0 || trade.instrument === instrument) && trade.tradingDay >= from && trade.tradingDay <= to,
    );
    const statistics = tradeStatistics(found.reverse(), {
      groupBy: query.group_by ?? 'day',
      multiplierOf: (number) => state.instruments.get(number).multiplier,
      nameOf: (number) => state.instruments.get(number).instrumentId,
      isCounted: (trade) => !isMarket || trade.side === Side.BUY,
    });
    return tradeStatisticsView(state, statistics);
  },
});

const pnl = route({
  id: 'D4',
  method: 'GET',
  path: '/api/data/statistics/pnl',
  summary: 'Profits of an account by day, and by instrument.',
  access: {
    caller: 'owner',
    permission: 'ViewOwnAccount',
    resource: ({ query }, { state }) => ({ account: accountOf(state, query.account_id) }),
  },
  query: Type.Object({ account_id: Id, by_instrument: Type.Optional(Type.Boolean()), ...DateFields }),
  response: PnlSchema,
  refusals: [1006],
  async handler({ exchange: { state, history }, account, query }) {
    const { from, to } = dateRange(query);
    const days = await dayProfits(state, history, account, from, to);
    if (query.by_instrument !== true) return pnlView(account, days, []);
    const found = await history.tradesOf([account], ({ tradingDay }) => tradingDay >= from && tradingDay <= to);
    return pnlView(account, days, instrumentPnlViews(state, account, found.reverse()));
  },
});

const risk = route({
  id: 'D5',
  method: 'GET',
  path: '/api/data/statistics/risk',
  summary: 'How many accounts there are on each level of risk, and which are on the highest.',
  access: { caller: 'permission', permission: 'ViewRisk' },
  response: Type.Object({
    total_accounts: Type.Integer(),
    low_risk_count: Type.Integer(),
    medium_risk_count: Type.Integer(),
    high_risk_count: Type.Integer(),
    critical_risk_count: Type.Integer(),
    total_margin: Type.Number(),
    total_balance: Type.Number(),
    avg_risk_ratio: Type.Number({ description: 'Of the accounts with margin.' }),
    high_risk_accounts: Type.Array(RiskAccountSchema, { description: 'high and critical, highest risk first, 100 at most.' }),
  }),
  handler({ exchange: { state } }) {
    const totals = venueTotals(state);
    const ratioOf = (account: number): number => state.ledger.riskRatio(account);
    const atRisk = Array.from({ length: state.accounts.count }, (_, i) => i + 1).filter((account) => riskLevelOf(ratioOf(account)) >= high);
    atRisk.sort((a, b) => ratioOf(b) - ratioOf(a) || a - b);
    return {
      total_accounts: totals.accounts,
      low_risk_count: totals.levels[low],
      medium_risk_count: totals.levels[medium],
      high_risk_count: totals.levels[high],
      critical_risk_count: totals.levels[critical],
      total_margin: totals.margin,
      total_balance: totals.balance,
      avg_risk_ratio: totals.averageRiskRatio,
      high_risk_accounts: atRisk.slice(0, HIGH_RISK_ACCOUNTS_MAX).map((account) => riskAccountView(state, account)),
    };
  },
});

const ranking = route({
  id: 'D6',
  method: 'GET',
  path: '/api/data/statistics/rankings',
  summary: 'The accounts that come first by profit, volume or number of trades.',
  access: statisticians,
  query: Type.Object({
    rank_by: Type.Optional(Type.Enum([...RANKINGS], { description: 'Default pnl.' })),
    period: Type.Optional(Type.Enum([...RANKING_PERIODS], { description: 'Default today.' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  }),
  response: Type.Object({ rank_by: Type.String(), total: Type.Integer(), rankings: Type.Array(RankingSchema) }),
  async handler({ exchange: { state, history }, query }) {
    const { rank_by: rankBy = 'pnl', period = 'today', limit = 10 } = query;
    const ranked = await rankings(state, history, rankBy, period);
    return { rank_by: rankBy, total: ranked.length, rankings: rankingViews(state, ranked.slice(0, limit)) };
  },
});

const overview = route({
  id: 'D10',
  method: 'GET',
  path: '/api/data/overview/market',
  summary: 'The market as a whole.',
  access: statisticians,
  response: OverviewSchema,
  handler: ({ exchange: { state } }) => overviewView(state, Date.now()),
});

export const STATISTICS_ROUTES = [trades, pnl, risk, ranking, overview];
