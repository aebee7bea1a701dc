/**
 * The closed enumerations of the exchange. Numbers are what frames, snapshots and history carry and never change;
 * names are what every interface shows (spec: rest.md 2). A name that is not here does not exist.
 */

export const Side = { BUY: 0, SELL: 1, NONE: 2 } as const;
export const Offset = { OPEN: 0, CLOSE: 1, CLOSETODAY: 2, CLOSEYESTERDAY: 3 } as const;
export const PriceType = { LIMIT: 0, MARKET: 1, BEST1: 2, BEST5: 3 } as const;
export const TimeCondition = { IOC: 0, GFS: 1, GFD: 2, GTD: 3, GTC: 4, GFA: 5 } as const;
export const VolumeCondition = { ANY: 0, MIN: 1, ALL: 2 } as const;

/** What a market kind leaves unfilled is cancelled, or rests as a limit order at the price of its last fill. */
export const Residual = { CANCEL: 0, TO_LIMIT: 1 } as const;

/** What the incoming order does when it would meet an order of its own group (trading-rules.md 5). */
export const SelfTradeMode = { REJECT: 0, CANCEL_INCOMING: 1, CANCEL_RESTING: 2, CANCEL_BOTH: 3, DECREMENT: 4, OFF: 5 } as const;

/** Price of a continuous trade: that of the resting order, or the median of both limits and the last trade (trading-rules.md 4.4). */
export const TradePrice = { MAKER: 0, MEDIAN3: 1 } as const;
/** How an auction chooses among the prices of the largest volume (trading-rules.md 12.3, 12.6). */
export const AuctionTieBreak = { FULL: 0, CLEARING_NEAREST: 1 } as const;

export const Phase = {
  CLOSED: 0,
  PRE_OPEN: 1,
  AUCTION_ORDER: 2,
  AUCTION_CANCEL: 3,
  AUCTION_MATCH: 4,
  CONTINUOUS: 5,
  BREAK: 6,
  HALT: 7,
  SETTLING: 8,
} as const;

/** Who changed a phase or status. */
export const PhaseReason = { SCHEDULE: 0, ADMIN: 1, VOLATILITY: 2, SETTLEMENT: 3 } as const;

export const InstrumentStatus = { active: 0, suspended: 1, close_only: 2, delisted: 3 } as const;
export const InstrumentType = { index_future: 0, commodity_future: 1 } as const;
export const Exchange = { CFFEX: 0, SHFE: 1, INE: 2, DCE: 3, CZCE: 4, GFEX: 5, SIM: 6 } as const;

/** Order states as the interfaces name them (websocket.md 9); the numbers are those of trading-rules.md 8. */
export const OrderStatus = {
  PendingRisk: 100,
  PendingRoute: 101,
  Submitted: 200,
  PartiallyFilled: 300,
  Filled: 400,
  Cancelled: 500,
  Rejected: 600,
} as const;

/** Why an order left the book without being filled. */
export const CancelReason = {
  NONE: 0,
  USER: 1,
  IOC_REMAINDER: 2,
  FOK_UNFILLED: 3,
  NO_LIQUIDITY: 4,
  MIN_UNFILLED: 5,
  SMP_PASSIVE: 6,
  SMP_AGGRESSIVE: 7,
  SMP_BOTH: 8,
  SMP_DECREMENT: 9,
  PRICE_PROTECTION: 10,
  /** GFA at the end of its auction, GFS at the end of its session, GFD at the end of its day. */
  AUCTION_END: 11,
  SESSION_END: 12,
  DAY_END: 13,
  /** Amended to a total that is filled already. */
  AMENDED_BELOW_FILLED: 14,
  MASS: 15,
  /** GTD after its last day, and what a contract that ends leaves behind. */
  EXPIRED: 16,
  /** The account was frozen, or is being liquidated. */
  FROZEN: 17,
  LIQUIDATION: 18,
} as const;

export const AccountType = { individual: 0, institutional: 1, market_maker: 2 } as const;
export const AccountStatus = { ACTIVE: 0, FROZEN: 1, SUSPENDED: 2, CLOSED: 3 } as const;
export const UserStatus = { Active: 0, Frozen: 1, Deleted: 2 } as const;
/** What a FROZEN account may not do (users.md 6). */
export const FreezeType = { TRADING_ONLY: 0, WITHDRAW_ONLY: 1, FULL: 2 } as const;
export const PasswordKind = { TRADING: 0, FUND: 1 } as const;
/** `deficit_cover`: what an account without positions owed is paid by the default fund (ledger.md 8.5). */
export const FundKind = { deposit: 0, withdrawal: 1, adjust: 2, deficit_cover: 3 } as const;
/** Whether both sides of an instrument need margin, or only the larger side of its group (ledger.md 5.4). */
export const MarginMode = { BOTH: 0, LARGER: 1 } as const;
export const RiskLevel = { low: 0, medium: 1, high: 2, critical: 3 } as const;

export const ConditionType = { STOP_LOSS: 0, TAKE_PROFIT: 1, PRICE_TOUCH: 2 } as const;
/** The last price against the trigger price. */
export const TriggerCondition = { GE: 0, LE: 1, GT: 2, LT: 3 } as const;
export const ConditionalStatus = { PENDING: 0, TRIGGERED: 1, CANCELLED: 2, EXPIRED: 3, FAILED: 4 } as const;

export const LiquidationStatus = { pending: 0, submitted: 1, partially_filled: 2, filled: 3, cancelled: 4, failed: 5 } as const;
export const LiquidationTrigger = { auto: 0, settlement: 1, manual: 2 } as const;
export const AnnouncementType = { SYSTEM: 0, MAINTENANCE: 1, TRADING: 2, RISK: 3, PROMOTION: 4 } as const;
export const AnnouncementPriority = { LOW: 0, NORMAL: 1, HIGH: 2, URGENT: 3 } as const;
export const AuditResult = { SUCCESS: 0, FAILED: 1, BLOCKED: 2 } as const;

export type Enumeration = Readonly<Record<string, number>>;
export type ValueOf<E extends Enumeration> = E[keyof E];

const namesByEnumeration = new WeakMap<Enumeration, string[]>();

/** The interface name of a number of `enumeration`; throws on a number that has none. */
export function nameOf(enumeration: Enumeration, value: number): string {
  let names = namesByEnumeration.get(enumeration);
  if (names === undefined) {
    names = [];
    for (const [name, number] of Object.entries(enumeration)) names[number] = name;
    namesByEnumeration.set(enumeration, names);
  }
  const name = names[value];
  if (name === undefined) throw new RangeError(`no name for ${value}`);
  return name;
}

/** The number of an interface name, or -1 for a name that does not exist. */
export function numberOf(enumeration: Enumeration, name: string): number {
  return Object.hasOwn(enumeration, name) ? enumeration[name] : -1;
}
