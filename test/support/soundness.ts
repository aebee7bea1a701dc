/** The equations of the ledger as tests ask for them: after every event. */
import type { DepthFold } from '../../src/core/depth.js';
import { EQUATIONS, evaluateSoundness } from '../../src/core/soundness/soundness.js';
import type { ExchangeState } from '../../src/core/state.js';

/** Throws with the equation that does not hold. */
export function checkSoundness(state: ExchangeState, depth?: DepthFold): void {
  const broken = evaluateSoundness(state, depth).find(({ ok }) => !ok);
  if (broken === undefined) return;
  const { id, left, right, account, instrument, orderId } = broken;
  throw new Error(`${id} ${EQUATIONS[id]}: ${left} is not ${right} (account ${account}, instrument ${instrument}, order ${orderId})`);
}
