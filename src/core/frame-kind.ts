/** The kinds of frames. Numbers are written to the log and never change. 1..31 are commands, 32.. are events. */
export const FrameKind = {
  // commands, front → matching
  NewOrder: 1,
  CancelOrder: 2,
  OpenBook: 3,
  RestoreOrder: 4,
  AmendOrder: 5,
  MassCancel: 6,
  SetPhase: 7,
  // hot events, matching → WAL → everybody
  OrderAccepted: 32,
  OrderRefused: 33,
  Trade: 34,
  OrderCancelled: 35,
  CancelRefused: 36,
  OrderAmended: 37,
  AmendRefused: 38,
  MassCancelled: 39,
  PhaseChanged: 40,
  // hot event, front → WAL → everybody
  OrderDeclined: 41,
  // rare events, front → WAL → everybody
  VenueOpened: 64,
  UserRegistered: 65,
  AccountOpened: 66,
  InstrumentListed: 67,
  FundsMoved: 68,
  TokenRevoked: 69,
  AuditRecorded: 70,
  InstrumentChanged: 71,
  SettlementPriceSet: 72,
  DaySettled: 73,
  AccountStatusChanged: 74,
  AccountPasswordChanged: 75,
  ConditionalPlaced: 76,
  ConditionalEnded: 77,
  LiquidationChanged: 78,
  RiskLimitsChanged: 79,
  RatesPlanned: 80,
  UserRolesChanged: 81,
  UserStatusChanged: 82,
  UserPasswordChanged: 83,
  AnnouncementPublished: 84,
  AnnouncementWithdrawn: 85,
  // rare event, front → the ring whose events it is about → WAL → everybody
  OriginNoted: 86,
} as const;
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];
