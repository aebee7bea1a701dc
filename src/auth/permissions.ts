/**
 * Roles and permissions. A user holds a set of roles, stored as a bit mask; the permissions of a user are the union over
 * the roles. Everything is denied that is not listed here.
 */

/** All permissions, by group: trading, accounts, orders and positions, market, risk, settlement, instruments, users, system. */
export const PERMISSIONS = [
  'Trade',
  'CancelOrder',
  'ModifyOrder',
  'BatchOrder',
  'ConditionalOrder',
  'Transfer',

  'ViewOwnAccount',
  'ViewAllAccounts',
  'OpenAccount',
  'CloseAccount',
  'FreezeAccount',
  'DepositWithdraw',

  'ViewOwnOrders',
  'ViewAllOrders',
  'ViewOwnPositions',
  'ViewAllPositions',
  'ViewOwnTrades',
  'ViewAllTrades',

  'ViewMarketData',
  'ViewKline',
  'ViewOrderbook',

  'ViewRisk',
  'ForceLiquidate',

  'ExecuteSettlement',
  'SetSettlementPrice',
  'ViewSettlementHistory',

  'ViewInstruments',
  'CreateInstrument',
  'ModifyInstrument',
  'SuspendResumeInstrument',

  'ViewUsers',
  'CreateUser',
  'ModifyUserRole',
  'FreezeUser',

  'ViewMonitoring',
  'ViewAuditLogs',
  'ManageAnnouncements',
  'ViewStatistics',
  'ExportData',
] as const;

export type Permission = (typeof PERMISSIONS)[number];

/** Stored bit of each role; part of every user record, so a number here never changes. */
export const ROLE_BITS = {
  Trader: 1,
  Analyst: 2,
  ReadOnly: 4,
  RiskManager: 8,
  Settlement: 16,
  Admin: 128,
} as const;

export type RoleName = keyof typeof ROLE_BITS;

/** Role of a newly registered user. */
export const DEFAULT_ROLE_MASK: number = ROLE_BITS.Trader;

/** The order in which several roles of one user are shown. */
const ROLES_BY_PRECEDENCE: readonly RoleName[] = ['Admin', 'RiskManager', 'Settlement', 'Trader', 'Analyst', 'ReadOnly'];

const KNOWN_BITS = ROLES_BY_PRECEDENCE.reduce((bits, role) => bits | ROLE_BITS[role], 0);

/** What each role may do. */
export const ROLE_PERMISSIONS: Readonly<Record<RoleName, readonly Permission[]>> = {
  Admin: PERMISSIONS,
  Trader: [
    'Trade',
    'CancelOrder',
    'ModifyOrder',
    'BatchOrder',
    'ConditionalOrder',
    'Transfer',
    'ViewOwnAccount',
    'ViewOwnOrders',
    'ViewOwnPositions',
    'ViewOwnTrades',
    'ViewMarketData',
    'ViewKline',
  ],
  Analyst: [
    'ViewOwnAccount',
    'ViewOwnOrders',
    'ViewOwnPositions',
    'ViewOwnTrades',
    'ViewMarketData',
    'ViewKline',
    'ViewStatistics',
    'ExportData',
  ],
  ReadOnly: ['ViewOwnAccount', 'ViewOwnOrders', 'ViewOwnPositions', 'ViewOwnTrades', 'ViewMarketData'],
  RiskManager: [
    'ViewAllAccounts',
    'ViewAllOrders',
    'ViewAllPositions',
    'ViewRisk',
    'ForceLiquidate',
    'FreezeAccount',
    'ViewAuditLogs',
    'ViewMarketData',
    'ViewKline',
    'ViewStatistics',
  ],
  Settlement: ['ExecuteSettlement', 'SetSettlementPrice', 'ViewSettlementHistory', 'ViewAllAccounts', 'ViewAllPositions', 'ViewMarketData'],
};

// Six roles make at most 64 different masks, so the cache cannot grow without bound.
const permissionsByMask = new Map<number, ReadonlySet<Permission>>();

/** Union of the permissions of all roles in `mask`, in the order of PERMISSIONS. Unknown bits grant nothing. */
export function permissionsOf(mask: number): ReadonlySet<Permission> {
  const known = mask & KNOWN_BITS;
  const cached = permissionsByMask.get(known);
  if (cached) return cached;
  const granted = new Set(roleNames(known).flatMap((role) => ROLE_PERMISSIONS[role]));
  const ordered = new Set(PERMISSIONS.filter((permission) => granted.has(permission)));
  permissionsByMask.set(known, ordered);
  return ordered;
}

export function hasPermission(mask: number, permission: Permission): boolean {
  return permissionsOf(mask).has(permission);
}

export function isAdmin(mask: number): boolean {
  return (mask & ROLE_BITS.Admin) !== 0;
}

/** Names of the roles in `mask`, the most powerful first. */
export function roleNames(mask: number): RoleName[] {
  return ROLES_BY_PRECEDENCE.filter((role) => (mask & ROLE_BITS[role]) !== 0);
}

/** Bit mask of the named roles (0 for none), or undefined if any name is unknown: an unknown role is never dropped silently. */
export function roleMask(names: readonly string[]): number | undefined {
  let mask = 0;
  for (const name of names) {
    if (!isRoleName(name)) return undefined;
    mask |= ROLE_BITS[name];
  }
  return mask;
}

function isRoleName(name: string): name is RoleName {
  return Object.hasOwn(ROLE_BITS, name);
}
