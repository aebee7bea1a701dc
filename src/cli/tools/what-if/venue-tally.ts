/** What a run came to, account by account and instrument by instrument, over its whole length. */
import { FundKind } from '../../../core/enums.js';
import type { Trade } from '../../../core/events.js';
import { StateObserver, type FillEffect, type FundRecord } from '../../../core/observer.js';
import type { ExchangeState } from '../../../core/state.js';

/** Money in 1/10000. */
export interface AccountTally {
  trades: number;
  volume: number;
  fees: number;
  /** Paid in less paid out. */
  moved: number;
  /** Balance when the run began. */
  balanceBefore: number;
}

export interface InstrumentTally {
  trades: number;
  volume: number;
  /** Σ price × lots, for the average price. */
  notional: number;
}

export class VenueTally extends StateObserver {
  readonly accounts: AccountTally[] = [];
  readonly instruments: InstrumentTally[] = [];

  constructor(private readonly state: ExchangeState) {
    super();
    for (let account = 1; account <= state.accounts.count; account++) this.of(account).balanceBefore = state.ledger.balance(account);
  }

  of(account: number): AccountTally {
    return (this.accounts[account] ??= { trades: 0, volume: 0, fees: 0, moved: 0, balanceBefore: 0 });
  }

  ofInstrument(instrument: number): InstrumentTally {
    return (this.instruments[instrument] ??= { trades: 0, volume: 0, notional: 0 });
  }

  override traded({ instrument, price, volume, buyAccount, sellAccount }: Trade, { buyFee, sellFee }: FillEffect): void {
    this.side(buyAccount, volume, buyFee);
    this.side(sellAccount, volume, sellFee);
    const tally = this.ofInstrument(instrument);
    tally.trades++;
    tally.volume += volume;
    tally.notional += price * volume;
  }

  override fundsMoved({ account, kind, amount }: FundRecord): void {
    this.of(account).moved += kind === FundKind.deposit || kind === FundKind.deficit_cover ? amount : -amount;
  }

  /** What trading and marks made of the account, fees taken off. */
  profit(account: number): number {
    const { balanceBefore, moved } = this.of(account);
    return this.state.ledger.balance(account) - balanceBefore - moved;
  }

  private side(account: number, volume: number, fee: number): void {
    const tally = this.of(account);
    tally.trades++;
    tally.volume += volume;
    tally.fees += fee;
  }
}
