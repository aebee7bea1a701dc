/** What accounts may do, set by staff: freezes, suspensions, and the end of an account (users.md 5 and 6). */
import { AccountStatus, FreezeType, nameOf, type ValueOf } from '../../core/enums.js';
import { FrameKind, type AccountStatusChanged } from '../../core/events.js';
import { Refusal, type RefusalDetail } from '../../core/refusal.js';
import type { ExchangeState } from '../../core/state.js';
import type { Gateway } from '../gateway/gateway.js';
import type { Audit } from './audit.js';
import type { EventProposer } from './event-proposer.js';
import type { ForcedCancels } from './forced-cancels.js';
import type { FundBooking } from './fund-booking.js';
import type { Actor } from './market-control.js';
import { within } from './within.js';

/** The answer to a freeze waits this long for the cancels of its orders; they go on beyond it. */
const CLEAR_MS_MAX = 5000;

export interface AccountStatusParts {
  readonly state: ExchangeState;
  readonly proposer: EventProposer;
  readonly booking: FundBooking;
  readonly gateway: Pick<Gateway, 'isBusy'>;
  readonly cancels: ForcedCancels;
  readonly audit: Audit;
}

export interface Freeze {
  readonly status: typeof AccountStatus.FROZEN | typeof AccountStatus.SUSPENDED;
  /** Of a FROZEN one. */
  readonly freezeType: ValueOf<typeof FreezeType>;
  readonly reason: string;
}

export class AccountStatusService {
  constructor(private readonly parts: AccountStatusParts) {}

  /** Takes rights from an account, and its orders if it may not trade any more. Refuses with 2002 for a closed one. */
  async freeze(account: number, { status, freezeType, reason }: Freeze, actor: Actor): Promise<void> {
    const isFrozen = status === AccountStatus.FROZEN;
    const name = isFrozen ? `FROZEN ${nameOf(FreezeType, freezeType)}` : 'SUSPENDED';
    const { audit, booking, cancels } = this.parts;
    const entry = { ...entryOf(account, actor), logType: 'ACCOUNT_FREEZE', action: 'freeze', details: `${name}: ${reason}` } as const;
    await audit.cover(entry, () =>
      booking.whileBarred(account, () => this.change({ account, status, freezeType: isFrozen ? freezeType : 0, reason, user: actor.user })),
    );
    await within(CLEAR_MS_MAX, cancels.clear(account));
  }

  /** Gives an account all rights back. Refuses with 2002 for a closed one. */
  async unfreeze(account: number, reason: string, actor: Actor): Promise<void> {
    const entry = { ...entryOf(account, actor), logType: 'ACCOUNT_UNFREEZE', action: 'unfreeze', details: reason } as const;
    await this.parts.audit.cover(entry, () =>
      this.change({ account, status: AccountStatus.ACTIVE, freezeType: 0, reason, user: actor.user }),
    );
  }

  /** Ends an empty account for good. Refuses with 2111 naming what is left in it, 2002 for a closed one. */
  async close(account: number, reason: string, actor: Actor): Promise<void> {
    const entry = { ...entryOf(account, actor), logType: 'SETTINGS_CHANGE', action: 'close_account', details: reason } as const;
    const { audit, booking } = this.parts;
    await audit.cover(entry, () =>
      booking.whileBarred(account, async () => {
        const left = this.contents(account);
        if (left.length > 0) throw new Refusal(2111, left);
        await this.change({ account, status: AccountStatus.CLOSED, freezeType: 0, reason, user: actor.user });
      }),
    );
  }

  private async change(event: AccountStatusChanged): Promise<void> {
    if (this.parts.state.accounts.status[event.account] === AccountStatus.CLOSED) throw new Refusal(2002);
    await this.parts.proposer.propose(FrameKind.AccountStatusChanged, event);
  }

  /** What stands against closing the account, what is under way included. */
  private contents(account: number): RefusalDetail[] {
    const { state, booking, gateway } = this.parts;
    const left: RefusalDetail[] = [];
    const check = (field: string, isLeft: boolean, reason: string): void => {
      if (isLeft) left.push({ field, reason });
    };
    check('positions', this.hasPositions(account), 'must be closed');
    const hasOrders = state.accounts.firstOrder[account] !== 0 || gateway.isBusy(account);
    check('orders', hasOrders, 'must be cancelled');
    check('conditional_orders', state.conditionals.pendingCountOf(account) > 0, 'must be cancelled');
    check('balance', state.ledger.balance(account) !== 0 || booking.isBusy(account), 'must be 0');
    return left;
  }

  private hasPositions(account: number): boolean {
    const { accounts, positions } = this.parts.state;
    for (let p = accounts.firstPosition[account]; p !== 0; p = positions.nextOfAccount[p]) {
      if (positions.volume[p * 2] + positions.volume[p * 2 + 1] > 0) return true;
    }
    return false;
  }
}

function entryOf(account: number, { user, origin }: Actor) {
  return { user, account, origin };
}
