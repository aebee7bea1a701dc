/** The audit log (rest.md L1, L2). */
import Type from 'typebox';
import { AuditResult, numberOf } from '../../../core/enums.js';
import { Refusal } from '../../../core/refusal.js';
import { AuditHistory } from '../../audit-history.js';
import { AUDIT_LOG_TYPES } from '../../services/audit.js';
import { AuditEntrySchema, auditEntryView } from '../../views/audit-view.js';
import { parseAuditId } from '../../views/ids.js';
import { PAGE_SIZE_DEFAULT, PageFields, PageResultFields, TimeFields, timeRangeUs } from '../listing.js';
import { accountOf, Id, userOf } from '../resources.js';
import { route } from '../route.js';

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
    log_type: Type.Optional(Type.Enum([...AUDIT_LOG_TYPES])),
    result: Type.Optional(Type.Enum(Object.keys(AuditResult))),
  }),
  response: Type.Object({ logs: Type.Array(AuditEntrySchema), ...PageResultFields }),
  refusals: [1006, 2104],
  async handler({ exchange: { state, history }, query }) {
    const { page = 1, page_size: size = PAGE_SIZE_DEFAULT } = query;
    const filter = {
      user: query.user_id === undefined ? undefined : userOf(state, query.user_id).user,
      account: query.account_id === undefined ? undefined : accountOf(state, query.account_id),
      logType: query.log_type,
      result: query.result === undefined ? undefined : numberOf(AuditResult, query.result),
      ...timeRangeUs(query),
    };
    const { records, total } = await new AuditHistory(state, history).page(filter, (page - 1) * size, size);
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
  refusals: [9007],
  async handler({ exchange, params }) {
    const found = await exchange.history.audit(parseAuditId(params.log_id));
    if (found === undefined) throw new Refusal(9007);
    return auditEntryView(found);
  },
});

export const AUDIT_ROUTES = [list, entry];
