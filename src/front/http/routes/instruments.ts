/** Instruments as staff sees, makes and changes them (rest.md A1, A2, A3, A5). */
import Type from 'typebox';
import { Side } from '../../../core/enums.js';
import type { DepthFold } from '../../../core/depth.js';
import { InstrumentChangeSchema } from '../../services/instrument-change.js';
import { InstrumentListingSchema } from '../../services/instrument-listing.js';
import {
  InstrumentDetailSchema,
  instrumentDetailView,
  InstrumentListSchema,
  instrumentListView,
  InstrumentSchema,
  instrumentView,
} from '../../views/instrument-view.js';
import { Id, instrumentOf } from '../resources.js';
import { route } from '../route.js';
import { filteredInstruments, InstrumentFilterSchema } from './market.js';

const list = route({
  id: 'A1',
  method: 'GET',
  path: '/admin/instruments',
  aliases: ['/api/admin/instruments'],
  summary: 'All instruments.',
  access: { caller: 'permission', permission: 'ViewInstruments' },
  query: InstrumentFilterSchema,
  response: Type.Array(InstrumentListSchema),
  handler: ({ exchange: { state }, query }) => filteredInstruments(state, query).map((instrument) => instrumentListView(state, instrument)),
});

const create = route({
  id: 'A2',
  method: 'POST',
  path: '/admin/instrument/create',
  aliases: ['/api/admin/instrument/create'],
  summary: 'List an instrument; its book is open from then on.',
  access: { caller: 'permission', permission: 'CreateInstrument' },
  body: InstrumentListingSchema,
  refusals: [7001],
  response: InstrumentSchema,
  async handler({ exchange, caller, body, origin }) {
    return instrumentView(await exchange.instruments.create(body, caller.user.user, origin));
  },
});

const modify = route({
  id: 'A3',
  method: 'PUT',
  path: '/admin/instrument/:instrument_id',
  aliases: ['/api/admin/instrument/:instrument_id/update'],
  summary: 'Change the terms of an instrument; multiplier and tick only while nobody holds it or has an order in it.',
  access: { caller: 'permission', permission: 'ModifyInstrument' },
  params: Type.Object({ instrument_id: Id }),
  body: InstrumentChangeSchema,
  refusals: [1007, 1010, 3006],
  response: InstrumentSchema,
  async handler({ exchange, caller, params, body, origin }) {
    const instrument = instrumentOf(exchange.state, params.instrument_id);
    return instrumentView(await exchange.instruments.modify(instrument, body, caller.user.user, origin));
  },
});

const detail = route({
  id: 'A5',
  method: 'GET',
  path: '/admin/instrument/:instrument_id',
  aliases: ['/api/admin/instrument/:instrument_id'],
  summary: 'An instrument with its open interest and working orders.',
  access: { caller: 'permission', permission: 'ViewInstruments' },
  params: Type.Object({ instrument_id: Id }),
  refusals: [1007],
  response: InstrumentDetailSchema,
  handler({ exchange: { state, depth }, params }) {
    const instrument = instrumentOf(state, params.instrument_id);
    const working = workingOrders(depth, instrument.instrument, Side.BUY) + workingOrders(depth, instrument.instrument, Side.SELL);
    return instrumentDetailView(state, instrument, working);
  },
});

function workingOrders(depth: DepthFold, instrument: number, side: number): number {
  return depth.levels(instrument, side, Infinity).reduce((count, level) => count + level.orderCount, 0);
}

export const INSTRUMENT_ROUTES = [list, create, modify, detail];
