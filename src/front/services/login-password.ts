/** The change of the login password by the user himself (rest.md S11): every older token dies, that of the request too. */
import { FailureWindow } from '../../auth/failure-window.js';
import type { PasswordPool } from '../../auth/password-pool.js';
import { FrameKind } from '../../core/events.js';
import { Refusal } from '../../core/refusal.js';
import type { Caller } from '../caller.js';
import type { Audit } from './audit.js';
import type { EventProposer } from './event-proposer.js';
import type { Origin } from './origin.js';
import { refusalOfPool } from './refusal-of-pool.js';
import { checkPassword } from './registration.js';
import { TooManyRequests } from './too-many-requests.js';

const FAILURES_MAX = 5;
const LOCK_MS = 15 * 60_000;
const KEYS_MAX = 100_000;

export interface LoginPasswordParts {
  readonly proposer: EventProposer;
  readonly passwords: Pick<PasswordPool, 'hash' | 'verify'>;
  readonly audit: Audit;
  /** UTC milliseconds. */
  readonly nowMs: () => number;
}

export class LoginPassword {
  private readonly failures = new FailureWindow({ failuresMax: FAILURES_MAX, windowMs: LOCK_MS, keysMax: KEYS_MAX });

  constructor(private readonly parts: LoginPasswordParts) {}

  /** Refuses with 2105 (new password), 2107 (old one), 9004 (locked after wrong ones). */
  async change({ user }: Caller, oldText: string, newText: string, origin: Origin): Promise<void> {
    const entry = { user: user.user, logType: 'PASSWORD_CHANGE', action: 'change_login_password', origin } as const;
    await this.parts.audit.cover(entry, async () => {
      checkPassword('new_password', newText, user.username);
      if (newText === oldText) throw new Refusal(2105, [{ field: 'new_password', reason: 'must differ from the old one' }]);
      const before = user.passwordHash;
      if (!(await this.isRight(String(user.user), oldText, before))) throw wrongOld();
      const hash = await this.hash(newText);
      // meanwhile it may have been changed: then this old one is old indeed
      if (user.passwordHash !== before) throw wrongOld();
      await this.parts.proposer.propose(FrameKind.UserPasswordChanged, { user: user.user, hash });
    });
  }

  private async isRight(key: string, text: string, hash: string): Promise<boolean> {
    const { passwords, nowMs } = this.parts;
    const waitMs = this.failures.retryAfterMs(key, nowMs());
    if (waitMs > 0) throw new TooManyRequests(Math.ceil(waitMs / 1000));
    this.failures.begin(key);
    try {
      const isRight = await passwords.verify(text, hash);
      if (isRight) this.failures.clear(key);
      else this.failures.fail(key, nowMs());
      return isRight;
    } catch (error) {
      this.failures.abandon(key);
      throw refusalOfPool(error);
    }
  }

  private async hash(text: string): Promise<string> {
    try {
      return await this.parts.passwords.hash(text);
    } catch (error) {
      throw refusalOfPool(error);
    }
  }
}

function wrongOld(): Refusal {
  return new Refusal(2107, [{ field: 'old_password', reason: 'is wrong' }]);
}
