/** Every page: where it is, who may open it, and where the menu has it. */
import type { Component } from 'vue';

export type MenuGroup = 'trade' | 'account' | 'admin' | 'check' | 'none';

export interface Page {
  /** Its title is the text `page.<name>`. */
  readonly name: string;
  readonly path: string;
  readonly view: () => Promise<{ default: Component }>;
  /** `guest`: only who is not signed in. `public`: everybody. Else whoever is signed in. */
  readonly access?: 'guest' | 'public';
  /** What it needs; `Admin` means the role. */
  readonly permission?: string;
  readonly menu?: MenuGroup;
}

export const PAGES: readonly Page[] = [
  { name: 'login', path: '/login', access: 'guest', view: () => import('./pages/login-page.vue') },
  { name: 'register', path: '/register', access: 'guest', view: () => import('./pages/register-page.vue') },
  { name: 'dashboard', path: '/dashboard', menu: 'trade', view: () => import('./pages/dashboard-page.vue') },
  { name: 'trade', path: '/trade', menu: 'trade', permission: 'ViewMarketData', view: () => import('./trade/trade-page.vue') },
  { name: 'market', path: '/market', menu: 'trade', permission: 'ViewMarketData', view: () => import('./pages/market-page.vue') },
  { name: 'chart', path: '/chart', menu: 'trade', permission: 'ViewKline', view: () => import('./pages/chart-page.vue') },
  { name: 'factors', path: '/factors', menu: 'trade', permission: 'ViewKline', view: () => import('./pages/factors-page.vue') },
  {
    name: 'conditional',
    path: '/conditional-orders',
    menu: 'trade',
    permission: 'ConditionalOrder',
    view: () => import('./pages/conditional-page.vue'),
  },
  { name: 'batch', path: '/batch-orders', menu: 'trade', permission: 'BatchOrder', view: () => import('./pages/batch-page.vue') },
  { name: 'accounts', path: '/accounts', menu: 'account', permission: 'ViewOwnAccount', view: () => import('./pages/accounts-page.vue') },
  { name: 'account', path: '/account/:accountId', permission: 'ViewOwnAccount', view: () => import('./pages/account-page.vue') },
  {
    name: 'positions',
    path: '/positions',
    menu: 'account',
    permission: 'ViewOwnPositions',
    view: () => import('./pages/positions-page.vue'),
  },
  { name: 'orders', path: '/orders', menu: 'account', permission: 'ViewOwnOrders', view: () => import('./pages/orders-page.vue') },
  { name: 'trades', path: '/trades', menu: 'account', permission: 'ViewOwnTrades', view: () => import('./pages/trades-page.vue') },
  { name: 'history', path: '/history', menu: 'account', permission: 'ViewOwnAccount', view: () => import('./pages/history-page.vue') },
  { name: 'risk', path: '/risk-monitor', menu: 'account', permission: 'ViewOwnAccount', view: () => import('./pages/risk-page.vue') },
  { name: 'transfer', path: '/transfer', menu: 'account', permission: 'Transfer', view: () => import('./pages/transfer-page.vue') },
  { name: 'commission', path: '/commission', menu: 'account', view: () => import('./pages/commission-page.vue') },
  { name: 'margin', path: '/margin', menu: 'account', view: () => import('./pages/margin-page.vue') },
  { name: 'password', path: '/password', menu: 'account', view: () => import('./pages/password-page.vue') },
  {
    name: 'announcements',
    path: '/announcements',
    menu: 'account',
    access: 'public',
    view: () => import('./pages/announcements-page.vue'),
  },
  {
    name: 'adminDashboard',
    path: '/admin-dashboard',
    menu: 'admin',
    permission: 'ViewMonitoring',
    view: () => import('./admin/admin-dashboard-page.vue'),
  },
  {
    name: 'monitoring',
    path: '/monitoring',
    menu: 'admin',
    permission: 'ViewMonitoring',
    view: () => import('./admin/monitoring-page.vue'),
  },
  {
    name: 'marketOverview',
    path: '/market-overview',
    menu: 'admin',
    permission: 'ViewStatistics',
    view: () => import('./admin/market-overview-page.vue'),
  },
  {
    name: 'adminInstruments',
    path: '/admin-instruments',
    menu: 'admin',
    permission: 'ViewInstruments',
    view: () => import('./admin/instruments-page.vue'),
  },
  {
    name: 'adminSettlement',
    path: '/admin-settlement',
    menu: 'admin',
    permission: 'ExecuteSettlement',
    view: () => import('./admin/settlement-page.vue'),
  },
  { name: 'adminRisk', path: '/admin-risk', menu: 'admin', permission: 'ViewRisk', view: () => import('./admin/risk-page.vue') },
  {
    name: 'adminAccounts',
    path: '/admin-accounts',
    menu: 'admin',
    permission: 'ViewAllAccounts',
    view: () => import('./admin/accounts-page.vue'),
  },
  {
    name: 'adminTransactions',
    path: '/admin-transactions',
    menu: 'admin',
    permission: 'ViewAllAccounts',
    view: () => import('./admin/transactions-page.vue'),
  },
  {
    name: 'adminFreeze',
    path: '/admin-account-freeze',
    menu: 'admin',
    permission: 'FreezeAccount',
    view: () => import('./admin/freeze-page.vue'),
  },
  { name: 'adminUsers', path: '/admin-users', menu: 'admin', permission: 'ViewUsers', view: () => import('./admin/users-page.vue') },
  {
    name: 'adminAnnouncements',
    path: '/admin-announcements',
    menu: 'admin',
    permission: 'ManageAnnouncements',
    view: () => import('./admin/announcements-page.vue'),
  },
  { name: 'audit', path: '/admin-audit-logs', menu: 'check', permission: 'ViewAuditLogs', view: () => import('./admin/audit-page.vue') },
  { name: 'soundness', path: '/soundness', menu: 'check', permission: 'ViewMonitoring', view: () => import('./admin/soundness-page.vue') },
  {
    name: 'dryRun',
    path: '/settlement-dry-run',
    menu: 'check',
    permission: 'ExecuteSettlement',
    view: () => import('./admin/dry-run-page.vue'),
  },
  { name: 'sql', path: '/sql', menu: 'check', permission: 'ExportData', view: () => import('./admin/sql-page.vue') },
  { name: 'socket', path: '/websocket-test', menu: 'check', permission: 'Admin', view: () => import('./admin/socket-page.vue') },
];

/** Further names of pages. */
export const ALIASES: readonly (readonly [path: string, page: string])[] = [['/my-accounts', '/accounts']];
