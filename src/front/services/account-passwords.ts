/**
 * The trading and the fund password of an account (users.md 7): set by its owner, reset by an Admin. Whoever has neither yet
 * proves himself with the login password once.
 */
import { FailureWindow } from '../../auth/failure-window.js';
import type { PasswordPool } from '../../auth/password-pool.js';
import { nameOf, PasswordKind } from '../../core/enums.js';
import { FrameKind } from '../../core/events.js';
import { Refusal } from '../../core/refusal.js';
import type { ExchangeState } from '../../core/state.js';
import type { Caller } from '../caller.js';
import type { Audit } from './audit.js';
import type { EventProposer } from './event-proposer.js';
import type { Origin } from './origin.js';
import { refusalOfPool } from './refusal-of-pool.js';
import { checkPassword } from './registration.js';

const FAILURES_MAX = 5;
const LOCK_MS = 15 * 60_000;
const KEYS_MAX = 100_000;

export interface AccountPasswordsParts {
  readonly state: ExchangeState;
  readonly proposer: EventProposer;
  readonly passwords: Pick<PasswordPool, 'hash' | 'verify'>;
  readonly audit: Audit;
  /** UTC milliseconds. */
  readonly nowMs: () => number;
}

export class AccountPasswords {
  private readonly failures = new FailureWindow({ failuresMax: FAILURES_MAX, windowMs: LOCK_MS, keysMax: KEYS_MAX });

  constructor(private readonly parts: AccountPasswordsParts) {}

  /** By the owner. Refuses with 2105 (new password) and 2107 (old one). */
  async change(caller: Caller, account: number, kind: number, oldText: string, newText: string, origin: Origin): Promise<void> {
    const entry = this.entryOf(caller, account, kind, 'change', origin);
    await this.parts.audit.cover(entry, async () => {
      this.checkNew(account, newText);
      if (newText === oldText) throw new Refusal(2105, [{ field: 'new_password', reason: 'must differ from the old one' }]);
      const before = this.hashOf(account, kind);
      const problem = before === '' ? await this.loginProblem(account, oldText) : await this.match(lockKey(account, kind), oldText, before);
      if (problem !== undefined) throw wrongOld(problem);
      const hash = await this.hash(newText);
      // meanwhile it may have been changed or reset: then this old one is old indeed
      if (this.hashOf(account, kind) !== before) throw wrongOld('is wrong');
      await this.parts.proposer.propose(FrameKind.AccountPasswordChanged, { account, kind, hash, mustChange: 0 });
    });
  }

  /** By staff: the owner must choose another before it is good for anything. Refuses with 2105. */
  async reset(caller: Caller, account: number, kind: number, newText: string, origin: Origin): Promise<void> {
    await this.parts.audit.cover(this.entryOf(caller, account, kind, 'reset', origin), async () => {
      this.checkNew(account, newText);
      const hash = await this.hash(newText);
      await this.parts.proposer.propose(FrameKind.AccountPasswordChanged, { account, kind, hash, mustChange: 1 });
      this.failures.clear(lockKey(account, kind));
    });
  }

  isSet(account: number, kind: number): boolean {
    return this.hashOf(account, kind) !== '';
  }

  /** Why the text may not be used as the password of the account, or undefined when it may. Throws 9004. */
  async problem(account: number, kind: number, text: string | undefined): Promise<string | undefined> {
    if (!this.isSet(account, kind)) return 'is not set: choose one first';
    if (text === undefined || text === '') return 'is required';
    const wrong = await this.match(lockKey(account, kind), text, this.hashOf(account, kind));
    if (wrong !== undefined) return wrong;
    const isTemporary = (this.parts.state.accounts.mustChangePassword[account] & (1 << kind)) !== 0;
    return isTemporary ? 'was set by staff and must be changed first' : undefined;
  }

  /** The first password is set with the login password: guessing it counts for the user, whatever the account. */
  private loginProblem(account: number, text: string): Promise<string | undefined> {
    const user = this.userOf(account);
    return this.match(`user ${user.user}`, text, user.passwordHash);
  }

  private async match(key: string, text: string, hash: string): Promise<string | undefined> {
    const { passwords, nowMs } = this.parts;
    const waitMs = this.failures.retryAfterMs(key, nowMs());
    if (waitMs > 0) return `is locked after ${FAILURES_MAX} wrong ones: try again in ${Math.ceil(waitMs / 1000)} s`;
    this.failures.begin(key);
    let isRight: boolean;
    try {
      isRight = await passwords.verify(text, hash);
    } catch (error) {
      this.failures.abandon(key);
      throw refusalOfPool(error);
    }
    if (isRight) this.failures.clear(key);
    else this.failures.fail(key, nowMs());
    return isRight ? undefined : 'is wrong';
  }

  private async hash(text: string): Promise<string> {
    try {
      return await this.parts.passwords.hash(text);
    } catch (error) {
      throw refusalOfPool(error);
    }
  }

  private checkNew(account: number, text: string): void {
    checkPassword('new_password', text, this.userOf(account).username);
  }

  private userOf(account: number) {
    const { accounts, users } = this.parts.state;
    return users.get(accounts.user[account])!;
  }

  private hashOf(account: number, kind: number): string {
    return this.parts.state.accounts.passwordHashes(kind)[account];
  }

  private entryOf(caller: Caller, account: number, kind: number, verb: string, origin: Origin) {
    const action = `${verb}_${nameOf(PasswordKind, kind).toLowerCase()}_password`;
    return { user: caller.user.user, account, logType: 'PASSWORD_CHANGE', action, origin } as const;
  }
}

function lockKey(account: number, kind: number): string {
  return `${account} ${kind}`;
}

function wrongOld(reason: string): Refusal {
  return new Refusal(2107, [{ field: 'old_password', reason }]);
}
