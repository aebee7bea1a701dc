/** Ticks and K-lines of the past (rest.md T8, D1, D2). */
import Type from 'typebox';
import { periodOf, PERIODS } from '../../../core/market-data/periods.js';
import { Refusal } from '../../../core/refusal.js';
import type { Exchange } from '../../exchange.js';
import { KlineSchema, klineView, PastTickSchema, pastTickView } from '../../views/kline-view.js';
import { TimeFields, timeRangeUs } from '../listing.js';
import { Id, instrumentOf } from '../resources.js';
import { route } from '../route.js';

const PERIOD_DEFAULT = '5';
const BARS_DEFAULT = 500;
const BARS_MAX = 2000;
const TICKS_DEFAULT = 1000;
const INSTRUMENTS_MAX = 20;
/** The last time that a key can name. */
const FOREVER_US = Number.MAX_SAFE_INTEGER - 1;

const PeriodField = Type.Optional(
  Type.String({ description: 'Number (0 day, 3 3 s, 4 to 8: 1, 5, 15, 30, 60 min) or name (1d, 3s, 1m, 5m, 15m, 30m, 60m).' }),
);
const CountField = Type.Optional(Type.Integer({ minimum: 1, maximum: BARS_MAX }));

/** Throws 9008. */
function periodIn(text: string): number {
  const period = periodOf(text);
  if (period === -1) throw new Refusal(9008, [{ field: 'period', reason: 'is no period of K-lines' }]);
  return period;
}

function rangeOf(query: { start_time?: number; end_time?: number }): { fromUs: number; toUs: number } {
  const { fromUs, behindUs } = timeRangeUs(query);
  return { fromUs, toUs: Math.min(behindUs - 1, FOREVER_US) };
}

const klines = route({
  id: 'T8',
  method: 'GET',
  path: '/api/market/kline/:instrument_id',
  summary: 'The newest K-lines, oldest first; the last may be unfinished.',
  access: { caller: 'public' },
  params: Type.Object({ instrument_id: Id }),
  query: Type.Object({ ...TimeFields, period: PeriodField, count: CountField, limit: CountField }),
  refusals: [1007, 9008],
  response: Type.Object({ symbol: Type.String(), period: Type.Integer(), klines: Type.Array(KlineSchema) }),
  handler: async ({ exchange, params: { instrument_id: id }, query }) => {
    const instrument = instrumentOf(exchange.state, id);
    const period = periodIn(query.period ?? PERIOD_DEFAULT);
    const count = query.count ?? query.limit ?? BARS_DEFAULT;
    const bars = await exchange.marketHistory.bars(instrument.instrument, period, rangeOf(query), count);
    return { symbol: instrument.instrumentId, period: PERIODS[period].id, klines: bars.map(klineView) };
  },
});

const ticks = route({
  id: 'D1',
  method: 'GET',
  path: '/api/data/history/ticks',
  summary: 'Trade prints, newest first.',
  access: { caller: 'user' },
  query: Type.Object({ ...TimeFields, instrument_id: Id, limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 5000 })) }),
  refusals: [1007],
  response: Type.Object({ instrument_id: Type.String(), count: Type.Integer(), ticks: Type.Array(PastTickSchema) }),
  handler: async ({ exchange, query }) => {
    const { instrument, instrumentId } = instrumentOf(exchange.state, query.instrument_id);
    const limit = query.limit ?? TICKS_DEFAULT;
    const views: ReturnType<typeof pastTickView>[] = [];
    for await (const tick of exchange.marketHistory.ticks(instrument, rangeOf(query))) {
      if (views.push(pastTickView(instrumentId, tick)) === limit) break;
    }
    return { instrument_id: instrumentId, count: views.length, ticks: views };
  },
});

const klinesOfMany = route({
  id: 'D2',
  method: 'GET',
  path: '/api/data/history/klines',
  summary: 'K-lines of several instruments.',
  access: { caller: 'user' },
  query: Type.Object({
    ...TimeFields,
    instruments: Type.String({ description: '1 to 20 ids, comma-separated.' }),
    period: PeriodField,
    limit: CountField,
  }),
  refusals: [1007, 9008],
  response: Type.Array(
    Type.Object({ instrument_id: Type.String(), period: Type.Integer(), count: Type.Integer(), klines: Type.Array(KlineSchema) }),
  ),
  handler: async ({ exchange, query }) => {
    const period = periodIn(query.period ?? PERIOD_DEFAULT);
    const wanted = instrumentsIn(exchange, query.instruments);
    return Promise.all(
      wanted.map(async ({ instrument, instrumentId }) => {
        const bars = await exchange.marketHistory.bars(instrument, period, rangeOf(query), query.limit ?? BARS_DEFAULT);
        return { instrument_id: instrumentId, period: PERIODS[period].id, count: bars.length, klines: bars.map(klineView) };
      }),
    );
  },
});

/** Throws 1007, and 9008 for none or too many. */
function instrumentsIn({ state }: Exchange, list: string) {
  const ids = list.split(',').map((id) => id.trim());
  if (list === '' || ids.length > INSTRUMENTS_MAX) {
    throw new Refusal(9008, [{ field: 'instruments', reason: `1 to ${INSTRUMENTS_MAX} ids, comma-separated` }]);
  }
  return ids.map((id) => instrumentOf(state, id));
}

export const MARKET_HISTORY_ROUTES = [klines, ticks, klinesOfMany];
