/** The services of the front over a real state, without threads or a log. */
import { PasswordPool } from '../../src/auth/password-pool.js';
import { TextSealer } from '../../src/auth/sealed-text.js';
import { TokenService } from '../../src/auth/tokens.js';
import { Phase } from '../../src/core/enums.js';
import { FrameKind } from '../../src/core/events.js';
import { Refusal } from '../../src/core/refusal.js';
import { Reservations } from '../../src/core/reservations.js';
import { ExchangeState } from '../../src/core/state.js';
import type { Caller } from '../../src/front/caller.js';
import type { MassOutcome } from '../../src/front/gateway/mass-tally.js';
import { AccountDesk } from '../../src/front/services/account-desk.js';
import { AccountService } from '../../src/front/services/account-service.js';
import { AnnouncementService } from '../../src/front/services/announcement-service.js';
import { Audit } from '../../src/front/services/audit.js';
import { InstrumentService } from '../../src/front/services/instrument-service.js';
import { LoginPassword } from '../../src/front/services/login-password.js';
import { MarketControl } from '../../src/front/services/market-control.js';
import { Turnstile } from '../../src/front/services/turnstile.js';
import { UserAdministration } from '../../src/front/services/user-administration.js';
import { UserService } from '../../src/front/services/user-service.js';
import { DirectChanges } from './direct-changes.js';
import { DirectProposer } from './direct-proposer.js';

export const ORIGIN = { address: '192.0.2.1', userAgent: 'test' };
export const PASSWORD = 'correct horse 7';
export const SECRET = 'a secret of more than thirty-two bytes';

export interface ServiceOptions {
  simulationMode?: boolean;
  simInitialCash?: number;
  rateLimitRps?: number;
}

interface Teardown {
  teardown(run: () => unknown): void;
}

export class TestServices {
  readonly state = new ExchangeState();
  readonly proposer = new DirectProposer(this.state);
  readonly reservations = new Reservations();
  readonly audit = new Audit(this.proposer);
  readonly users: UserService;
  readonly accounts: AccountService;
  readonly desk: AccountDesk;
  readonly userAdministration: UserAdministration;
  readonly loginPassword: LoginPassword;
  readonly announcements: AnnouncementService;
  readonly instruments: InstrumentService;
  readonly control: MarketControl;
  readonly changes = new DirectChanges(this.state);
  /** Accounts whose orders, and conditional orders, the exchange has cancelled. */
  readonly cancelledOf: number[] = [];
  readonly gateway = {
    /** Refuses the next ones with these codes. */
    refuseNext: [] as number[],
    busy: new Set<number>(),
    cancelByExchange: (account: number, _reason: number, done: (outcome: MassOutcome) => void): number => {
      const code = this.gateway.refuseNext.shift() ?? 0;
      if (code !== 0) return code;
      this.cancelledOf.push(account);
      done({ cancelled: 1, failures: [] });
      return 0;
    },
    isBusy: (account: number): boolean => this.gateway.busy.has(account),
  };
  readonly conditionals = { cancelAllOf: (_account: number) => Promise.resolve(0) };
  /** UTC milliseconds, moved by tests. */
  nowMs = Date.UTC(2026, 0, 5);

  constructor(t: Teardown, options: ServiceOptions = {}) {
    const { state, proposer, audit, reservations } = this;
    const config = { simulationMode: true, simInitialCash: 0, rateLimitRps: 0, ...options };
    const turnstile = new Turnstile();
    const passwords = new PasswordPool({
      cost: 4,
      onError: (error) => {
        throw error;
      },
    });
    t.teardown(() => passwords.close());
    const tokens = new TokenService({ secret: SECRET });
    const sealer = new TextSealer(SECRET);
    this.users = new UserService({ state, proposer, turnstile, tokens, passwords, sealer, audit, config, nowMs: () => this.nowMs });
    this.accounts = new AccountService({ state, proposer, turnstile, users: this.users, audit, config });
    const nowMs = () => this.nowMs;
    const { gateway, conditionals } = this;
    this.desk = new AccountDesk({ state, proposer, gateway, reservations, conditionals, passwords, audit, config, nowMs });
    t.teardown(() => this.desk.stop());
    this.userAdministration = new UserAdministration({ state, proposer, turnstile, audit, desk: this.desk });
    this.loginPassword = new LoginPassword({ proposer, passwords, audit, nowMs });
    this.announcements = new AnnouncementService({ state, proposer, turnstile, audit, nowMs });
    const { changes } = this;
    const orders = { hold: () => undefined, release: () => undefined };
    this.instruments = new InstrumentService({ state, proposer, turnstile, audit, changes, orders, phaseOf: () => Phase.CONTINUOUS });
    this.control = new MarketControl({ state, turnstile, audit, changes });
  }

  /** A registered user with his default account, logged in. */
  async trader(username: string): Promise<{ caller: Caller; account: number }> {
    const { account } = await this.users.register({ username, password: PASSWORD }, ORIGIN);
    const { token } = await this.users.login(username, PASSWORD, ORIGIN);
    return { caller: this.users.authenticate(token), account };
  }

  async admin(): Promise<Caller> {
    await this.users.registerAdmin('admin', PASSWORD);
    const { token } = await this.users.login('admin', PASSWORD, ORIGIN);
    return this.users.authenticate(token);
  }

  /** Audit records so far, once those under way are in. */
  async auditRecords() {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return this.proposer.proposed.flatMap((proposal) => (proposal.kind === FrameKind.AuditRecorded ? [proposal.event] : []));
  }
}

/** The code an action is refused with; 0 when it is not. Other errors are thrown on. */
export async function codeOf(action: () => unknown): Promise<number> {
  try {
    await action();
    return 0;
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}

/** The details a refused action names, as `field: reason`. */
export async function detailsOf(action: () => unknown): Promise<string[]> {
  try {
    await action();
    return [];
  } catch (error) {
    if (error instanceof Refusal) return (error.details ?? []).map(({ field, reason }) => `${field}: ${reason}`);
    throw error;
  }
}
