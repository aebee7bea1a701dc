/**
 * Books that balance: the equations of the ledger (ledger.md 10), evaluated on a state as it is.
 *
 * Tests evaluate all of them after every event; the exchange evaluates those of a few accounts after a turn and all of
 * them before a snapshot.
 */
import type { DepthFold } from '../depth.js';
import type { ExchangeState } from '../state.js';
import { AccountCheck } from './account-check.js';
import type { Verdict } from './comparison.js';
import { depthComparisons } from './depth-check.js';
import { venueComparisons } from './venue-check.js';

export type { Place, Verdict } from './comparison.js';

/** What each equation says, by its number; those of the depth are evaluated only where one is folded. */
export const EQUATIONS: Readonly<Record<string, string>> = {
  '10.1': 'balance is static + close profit + position profit of the lots − commission',
  '10.2': 'available is balance − margin − frozen margin − frozen commission',
  '10.3': 'margins are functions of lots, frozen amounts of live opening orders',
  '10.4': 'volume is lots of earlier days and of today; frozen lots are those of live closing orders',
  '10.5': 'long lots are short lots are the open interest',
  '10.6': 'profits of all accounts come to nothing at a common mark',
  '10.7': 'balances, fees and the default fund are deposits less withdrawals',
  '10.8': 'the fee account holds all commissions',
  '10.9': 'an order is what it has filled, has open and was cancelled of it',
  '10.10': 'a level of the depth is the open lots of its orders',
  '10.11': 'the best bid is below the best ask while matching is continuous',
  '10.12': 'volume and turnover of the day are those of its trades',
  '10.13': 'lots of earlier days are based on the last settlement price, lots of today on their own',
  '10.14': 'a trade changes the open interest as its offsets say',
  '10.15': 'balances are what came in, made by closed and open trades, less fees',
  '10.16': 'orders of one group do not trade with each other unless they may',
  '10.17': 'no number was given twice',
};

/** Accounts between two steps. */
const SLICE = 512;

/** All equations. With a depth also those of the public book. */
export function evaluateSoundness(state: ExchangeState, depth?: DepthFold): Verdict[] {
  const slices = soundnessInSlices(state, depth);
  let step = slices.next();
  while (step.done !== true) step = slices.next();
  return step.value;
}

/** The same in steps, for those who have something else to do between them. The state must stay as it is meanwhile. */
export function* soundnessInSlices(state: ExchangeState, depth?: DepthFold): Generator<void, Verdict[], void> {
  const accounts = new AccountCheck(state);
  for (let account = 1; account <= state.accounts.count; account++) {
    accounts.check(account);
    if (account % SLICE === 0) yield;
  }
  const comparisons = [...accounts.comparisons, ...venueComparisons(state, accounts.totals)];
  if (depth !== undefined) comparisons.push(...depthComparisons(state, depth));
  return comparisons.map((comparison) => comparison.verdict()).sort((a, b) => numberOf(a) - numberOf(b));
}

/** The equations of one account alone: the first that does not hold. */
export function brokenOfAccount(state: ExchangeState, account: number): Verdict | undefined {
  const check = new AccountCheck(state);
  check.check(account);
  return check.comparisons.find((comparison) => !comparison.ok)?.verdict();
}

function numberOf({ id }: Verdict): number {
  return Number(id.split('.')[1]);
}
