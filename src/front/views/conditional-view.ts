/** ConditionalOrder of rest.md 3. */
import Type, { type Static } from 'typebox';
import type { Conditional } from '../../core/conditionals/conditional.js';
import { conditionalId } from '../../core/conditionals/conditional.js';
import { ConditionalStatus, ConditionType, nameOf, Offset, PriceType, Side, TriggerCondition } from '../../core/enums.js';
import { refusalMessage } from '../../core/refusal.js';
import type { ExchangeState } from '../../core/state.js';
import { toDecimal } from '../../core/units.js';
import { accountId, orderId } from './ids.js';
import { toMs } from './numbers.js';

export const ConditionalSchema = Type.Object({
  conditional_order_id: Type.String(),
  account_id: Type.String(),
  instrument_id: Type.String(),
  direction: Type.String(),
  offset: Type.String(),
  volume: Type.Integer(),
  order_type: Type.String(),
  limit_price: Type.Optional(Type.Number({ description: 'Of a LIMIT order.' })),
  condition_type: Type.String({ description: 'A label: it decides nothing.' }),
  trigger_price: Type.Number(),
  trigger_condition: Type.String(),
  valid_until: Type.Optional(Type.Integer({ description: 'UTC milliseconds; absent: the end of the trading day.' })),
  status: Type.String(),
  created_at: Type.Integer(),
  triggered_at: Type.Optional(Type.Integer({ description: 'When a price met the condition.' })),
  result_order_id: Type.Optional(Type.String({ description: 'The order that it became; its client_order_id is the id of this one.' })),
  fail_code: Type.Optional(Type.Integer()),
  fail_reason: Type.Optional(Type.String()),
});
export type ConditionalView = Static<typeof ConditionalSchema>;

export function conditionalView(state: ExchangeState, conditional: Conditional): ConditionalView {
  const { status, priceType, limitPrice, validUntilUs, touchedUs, resultOrderId, code } = conditional;
  const isOver = status === ConditionalStatus.TRIGGERED || status === ConditionalStatus.FAILED;
  return {
    conditional_order_id: conditionalId(conditional.conditional),
    account_id: accountId(conditional.account),
    instrument_id: state.instruments.get(conditional.instrument).instrumentId,
    direction: nameOf(Side, conditional.side),
    offset: nameOf(Offset, conditional.offset),
    volume: conditional.volume,
    order_type: nameOf(PriceType, priceType),
    ...(priceType === PriceType.LIMIT ? { limit_price: toDecimal(limitPrice) } : {}),
    condition_type: nameOf(ConditionType, conditional.conditionType),
    trigger_price: toDecimal(conditional.triggerPrice),
    trigger_condition: nameOf(TriggerCondition, conditional.triggerCondition),
    ...(validUntilUs > 0 ? { valid_until: toMs(validUntilUs) } : {}),
    status: nameOf(ConditionalStatus, status),
    created_at: toMs(conditional.createdUs),
    ...(isOver && touchedUs > 0 ? { triggered_at: toMs(touchedUs) } : {}),
    ...(resultOrderId > 0 ? { result_order_id: orderId(resultOrderId) } : {}),
    ...(code > 0 ? { fail_code: code, fail_reason: refusalMessage(code) } : {}),
  };
}
