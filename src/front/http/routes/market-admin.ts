/** The market as staff sees it (rest.md A21 to A25). */
import Type, { type Static } from 'typebox';
import { InstrumentStatus, Side } from '../../../core/enums.js';
import { toDecimal, WIDE } from '../../../core/units.js';
import { WideSum } from '../../../core/wide-sum.js';
import type { Exchange } from '../../exchange.js';
import { PublicInstrumentSchema, publicInstrumentView } from '../../views/instrument-view.js';
import { MarketTradeSchema, marketTradeView, type MarketTradeView } from '../../views/kline-view.js';
import { OrderBookSchema } from '../../views/market-view.js';
import { instrumentFilter, PageFields, PageResultFields, TimeFields, timeRangeUs } from '../listing.js';
import { accountOf, Id, instrumentOf } from '../resources.js';
import { route } from '../route.js';

const PAGE_SIZE = 50;
const DEPTH_DEFAULT = 20;
const FOREVER_US = Number.MAX_SAFE_INTEGER - 1;

const params = Type.Object({ id: Id });
const levels = Type.Optional(Type.Integer({ minimum: 1, maximum: 100 }));

const TradeQuery = Type.Object({ ...PageFields, ...TimeFields, instrument_id: Type.Optional(Id), account_id: Type.Optional(Id) });

/** Trades of the whole market, newest first. Counting those of a time or an account looks at each of them. */
async function tradesPage({ state, marketHistory }: Exchange, query: Static<typeof TradeQuery>) {
  const { page = 1, page_size: size = PAGE_SIZE } = query;
  const wanted = instrumentFilter(state, query.instrument_id);
  const account = query.account_id === undefined ? 0 : accountOf(state, query.account_id);
  const { fromUs, behindUs } = timeRangeUs(query);
  const isPlain = account === 0 && query.start_time === undefined && query.end_time === undefined;
  const numbers = wanted === 0 ? Array.from(state.instruments, ({ instrument }) => instrument) : [wanted];
  const trades: MarketTradeView[] = [];
  let total = 0;
  for await (const { instrument, tick } of marketHistory.allTicks(numbers, { fromUs, toUs: Math.min(behindUs - 1, FOREVER_US) })) {
    if (account !== 0 && tick.buyAccount !== account && tick.sellAccount !== account) continue;
    if (total++ >= (page - 1) * size && trades.length < size) {
      trades.push(marketTradeView(state.instruments.get(instrument).instrumentId, tick));
    }
    if (isPlain && trades.length === size) break;
  }
  if (isPlain) total = wanted === 0 ? state.tradeCount : state.market.tradeCount[wanted];
  return { trades, total, page, page_size: size };
}

const trades = route({
  id: 'A21',
  method: 'GET',
  path: '/admin/market/trades',
  aliases: ['/api/admin/market/trades', '/api/management/trades'],
  summary: 'Trades of the whole market with both sides, newest first.',
  access: { caller: 'permission', permission: 'ViewAllTrades' },
  query: TradeQuery,
  refusals: [1006, 1007],
  response: Type.Object({ trades: Type.Array(MarketTradeSchema), ...PageResultFields }),
  handler: ({ exchange, query }) => tradesPage(exchange, query),
});

const orderBook = route({
  id: 'A22',
  method: 'GET',
  path: '/admin/market/orderbook/:id',
  aliases: ['/api/admin/market/orderbook/:id'],
  summary: 'The price levels of a book.',
  access: { caller: 'permission', permission: 'ViewOrderbook' },
  params,
  query: Type.Object({ depth: levels }),
  refusals: [1007],
  response: OrderBookSchema,
  handler: ({ exchange: { state, marketCache }, params: { id }, query }) =>
    marketCache.orderBook(instrumentOf(state, id).instrument, query.depth ?? DEPTH_DEFAULT, Date.now()),
});

const ActiveSchema = Type.Object({ ...PublicInstrumentSchema.properties, volume: Type.Integer(), open_interest: Type.Integer() });

const active = route({
  id: 'A23',
  method: 'GET',
  path: '/admin/market/instruments/active',
  aliases: ['/api/admin/market/instruments/active'],
  summary: 'Active instruments with their day so far.',
  access: { caller: 'permission', permission: 'ViewInstruments' },
  response: Type.Array(ActiveSchema),
  handler: ({ exchange: { state } }) =>
    Array.from(state.instruments)
      .filter(({ status }) => status === InstrumentStatus.active)
      .map((instrument) => ({
        ...publicInstrumentView(state, instrument),
        volume: state.market.volume[instrument.instrument],
        open_interest: state.market.openInterest[instrument.instrument],
      })),
});

const StatisticsSchema = Type.Object({
  total_orders: Type.Integer({ description: 'Live orders.' }),
  total_bids: Type.Integer(),
  total_asks: Type.Integer(),
  total_trades: Type.Integer({ description: 'Since the exchange began.' }),
  total_volume: Type.Integer({ description: 'Lots of the trading day.' }),
  total_turnover: Type.Number(),
  active_instruments: Type.Integer(),
  open_interest: Type.Integer(),
});

function statisticsOf({ state, depth }: Exchange): Static<typeof StatisticsSchema> {
  const { market } = state;
  const turnover = new WideSum();
  const sums = { bids: 0, asks: 0, volume: 0, openInterest: 0, active: 0 };
  for (const { instrument, status } of state.instruments) {
    for (const { orderCount } of depth.levels(instrument, Side.BUY, Infinity)) sums.bids += orderCount;
    for (const { orderCount } of depth.levels(instrument, Side.SELL, Infinity)) sums.asks += orderCount;
    sums.volume += market.volume[instrument];
    sums.openInterest += market.openInterest[instrument];
    turnover.add(market.turnoverLow[instrument]);
    turnover.high += market.turnoverHigh[instrument];
    if (status === InstrumentStatus.active) sums.active++;
  }
  return {
    total_orders: sums.bids + sums.asks,
    total_bids: sums.bids,
    total_asks: sums.asks,
    total_trades: state.tradeCount,
    total_volume: sums.volume,
    total_turnover: toDecimal(turnover.high * WIDE + turnover.low),
    active_instruments: sums.active,
    open_interest: sums.openInterest,
  };
}

const statistics = route({
  id: 'A24',
  method: 'GET',
  path: '/admin/market/statistics',
  aliases: ['/api/admin/market/statistics', '/api/admin/market/order-stats'],
  summary: 'Orders, trades and sums of the whole market.',
  access: { caller: 'permission', permission: 'ViewStatistics' },
  response: StatisticsSchema,
  handler: ({ exchange }) => statisticsOf(exchange),
});

const DepthLevelSchema = Type.Object({
  price: Type.Number(),
  volume: Type.Integer(),
  order_count: Type.Integer(),
  cumulative_volume: Type.Integer({ description: 'Of this level and all better ones.' }),
});

function depthLevels({ depth }: Exchange, instrument: number, side: number, limit: number): Static<typeof DepthLevelSchema>[] {
  let cumulative = 0;
  return depth.levels(instrument, side, limit).map(({ price, volume, orderCount }) => {
    cumulative += volume;
    return { price: toDecimal(price), volume, order_count: orderCount, cumulative_volume: cumulative };
  });
}

const depthRoute = route({
  id: 'A25',
  method: 'GET',
  path: '/admin/market/depth/:id',
  aliases: ['/api/admin/market/depth/:id'],
  summary: 'The price levels of a book with what they add up to.',
  access: { caller: 'permission', permission: 'ViewOrderbook' },
  params,
  query: Type.Object({ levels }),
  refusals: [1007],
  response: Type.Object({ instrument_id: Type.String(), bids: Type.Array(DepthLevelSchema), asks: Type.Array(DepthLevelSchema) }),
  handler: ({ exchange, params: { id }, query }) => {
    const { instrument, instrumentId } = instrumentOf(exchange.state, id);
    const limit = query.levels ?? DEPTH_DEFAULT;
    return {
      instrument_id: instrumentId,
      bids: depthLevels(exchange, instrument, Side.BUY, limit),
      asks: depthLevels(exchange, instrument, Side.SELL, limit),
    };
  },
});

export const MARKET_ADMIN_ROUTES = [trades, orderBook, active, statistics, depthRoute];
