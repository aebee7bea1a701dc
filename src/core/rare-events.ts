/** Rare events: plain records, one kind of frame each. Numbers, dates and units as in `events.ts`. */
import type { FrameKind } from './frame-kind.js';

export interface VenueOpened {
  /** yyyymmdd */
  tradingDay: number;
}

export interface UserRegistered {
  user: number;
  username: string;
  passwordHash: string;
  phone: string;
  email: string;
  realName: string;
  /** Encrypted with the data key; empty when none was given. */
  idCardSealed: string;
  /** Bit mask of roles (users.md 4). */
  roles: number;
}

export interface AccountOpened {
  account: number;
  user: number;
  name: string;
  accountType: number;
  /** bcrypt hash of the initial trading password, or empty. */
  tradingPasswordHash: string;
}

/** A new version of an instrument: all that may change after its listing, as it is from now on. */
export interface InstrumentChanged {
  instrument: number;
  name: string;
  multiplier: number;
  priceTick: number;
  longMarginRatio: number;
  shortMarginRatio: number;
  longMarginPerLot: number;
  shortMarginPerLot: number;
  /** 1e-8 of the notional. */
  feeOpenByMoney: number;
  feeCloseByMoney: number;
  feeCloseTodayByMoney: number;
  /** Money per lot. */
  feeOpenByLot: number;
  feeCloseByLot: number;
  feeCloseTodayByLot: number;
  limitUpRate: number;
  limitDownRate: number;
  /** yyyymmdd, 0 for none. */
  expireDate: number;
  sessionTemplate: string;
  profile: string;
  /** `MarginMode` */
  marginMode: number;
  /** Instruments of one group offset each other's sides under LARGER; empty for the product. */
  marginGroup: string;
}

export interface InstrumentListed extends InstrumentChanged {
  instrumentId: string;
  productId: string;
  instrumentType: number;
  exchange: number;
  minLimitVolume: number;
  maxLimitVolume: number;
  minMarketVolume: number;
  maxMarketVolume: number;
  lotStep: number;
  preSettlement: number;
  /** yyyymmdd, 0 for none. */
  listDate: number;
  phase: number;
}

export interface FundsMoved {
  account: number;
  kind: number;
  /** Positive, 1/10000. */
  amount: number;
  method: string;
  remark: string;
  /** Bank of a transfer, else empty. */
  bank: string;
  /** What a repeated request is known by: the key that its sender chose, and a hash of what it asked for; empty for none. */
  idempotencyKey: string;
  requestHash: string;
}

/** A movement that is neither a bank transfer nor a repeatable request. */
export const PLAIN_MOVE = { bank: '', idempotencyKey: '', requestHash: '' } as const;

/** The price of a day that an instrument will be settled at; 0 takes it back. */
export interface SettlementPriceSet {
  instrument: number;
  /** yyyymmdd */
  tradingDay: number;
  /** 1/10000; may be finer than the tick. */
  price: number;
}

/** Settles every account and turns the day (ledger.md 7, S5 to S15): what it means for each of them is computed when it is applied. */
export interface DaySettled {
  /** yyyymmdd */
  tradingDay: number;
  nextTradingDay: number;
  /** Instruments that are settled, and their prices in 1/10000, in the same order. */
  instruments: number[];
  prices: number[];
  /** When the run began, event time in µs. */
  startedUs: number;
}

export interface AccountStatusChanged {
  account: number;
  /** `AccountStatus` and, of a FROZEN one, `FreezeType`. */
  status: number;
  freezeType: number;
  reason: string;
  /** Who did it. */
  user: number;
}

export interface AccountPasswordChanged {
  account: number;
  /** `PasswordKind` */
  kind: number;
  hash: string;
  /** 1: set by staff, the owner must choose another before it is good for anything. */
  mustChange: number;
}

export interface ConditionalTerms {
  /** Number from 1, gapless. */
  conditional: number;
  account: number;
  instrument: number;
  side: number;
  offset: number;
  priceType: number;
  volume: number;
  /** 1/10000; 0 for market kinds. */
  limitPrice: number;
  triggerPrice: number;
  /** `ConditionType`, a label */
  conditionType: number;
  /** `TriggerCondition` */
  triggerCondition: number;
  /** Event time in µs; 0: the end of the trading day. */
  validUntilUs: number;
}

export interface ConditionalPlaced extends ConditionalTerms {
  /** As in `FundsMoved`. */
  idempotencyKey: string;
  requestHash: string;
}

/** A conditional order that ends without becoming an order; becoming one is what the acceptance of that order says. */
export interface ConditionalEnded {
  conditional: number;
  /** `ConditionalStatus`: CANCELLED, EXPIRED or FAILED. */
  status: number;
  /** Refusal code of a FAILED one, else 0. */
  code: number;
}

/** What a forced liquidation is from now on; the first one with its number opens it (ledger.md 8). */
export interface LiquidationChanged {
  /** Number from 1, gapless. */
  liquidation: number;
  account: number;
  /** `LiquidationStatus` */
  status: number;
  /** `LiquidationTrigger` */
  trigger: number;
  /** Who asked for it; 0 when it was the monitor. */
  user: number;
  remark: string;
}

/** Limits of the venue (instrument 0) or of one instrument, all of them as they are from now on. */
export interface RiskLimitsChanged {
  instrument: number;
  /** ppm of the balance that the margin of one instrument may take. */
  maxPositionRatio: number;
  /** Largest notional of an order in 1/10000; 0 for no bound. */
  maxOrderAmount: number;
  minOrderVolume: number;
  maxOrderVolume: number;
  /** ppm of the risk ratio. */
  riskRatioWarning: number;
  riskRatioReject: number;
  liquidationThreshold: number;
  /** ppm that a liquidation brings the risk ratio down to. */
  liquidationTarget: number;
  /** Lots of one side that all accounts of a user may hold together; 0 for no bound. */
  positionLimit: number;
  /** 1: orders of one account never trade with each other. */
  selfTradePrevention: number;
}

export interface TokenRevoked {
  tokenId: string;
  /** Seconds since the epoch: after this the entry is forgotten. */
  expiresAt: number;
}

export interface AuditRecorded {
  user: number;
  account: number;
  logType: string;
  action: string;
  details: string;
  address: string;
  userAgent: string;
  result: number;
}

/** The roles of a user from now on; tokens from before are dead. */
export interface UserRolesChanged {
  user: number;
  /** Bit mask of roles (users.md 4). */
  roles: number;
  /** Who did it. */
  by: number;
}

/** Tokens from before are dead; a user who is not active has no rights in any account. */
export interface UserStatusChanged {
  user: number;
  /** `UserStatus` */
  status: number;
  reason: string;
  by: number;
}

/** The login password; tokens from before are dead. */
export interface UserPasswordChanged {
  user: number;
  /** bcrypt */
  hash: string;
}

export interface AnnouncementPublished {
  /** Number from 1, gapless. */
  announcement: number;
  title: string;
  content: string;
  /** `AnnouncementType` */
  announcementType: number;
  /** `AnnouncementPriority` */
  priority: number;
  /** Event time in µs; 0: never. */
  expireUs: number;
  /** The user who wrote it. */
  author: number;
}

export interface AnnouncementWithdrawn {
  announcement: number;
  by: number;
}

/** Where commands with a number as `Stamp.origin` came from, as far as it is about events of the same source: from here on. */
export interface OriginNoted {
  origin: number;
  /** Text of an IP address. */
  address: string;
  userAgent: string;
}

/** The rare event that a kind carries. */
export interface RareEvents {
  [FrameKind.VenueOpened]: VenueOpened;
  [FrameKind.UserRegistered]: UserRegistered;
  [FrameKind.AccountOpened]: AccountOpened;
  [FrameKind.InstrumentListed]: InstrumentListed;
  [FrameKind.FundsMoved]: FundsMoved;
  [FrameKind.TokenRevoked]: TokenRevoked;
  [FrameKind.AuditRecorded]: AuditRecorded;
  [FrameKind.InstrumentChanged]: InstrumentChanged;
  [FrameKind.SettlementPriceSet]: SettlementPriceSet;
  [FrameKind.DaySettled]: DaySettled;
  [FrameKind.AccountStatusChanged]: AccountStatusChanged;
  [FrameKind.AccountPasswordChanged]: AccountPasswordChanged;
  [FrameKind.ConditionalPlaced]: ConditionalPlaced;
  [FrameKind.ConditionalEnded]: ConditionalEnded;
  [FrameKind.LiquidationChanged]: LiquidationChanged;
  [FrameKind.RiskLimitsChanged]: RiskLimitsChanged;
  /** Margins, fees and limit rates that hold from the next trading day on; whatever else it says is left aside. */
  [FrameKind.RatesPlanned]: InstrumentChanged;
  [FrameKind.UserRolesChanged]: UserRolesChanged;
  [FrameKind.UserStatusChanged]: UserStatusChanged;
  [FrameKind.UserPasswordChanged]: UserPasswordChanged;
  [FrameKind.AnnouncementPublished]: AnnouncementPublished;
  [FrameKind.AnnouncementWithdrawn]: AnnouncementWithdrawn;
  [FrameKind.OriginNoted]: OriginNoted;
}
export type RareKind = keyof RareEvents;
