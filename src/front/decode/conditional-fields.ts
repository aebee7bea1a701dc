/** The fields of a conditional order as JSON carries them (rest.md T4), turned into a request. */
import { ConditionType, numberOf, TriggerCondition } from '../../core/enums.js';
import type { ExchangeState } from '../../core/state.js';
import type { ConditionalRequest } from '../conditionals/conditional-orders.js';
import { OrderRequest } from '../gateway/order-request.js';
import { fillOrderRequest, priceUnits } from './order-fields.js';

const US_PER_MS = 1000;

export interface ConditionalFields {
  account_id: string;
  instrument_id: string;
  direction: string;
  offset: string;
  order_type: string;
  volume: number;
  limit_price?: number | null;
  condition_type: string;
  trigger_price: number;
  trigger_condition: string;
  valid_until?: number | null;
  fire_if_true?: boolean | null;
}

/** What is wrong with it is left for the service to refuse in its turn. */
export function conditionalRequestOf(fields: ConditionalFields, state: ExchangeState): ConditionalRequest {
  const { account_id, instrument_id, direction, offset, order_type, volume, limit_price: price } = fields;
  const order = new OrderRequest();
  // only what is named here: an option of a plain order has no place in a conditional one
  fillOrderRequest({ account_id, instrument_id, direction, offset, order_type, volume, price }, state, order);
  return {
    order,
    conditionType: numberOf(ConditionType, fields.condition_type),
    triggerCondition: numberOf(TriggerCondition, fields.trigger_condition),
    triggerPrice: priceUnits(fields.trigger_price),
    validUntilUs: (fields.valid_until ?? 0) * US_PER_MS,
    fireIfTrue: fields.fire_if_true === true,
  };
}
