/** What staff does with users: roles, freezes and their end (users.md 4 and 6). Every change ends the tokens from before. */
import { isAdmin, ROLE_BITS, roleMask, roleNames } from '../../auth/permissions.js';
import { UserStatus } from '../../core/enums.js';
import { FrameKind } from '../../core/events.js';
import { Refusal } from '../../core/refusal.js';
import type { ExchangeState } from '../../core/state.js';
import type { User } from '../../core/users.js';
import { userId } from '../views/ids.js';
import type { AccountDesk } from './account-desk.js';
import type { Audit } from './audit.js';
import type { EventProposer } from './event-proposer.js';
import type { Actor } from './market-control.js';
import type { Turnstile } from './turnstile.js';
import { within } from './within.js';

/** The answer to a freeze waits this long for the cancels of orders; they go on beyond it. */
const CLEAR_MS_MAX = 5000;

export interface UserAdministrationParts {
  readonly state: ExchangeState;
  readonly proposer: EventProposer;
  /** One change of users at a time: the last Admin must not be lost to two at once. */
  readonly turnstile: Turnstile;
  readonly audit: Audit;
  readonly desk: Pick<AccountDesk, 'booking' | 'cancels'>;
}

export class UserAdministration {
  constructor(private readonly parts: UserAdministrationParts) {}

  /** Gives a user these roles and no others. Refuses with 2108, 2109, and 9006 for the own ones. */
  setRoles(user: User, names: readonly string[], actor: Actor): Promise<void> {
    return this.changeRoles(user, () => maskOf(names), `${userId(user.user)} ${names.join(' ')}`, actor);
  }

  /** Adds a role; one that the user has already changes nothing. Refuses with 2108, and 9006 for the own ones. */
  addRole(user: User, name: string, actor: Actor): Promise<void> {
    return this.changeRoles(user, () => user.roles | maskOf([name]), `${userId(user.user)} + ${name}`, actor);
  }

  /**
   * Takes every right from a user: his tokens end, his orders are cancelled, his accounts are as fully frozen. Refuses with
   * 2109 for the last active Admin.
   */
  async freeze(user: User, reason: string, actor: Actor): Promise<void> {
    const { booking, cancels } = this.parts.desk;
    const barAll = (accounts: readonly number[], action: () => Promise<void>): Promise<void> =>
      accounts.length === 0 ? action() : booking.whileBarred(accounts[0], () => barAll(accounts.slice(1), action));
    await this.act('freeze_user', `${userId(user.user)}: ${reason}`, 'ACCOUNT_FREEZE', actor, async () => {
      if (user.status === UserStatus.Frozen) return;
      if (user.status !== UserStatus.Active) throw new Refusal(2106);
      this.checkAdminLeft(user);
      await barAll(user.accounts, () => this.setStatus(user, UserStatus.Frozen, reason, actor));
    });
    await within(CLEAR_MS_MAX, Promise.all(user.accounts.map((account) => cancels.clear(account))));
  }

  /** Gives a frozen user his rights back; he must log in anew. */
  async unfreeze(user: User, reason: string, actor: Actor): Promise<void> {
    await this.act('unfreeze_user', `${userId(user.user)}: ${reason}`, 'ACCOUNT_UNFREEZE', actor, async () => {
      if (user.status === UserStatus.Active) return;
      if (user.status !== UserStatus.Frozen) throw new Refusal(2106);
      await this.setStatus(user, UserStatus.Active, reason, actor);
    });
  }

  private async changeRoles(user: User, rolesOf: () => number, details: string, actor: Actor): Promise<void> {
    await this.act('change_roles', details, 'ROLE_CHANGE', actor, async () => {
      if (user.user === actor.user) throw new Refusal(9006);
      const roles = rolesOf();
      if (roles === user.roles) return;
      if ((roles & ROLE_BITS.Admin) === 0) this.checkAdminLeft(user);
      await this.parts.proposer.propose(FrameKind.UserRolesChanged, { user: user.user, roles, by: actor.user });
    });
  }

  private async setStatus({ user }: User, status: number, reason: string, actor: Actor): Promise<void> {
    await this.parts.proposer.propose(FrameKind.UserStatusChanged, { user, status, reason, by: actor.user });
  }

  /** Throws 2109 when nobody else is an active Admin. */
  private checkAdminLeft(without: User): void {
    if (!isAdmin(without.roles)) return;
    for (const user of this.parts.state.users) {
      if (user !== without && user.status === UserStatus.Active && isAdmin(user.roles)) return;
    }
    throw new Refusal(2109);
  }

  private async act(
    action: string,
    details: string,
    logType: 'ROLE_CHANGE' | 'ACCOUNT_FREEZE' | 'ACCOUNT_UNFREEZE',
    { user, origin }: Actor,
    run: () => Promise<void>,
  ): Promise<void> {
    const { audit, turnstile } = this.parts;
    await audit.cover({ user, logType, action, details, origin }, () => turnstile.pass(run));
  }
}

function maskOf(names: readonly string[]): number {
  const mask = roleMask(names);
  if (mask === undefined) throw new Refusal(2108, [{ field: 'role', reason: `must be of ${roleNames(~0).join(', ')}` }]);
  return mask;
}
