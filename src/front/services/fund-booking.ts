/**
 * The one gate of money: every deposit and withdrawal, whoever asks for it, is checked and reserved here in one step and
 * booked as one durable event.
 */
import { rightsOf, type Right } from '../../core/account-rights.js';
import { FundKind, InstrumentStatus, Phase, type ValueOf } from '../../core/enums.js';
import { FrameKind, type FundsMoved } from '../../core/events.js';
import { StateObserver, type FundRecord } from '../../core/observer.js';
import { Refusal } from '../../core/refusal.js';
import type { Reservations } from '../../core/reservations.js';
import type { ExchangeState } from '../../core/state.js';
import { MONEY_MAX } from '../../core/units.js';
import type { EventProposer } from './event-proposer.js';

export interface FundBookingParts {
  readonly state: ExchangeState;
  readonly proposer: EventProposer;
  /** Money that orders under way need; withdrawals under way are reserved there too. */
  readonly reservations: Pick<Reservations, 'money' | 'addMoney'>;
}

/** A movement as it is booked, but for its direction. */
export type Move = Omit<FundsMoved, 'kind'>;

export class FundBooking extends StateObserver {
  private movesUnderWay = 0;
  /** What was booked while moves are under way, by sequence: each of them finds its own record here. */
  private readonly moved = new Map<number, FundRecord>();
  /** 1/10000 by account. */
  private readonly depositsUnderWay = new Map<number, number>();
  /** Accounts whose status is about to change: no money moves until it has. */
  private readonly barred = new Set<number>();

  constructor(private readonly parts: FundBookingParts) {
    super();
    parts.state.observe(this);
  }

  /** `right` is the one that the account must have. Refuses with 2002, 2003 and 9005. */
  async deposit(move: Move, right: ValueOf<typeof Right>): Promise<FundRecord> {
    const { account, amount } = move;
    this.check(account, right);
    const { state } = this.parts;
    // the sums of the day carry the amount too, so the bound holds for money that went in and out again
    const sum = Math.max(state.ledger.balance(account), state.accounts.preBalance[account] + state.accounts.deposit[account]);
    if (sum + (this.depositsUnderWay.get(account) ?? 0) + amount > MONEY_MAX) {
      throw new Refusal(2003, [{ field: 'amount', reason: 'would take the account beyond 900000000000' }]);
    }
    this.addDepositUnderWay(account, amount);
    try {
      return await this.book({ ...move, kind: FundKind.deposit });
    } finally {
      this.addDepositUnderWay(account, -amount);
    }
  }

  /** `tooMuch` is the code for more than may leave. Refuses with it, 2002 and 9005. */
  async withdraw(move: Move, right: ValueOf<typeof Right>, tooMuch: 2004 | 2204): Promise<FundRecord> {
    const { account, amount } = move;
    const { state, reservations } = this.parts;
    this.check(account, right);
    // looking and reserving are one step: what follows sees this withdrawal as gone already
    if (amount > state.ledger.withdrawable(account) - reservations.money(account)) throw new Refusal(tooMuch);
    reservations.addMoney(account, amount);
    try {
      return await this.book({ ...move, kind: FundKind.withdrawal });
    } finally {
      reservations.addMoney(account, -amount);
    }
  }

  /** Refuses with 2002 when the account has not the right, 9005 while the day is being settled. */
  check(account: number, right: ValueOf<typeof Right>): void {
    const { accounts, users } = this.parts.state;
    if (this.barred.has(account) || (rightsOf(accounts, users, account) & right) === 0) throw new Refusal(2002);
    if (this.isSettling()) throw new Refusal(9005);
  }

  /** Whether money of the account is under way: deposits, withdrawals, or what its orders need. */
  isBusy(account: number): boolean {
    return this.depositsUnderWay.has(account) || this.parts.reservations.money(account) > 0;
  }

  /** Runs a change of the account's status while no money of it may move. Refuses with 2002 when one is under way. */
  async whileBarred(account: number, change: () => Promise<void>): Promise<void> {
    if (this.barred.has(account)) throw new Refusal(2002);
    this.barred.add(account);
    try {
      await change();
    } finally {
      this.barred.delete(account);
    }
  }

  override fundsMoved(record: FundRecord): void {
    if (this.movesUnderWay > 0) this.moved.set(record.sequence, record);
  }

  private isSettling(): boolean {
    for (const { phase, status } of this.parts.state.instruments) {
      if (phase === Phase.SETTLING && status !== InstrumentStatus.delisted) return true;
    }
    return false;
  }

  private addDepositUnderWay(account: number, amount: number): void {
    const sum = (this.depositsUnderWay.get(account) ?? 0) + amount;
    if (sum === 0) this.depositsUnderWay.delete(account);
    else this.depositsUnderWay.set(account, sum);
  }

  private async book(event: FundsMoved): Promise<FundRecord> {
    this.movesUnderWay++;
    try {
      const { sequence } = await this.parts.proposer.propose(FrameKind.FundsMoved, event);
      return this.moved.get(sequence)!;
    } finally {
      if (--this.movesUnderWay === 0) this.moved.clear();
    }
  }
}
