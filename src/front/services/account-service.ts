/** Opening of accounts (users.md 5). */
import { hasPermission, isAdmin } from '../../auth/permissions.js';
import { openAccountsOf } from '../../core/account-rights.js';
import { AccountType, FundKind, type ValueOf } from '../../core/enums.js';
import { FrameKind, PLAIN_MOVE } from '../../core/events.js';
import { Refusal } from '../../core/refusal.js';
import type { ExchangeState } from '../../core/state.js';
import type { User } from '../../core/users.js';
import type { Caller } from '../caller.js';
import type { Config } from '../config.js';
import { amountUnits } from '../decode/amount.js';
import type { Proposal } from '../proposer.js';
import type { Audit } from './audit.js';
import type { EventProposer } from './event-proposer.js';
import type { Origin } from './origin.js';
import type { Turnstile } from './turnstile.js';
import type { UserService } from './user-service.js';

export const ACCOUNTS_PER_USER_MAX = 20;

const NAME_CHARACTERS_MAX = 32;
const CONTROL_CHARACTER = /\p{Cc}/u;

export interface AccountServiceParts {
  readonly state: ExchangeState;
  readonly proposer: EventProposer;
  /** Shared by all that take the next user, account or instrument number. */
  readonly turnstile: Turnstile;
  readonly users: UserService;
  readonly audit: Audit;
  readonly config: Pick<Config, 'simulationMode'>;
}

export interface AccountOpening {
  readonly owner: User;
  readonly name: string;
  readonly accountType: ValueOf<typeof AccountType>;
  /** As entered; 0 for none. */
  readonly initialCash: number;
  /** Initial trading password, if any. */
  readonly password: string | undefined;
}

export class AccountService {
  constructor(private readonly parts: AccountServiceParts) {}

  /** Opens an account and returns its number. Refuses with 9006, 9008, 2001, 2105. */
  async open(caller: Caller, opening: AccountOpening, origin: Origin): Promise<number> {
    const cash = this.initialCash(caller, opening.initialCash);
    this.checkOpening(caller, opening);
    const { owner, password } = opening;
    const hash = password === undefined ? '' : await this.parts.users.hashTradingPassword(password, owner.username);
    const account = await this.parts.turnstile.pass(() => this.create(opening, hash, cash));
    this.parts.audit.record({ user: caller.user.user, account, logType: 'SETTINGS_CHANGE', action: 'open_account', origin });
    return account;
  }

  private checkOpening(caller: Caller, opening: AccountOpening): void {
    const { name, owner, accountType } = opening;
    const characters = Array.from(name).length;
    if (name.trim() === '' || characters > NAME_CHARACTERS_MAX || CONTROL_CHARACTER.test(name)) {
      throw new Refusal(9008, [{ field: 'account_name', reason: `must have 1 to ${NAME_CHARACTERS_MAX} characters` }]);
    }
    const staff = hasPermission(caller.user.roles, 'OpenAccount');
    if (!staff && (owner.user !== caller.user.user || accountType === AccountType.market_maker)) throw new Refusal(9006);
  }

  private initialCash(caller: Caller, amount: number): number {
    if (amount < 0) throw new Refusal(9008, [{ field: 'init_cash', reason: 'must not be negative' }]);
    const units = amountUnits('init_cash', amount);
    if (units > 0 && !this.parts.config.simulationMode && !isAdmin(caller.user.roles)) {
      throw new Refusal(9008, [{ field: 'init_cash', reason: 'must be 0: money comes by deposit or transfer' }]);
    }
    return units;
  }

  private async create(opening: AccountOpening, tradingPasswordHash: string, cash: number): Promise<number> {
    const { accounts } = this.parts.state;
    const { owner, name, accountType } = opening;
    const open = openAccountsOf(this.parts.state, owner);
    if (open.some((account) => accounts.name[account] === name)) throw new Refusal(2001);
    if (open.length >= ACCOUNTS_PER_USER_MAX) {
      throw new Refusal(9008, [{ field: 'user_id', reason: `has ${ACCOUNTS_PER_USER_MAX} accounts, the most that a user may have` }]);
    }
    const account = accounts.count + 1;
    const proposals: Proposal[] = [
      { kind: FrameKind.AccountOpened, event: { account, user: owner.user, name, accountType, tradingPasswordHash } },
    ];
    if (cash > 0) {
      const event = { account, kind: FundKind.deposit, amount: cash, method: 'initial_cash', remark: '', ...PLAIN_MOVE };
      proposals.push({ kind: FrameKind.FundsMoved, event });
    }
    await this.parts.proposer.proposeAll(proposals);
    return account;
  }
}
