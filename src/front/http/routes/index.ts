/** Every HTTP route of the exchange. */
import type { Route } from '../route.js';
import { ACCOUNT_ADMIN_ROUTES } from './account-admin.js';
import { ACCOUNT_ROUTES } from './accounts.js';
import { ANNOUNCEMENT_ROUTES } from './announcements.js';
import { AUDIT_ROUTES } from './audit.js';
import { CONDITIONAL_ROUTES } from './conditionals.js';
import { contractRoutes } from './contract.js';
import { EXPORT_ROUTES } from './exports.js';
import { FUND_MANAGEMENT_ROUTES } from './fund-management.js';
import { FUND_ROUTES } from './funds.js';
import { INSTRUMENT_ROUTES } from './instruments.js';
import { MANAGEMENT_ROUTES } from './management.js';
import { MARKET_CONTROL_ROUTES } from './market-control.js';
import { MARKET_ADMIN_ROUTES } from './market-admin.js';
import { MARKET_HISTORY_ROUTES } from './market-history.js';
import { MARKET_ROUTES } from './market.js';
import { MONITORING_ROUTES } from './monitoring.js';
import { OPERATION_ROUTES } from './operations.js';
import { ORDER_BATCH_ROUTES } from './order-batches.js';
import { ORDER_ROUTES } from './orders.js';
import { POSITION_ROUTES } from './positions.js';
import { QUERY_ROUTES } from './queries.js';
import { RATE_ROUTES } from './rates.js';
import { RISK_ROUTES } from './risk.js';
import { RISK_SUMMARY_ROUTES } from './risk-summaries.js';
import { SESSION_ROUTES } from './session.js';
import { SETTLEMENT_ROUTES } from './settlement.js';
import { SOUNDNESS_ROUTES } from './soundness.js';
import { STATEMENT_ROUTES } from './statements.js';
import { STATISTICS_ROUTES } from './statistics.js';
import { TRADE_ROUTES } from './trades.js';
import { USER_ROUTES } from './users.js';

export const ROUTES: readonly Route[] = [
  ...SESSION_ROUTES,
  ...USER_ROUTES,
  ...AUDIT_ROUTES,
  ...ANNOUNCEMENT_ROUTES,
  ...MANAGEMENT_ROUTES,
  ...MONITORING_ROUTES,
  ...STATISTICS_ROUTES,
  ...EXPORT_ROUTES,
  ...QUERY_ROUTES,
  ...ACCOUNT_ROUTES,
  ...ACCOUNT_ADMIN_ROUTES,
  ...FUND_ROUTES,
  ...FUND_MANAGEMENT_ROUTES,
  ...ORDER_ROUTES,
  ...ORDER_BATCH_ROUTES,
  ...CONDITIONAL_ROUTES,
  ...POSITION_ROUTES,
  ...TRADE_ROUTES,
  ...MARKET_ROUTES,
  ...MARKET_HISTORY_ROUTES,
  ...MARKET_ADMIN_ROUTES,
  ...INSTRUMENT_ROUTES,
  ...MARKET_CONTROL_ROUTES,
  ...SETTLEMENT_ROUTES,
  ...STATEMENT_ROUTES,
  ...RISK_ROUTES,
  ...RISK_SUMMARY_ROUTES,
  ...RATE_ROUTES,
  ...SOUNDNESS_ROUTES,
  ...OPERATION_ROUTES,
  ...contractRoutes(() => ROUTES),
];
