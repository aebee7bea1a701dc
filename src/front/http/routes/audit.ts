/** The audit log (rest.md L1, L2). */
import Type from 'typebox';
import { AuditResult, numberOf } from '../../../core/enums.js';
import { Refusal } from '../../../core/refusal.js';
import { QueryError } from '../../../query/query-error.js';
import { AuditHistory } from '../../audit-history.js';
import { OrderAudit } from '../../order-audit.js';
import type { Exchange } from '../../exchange.js';
import { AUDIT_LOG_TYPES } from '../../services/audit.js';
import { AuditEntrySchema, auditEntryView } from '../../views/audit-view.js';
import { parseAuditId, parseOrderAuditId } from '../../views/ids.js';
import { refusalOfHistory } from '../history-refusal.js';
import { PAGE_SIZE_DEFAULT, PageFields, PageResultFields, TimeFields, timeRangeUs } from '../listing.js';
import { accountOf, Id, userOf } from '../resources.js';
import { route } from '../route.js';
import { untilGone } from '../route-context.js';

/** Orders are asked of the history, which takes its time. */
const TIMEOUT_MS = 40_000;

const access = { caller: 'permission', permission: 'ViewAuditLogs' } as const;

const list = route({
  id: 'L1',
  method: 'GET',
  path: '/api/audit/logs',
  summary: 'Who did what, from where, and whether it was allowed; newest first.',
  access,
  query: Type.Object({
    ...PageFields,
    ...TimeFields,
    account_id: Type.Optional(Id),
    user_id: Type.Optional(Id),
    log_type: Type.Optional(
      Type.Enum([...AUDIT_LOG_TYPES], {
        description: 'Orders and their cancels are so many that they are listed only when ORDER_SUBMIT or ORDER_CANCEL is asked for.',
      }),
    ),
    result: Type.Optional(Type.Enum(Object.keys(AuditResult))),
  }),
  response: Type.Object({ logs: Type.Array(AuditEntrySchema), ...PageResultFields }),
  timeoutMs: TIMEOUT_MS,
  refusals: [1006, 2104, 9004],
  async handler(context) {
    const { exchange, query } = context;
    const { state, history } = exchange;
    const { page = 1, page_size: size = PAGE_SIZE_DEFAULT } = query;
    const filter = {
      user: query.user_id === undefined ? undefined : userOf(state, query.user_id).user,
      account: query.account_id === undefined ? undefined : accountOf(state, query.account_id),
      result: query.result === undefined ? undefined : numberOf(AuditResult, query.result),
      ...timeRangeUs(query),
    };
    const { log_type: logType } = query;
    const skip = (page - 1) * size;
    const { records, total } =
      logType === 'ORDER_SUBMIT' || logType === 'ORDER_CANCEL'
        ? await ofOrders(exchange, (audit) => audit.page({ ...filter, logType }, skip, size, untilGone(context)))
        : await new AuditHistory(state, history).page({ ...filter, logType }, skip, size);
    return { logs: records.map(auditEntryView), total, page, page_size: size };
  },
});

const entry = route({
  id: 'L2',
  method: 'GET',
  path: '/api/audit/logs/:log_id',
  summary: 'An entry of the audit log.',
  access,
  params: Type.Object({ log_id: Id }),
  response: AuditEntrySchema,
  timeoutMs: TIMEOUT_MS,
  refusals: [9004, 9007],
  async handler(context) {
    const { exchange, params } = context;
    const sequence = parseOrderAuditId(params.log_id);
    const found =
      sequence === 0
        ? await exchange.history.audit(parseAuditId(params.log_id))
        : await ofOrders(exchange, (audit) => audit.entry(sequence, untilGone(context)));
    if (found === undefined) throw new Refusal(9007);
    return auditEntryView(found);
  },
});

/** Rejects with 9004 or 9005 while the history cannot answer, or not within its bounds. */
async function ofOrders<T>({ state, queries }: Exchange, ask: (audit: OrderAudit) => Promise<T>): Promise<T> {
  try {
    return await ask(new OrderAudit(state, queries));
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    throw (
      refusalOfHistory(error) ?? (error.fault === 'limit' ? new Refusal(9005, undefined, `${error.message}: narrow it by time.`) : error)
    );
  }
}

export const AUDIT_ROUTES = [list, entry];
