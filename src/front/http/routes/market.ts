/** Public market data (rest.md U17 to U20). */
import Type from 'typebox';
import { Exchange as Exchanges, InstrumentStatus, numberOf } from '../../../core/enums.js';
import type { Instrument } from '../../../core/instrument.js';
import type { ExchangeState } from '../../../core/state.js';
import { PublicInstrumentSchema, publicInstrumentView } from '../../views/instrument-view.js';
import { OrderBookSchema, TickSchema } from '../../views/market-view.js';
import { PublicTradeSchema, publicTradeViews } from '../../views/trade-view.js';
import { Id, instrumentOf } from '../resources.js';
import { DataText, route } from '../route.js';

const DEPTH_DEFAULT = 5;
const TRADES_DEFAULT = 20;

const params = Type.Object({ instrument_id: Id });

export const InstrumentFilterSchema = Type.Object({
  status: Type.Optional(Type.Enum(Object.keys(InstrumentStatus))),
  exchange: Type.Optional(Type.Enum(Object.keys(Exchanges))),
});

/** In the order of listing. */
export function filteredInstruments(state: ExchangeState, filter: { status?: string; exchange?: string }): Instrument[] {
  const status = filter.status === undefined ? undefined : numberOf(InstrumentStatus, filter.status);
  const exchange = filter.exchange === undefined ? undefined : numberOf(Exchanges, filter.exchange);
  return Array.from(state.instruments).filter(
    (instrument) => (status === undefined || instrument.status === status) && (exchange === undefined || instrument.exchange === exchange),
  );
}

const instruments = route({
  id: 'U17',
  method: 'GET',
  path: '/api/market/instruments',
  summary: 'What is traded, with limits and fees.',
  access: { caller: 'public' },
  query: InstrumentFilterSchema,
  response: Type.Array(PublicInstrumentSchema),
  handler: ({ exchange: { state }, query }) =>
    filteredInstruments(state, query).map((instrument) => publicInstrumentView(state, instrument)),
});

const tick = route({
  id: 'U18',
  method: 'GET',
  path: '/api/market/tick/:instrument_id',
  summary: 'Last price and best prices.',
  access: { caller: 'public' },
  params,
  refusals: [1007],
  response: TickSchema,
  handler: ({ exchange: { state, marketCache }, params: { instrument_id: id } }) =>
    new DataText(marketCache.tick(instrumentOf(state, id).instrument, Date.now())),
});

const orderBook = route({
  id: 'U19',
  method: 'GET',
  path: '/api/market/orderbook/:instrument_id',
  summary: 'The best price levels.',
  access: { caller: 'public' },
  params,
  query: Type.Object({ depth: Type.Optional(Type.Integer({ minimum: 1, maximum: 20 })) }),
  refusals: [1007],
  response: OrderBookSchema,
  handler: ({ exchange: { state, marketCache }, params: { instrument_id: id }, query }) =>
    marketCache.orderBook(instrumentOf(state, id).instrument, query.depth ?? DEPTH_DEFAULT, Date.now()),
});

const trades = route({
  id: 'U20',
  method: 'GET',
  path: '/api/market/trades/:instrument_id',
  aliases: ['/api/market/recent-trades/:instrument_id'],
  summary: 'The latest trades, newest first.',
  access: { caller: 'public' },
  params,
  query: Type.Object({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })) }),
  refusals: [1007],
  response: Type.Array(PublicTradeSchema),
  handler: ({ exchange: { state }, params: { instrument_id: id }, query }) =>
    publicTradeViews(state, instrumentOf(state, id).instrument, query.limit ?? TRADES_DEFAULT),
});

export const MARKET_ROUTES = [instruments, tick, orderBook, trades];
