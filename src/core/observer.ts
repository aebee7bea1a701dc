/**
 * What an applied event did, told to whoever needs more than the state itself: reports to clients, market data, history.
 * Slots are those of the order table; a finished order's slot can be read until the next event.
 */
import type { Announcement } from './announcements.js';
import type { Conditional } from './conditionals/conditional.js';
import type {
  AmendEntry,
  AuditRecorded,
  CancelEntry,
  FundsMoved,
  MassEntry,
  OrderEntry,
  OriginNoted,
  PhaseEntry,
  SettlementPriceSet,
  Stamp,
  Trade,
} from './events.js';
import type { Instrument } from './instrument.js';
import type { Liquidation } from './liquidations.js';
import type { SettledDay } from './settlement/settled-day.js';
import type { User } from './users.js';

/** Reused for every trade. */
export class FillEffect {
  tradeId = 0;
  buySlot = 0;
  sellSlot = 0;
  /** Commissions in 1/10000. */
  buyFee = 0;
  sellFee = 0;
  /** Closing profits against the open prices, 1/10000; 0 of a side that opened. */
  buyProfit = 0;
  sellProfit = 0;
}

/** What an amended order was before; reused for every amend. */
export class AmendEffect {
  /** 0 when it did not rest: an order of a market kind that comes to rest now. */
  oldPrice = 0;
  oldVolume = 0;
  oldLeaves = 0;
}

export interface FundRecord extends FundsMoved {
  id: number;
  user: number;
  balanceBefore: number;
  balanceAfter: number;
  availableAfter: number;
  timeUs: number;
  sequence: number;
}

export interface AuditRecord extends AuditRecorded {
  id: number;
  timeUs: number;
  sequence: number;
}

/** Override what matters; the rest does nothing. */
export class StateObserver {
  orderAccepted(_slot: number, _event: OrderEntry): void {}
  orderRefused(_slot: number, _event: OrderEntry): void {}
  /** The front refused it before it got a number. */
  orderDeclined(_event: OrderEntry): void {}
  traded(_event: Trade, _effect: FillEffect): void {}
  /** The order has finished, unless some of its lots are left (SMP_DECREMENT). */
  orderCancelled(_slot: number, _event: CancelEntry): void {}
  cancelRefused(_event: CancelEntry): void {}
  orderAmended(_slot: number, _event: AmendEntry, _effect: AmendEffect): void {}
  amendRefused(_event: AmendEntry): void {}
  massCancelled(_event: MassEntry): void {}
  phaseChanged(_instrument: Instrument, _event: PhaseEntry): void {}
  fundsMoved(_record: FundRecord): void {}
  audited(_record: AuditRecord): void {}
  userRegistered(_user: User): void {}
  /** Roles, status or login password: tokens from before are dead. */
  userChanged(_user: User): void {}
  announcementPublished(_announcement: Announcement): void {}
  accountOpened(_account: number): void {}
  accountStatusChanged(_account: number): void {}
  instrumentListed(_instrument: Instrument): void {}
  instrumentChanged(_instrument: Instrument): void {}
  tokenRevoked(_tokenId: string): void {}
  originNoted(_event: OriginNoted, _stamp: Stamp): void {}
  /** A liquidation has begun, is asked for by somebody else, or has ended. */
  liquidationChanged(_liquidation: Liquidation): void {}
  riskLimitsChanged(): void {}
  settlementPriceSet(_event: SettlementPriceSet): void {}
  /** The day is settled, and the state is that of the next one. */
  daySettled(_day: SettledDay): void {}
  /** A conditional order was placed, or has ended by the event of this place in the log. */
  conditionalChanged(_conditional: Conditional, _sequence: number): void {}
  /** The last event of a command has been applied: what its orders look like now is what clients may see. */
  commandEnded(_stamp: Stamp): void {}
}
