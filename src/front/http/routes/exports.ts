/** What an account holds and where it is concentrated, and its records as files (rest.md D7, D9). */
import Type, { type TObject } from 'typebox';
import { Refusal } from '../../../core/refusal.js';
import type { Exchange } from '../../exchange.js';
import { FundHistory } from '../../fund-history.js';
import { FundTransactionSchema, fundTransactionView } from '../../views/fund-view.js';
import { accountId } from '../../views/ids.js';
import { OrderSchema, orderView } from '../../views/order-view.js';
import { PositionAnalysisSchema, positionAnalysisView } from '../../views/position-analysis-view.js';
import { PositionSchema, positionViews } from '../../views/position-view.js';
import { UserTradeSchema, userTradeView } from '../../views/trade-view.js';
import { csvText, type CsvValue } from '../csv.js';
import { DateFields, dateRange, dateRangeUs, type DateQuery } from '../date-range.js';
import { accountOf, Id } from '../resources.js';
import { RawAnswer, route } from '../route.js';

/** More are refused: an answer is made in memory. */
const RECORDS_MAX = 100_000;
const CSV_TYPE = 'text/csv; charset=utf-8';

type Row = Record<string, CsvValue>;

interface ExportSource {
  readonly schema: TObject;
  /** Newest first; may stop above RECORDS_MAX. */
  read(exchange: Exchange, account: number, dates: DateQuery): Row[] | Promise<Row[]>;
}

const SOURCES: Readonly<Record<'orders' | 'trades' | 'positions' | 'transactions', ExportSource>> = {
  orders: {
    schema: OrderSchema,
    async read({ state, history }, account, dates) {
      const { fromUs, behindUs } = dateRangeUs(dates);
      const found = await history.ordersOf([account], ({ insertUs }) => insertUs >= fromUs && insertUs < behindUs);
      return bounded(found).map((order) => orderView(state, order));
    },
  },
  trades: {
    schema: UserTradeSchema,
    async read({ state, history }, account, dates) {
      const { from, to } = dateRange(dates);
      const found = await history.tradesOf([account], ({ tradingDay }) => tradingDay >= from && tradingDay <= to);
      return bounded(found).map((trade) => userTradeView(state, trade));
    },
  },
  positions: {
    schema: PositionSchema,
    read: ({ state }, account) => positionViews(state, account),
  },
  transactions: {
    schema: FundTransactionSchema,
    async read({ state, history }, account, dates) {
      const found = await new FundHistory(state, history).newest({ account, ...dateRangeUs(dates) }, RECORDS_MAX + 1);
      return bounded(found).map(fundTransactionView);
    },
  },
};
const DATA_TYPES = ['orders', 'trades', 'positions', 'transactions'] as const satisfies readonly (keyof typeof SOURCES)[];

function bounded<T>(records: T[]): T[] {
  if (records.length <= RECORDS_MAX) return records;
  throw new Refusal(9008, [{ field: 'start_date', reason: `leaves more than ${RECORDS_MAX} records: ask for fewer days` }]);
}

const analysis = route({
  id: 'D7',
  method: 'GET',
  path: '/api/data/analysis/position/:account_id',
  summary: 'The positions of an account, and how much of its margin is in one exchange or product.',
  access: {
    caller: 'owner',
    permission: 'ViewOwnPositions',
    resource: ({ params }, { state }) => ({ account: accountOf(state, params.account_id) }),
  },
  params: Type.Object({ account_id: Id }),
  response: PositionAnalysisSchema,
  refusals: [1006],
  handler: ({ exchange: { state }, account }) => positionAnalysisView(state, account),
});

const exported = route({
  id: 'D9',
  method: 'GET',
  path: '/api/data/export',
  summary: 'The records of an account as JSON or as a CSV file, newest first. Dates are those of entry, of trades the trading day.',
  access: {
    caller: 'owner',
    orPermission: 'ExportData',
    resource: ({ query }, { state }) => ({ account: accountOf(state, query.account_id) }),
  },
  query: Type.Object({
    account_id: Id,
    data_type: Type.Enum([...DATA_TYPES]),
    format: Type.Optional(Type.Enum(['json', 'csv'])),
    ...DateFields,
  }),
  response: Type.Object({
    account_id: Type.String(),
    data_type: Type.String(),
    count: Type.Integer(),
    records: Type.Array(
      Type.Union([OrderSchema, UserTradeSchema, PositionSchema, FundTransactionSchema], { description: 'As data_type says.' }),
    ),
  }),
  alsoAs: [CSV_TYPE],
  refusals: [1006],
  async handler({ exchange, account, query }) {
    const { data_type: type, format = 'json' } = query;
    dateRange(query);
    const source = SOURCES[type];
    const records = await source.read(exchange, account, query);
    // a view is a row: the schema of the source says so
    if (format === 'json') return { account_id: accountId(account), data_type: type, count: records.length, records: records as never[] };
    const name = `${accountId(account)}-${type}.csv`;
    const text = csvText(Object.keys(source.schema.properties), records);
    return new RawAnswer(200, CSV_TYPE, text, [['content-disposition', `attachment; filename="${name}"`]]);
  },
});

export const EXPORT_ROUTES = [analysis, exported];
