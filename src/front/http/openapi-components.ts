/** The objects of the contract by name: what several routes answer is written once and referred to. */
import Type, { type TSchema } from 'typebox';
import { REFUSALS } from '../../core/refusal.js';
import { InstrumentChangeSchema } from '../services/instrument-change.js';
import { InstrumentListingSchema } from '../services/instrument-listing.js';
import { AccountStatusSchema } from '../views/account-status-view.js';
import { AccountSchema } from '../views/account-view.js';
import { AnnouncementSchema } from '../views/announcement-view.js';
import { AuditEntrySchema } from '../views/audit-view.js';
import { ConditionalSchema } from '../views/conditional-view.js';
import { FundTransactionSchema } from '../views/fund-view.js';
import { InstrumentListSchema, InstrumentSchema, PublicInstrumentSchema } from '../views/instrument-view.js';
import { OrderBookSchema, TickSchema } from '../views/market-view.js';
import { OrderSchema } from '../views/order-view.js';
import { PositionSchema } from '../views/position-view.js';
import { LimitsSchema, RiskAccountSchema } from '../views/risk-view.js';
import { SettlementResultSchema } from '../views/settlement-view.js';
import { PublicTradeSchema, UserTradeSchema } from '../views/trade-view.js';
import { UserSchema } from '../views/user-view.js';

export type JsonSchema = Record<string, unknown>;

/** Every code with its sentence, as a table. */
const CODE_TABLE = ['| code | status | meaning |', '|---|---|---|']
  .concat(Object.entries(REFUSALS).map(([code, { http, message }]) => `| ${code} | ${http} | ${message} |`))
  .join('\n');

const RefusalSchema = Type.Object({
  success: Type.Boolean({ const: false }),
  data: Type.Null(),
  error: Type.Object({
    code: Type.Enum(Object.keys(REFUSALS).map(Number), { description: CODE_TABLE }),
    message: Type.String(),
    details: Type.Optional(Type.Array(Type.Object({ field: Type.String(), reason: Type.String() }))),
  }),
});

const NAMED: Readonly<Record<string, TSchema>> = {
  Refusal: RefusalSchema,
  User: UserSchema,
  Account: AccountSchema,
  AccountStatus: AccountStatusSchema,
  Order: OrderSchema,
  ConditionalOrder: ConditionalSchema,
  Position: PositionSchema,
  UserTrade: UserTradeSchema,
  PublicTrade: PublicTradeSchema,
  Instrument: InstrumentSchema,
  ListedInstrument: InstrumentListSchema,
  PublicInstrument: PublicInstrumentSchema,
  InstrumentListing: InstrumentListingSchema,
  InstrumentChange: InstrumentChangeSchema,
  Tick: TickSchema,
  OrderBook: OrderBookSchema,
  FundTransaction: FundTransactionSchema,
  SettlementResult: SettlementResultSchema,
  RiskAccount: RiskAccountSchema,
  Limits: LimitsSchema,
  AuditEntry: AuditEntrySchema,
  Announcement: AnnouncementSchema,
};

const names = new Map<unknown, string>(Object.entries(NAMED).map(([name, schema]) => [schema, name]));

/** The named objects themselves. */
export function components(): JsonSchema {
  return Object.fromEntries(Object.entries(NAMED).map(([name, schema]) => [name, plain(schema)]));
}

/** A schema as plain JSON, with references in place of named objects. */
export function referring(schema: TSchema): JsonSchema {
  return copy(schema) as JsonSchema;
}

function copy(value: unknown): unknown {
  const name = names.get(value);
  return name === undefined ? plain(value) : { $ref: `#/components/schemas/${name}` };
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (inner === undefined ? [] : [[key, copy(inner)]])));
}
