/**
 * The gate with an eye on cancels and amends: those that are refused here reach no book, so no event tells of them and the audit
 * log has to. What the book or the exchange's own events say is not written twice.
 */
import { AuditResult } from '../../core/enums.js';
import type { Caller } from '../caller.js';
import type { Audit, AuditLogType } from '../services/audit.js';
import { NOWHERE } from '../services/origin.js';
import { orderId as idOf } from '../views/ids.js';
import { Gateway, NOT_LIVE, type CommandWaiter } from './gateway.js';

/** Entries a second: a client that races for them is refused just as fast, and counted as lost beyond. */
export const ENTRIES_PER_SECOND = 200;
/** They speak of the moment, not of what was asked for. */
const MOMENTARY: ReadonlySet<number> = new Set([3003, 4001, 5002, 9005]);
const ACCOUNT_UNKNOWN = 1006;

interface Act {
  readonly logType: AuditLogType;
  readonly action: string;
}

const CANCEL: Act = { logType: 'ORDER_CANCEL', action: 'cancel_order' };
const AMEND: Act = { logType: 'ORDER_SUBMIT', action: 'modify_order' };

export interface RefusedAudit {
  readonly audit: Pick<Audit, 'record' | 'lostCount'>;
  /** Why an order that is in no book cannot be cancelled or amended. */
  whyNotLive(account: number, orderId: number): Promise<number>;
}

export class AuditedGateway extends Gateway {
  private secondMs = 0;
  private entries = 0;

  constructor(
    /** Undefined: refusals are not noted. */
    private readonly refused: RefusedAudit | undefined,
    ...parts: ConstructorParameters<typeof Gateway>
  ) {
    super(...parts);
  }

  override cancel(caller: Caller, account: number, orderId: number, waiter: CommandWaiter, token: number): number {
    const outcome = super.cancel(caller, account, orderId, waiter, token);
    if (outcome !== 0) this.note(CANCEL, caller, account, orderId, outcome);
    return outcome;
  }

  override amend(...parts: Parameters<Gateway['amend']>): number {
    const outcome = super.amend(...parts);
    const [caller, account, orderId] = parts;
    if (outcome !== 0) this.note(AMEND, caller, account, orderId, outcome);
    return outcome;
  }

  override cancelByClientId(caller: Caller, account: number, clientOrderId: string, waiter: CommandWaiter, token: number): number {
    const outcome = super.cancelByClientId(caller, account, clientOrderId, waiter, token);
    // of an order that has a number `cancel` has been asked
    if (outcome > 0 && this.namedOrderId === 0) this.note(CANCEL, caller, account, 0, outcome);
    return outcome;
  }

  private note(act: Act, caller: Caller, account: number, orderId: number, outcome: number): void {
    if (this.refused === undefined || MOMENTARY.has(outcome)) return;
    const nowMs = performance.now();
    if (nowMs - this.secondMs >= 1000) [this.secondMs, this.entries] = [nowMs, 0];
    if (++this.entries > ENTRIES_PER_SECOND) this.refused.audit.lostCount++;
    else void this.record(this.refused, act, caller, account, orderId, outcome);
  }

  private async record(refused: RefusedAudit, act: Act, caller: Caller, account: number, orderId: number, outcome: number): Promise<void> {
    const code = outcome === NOT_LIVE ? await refused.whyNotLive(account, orderId).catch(() => 5002) : outcome;
    const isNumber = Number.isSafeInteger(orderId) && orderId > 0;
    refused.audit.record({
      user: caller.user.user,
      account: code === ACCOUNT_UNKNOWN ? 0 : account,
      ...act,
      details: `${isNumber ? idOf(orderId) : ''} refused with ${code}`.trim(),
      origin: caller.origin ?? NOWHERE,
      result: AuditResult.FAILED,
    });
  }
}
