/**
 * Takes the working orders and pending conditional orders of accounts that may not trade any more, whoever took the right
 * from them (users.md 6). It tries again until they are gone, and begins at the start with what a crash has left.
 */
import { Right, rightsOf } from '../../core/account-rights.js';
import { CancelReason } from '../../core/enums.js';
import { StateObserver } from '../../core/observer.js';
import { Refusal } from '../../core/refusal.js';
import type { ExchangeState } from '../../core/state.js';
import type { User } from '../../core/users.js';
import type { Gateway } from '../gateway/gateway.js';

const RETRY_MS = 250;

export interface ForcedCancelsParts {
  readonly state: ExchangeState;
  readonly gateway: Pick<Gateway, 'cancelByExchange'>;
  /** Conditional orders; rejects with a Refusal when it cannot be done now. */
  readonly conditionals: { cancelAllOf(account: number): Promise<unknown> };
}

export class ForcedCancels extends StateObserver {
  private readonly underWay = new Map<number, Promise<void>>();
  private isStopped = false;

  constructor(private readonly parts: ForcedCancelsParts) {
    super();
    parts.state.observe(this);
  }

  /** Looks at all accounts once; called when commands can be handed over. */
  start(): void {
    const { accounts, conditionals } = this.parts.state;
    for (let account = 1; account <= accounts.count; account++) {
      const hasOrders = accounts.firstOrder[account] !== 0 || conditionals.pendingCountOf(account) > 0;
      if (hasOrders && this.isBarred(account)) void this.clear(account);
    }
  }

  stop(): void {
    this.isStopped = true;
  }

  override accountStatusChanged(account: number): void {
    if (this.isBarred(account)) void this.clear(account);
  }

  override userChanged({ accounts }: User): void {
    for (const account of accounts) this.accountStatusChanged(account);
  }

  /** Resolves when the account has no orders left, or may have them again. */
  clear(account: number): Promise<void> {
    const running = this.underWay.get(account);
    if (running !== undefined) return running;
    const run = this.tryUntilClear(account).finally(() => this.underWay.delete(account));
    this.underWay.set(account, run);
    return run;
  }

  private async tryUntilClear(account: number): Promise<void> {
    // not inside the event that took the right away: its other observers come first
    await Promise.resolve();
    while (!this.isStopped && this.isBarred(account) && !(await this.tryOnce(account))) {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
    }
  }

  private async tryOnce(account: number): Promise<boolean> {
    const { gateway, conditionals } = this.parts;
    const orders = new Promise<boolean>((resolve) => {
      const code = gateway.cancelByExchange(account, CancelReason.FROZEN, ({ failures }) => resolve(failures.length === 0));
      if (code !== 0) resolve(false);
    });
    try {
      await conditionals.cancelAllOf(account);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return false;
    }
    return orders;
  }

  /** An account that may only close loses its closing orders, too: they are part of what it was stopped for. */
  private isBarred(account: number): boolean {
    const { accounts, users } = this.parts.state;
    return (rightsOf(accounts, users, account) & Right.OPEN) === 0;
  }
}
