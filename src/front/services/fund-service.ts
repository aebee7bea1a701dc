/** Deposits, withdrawals and bank transfers (ledger.md 9): who may, with which password, audited, and never twice. */
import { hasPermission } from '../../auth/permissions.js';
import { Right } from '../../core/account-rights.js';
import { AuditResult, PasswordKind, type ValueOf } from '../../core/enums.js';
import type { FundRecord } from '../../core/observer.js';
import { Refusal } from '../../core/refusal.js';
import type { ExchangeState } from '../../core/state.js';
import type { Caller } from '../caller.js';
import type { Config } from '../config.js';
import { amountUnits } from '../decode/amount.js';
import type { AccountPasswords } from './account-passwords.js';
import type { Audit } from './audit.js';
import { bankAccepts, bankOf } from './banks.js';
import type { FundBooking, Move } from './fund-booking.js';
import type { Origin } from './origin.js';
import { RepeatedRequests, repeatMark, type RepeatMark } from './repeated-requests.js';

export interface FundServiceParts {
  readonly state: ExchangeState;
  readonly booking: FundBooking;
  readonly passwords: AccountPasswords;
  readonly audit: Audit;
  readonly config: Pick<Config, 'simulationMode'>;
  /** UTC milliseconds. */
  readonly nowMs: () => number;
}

export interface FundRequest {
  readonly account: number;
  /** As entered, in currency units. */
  readonly amount: number;
  readonly method?: string;
  readonly remark?: string;
  /** That the client chose; '' for none. */
  readonly idempotencyKey?: string;
}

export interface TransferRequest extends FundRequest {
  readonly bank: string;
  readonly bankPassword: string;
  readonly fundPassword: string | undefined;
}

/** What of a transfer is booked under this method. */
export const TRANSFER_METHOD = 'bank_transfer';

interface Attempt {
  readonly caller: Caller;
  readonly request: FundRequest;
  readonly logType: 'DEPOSIT' | 'WITHDRAW' | 'TRANSFER';
  readonly origin: Origin;
  /** Of the audit entry, beside what became of it. */
  readonly details?: string;
}

export class FundService {
  private readonly repeated: RepeatedRequests<FundRecord>;

  constructor(private readonly parts: FundServiceParts) {
    this.repeated = new RepeatedRequests(parts.state.repeatKeys, parts.nowMs);
  }

  /** Whether the caller may pay into the account: its owner in simulation mode, or staff. */
  mayDeposit(caller: Caller, account: number): boolean {
    const owns = this.parts.state.accounts.user[account] === caller.user.user;
    return (owns && this.parts.config.simulationMode) || isCashier(caller);
  }

  /** Books a deposit. Refuses with 9006, 9008, 2002, 2003, 9005, 9009. */
  deposit(caller: Caller, request: FundRequest, origin: Origin): Promise<FundRecord> {
    return this.attempt({ caller, request, logType: 'DEPOSIT', origin }, async (steps) => {
      if (!this.mayDeposit(caller, request.account)) throw new Refusal(9006);
      if (request.amount <= 0) throw new Refusal(2003);
      const amount = amountUnits('amount', request.amount);
      const right = isCashier(caller) ? Right.STAFF_DEPOSIT : Right.DEPOSIT;
      return steps.book(amount, (move) => this.parts.booking.deposit(move, right));
    });
  }

  /** Books a withdrawal of the owner. Refuses with 9008, 2002, 2004, 2107, 9005, 9009. */
  withdraw(caller: Caller, request: FundRequest, fundPassword: string | undefined, origin: Origin): Promise<FundRecord> {
    return this.attempt({ caller, request, logType: 'WITHDRAW', origin }, async (steps) => {
      const amount = outgoing(request);
      steps.check(Right.WITHDRAW);
      const { passwords } = this.parts;
      if (passwords.isSet(request.account, PasswordKind.FUND)) {
        const problem = await passwords.problem(request.account, PasswordKind.FUND, fundPassword);
        if (problem !== undefined) throw new Refusal(2107, [{ field: 'fund_password', reason: problem }]);
      }
      return steps.book(amount, (move) => this.parts.booking.withdraw(move, Right.WITHDRAW, 2004));
    });
  }

  /** Books a withdrawal by staff. Refuses with 9008, 2002, 2004, 9005, 9009. */
  payOut(caller: Caller, request: FundRequest, origin: Origin): Promise<FundRecord> {
    return this.attempt({ caller, request, logType: 'WITHDRAW', origin }, async (steps) => {
      const amount = outgoing(request);
      steps.check(Right.WITHDRAW);
      return steps.book(amount, (move) => this.parts.booking.withdraw(move, Right.WITHDRAW, 2004));
    });
  }

  /** From a bank (amount above 0) or to it. Refuses with 2201 to 2204, 9008, 2002, 2003, 9005, 9009. */
  transfer(caller: Caller, request: TransferRequest, origin: Origin): Promise<FundRecord> {
    const isIncoming = request.amount > 0;
    const details = `${isIncoming ? 'from' : 'to'} ${bankOf(request.bank)?.id ?? 'an unknown bank'}`;
    return this.attempt({ caller, request, logType: 'TRANSFER', origin, details }, async (steps) => {
      const bank = bankOf(request.bank);
      if (bank === undefined) throw new Refusal(2201);
      if (Math.abs(request.amount) < 0.01) throw new Refusal(2202);
      const amount = Math.abs(amountUnits('amount', request.amount));
      const right = isIncoming ? Right.DEPOSIT : Right.WITHDRAW;
      const { booking } = this.parts;
      steps.check(right);
      await this.checkTransferPasswords(request, isIncoming);
      const toBank = { bank: bank.id, method: TRANSFER_METHOD };
      return steps.book(amount, (move) =>
        isIncoming ? booking.deposit({ ...move, ...toBank }, right) : booking.withdraw({ ...move, ...toBank }, right, 2204),
      );
    });
  }

  /** The bank is asked first. Money comes in without a fund password until one is set; none leaves without one. */
  private async checkTransferPasswords(request: TransferRequest, isIncoming: boolean): Promise<void> {
    if (!bankAccepts(request.bankPassword)) throw new Refusal(2203, [{ field: 'bank_password', reason: 'is wrong' }]);
    const { passwords } = this.parts;
    if (isIncoming && !passwords.isSet(request.account, PasswordKind.FUND)) return;
    const problem = await passwords.problem(request.account, PasswordKind.FUND, request.fundPassword);
    if (problem !== undefined) throw new Refusal(2203, [{ field: 'future_password', reason: problem }]);
  }

  /** Runs `action`, which books once all is checked, and records how it ended. */
  private async attempt({ caller, request, logType, origin, details = '' }: Attempt, action: Action): Promise<FundRecord> {
    const entry = { user: caller.user.user, account: request.account, logType, action: logType.toLowerCase(), origin };
    let isFirst = false;
    try {
      const mark = markOf(caller, logType, request);
      const { account, method = '', remark = '' } = request;
      const record = await action({
        check: (right) => {
          if (!this.repeated.isKnown(mark)) this.parts.booking.check(account, right);
        },
        book: (amount, move) =>
          this.repeated.run(mark, this.parts.state.accounts.user[account], () => {
            isFirst = true;
            return move({ account, amount, method, remark, bank: '', ...mark });
          }),
      });
      const outcome = `transaction ${record.id}${isFirst ? '' : ' asked for again'}`;
      this.parts.audit.record({ ...entry, details: `${details} ${outcome}`.trim() });
      return record;
    } catch (error) {
      const outcome = error instanceof Refusal ? `refused with ${error.code}` : 'failed';
      this.parts.audit.record({ ...entry, details: `${details} ${outcome}`.trim(), result: AuditResult.FAILED });
      throw error;
    }
  }
}

/** What an action does once it knows that the request is in order. */
interface Steps {
  /** Refuses early what no password would make right; a repeated request gets its first answer whatever has happened since. */
  check(right: ValueOf<typeof Right>): void;
  /** Books `amount` (1/10000) by `move`, unless it was booked before. */
  book(amount: number, move: (move: Move) => Promise<FundRecord>): Promise<FundRecord>;
}
type Action = (steps: Steps) => Promise<FundRecord>;

function isCashier({ user }: Caller): boolean {
  return hasPermission(user.roles, 'DepositWithdraw');
}

/** In 1/10000. */
function outgoing({ amount }: FundRequest): number {
  if (amount <= 0) throw new Refusal(2004);
  return amountUnits('amount', amount);
}

/** Passwords are no part of it: a wrong one is refused before a request is known to be repeated. */
function markOf(caller: Caller, logType: string, request: FundRequest & { bank?: string }): RepeatMark {
  const { account, amount, bank = '', method = '', remark = '', idempotencyKey = '' } = request;
  return repeatMark(caller, idempotencyKey, [logType, account, amount, bank, method, remark]);
}
