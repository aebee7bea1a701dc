/** An event of the log as people and programs read it: names for numbers, decimals for money, nothing that must stay secret. */
import {
  AccountStatus,
  AccountType,
  AuditResult,
  CancelReason,
  ConditionalStatus,
  ConditionType,
  Exchange,
  FreezeType,
  FundKind,
  InstrumentStatus,
  InstrumentType,
  LiquidationStatus,
  LiquidationTrigger,
  MarginMode,
  nameOf,
  Offset,
  PasswordKind,
  Phase,
  PhaseReason,
  PriceType,
  Residual,
  SelfTradeMode,
  Side,
  TimeCondition,
  TriggerCondition,
  VolumeCondition,
  type Enumeration,
} from '../../core/enums.js';
import { ClientOrderId } from '../../core/client-order-id.js';
import { conditionalId } from '../../core/conditionals/conditional.js';
import { FrameKind, Stamp, type EventHandler, type RareEvents, type RareKind } from '../../core/events.js';
import { FEE_SCALE, PPM, toDecimal } from '../../core/units.js';
import { accountId, liquidationId, orderId, userId } from '../../front/views/ids.js';
import { EventDecoder } from '../../wire/event-decoder.js';
import { readStamp } from '../../wire/frame-header.js';
import type { FrameViews } from '../../wire/frame-layout.js';
import { timeOf } from './tool.js';

export type FieldValue = string | number | boolean | FieldValue[];

export interface EventView {
  sequence: number;
  time: string;
  kind: string;
  /** 0: the front; 1 and above: the shards. */
  source: number;
  /** The last event of its command. */
  ends_command: boolean;
  fields: Record<string, FieldValue>;
}

type Entry = Readonly<Record<string, unknown>>;

/** Hashes, sealed texts and what people are reached by: a tool for operators has no need of them. */
const HIDDEN = new Set(['passwordHash', 'tradingPasswordHash', 'hash', 'idCardSealed', 'phone', 'email', 'realName', 'requestHash']);

const MONEY = new Set([
  ...['price', 'freezePrice', 'newPrice', 'limitPrice', 'triggerPrice', 'preSettlement', 'priceTick', 'prices'],
  ...['amount', 'longMarginPerLot', 'shortMarginPerLot', 'feeOpenByLot', 'feeCloseByLot', 'feeCloseTodayByLot', 'maxOrderAmount'],
]);
const RATIOS = new Set([
  ...['longMarginRatio', 'shortMarginRatio', 'limitUpRate', 'limitDownRate', 'maxPositionRatio'],
  ...['riskRatioWarning', 'riskRatioReject', 'liquidationThreshold', 'liquidationTarget'],
]);
const FEES = new Set(['feeOpenByMoney', 'feeCloseByMoney', 'feeCloseTodayByMoney']);

/** Fields that mean the same in every event. */
const NAMES: Readonly<Record<string, Enumeration>> = {
  side: Side,
  takerSide: Side,
  offset: Offset,
  priceType: PriceType,
  timeCondition: TimeCondition,
  volumeCondition: VolumeCondition,
  selfTradeMode: SelfTradeMode,
  residual: Residual,
  phase: Phase,
  conditionType: ConditionType,
  triggerCondition: TriggerCondition,
  accountType: AccountType,
  instrumentType: InstrumentType,
  exchange: Exchange,
  freezeType: FreezeType,
  marginMode: MarginMode,
  trigger: LiquidationTrigger,
  result: AuditResult,
};

/** Fields whose meaning depends on the event. */
const NAMES_BY_KIND: Readonly<Record<number, Readonly<Record<string, Enumeration>>>> = {
  [FrameKind.OrderCancelled]: { reason: CancelReason },
  [FrameKind.CancelRefused]: { reason: CancelReason },
  [FrameKind.MassCancelled]: { reason: CancelReason },
  [FrameKind.PhaseChanged]: { status: InstrumentStatus, reason: PhaseReason },
  [FrameKind.AccountStatusChanged]: { status: AccountStatus },
  [FrameKind.AccountPasswordChanged]: { kind: PasswordKind },
  [FrameKind.FundsMoved]: { kind: FundKind },
  [FrameKind.ConditionalEnded]: { status: ConditionalStatus },
  [FrameKind.LiquidationChanged]: { status: LiquidationStatus },
};

const IDS: Readonly<Record<string, [name: string, id: (value: number) => string]>> = {
  orderId: ['order_id', orderId],
  buyOrderId: ['buy_order_id', orderId],
  sellOrderId: ['sell_order_id', orderId],
  account: ['account_id', accountId],
  buyAccount: ['buy_account_id', accountId],
  sellAccount: ['sell_account_id', accountId],
  user: ['user_id', userId],
  conditional: ['conditional_id', conditionalId],
  liquidation: ['liquidation_id', liquidationId],
};

/** The kinds of events by name, as `--kind` takes them. */
export const EVENT_KINDS: readonly string[] = Object.entries(FrameKind).flatMap(([name, kind]) => (kind >= 32 ? [name] : []));

export class EventReader {
  private readonly stamp = new Stamp();
  private entry: Entry = {};
  private readonly decoder = new EventDecoder(new Collector((entry) => (this.entry = entry)));

  /** `instrumentName` gives the id of an instrument by its number. */
  constructor(private readonly instrumentName: (instrument: number) => string) {}

  read(views: FrameViews, offset: number): EventView {
    readStamp(views, offset, this.stamp);
    this.decoder.decode(views, offset);
    const { kind, sequence, timeUs, source, endOfCommand } = this.stamp;
    const fields: Record<string, FieldValue> = {};
    for (const [name, value] of Object.entries(this.entry)) {
      // What was under way in a process that is long gone says nothing.
      if (name === 'stamp' || name === 'request' || HIDDEN.has(name)) continue;
      if (value instanceof ClientOrderId) this.put(fields, kind, 'clientOrderId', value.text);
      else this.put(fields, kind, name, value as FieldValue);
    }
    return { sequence, time: timeOf(timeUs), kind: nameOf(FrameKind, kind), source, ends_command: endOfCommand, fields };
  }

  private put(fields: Record<string, FieldValue>, kind: number, name: string, value: FieldValue): void {
    if (Array.isArray(value)) {
      if (name === 'instruments') fields['instrument_ids'] = value.map((number) => this.instrumentName(number as number));
      else fields[snakeCase(name)] = value.map((item) => readable(kind, name, item));
      return;
    }
    if (name === 'instrument') {
      if (value !== 0) fields['instrument_id'] = this.instrumentName(value as number);
      return;
    }
    const id = IDS[name];
    if (id !== undefined) {
      if (value !== 0) fields[id[0]] = id[1](value as number);
      return;
    }
    fields[snakeCase(name)] = readable(kind, name, value);
  }
}

/** One line: what is empty is left out. */
export function eventLine({ sequence, time, kind, fields }: EventView): string {
  const said = Object.entries(fields).filter(([, value]) => value !== '' && value !== 0);
  return `${String(sequence).padStart(9)}  ${time}  ${kind.padEnd(20)}  ${said.map(([name, value]) => `${name}=${textOf(value)}`).join(' ')}`;
}

function textOf(value: FieldValue): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join(',')}]`;
  return typeof value === 'string' && /[\s=]/.test(value) ? JSON.stringify(value) : String(value);
}

function readable(kind: number, name: string, value: FieldValue): FieldValue {
  if (typeof value !== 'number') return value;
  if (MONEY.has(name)) return toDecimal(value);
  if (RATIOS.has(name)) return value / PPM;
  if (FEES.has(name)) return value / FEE_SCALE;
  const enumeration = NAMES_BY_KIND[kind]?.[name] ?? NAMES[name];
  if (enumeration === undefined) return value;
  return Object.values(enumeration).includes(value) ? nameOf(enumeration, value) : value;
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Every event as its plain fields. */
class Collector implements EventHandler {
  readonly orderAccepted = (entry: object): void => this.onEntry(entry as Entry);
  readonly orderRefused = (entry: object): void => this.onEntry(entry as Entry);
  readonly trade = (entry: object): void => this.onEntry(entry as Entry);
  readonly orderCancelled = (entry: object): void => this.onEntry(entry as Entry);
  readonly cancelRefused = (entry: object): void => this.onEntry(entry as Entry);
  readonly orderAmended = (entry: object): void => this.onEntry(entry as Entry);
  readonly amendRefused = (entry: object): void => this.onEntry(entry as Entry);
  readonly massCancelled = (entry: object): void => this.onEntry(entry as Entry);
  readonly phaseChanged = (entry: object): void => this.onEntry(entry as Entry);
  readonly orderDeclined = (entry: object): void => this.onEntry(entry as Entry);

  constructor(private readonly onEntry: (entry: Entry) => void) {}

  rare<K extends RareKind>(_kind: K, event: RareEvents[K]): void {
    this.onEntry(event as unknown as Entry);
  }
}
