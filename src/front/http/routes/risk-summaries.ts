/** Sums over all accounts (rest.md A16, A17, M8). */
import Type from 'typebox';
import { RiskLevel } from '../../../core/enums.js';
import { venueTotals } from '../../views/risk-view.js';
import { route } from '../route.js';

const monitors = { caller: 'permission', permission: 'ViewMonitoring' } as const;
const { low, medium, high, critical } = RiskLevel;

const accounts = route({
  id: 'A16',
  method: 'GET',
  path: '/admin/monitoring/accounts',
  aliases: ['/api/monitoring/accounts'],
  summary: 'How many accounts there are, and what they have together.',
  access: monitors,
  response: Type.Object({
    total_count: Type.Integer(),
    active_count: Type.Integer({ description: 'Accounts that hold positions.' }),
    total_balance: Type.Number(),
    total_available: Type.Number(),
    total_margin_used: Type.Number(),
    total_deposit: Type.Number(),
    total_withdraw: Type.Number(),
  }),
  handler({ exchange: { state } }) {
    const totals = venueTotals(state);
    return {
      total_count: totals.accounts,
      active_count: totals.active,
      total_balance: totals.balance,
      total_available: totals.available,
      total_margin_used: totals.margin,
      total_deposit: totals.deposit,
      total_withdraw: totals.withdraw,
    };
  },
});

const capital = route({
  id: 'A17',
  method: 'GET',
  path: '/admin/monitoring/capital',
  summary: 'The money of all accounts.',
  access: monitors,
  response: Type.Object({
    total_balance: Type.Number(),
    total_available: Type.Number(),
    total_margin: Type.Number(),
    total_frozen: Type.Number(),
    total_deposit: Type.Number({ description: 'Since the venue was opened.' }),
    total_withdraw: Type.Number({ description: 'Since the venue was opened.' }),
    total_commission: Type.Number({ description: 'Of the trading day.' }),
    total_profit: Type.Number({ description: 'Of the trading day, at the marks.' }),
  }),
  handler({ exchange: { state } }) {
    const totals = venueTotals(state);
    return {
      total_balance: totals.balance,
      total_available: totals.available,
      total_margin: totals.margin,
      total_frozen: totals.frozen,
      total_deposit: totals.deposit,
      total_withdraw: totals.withdraw,
      total_commission: totals.commission,
      total_profit: totals.profit,
    };
  },
});

const margins = route({
  id: 'M8',
  method: 'GET',
  path: '/api/management/risk/margin-summary',
  summary: 'Margin of all accounts, and how many there are on each level of risk.',
  access: { caller: 'permission', permission: 'ViewRisk' },
  response: Type.Object({
    total_accounts: Type.Integer(),
    total_margin_used: Type.Number(),
    total_available: Type.Number(),
    total_balance: Type.Number(),
    average_risk_ratio: Type.Number({ description: 'Of the accounts with margin.' }),
    low_risk_count: Type.Integer(),
    medium_risk_count: Type.Integer(),
    high_risk_count: Type.Integer(),
    critical_risk_count: Type.Integer(),
  }),
  handler({ exchange: { state } }) {
    const totals = venueTotals(state);
    return {
      total_accounts: totals.accounts,
      total_margin_used: totals.margin,
      total_available: totals.available,
      total_balance: totals.balance,
      average_risk_ratio: totals.averageRiskRatio,
      low_risk_count: totals.levels[low],
      medium_risk_count: totals.levels[medium],
      high_risk_count: totals.levels[high],
      critical_risk_count: totals.levels[critical],
    };
  },
});

export const RISK_SUMMARY_ROUTES = [accounts, capital, margins];
