/** How a refused modification is told: what the changed order would be refused with is a detail of 3004 (rest.md T3). */
import { Refusal, refusalMessage, type RefusalCode } from '../../core/refusal.js';

/** Codes that say something of the request or of the order as it is, not of what it would become. */
const DIRECT: ReadonlySet<number> = new Set([1006, 3001, 3002, 3003, 4001, 4102, 5002, 9005, 9006]);

/** The code that a modification is refused with when `code` is the reason. */
export function modifyCode(code: number): number {
  return DIRECT.has(code) ? code : 3004;
}

export function modifyRefusal(code: RefusalCode): Refusal {
  if (modifyCode(code) === code) return new Refusal(code);
  return new Refusal(3004, [
    { field: 'code', reason: String(code) },
    { field: 'message', reason: refusalMessage(code) },
  ]);
}
