/** Pages of the audit log, newest first. A range of time is a range of ids; what is not shown is read only to be counted. */
import type { AuditRecord } from '../core/observer.js';
import type { ExchangeState } from '../core/state.js';
import type { HistoryQueries } from './history.js';
import { firstIdFrom } from './id-at-time.js';

export interface AuditQuery {
  /** Numbers; undefined for all. */
  readonly user: number | undefined;
  readonly account: number | undefined;
  readonly logType: string | undefined;
  /** `AuditResult` */
  readonly result: number | undefined;
  /** µs; from the first to before the second. */
  readonly fromUs: number;
  readonly behindUs: number;
}

export class AuditHistory {
  constructor(
    private readonly state: Pick<ExchangeState, 'auditCount' | 'timeUs'>,
    private readonly history: Pick<HistoryQueries, 'audits' | 'audit'>,
  ) {}

  /** `count` records behind the first `skip`, and how many fit in all. */
  async page(query: AuditQuery, skip: number, count: number): Promise<{ records: AuditRecord[]; total: number }> {
    const idMin = await this.firstFrom(query.fromUs);
    const idMax = (await this.firstFrom(query.behindUs)) - 1;
    const { user, account, logType, result } = query;
    const records: AuditRecord[] = [];
    if (user === undefined && account === undefined && logType === undefined && result === undefined) {
      const newest = idMax - skip;
      for await (const record of this.history.audits(Math.max(idMin, newest - count + 1), newest)) records.push(record);
      return { records, total: Math.max(0, idMax - idMin + 1) };
    }
    let total = 0;
    for await (const record of this.history.audits(idMin, idMax)) {
      if (user !== undefined && record.user !== user) continue;
      if (account !== undefined && record.account !== account) continue;
      if (logType !== undefined && record.logType !== logType) continue;
      if (result !== undefined && record.result !== result) continue;
      if (++total > skip && records.length < count) records.push(record);
    }
    return { records, total };
  }

  private firstFrom(timeUs: number): Promise<number> {
    const { auditCount, timeUs: stateTimeUs } = this.state;
    return firstIdFrom(timeUs, auditCount, stateTimeUs, async (id) => (await this.history.audit(id))?.timeUs);
  }
}
