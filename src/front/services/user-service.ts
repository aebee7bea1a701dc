/** Users: registration, login, logout, and who a token stands for (users.md 1 to 3). */
import { LoginThrottle } from '../../auth/login-throttle.js';
import type { LoginAttempt } from '../../auth/login-throttle.js';
import type { PasswordPool } from '../../auth/password-pool.js';
import { DEFAULT_ROLE_MASK, ROLE_BITS } from '../../auth/permissions.js';
import type { TextSealer } from '../../auth/sealed-text.js';
import type { TokenClaims, TokenService, TokenSubject } from '../../auth/tokens.js';
import { AccountType, AuditResult, FundKind, UserStatus } from '../../core/enums.js';
import { FrameKind, PLAIN_MOVE, type UserRegistered } from '../../core/events.js';
import { Refusal } from '../../core/refusal.js';
import type { ExchangeState } from '../../core/state.js';
import type { User } from '../../core/users.js';
import type { Caller } from '../caller.js';
import type { Config } from '../config.js';
import type { Proposal } from '../proposer.js';
import { parseUserId, userId } from '../views/ids.js';
import type { Audit } from './audit.js';
import type { EventProposer } from './event-proposer.js';
import type { Origin } from './origin.js';
import { refusalOfPool } from './refusal-of-pool.js';
import { checkPassword, checkRegistration, type Registration } from './registration.js';
import { TooManyRequests } from './too-many-requests.js';
import type { Turnstile } from './turnstile.js';

/** A token is accepted this long after its end (clocks differ), so its revocation is kept a little longer. */
const REVOCATION_MARGIN_SECONDS = 60;
/** How long a page can work with the token in its memory before it must ask for another. */
const PAGE_TOKEN_SECONDS = 900;

export interface UserServiceParts {
  readonly state: ExchangeState;
  readonly proposer: EventProposer;
  /** Shared by all that take the next user, account or instrument number. */
  readonly turnstile: Turnstile;
  readonly tokens: TokenService;
  readonly passwords: PasswordPool;
  /** Keeps id cards unreadable in the log. */
  readonly sealer: TextSealer;
  readonly audit: Audit;
  readonly config: Pick<Config, 'simulationMode' | 'simInitialCash' | 'rateLimitRps'>;
  /** UTC milliseconds. */
  readonly nowMs: () => number;
}

export interface Login {
  readonly user: User;
  readonly token: string;
  /** UTC milliseconds. */
  readonly expiresAtMs: number;
}

/** A login that a browser keeps: a short token for the memory of the page, and the session that gives it the next one. */
export interface KeptLogin extends Login {
  /** For a cookie that no script can read. */
  readonly session: string;
  readonly sessionSeconds: number;
}

export interface GrantsToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

export class UserService {
  private readonly throttle: LoginThrottle | undefined;

  constructor(private readonly parts: UserServiceParts) {
    this.throttle = parts.config.rateLimitRps === 0 ? undefined : new LoginThrottle();
  }

  /**
   * Makes a Trader and a default account named after him, as one command of the log. Refuses with 9008 (malformed
   * fields), 2105 (password), 2101 to 2103 (name, phone or email taken).
   */
  async register(registration: Registration, origin: Origin): Promise<{ user: User; account: number }> {
    try {
      checkRegistration(registration);
      this.checkUnique(registration);
      const passwordHash = await this.hash(registration.password);
      const user = await this.parts.turnstile.pass(() => this.create(registration, passwordHash, DEFAULT_ROLE_MASK, true));
      this.parts.audit.record({ user: user.user, logType: 'SETTINGS_CHANGE', action: 'register', origin });
      return { user, account: user.accounts[0] };
    } catch (error) {
      this.auditRefusal(error, { user: 0, logType: 'SETTINGS_CHANGE', action: 'register', origin });
      throw error;
    }
  }

  /** The first Admin. Refuses as `register` does; opens no account. */
  async registerAdmin(username: string, password: string): Promise<User> {
    const registration = { username, password };
    checkRegistration(registration);
    this.checkUnique(registration);
    const passwordHash = await this.hash(password);
    return this.parts.turnstile.pass(() => this.create(registration, passwordHash, ROLE_BITS.Admin, false));
  }

  /** Refuses every wrong credential with the same 9001; 2106 only after a right password; 9004 when throttled. */
  async login(username: string, password: string, origin: Origin): Promise<Login> {
    const user = await this.proveLogin(username, password, origin);
    const { token, claims } = this.parts.tokens.issue(subjectOf(user), this.parts.nowMs());
    return { user, token, expiresAtMs: claims.exp * 1000 };
  }

  /** As `login`, for a page. */
  async loginKept(username: string, password: string, origin: Origin): Promise<KeptLogin> {
    const user = await this.proveLogin(username, password, origin);
    const { tokens, nowMs } = this.parts;
    const { token: session, claims } = tokens.issueSession(subjectOf(user), nowMs());
    return { user, ...this.pageToken(claims), session, sessionSeconds: tokens.ttlSeconds };
  }

  /** Credentials proven as by a login, for a client that wants to read in a token what its user may use. */
  async grants(username: string, password: string, origin: Origin, grantsOf: (user: User) => object): Promise<GrantsToken> {
    const user = await this.proveLogin(username, password, origin);
    const { tokens, nowMs } = this.parts;
    const { token } = tokens.issueGrants(subjectOf(user), nowMs(), grantsOf(user));
    return { token, expiresInSeconds: tokens.ttlSeconds };
  }

  /** The next token of a session; undefined when it has ended, for whatever reason. */
  continueSession(session: string): Login | undefined {
    const { tokens, nowMs } = this.parts;
    const claims = tokens.verifySession(session, nowMs());
    const user = claims === undefined ? undefined : this.holderOf(claims);
    if (claims === undefined || user?.status !== UserStatus.Active) return undefined;
    return { user, ...this.pageToken(claims) };
  }

  private pageToken(session: TokenClaims): Omit<Login, 'user'> {
    const { tokens, nowMs } = this.parts;
    const leftSeconds = session.exp - Math.floor(nowMs() / 1000);
    const { token, claims } = tokens.issueOf(session, nowMs(), Math.max(1, Math.min(PAGE_TOKEN_SECONDS, leftSeconds)));
    return { token, expiresAtMs: claims.exp * 1000 };
  }

  /** The user whom genuine claims still stand for. */
  private holderOf(claims: TokenClaims): User | undefined {
    const { state } = this.parts;
    if (state.revokedTokens.has(claims.jti)) return undefined;
    const user = state.users.get(parseUserId(claims.sub));
    return user?.tokenVersion === claims.ver ? user : undefined;
  }

  private async proveLogin(username: string, password: string, origin: Origin): Promise<User> {
    const attempt = this.admit(username, origin);
    const user = this.parts.state.users.findByUsername(username);
    const entry = { user: user?.user ?? 0, logType: 'LOGIN', action: 'login', origin } as const;
    try {
      if (!(await this.isRightPassword(user, password)) || user === undefined) {
        attempt?.fail(this.parts.nowMs());
        throw new Refusal(9001);
      }
      attempt?.succeed();
      if (user.status !== UserStatus.Active) throw new Refusal(2106);
    } catch (error) {
      attempt?.abandon();
      this.auditRefusal(error, entry);
      throw error;
    }
    this.parts.audit.record(entry);
    return user;
  }

  /** Kills the caller's token, and the session that it is of; those of his other logins live on. */
  async logout(caller: Caller, origin: Origin): Promise<void> {
    const { tokens, nowMs } = this.parts;
    // a session outlives the tokens that it gives
    const expiresAt = Math.max(caller.expiresAt, Math.floor(nowMs() / 1000) + tokens.ttlSeconds) + REVOCATION_MARGIN_SECONDS;
    await this.parts.proposer.propose(FrameKind.TokenRevoked, { tokenId: caller.tokenId, expiresAt });
    this.parts.audit.record({ user: caller.user.user, logType: 'LOGOUT', action: 'logout', origin });
  }

  /** Who a token stands for at this moment. Throws 9001 for a token that is wrong or dead, 2106 for a frozen user. */
  authenticate(token: string): Caller {
    const { tokens, nowMs } = this.parts;
    const claims = tokens.verify(token, nowMs());
    const user = claims === undefined ? undefined : this.holderOf(claims);
    if (claims === undefined || user === undefined) throw new Refusal(9001);
    if (user.status !== UserStatus.Active) throw new Refusal(2106);
    return { user, tokenId: claims.jti, expiresAt: claims.exp };
  }

  /** bcrypt text of the initial trading password of an account of `username`; throws 2105. */
  async hashTradingPassword(password: string, username: string): Promise<string> {
    checkPassword('password', password, username);
    return this.hash(password);
  }

  private async create(registration: Registration, passwordHash: string, roles: number, withAccount: boolean): Promise<User> {
    // the hash took a while: somebody else may have taken a name meanwhile
    this.checkUnique(registration);
    const { state, proposer } = this.parts;
    const user = this.userRecord(registration, passwordHash, roles);
    const proposals: Proposal[] = [{ kind: FrameKind.UserRegistered, event: user }];
    if (withAccount) proposals.push(...this.defaultAccount(user));
    await proposer.proposeAll(proposals);
    return state.users.get(user.user)!;
  }

  private userRecord(registration: Registration, passwordHash: string, roles: number): UserRegistered {
    const number = this.parts.state.users.count + 1;
    const { id_card: idCard } = registration;
    return {
      user: number,
      username: registration.username,
      passwordHash,
      phone: registration.phone ?? '',
      email: registration.email ?? '',
      realName: registration.real_name ?? '',
      idCardSealed: idCard ? this.parts.sealer.seal(idCard.toUpperCase(), userId(number)) : '',
      roles,
    };
  }

  private defaultAccount(user: UserRegistered): Proposal[] {
    const { state, config } = this.parts;
    const account = state.accounts.count + 1;
    const opened: Proposal = {
      kind: FrameKind.AccountOpened,
      event: { account, user: user.user, name: user.username, accountType: AccountType.individual, tradingPasswordHash: '' },
    };
    if (!config.simulationMode || config.simInitialCash === 0) return [opened];
    const granted = { account, kind: FundKind.deposit, amount: config.simInitialCash, method: 'initial_cash', remark: '', ...PLAIN_MOVE };
    return [opened, { kind: FrameKind.FundsMoved, event: granted }];
  }

  private checkUnique(registration: Registration): void {
    const { users } = this.parts.state;
    if (users.findByUsername(registration.username) !== undefined) throw new Refusal(2101);
    if (registration.phone && users.hasPhone(registration.phone)) throw new Refusal(2102);
    if (registration.email && users.hasEmail(registration.email)) throw new Refusal(2103);
  }

  private admit(username: string, origin: Origin): LoginAttempt | undefined {
    const admission = this.throttle?.begin(username, origin.address, this.parts.nowMs());
    if (admission === undefined) return undefined;
    if (admission.admitted) return admission.attempt;
    const user = this.parts.state.users.findByUsername(username)?.user ?? 0;
    this.parts.audit.record({ user, logType: 'LOGIN', action: 'login', details: 'throttled', origin, result: AuditResult.BLOCKED });
    throw new TooManyRequests(admission.retryAfterSeconds);
  }

  /** Takes equally long for an unknown name. */
  private async isRightPassword(user: User | undefined, password: string): Promise<boolean> {
    const { passwords } = this.parts;
    try {
      return user === undefined ? await passwords.verifyDummy() : await passwords.verify(password, user.passwordHash);
    } catch (error) {
      throw refusalOfPool(error);
    }
  }

  private async hash(password: string): Promise<string> {
    try {
      return await this.parts.passwords.hash(password);
    } catch (error) {
      throw refusalOfPool(error);
    }
  }

  private auditRefusal(error: unknown, entry: Omit<Parameters<Audit['record']>[0], 'details' | 'result'>): void {
    const details = error instanceof Refusal ? `refused with ${error.code}` : 'failed';
    this.parts.audit.record({ ...entry, details, result: AuditResult.FAILED });
  }
}

function subjectOf(user: User): TokenSubject {
  return { userId: userId(user.user), username: user.username, tokenVersion: user.tokenVersion };
}
