/** Phases and statuses set by hand (rest.md A4, A6, A26). The answer comes when the change is durable and done. */
import Type from 'typebox';
import { Exchange as Exchanges, InstrumentStatus, nameOf, numberOf, Phase } from '../../../core/enums.js';
import type { Instrument } from '../../../core/instrument.js';
import { Refusal } from '../../../core/refusal.js';
import type { ExchangeState } from '../../../core/state.js';
import type { Exchange } from '../../exchange.js';
import { Id, instrumentOf } from '../resources.js';
import type { RouteContext } from '../route-context.js';
import { route } from '../route.js';

const params = Type.Object({ instrument_id: Id });
type Params = { instrument_id: string };
const Reason = Type.Optional(Type.String({ maxLength: 200 }));
const response = Type.Object({ instrument_id: Type.String(), status: Type.String() });
const access = { caller: 'permission', permission: 'SuspendResumeInstrument' } as const;

const delist = route({
  id: 'A4',
  method: 'DELETE',
  path: '/admin/instrument/:instrument_id',
  aliases: ['/api/admin/instrument/:instrument_id/delist'],
  summary: 'End a suspended or expired instrument that nobody holds or has an order in. Cannot be undone.',
  access: { caller: 'permission', permission: 'ModifyInstrument' },
  params,
  refusals: [1007, 3005, 7005],
  response,
  async handler(context) {
    const instrument = instrumentOf(context.exchange.state, context.params.instrument_id);
    await context.exchange.control.delist(instrument, actorOf(context));
    return statusView(instrument);
  },
});

const status = route({
  id: 'A6',
  method: 'POST',
  path: '/admin/instrument/:instrument_id/status',
  aliases: ['/api/admin/instrument/:instrument_id/status'],
  summary: 'Suspend an instrument, resume it, or let it take closing orders only.',
  access,
  params,
  body: Type.Object({ status: Type.Enum(['active', 'suspended', 'close_only']), reason: Reason }),
  refusals: [1007, 7005],
  response,
  handler: (context) => setStatus(context, context.body.status, context.body.reason),
});

const suspend = route({
  id: 'A6-suspend',
  method: 'PUT',
  path: '/api/admin/instrument/:instrument_id/suspend',
  summary: 'Suspend an instrument (as A6).',
  access,
  params,
  refusals: [1007, 7005],
  response,
  handler: (context) => setStatus(context, 'suspended'),
});

const resume = route({
  id: 'A6-resume',
  method: 'PUT',
  path: '/api/admin/instrument/:instrument_id/resume',
  summary: 'Resume an instrument (as A6).',
  access,
  params,
  refusals: [1007, 7005],
  response,
  handler: (context) => setStatus(context, 'active'),
});

const phase = route({
  id: 'A26',
  method: 'POST',
  path: '/admin/phase',
  aliases: ['/api/admin/phase'],
  summary: 'Set the trading phase of an instrument, or of all instruments of an exchange at once.',
  access,
  body: Type.Object({
    instrument_id: Type.Optional(Id),
    exchange: Type.Optional(Type.Enum(Object.keys(Exchanges))),
    phase: Type.Enum(Object.keys(Phase)),
  }),
  refusals: [1007, 7005],
  response: Type.Object({ instrument_ids: Type.Array(Type.String()), phase: Type.String() }),
  async handler(context) {
    const { exchange, body } = context;
    const instruments = namedInstruments(exchange.state, body);
    await exchange.control.setPhase(instruments, numberOf(Phase, body.phase), actorOf(context));
    return { instrument_ids: instruments.map((instrument) => instrument.instrumentId), phase: body.phase };
  },
});

/** One instrument, or those of an exchange that are not delisted; 1007 for none. */
function namedInstruments(state: ExchangeState, body: { instrument_id?: string; exchange?: string }): Instrument[] {
  if ((body.instrument_id === undefined) === (body.exchange === undefined)) {
    throw new Refusal(9008, [{ field: 'instrument_id', reason: 'is required, or exchange instead of it' }]);
  }
  if (body.instrument_id !== undefined) return [instrumentOf(state, body.instrument_id)];
  const exchange = numberOf(Exchanges, body.exchange ?? '');
  const named = Array.from(state.instruments).filter(
    (instrument) => instrument.exchange === exchange && instrument.status !== InstrumentStatus.delisted,
  );
  if (named.length === 0) throw new Refusal(1007);
  return named;
}

async function setStatus(context: RouteContext<Params, unknown, unknown>, name: keyof typeof InstrumentStatus, reason = '') {
  const instrument = instrumentOf(context.exchange.state, context.params.instrument_id);
  await context.exchange.control.setStatus(instrument, InstrumentStatus[name], reason, actorOf(context));
  return statusView(instrument);
}

function actorOf(context: Pick<RouteContext<unknown, unknown, unknown>, 'caller' | 'origin'> & { exchange: Exchange }) {
  return { user: context.caller.user.user, origin: context.origin };
}

function statusView(instrument: Instrument) {
  return { instrument_id: instrument.instrumentId, status: nameOf(InstrumentStatus, instrument.status) };
}

export const MARKET_CONTROL_ROUTES = [delist, status, suspend, resume, phase];
