/** One conditional order (trading-rules.md 10) and what it is known by. */
import { ConditionalStatus, TriggerCondition } from '../enums.js';
import type { ConditionalPlaced, ConditionalTerms } from '../events.js';

/** What an order that belongs to the system and not to a client has in front of its client order id. */
const PREFIX = 'COND_';
const DIGITS = 12;
const ID = /^COND_([0-9]{12})$/;

export interface Conditional extends ConditionalTerms {
  createdUs: number;
  /** Event time of the price that met the condition; 0 before. The order is to be submitted from then on. */
  touchedUs: number;
  /** `ConditionalStatus`: PENDING until its order is accepted, however long that takes after the touch. */
  status: number;
  /** Why it FAILED, else 0. */
  code: number;
  /** The order that it became; 0 for none. */
  resultOrderId: number;
}

/** What history keeps of a finished one. */
export interface ConditionalRecord extends Conditional {
  id: number;
  /** Place in the log of the event that ended it. */
  sequence: number;
}

/** One that was just placed. */
export function newConditional({ idempotencyKey: _key, requestHash: _hash, ...terms }: ConditionalPlaced, createdUs: number): Conditional {
  return { ...terms, createdUs, touchedUs: 0, status: ConditionalStatus.PENDING, code: 0, resultOrderId: 0 };
}

/** The id of a conditional order, and the client order id of the order that it becomes. */
export function conditionalId(conditional: number): string {
  return PREFIX + String(conditional).padStart(DIGITS, '0');
}

/** The number in such an id, or 0 for a text that is none. */
export function parseConditionalId(text: string): number {
  // most client order ids are none: asked of every order that is accepted while one is touched
  const digits = text.startsWith(PREFIX) ? ID.exec(text)?.[1] : undefined;
  return digits === undefined ? 0 : Number(digits);
}

/** Whether it waits for a price to rise to its trigger, not to fall to it. */
export function waitsForRise({ triggerCondition }: ConditionalTerms): boolean {
  return triggerCondition === TriggerCondition.GE || triggerCondition === TriggerCondition.GT;
}

/** The nearest price in 1/10000 that meets the condition: prices are whole numbers, so above p is at or above p + 1. */
export function thresholdOf({ triggerPrice, triggerCondition }: ConditionalTerms): number {
  if (triggerCondition === TriggerCondition.GT) return triggerPrice + 1;
  return triggerCondition === TriggerCondition.LT ? triggerPrice - 1 : triggerPrice;
}

/** Whether a price meets the condition. */
export function isMetBy(conditional: ConditionalTerms, price: number): boolean {
  const threshold = thresholdOf(conditional);
  return waitsForRise(conditional) ? price >= threshold : price <= threshold;
}
