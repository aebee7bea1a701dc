/**
 * Who did what, from where, and whether it was allowed: one event each in the log (users.md 8).
 *
 * Recording never delays or fails the action that it is about. When the log cannot take records as fast as they come,
 * those beyond a bound are counted and left out.
 */
import { AuditResult, type ValueOf } from '../../core/enums.js';
import { FrameKind } from '../../core/events.js';
import { Refusal } from '../../core/refusal.js';
import type { EventProposer } from './event-proposer.js';
import type { Origin } from './origin.js';

/** The kinds of entries (rest.md 2), and DATA_ACCESS: staff has read what belongs to a user. */
export const AUDIT_LOG_TYPES = [
  'LOGIN',
  'LOGOUT',
  'ORDER_SUBMIT',
  'ORDER_CANCEL',
  'DEPOSIT',
  'WITHDRAW',
  'TRANSFER',
  'PASSWORD_CHANGE',
  'ACCOUNT_FREEZE',
  'ACCOUNT_UNFREEZE',
  'SETTINGS_CHANGE',
  'RISK_ALERT',
  'ROLE_CHANGE',
  'INSTRUMENT_CHANGE',
  'SETTLEMENT',
  'FORCE_LIQUIDATION',
  'DATA_ACCESS',
] as const;
export type AuditLogType = (typeof AUDIT_LOG_TYPES)[number];

export interface AuditEntry {
  /** The actor's number; 0 when nobody is known. */
  readonly user: number;
  /** The account's number; 0 when the action is not about one. */
  readonly account?: number;
  readonly logType: AuditLogType;
  readonly action: string;
  /** No secrets and no personal data. */
  readonly details?: string;
  readonly origin: Origin;
  readonly result?: ValueOf<typeof AuditResult>;
}

/** Entries handed to the log and not yet durable. */
const PENDING_MAX = 1024;
const DETAILS_CHARACTERS_MAX = 500;
const USER_AGENT_CHARACTERS_MAX = 200;

export class Audit {
  /** Entries left out because too many were waiting, or because the log refused them. */
  lostCount = 0;
  private pendingCount = 0;

  constructor(private readonly proposer: EventProposer) {}

  record(entry: AuditEntry): void {
    if (this.pendingCount >= PENDING_MAX) {
      this.lostCount++;
      return;
    }
    this.pendingCount++;
    void this.write(entry);
  }

  /** Records the action with its outcome; a failure is thrown on. */
  async cover<T>(entry: Omit<AuditEntry, 'result'>, action: () => Promise<T>): Promise<T> {
    try {
      const result = await action();
      this.record(entry);
      return result;
    } catch (error) {
      const outcome = error instanceof Refusal ? `refused with ${error.code}` : 'failed';
      this.record({ ...entry, details: `${entry.details ?? ''} ${outcome}`.trim(), result: AuditResult.FAILED });
      throw error;
    }
  }

  private async write(entry: AuditEntry): Promise<void> {
    try {
      await this.proposer.propose(FrameKind.AuditRecorded, {
        user: entry.user,
        account: entry.account ?? 0,
        logType: entry.logType,
        action: entry.action,
        details: (entry.details ?? '').slice(0, DETAILS_CHARACTERS_MAX),
        address: entry.origin.address,
        userAgent: entry.origin.userAgent.slice(0, USER_AGENT_CHARACTERS_MAX),
        result: entry.result ?? AuditResult.SUCCESS,
      });
    } catch {
      this.lostCount++;
    } finally {
      this.pendingCount--;
    }
  }
}
