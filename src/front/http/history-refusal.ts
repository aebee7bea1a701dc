/** What a client hears when the history cannot answer; undefined when it is the question that is wrong. */
import { Refusal } from '../../core/refusal.js';
import type { QueryError, QueryFault } from '../../query/query-error.js';

const REFUSAL_OF = { invalid: undefined, limit: undefined, cancelled: 9005, busy: 9004, unavailable: 9005 } as const satisfies Record<
  QueryFault,
  number | undefined
>;

export function refusalOfHistory({ fault, message }: QueryError): Refusal | undefined {
  const code = REFUSAL_OF[fault];
  return code === undefined ? undefined : new Refusal(code, undefined, `${message}.`);
}
