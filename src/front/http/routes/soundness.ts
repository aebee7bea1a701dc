/** Whether the books balance: every equation of the ledger as it was last evaluated. */
import Type from 'typebox';
import { accountId, orderId } from '../../views/ids.js';
import { route } from '../route.js';

const Equation = Type.Object({
  id: Type.String(),
  left: Type.String(),
  right: Type.String(),
  ok: Type.Boolean(),
  sequence: Type.Integer(),
  account_id: Type.Optional(Type.String()),
  instrument_id: Type.Optional(Type.String()),
  order_id: Type.Optional(Type.String()),
});

const soundness = route({
  id: 'A-soundness',
  method: 'GET',
  path: '/admin/soundness',
  aliases: ['/api/admin/soundness'],
  summary:
    'The equations of the ledger: both sides in 1/10000, and after which event. A broken one names the place, and trading is halted.',
  access: { caller: 'permission', permission: 'ViewMonitoring' },
  response: Type.Object({ ok: Type.Boolean(), sequence: Type.Integer(), equations: Type.Array(Equation) }),
  handler({ exchange }) {
    const equations = exchange.soundness.report();
    return {
      ok: equations.every(({ ok }) => ok),
      sequence: exchange.state.sequence,
      equations: equations.map(({ id, left, right, ok, sequence, account, instrument, orderId: order }) => ({
        id,
        left,
        right,
        ok,
        sequence,
        ...(account === 0 ? {} : { account_id: accountId(account) }),
        ...(instrument === 0 ? {} : { instrument_id: exchange.state.instruments.get(instrument).instrumentId }),
        ...(order === 0 ? {} : { order_id: orderId(order) }),
      })),
    };
  },
});

export const SOUNDNESS_ROUTES = [soundness];
