/** Columns of forced liquidations; staff sees whose they are and who ordered them. */
import type { Column } from './columns.js';

export function liquidationColumns(t: (key: string) => string, isStaff: boolean): readonly Column[] {
  return [
    { key: 'liquidation_time', kind: 'dateTime' },
    ...(isStaff ? [{ key: 'account_id', kind: 'id' } as const] : []),
    { key: 'trigger', kind: 'enum' },
    { key: 'status', kind: 'enum' },
    { key: 'risk_ratio_before', kind: 'percent' },
    { key: 'balance_before', kind: 'money' },
    { key: 'balance_after', kind: 'money' },
    { key: 'total_loss', kind: 'money' },
    ...(isStaff ? [{ key: 'operator', label: t('risk.operator') }] : []),
    { key: 'remark' },
    { key: 'record_id', kind: 'id', label: t('f.id') },
  ];
}
