/** What an account may do by its status, the kind of its freeze and the status of its user (users.md 6): the only table of it. */
import { AccountStatus, FreezeType, Offset, UserStatus } from './enums.js';
import type { AccountTable } from './accounts.js';
import type { User, UserDirectory } from './users.js';

/** Bits of what an account may do. Forced liquidation asks for none of them. */
export const Right = {
  /** Opening orders, conditional ones too. */
  OPEN: 1,
  /** Closing orders. */
  CLOSE: 2,
  /** Withdrawals and transfers to a bank. */
  WITHDRAW: 4,
  /** Deposits of the owner and transfers from a bank. */
  DEPOSIT: 8,
  /** Deposits booked by staff. */
  STAFF_DEPOSIT: 16,
} as const;

const { OPEN, CLOSE, WITHDRAW, DEPOSIT, STAFF_DEPOSIT } = Right;

const FREEZE_RIGHTS: Readonly<Record<number, number>> = {
  [FreezeType.TRADING_ONLY]: WITHDRAW | DEPOSIT | STAFF_DEPOSIT,
  [FreezeType.WITHDRAW_ONLY]: OPEN | CLOSE | DEPOSIT | STAFF_DEPOSIT,
  [FreezeType.FULL]: STAFF_DEPOSIT,
};

/** The rights of a status and, of a FROZEN one, its `FreezeType`. */
export function rightsOfStatus(status: number, freezeType: number): number {
  switch (status) {
    case AccountStatus.ACTIVE:
      return OPEN | CLOSE | WITHDRAW | DEPOSIT | STAFF_DEPOSIT;
    case AccountStatus.FROZEN:
      return FREEZE_RIGHTS[freezeType] ?? 0;
    case AccountStatus.SUSPENDED:
      return CLOSE | DEPOSIT | STAFF_DEPOSIT;
    default:
      return 0;
  }
}

/** What the account may do now. All accounts of a user who is not active behave as fully frozen. */
export function rightsOf(accounts: AccountTable, users: UserDirectory, account: number): number {
  const rights = rightsOfStatus(accounts.status[account], accounts.freezeType[account]);
  return users.get(accounts.user[account])?.status === UserStatus.Active ? rights : rights & FREEZE_RIGHTS[FreezeType.FULL];
}

/** The accounts of a user that are not closed. */
export function openAccountsOf({ accounts }: { accounts: AccountTable }, user: User): number[] {
  return user.accounts.filter((account) => accounts.status[account] !== AccountStatus.CLOSED);
}

/** The right that an order needs. */
export function rightOfOrder(offset: number): number {
  return offset === Offset.OPEN ? OPEN : CLOSE;
}
