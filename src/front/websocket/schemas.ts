/**
 * The client messages of `/ws` (websocket.md 2). Fields that are not named are ignored. `submit_order` is described with
 * the orders of HTTP, which it shares its fields with (decode/order-fields.ts).
 */
import Type from 'typebox';
import { PERIODS } from '../../core/market-data/periods.js';

export const REQUEST_ID_CHARACTERS_MAX = 64;

const PERIOD_IDS = PERIODS.map(({ id }) => id);

const requestId = Type.Optional(Type.String({ maxLength: REQUEST_ID_CHARACTERS_MAX, description: 'Echoed in the direct answer.' }));
const userId = Type.Optional(Type.String({ description: 'Must be the subject of the token; grants nothing.' }));
export const INSTRUMENTS_MAX = 200;
/** Levels of a book. */
export const DEPTH_MAX = 20;
const channels = Type.Array(Type.String(), { minItems: 1, maxItems: 8 });

export const AuthSchema = Type.Object({
  type: Type.Literal('auth'),
  token: Type.String(),
  user_id: userId,
  last_seq: Type.Optional(
    Type.Record(Type.String(), Type.Integer({ minimum: 0 }), {
      description: 'By account id, the last report_seq that was seen: the reports behind it are sent first.',
    }),
  ),
  cancel_on_disconnect: Type.Optional(
    Type.Boolean({ description: 'When this connection ends, the working orders entered on it are cancelled.' }),
  ),
  request_id: requestId,
});

export const SubscribeSchema = Type.Object({
  type: Type.Literal('subscribe'),
  channels,
  instruments: Type.Array(Type.String(), { maxItems: INSTRUMENTS_MAX, description: 'Empty: all active ones.' }),
  depth: Type.Optional(Type.Integer({ minimum: 1, maximum: DEPTH_MAX, description: 'Levels of the order book; 5 when left out.' })),
  period: Type.Optional(
    Type.Array(Type.Enum(PERIOD_IDS), { minItems: 1, description: 'Bars and factors of these periods only; all when left out.' }),
  ),
  request_id: requestId,
});

export const UnsubscribeSchema = Type.Object({
  type: Type.Literal('unsubscribe'),
  channels,
  instruments: Type.Array(Type.String(), { maxItems: INSTRUMENTS_MAX, description: 'Empty: all of the channels.' }),
  request_id: requestId,
});

export const CancelOrderSchema = Type.Object({
  type: Type.Literal('cancel_order'),
  account_id: Type.String(),
  order_id: Type.String(),
  user_id: userId,
  request_id: requestId,
});

export const QueryOrderSchema = Type.Object({
  type: Type.Literal('query_order'),
  order_id: Type.String(),
  request_id: requestId,
});

export const QueryAccountSchema = Type.Object({
  type: Type.Literal('query_account'),
  account_id: Type.Optional(Type.String({ description: 'Left out: all accounts of the user.' })),
  request_id: requestId,
});

export const QueryPositionSchema = Type.Object({
  type: Type.Literal('query_position'),
  account_id: Type.Optional(Type.String({ description: 'Left out: all accounts of the user.' })),
  instrument_id: Type.Optional(Type.String()),
  request_id: requestId,
});
