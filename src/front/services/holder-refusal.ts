/** Refusals that name the accounts which stand against a change of an instrument. */
import type { Holder } from '../../core/holders.js';
import { Refusal } from '../../core/refusal.js';
import { accountId } from '../views/ids.js';

const DETAILS_MAX = 100;
const NAMES_MAX = 20;

/** 3005 or 3006; the message lists the accounts, the details say what each has. */
export function holderRefusal(code: 3005 | 3006, holders: readonly Holder[]): Refusal {
  const details = holders.slice(0, DETAILS_MAX).map(({ account, lots, workingOrders }) => ({
    field: accountId(account),
    reason: `holds ${lots} lots and has ${workingOrders} working orders`,
  }));
  const names = holders.slice(0, NAMES_MAX).map(({ account }) => accountId(account));
  const more = holders.length > NAMES_MAX ? ` and ${holders.length - NAMES_MAX} more` : '';
  return new Refusal(code, details, `Accounts: ${names.join(', ')}${more}.`);
}
