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
  { name: 'orders', path: '/orders', menu: 'account', permission: 'ViewOwnOrders', view: () => import('./pages/orders-page.vue') },
  { name: 'accounts', path: '/accounts', menu: 'account', permission: 'ViewOwnAccount', view: () => import('./pages/accounts-page.vue') },
];

/** Further names of pages. */
export const ALIASES: readonly (readonly [path: string, page: string])[] = [['/my-accounts', '/accounts']];
