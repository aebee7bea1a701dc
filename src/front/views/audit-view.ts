/** AuditEntry of rest.md 3. */
import Type, { type Static } from 'typebox';
import { AuditResult, nameOf } from '../../core/enums.js';
import type { AuditRecord } from '../../core/observer.js';
import { accountId, auditId, orderAuditId, userId } from './ids.js';
import { toMs } from './numbers.js';

export const AuditEntrySchema = Type.Object({
  id: Type.String(),
  timestamp: Type.Integer(),
  account_id: Type.Optional(Type.String()),
  user_id: Type.String({ description: 'Who did it; empty when nobody is known.' }),
  log_type: Type.String(),
  action: Type.String(),
  details: Type.String(),
  ip_address: Type.Optional(Type.String()),
  user_agent: Type.Optional(Type.String()),
  result: Type.String(),
});
export type AuditEntryView = Static<typeof AuditEntrySchema>;

export function auditEntryView(record: AuditRecord): AuditEntryView {
  const view: AuditEntryView = {
    id: record.id === 0 ? orderAuditId(record.sequence) : auditId(record.id),
    timestamp: toMs(record.timeUs),
    user_id: record.user === 0 ? '' : userId(record.user),
    log_type: record.logType,
    action: record.action,
    details: record.details,
    result: nameOf(AuditResult, record.result),
  };
  if (record.account !== 0) view.account_id = accountId(record.account);
  if (record.address !== '') view.ip_address = record.address;
  if (record.userAgent !== '') view.user_agent = record.userAgent;
  return view;
}
