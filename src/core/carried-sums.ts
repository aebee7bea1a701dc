/** What earlier trading days add to sums that accounts keep for one day only. */
import type { AccountTable } from './accounts.js';
import type { MarketTable } from './market.js';
import { WideSum } from './wide-sum.js';

export class CarriedSums {
  /** Commissions of all accounts. */
  readonly fees = new WideSum();
  /** Closing profits of all accounts against the open prices; they need not come to 0. */
  readonly closeProfitByTrade = new WideSum();
  /** Lots traded, and Σ price × multiplier × lots. */
  volume = 0;
  readonly turnover = new WideSum();

  /** Takes over what an instrument has traded on the day, before it is set to 0. */
  carryMarket(market: MarketTable, instrument: number): void {
    this.volume += market.volume[instrument];
    this.turnover.addWide(market.turnoverHigh[instrument], market.turnoverLow[instrument]);
  }

  /** Takes the day's sums of all accounts over, before they are set to 0. */
  carry(accounts: AccountTable): void {
    for (let account = 1; account <= accounts.count; account++) {
      this.fees.add(accounts.commission[account]);
      this.closeProfitByTrade.add(accounts.closeProfitByTrade[account]);
    }
  }
}
