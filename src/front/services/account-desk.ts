/** What is done with accounts once they are open, put together: money, passwords, statuses. */
import type { PasswordPool } from '../../auth/password-pool.js';
import type { Reservations } from '../../core/reservations.js';
import type { ExchangeState } from '../../core/state.js';
import type { Config } from '../config.js';
import type { Gateway } from '../gateway/gateway.js';
import { AccountPasswords } from './account-passwords.js';
import { AccountStatusService } from './account-status.js';
import type { Audit } from './audit.js';
import type { EventProposer } from './event-proposer.js';
import { ForcedCancels, type ForcedCancelsParts } from './forced-cancels.js';
import { FundBooking } from './fund-booking.js';
import { FundService } from './fund-service.js';

export interface AccountDeskParts {
  readonly state: ExchangeState;
  readonly proposer: EventProposer;
  readonly gateway: Pick<Gateway, 'cancelByExchange' | 'isBusy'>;
  readonly reservations: Pick<Reservations, 'money' | 'addMoney'>;
  readonly conditionals: ForcedCancelsParts['conditionals'];
  readonly passwords: Pick<PasswordPool, 'hash' | 'verify'>;
  readonly audit: Audit;
  readonly config: Pick<Config, 'simulationMode'>;
  /** UTC milliseconds. */
  readonly nowMs: () => number;
}

export class AccountDesk {
  readonly booking: FundBooking;
  readonly passwords: AccountPasswords;
  readonly funds: FundService;
  readonly status: AccountStatusService;
  readonly cancels: ForcedCancels;

  constructor(parts: AccountDeskParts) {
    this.booking = new FundBooking(parts);
    const { booking } = this;
    this.passwords = new AccountPasswords(parts);
    this.funds = new FundService({ ...parts, booking, passwords: this.passwords });
    this.cancels = new ForcedCancels(parts);
    this.status = new AccountStatusService({ ...parts, booking, cancels: this.cancels });
  }

  /** Called when commands can be handed over. */
  start(): void {
    this.cancels.start();
  }

  stop(): void {
    this.cancels.stop();
  }
}
