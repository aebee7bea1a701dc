/**
 * The audit entries of orders, amends and cancels. They are not written anywhere: what was ordered, changed, cancelled or refused
 * is in the log already, with where it came from, and from there in the history. An entry goes by its place in the log. What was
 * audited otherwise under the same type (conditional orders, cancels that no book saw) is listed with them.
 */
import { AuditResult } from '../core/enums.js';
import type { AuditRecord } from '../core/observer.js';
import type { ExchangeState } from '../core/state.js';
import type { HistoryService } from '../query/history-service.js';
import { literal } from '../query/sql-text.js';
import type { AuditQuery } from './audit-history.js';
import { orderId } from './views/ids.js';

export type OrderLogType = 'ORDER_SUBMIT' | 'ORDER_CANCEL';

/** An entry; `id` is 0 of one that has no number of its own. */
type Entry = AuditRecord;

export interface OrderAuditQuery extends Omit<AuditQuery, 'logType'> {
  readonly logType: OrderLogType;
}

/** What the owner asked for, and how it went; what the exchange cancelled by its rules is none of his acts. */
const ORDER_ENTRIES = `
  SELECT sequence, ts, NULL AS audit_id, NULL AS user_id, account_id,
    CASE WHEN event IN ('cancelled', 'cancel_refused') THEN 'ORDER_CANCEL' ELSE 'ORDER_SUBMIT' END AS log_type,
    CASE WHEN event IN ('cancelled', 'cancel_refused') THEN 'cancel_order' WHEN event IN ('amended', 'amend_refused') THEN 'modify_order'
      ELSE 'submit_order' END AS action,
    NULL AS details, NULL AS address, NULL AS user_agent,
    CASE WHEN event IN ('accepted', 'amended', 'cancelled') THEN 'SUCCESS' ELSE 'FAILED' END AS result, order_id, code, origin
  FROM order_events
  WHERE event IN ('accepted', 'refused', 'declined', 'amended', 'amend_refused', 'cancel_refused')
    OR (event = 'cancelled' AND reason IN ('USER', 'MASS'))`;
const OTHER_ENTRIES = `
  SELECT sequence, ts, audit_id, user_id, account_id, log_type, action, details, address, user_agent, result, NULL AS order_id, 0 AS code,
    NULL AS origin
  FROM audit`;
const COLUMNS = 'sequence, ts, audit_id, user_id, account_id, log_type, action, details, address, user_agent, result, order_id, code';

type Row = readonly [
  total: number,
  sequence: number | null,
  ts: number,
  auditId: number | null,
  user: number | null,
  account: number | null,
  logType: string,
  action: string,
  details: string | null,
  address: string | null,
  userAgent: string | null,
  result: keyof typeof AuditResult,
  orderId: number | null,
  code: number,
];

export class OrderAudit {
  constructor(
    private readonly state: Pick<ExchangeState, 'accounts' | 'users'>,
    private readonly queries: Pick<HistoryService, 'query'>,
  ) {}

  /** `count` entries behind the first `skip`, newest first, and how many there are. Rejects with QueryError. */
  async page(query: OrderAuditQuery, skip: number, count: number, signal: AbortSignal): Promise<{ records: Entry[]; total: number }> {
    const conditions = [`log_type = ${literal(query.logType)}`, `ts >= ${query.fromUs}`];
    if (Number.isFinite(query.behindUs)) conditions.push(`ts < ${query.behindUs}`);
    if (query.account !== undefined) conditions.push(`account_id = ${query.account}`);
    if (query.user !== undefined) conditions.push(this.conditionOf(query.user));
    const result = Object.entries(AuditResult).find(([, number]) => number === query.result)?.[0];
    if (result !== undefined) conditions.push(`result = ${literal(result)}`);
    return await this.ask(conditions.join(' AND '), skip, count, signal);
  }

  /** The entry at a place in the log. Rejects with QueryError. */
  async entry(sequence: number, signal: AbortSignal): Promise<Entry | undefined> {
    return (await this.ask(`audit_id IS NULL AND sequence = ${sequence}`, 0, 1, signal)).records[0];
  }

  /** Whose account it is about has ordered; other entries name who acted. */
  private conditionOf(user: number): string {
    const accounts = this.state.users.get(user)?.accounts ?? [];
    const owned = accounts.length === 0 ? 'false' : `account_id IN (${accounts.join(', ')})`;
    return `(user_id = ${user} OR (user_id IS NULL AND ${owned}))`;
  }

  private async ask(condition: string, skip: number, count: number, signal: AbortSignal): Promise<{ records: Entry[]; total: number }> {
    const sql = `
      WITH found AS MATERIALIZED (SELECT * FROM (${ORDER_ENTRIES} UNION ALL ${OTHER_ENTRIES}) WHERE ${condition}),
        page AS (SELECT * FROM found ORDER BY sequence DESC LIMIT ${count} OFFSET ${skip}),
        placed AS (
          SELECT page.* REPLACE (coalesce(page.address, o.address) AS address, coalesce(page.user_agent, o.user_agent) AS user_agent)
          FROM page ASOF LEFT JOIN origins o ON page.origin = o.origin AND page.sequence >= o.sequence)
      SELECT total, ${COLUMNS} FROM (SELECT count(*) AS total FROM found) LEFT JOIN placed ON true ORDER BY sequence DESC`;
    const { body } = await this.queries.query({ kind: 'sql', sql }, 'json', signal);
    const { rows } = JSON.parse(Buffer.from(body).toString()) as { rows: Row[] };
    return { total: rows[0][0], records: rows.filter(([, sequence]) => sequence !== null).map((row) => this.recordOf(row)) };
  }

  private recordOf(row: Row): Entry {
    const [, sequence, timeUs, id, user, account, logType, action, details, address, userAgent, result, order, code] = row;
    const refused = code === 0 ? '' : `refused with ${code}`;
    return {
      id: id ?? 0,
      timeUs,
      sequence: sequence!,
      user: user ?? (id === null && account !== null ? this.state.accounts.user[account] : 0),
      account: account ?? 0,
      logType,
      action,
      details: details ?? `${order === null ? '' : orderId(order)} ${refused}`.trim(),
      address: address ?? '',
      userAgent: userAgent ?? '',
      result: AuditResult[result],
    };
  }
}
