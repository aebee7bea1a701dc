/** Commission and margin: rates of instruments, and what they have come to for an account (rest.md C3 to C6). */
import Type from 'typebox';
import type { Instrument } from '../../../core/instrument.js';
import type { ExchangeState } from '../../../core/state.js';
import {
  CommissionRateSchema,
  commissionRateView,
  CommissionStatisticsSchema,
  commissionStatisticsView,
  MarginRateSchema,
  marginRateView,
  MarginSummarySchema,
  marginSummaryView,
} from '../../views/rate-view.js';
import { DateFields, dateRange } from '../date-range.js';
import { accountOf, Id, instrumentOf } from '../resources.js';
import { route } from '../route.js';

interface RateQuery {
  instrument_id?: string;
  product_id?: string;
  account_id?: string;
}

const RateFields = { instrument_id: Type.Optional(Id), account_id: Type.Optional(Id) };
const ownerOfPath = {
  caller: 'owner',
  permission: 'ViewOwnAccount',
  resource: ({ params }: { params: { account_id: string } }, { state }: { state: ExchangeState }) => ({
    account: accountOf(state, params.account_id),
  }),
} as const;
const params = Type.Object({ account_id: Id });

/** All accounts have the same rates: one that is named must exist, and that is all. */
function namedInstruments(state: ExchangeState, query: RateQuery): Instrument[] {
  if (query.account_id !== undefined) accountOf(state, query.account_id);
  const named = query.instrument_id === undefined ? [...state.instruments] : [instrumentOf(state, query.instrument_id)];
  return named.filter(({ productId }) => query.product_id === undefined || productId === query.product_id);
}

const commissionRates = route({
  id: 'C3',
  method: 'GET',
  path: '/api/account-admin/commission/rates',
  summary: 'Commission rates by instrument.',
  access: { caller: 'user' },
  query: Type.Object({ ...RateFields, product_id: Type.Optional(Id) }),
  refusals: [1006, 1007],
  response: Type.Array(CommissionRateSchema),
  handler: ({ exchange: { state }, query }) => namedInstruments(state, query).map(commissionRateView),
});

const commissionStatistics = route({
  id: 'C4',
  method: 'GET',
  path: '/api/account-admin/commission/statistics/:account_id',
  summary: 'What an account has paid, by instrument, from its trades.',
  access: ownerOfPath,
  params,
  query: Type.Object(DateFields),
  refusals: [1006],
  response: CommissionStatisticsSchema,
  async handler({ exchange: { state, history }, account, query }) {
    const { from, to } = dateRange(query);
    const trades = await history.tradesOf([account], ({ tradingDay }) => tradingDay >= from && tradingDay <= to);
    return commissionStatisticsView(state, account, trades);
  },
});

const marginRates = route({
  id: 'C5',
  method: 'GET',
  path: '/api/account-admin/margin/rates',
  summary: 'Margin rates by instrument.',
  access: { caller: 'user' },
  query: Type.Object(RateFields),
  refusals: [1006, 1007],
  response: Type.Array(MarginRateSchema),
  handler: ({ exchange: { state }, query }) => namedInstruments(state, query).map(marginRateView),
});

const marginSummary = route({
  id: 'C6',
  method: 'GET',
  path: '/api/account-admin/margin/summary/:account_id',
  summary: 'The margin of an account and of its positions.',
  access: ownerOfPath,
  params,
  refusals: [1006],
  response: MarginSummarySchema,
  handler: ({ exchange: { state }, account }) => marginSummaryView(state, account),
});

export const RATE_ROUTES = [commissionRates, commissionStatistics, marginRates, marginSummary];
