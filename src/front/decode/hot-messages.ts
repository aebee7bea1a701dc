/**
 * submit_order, cancel_order and ping as nearly every client writes them, decoded from their bytes. Whatever is not of that
 * form (other fields, escapes, exponents, a field twice or missing, a value of another type) is not decoded here but by the
 * general way, and both come to the same: a test holds them against each other.
 */
import { Offset, PriceType, Side, TimeCondition, VolumeCondition } from '../../core/enums.js';
import type { ExchangeState } from '../../core/state.js';
import type { OrderRequest } from '../gateway/order-request.js';
import { ascii, ByteScanner } from './byte-scanner.js';
import { InstrumentNames } from './instrument-names.js';
import { isSendableId } from './order-fields.js';

export const HotKind = { NONE: 0, SUBMIT: 1, CANCEL: 2, PING: 3 } as const;
export type HotKind = (typeof HotKind)[keyof typeof HotKind];

const OPEN = 0x7b;
const CLOSE = 0x7d;
const COLON = 0x3a;
const COMMA = 0x2c;

const REQUEST_ID_MAX = 64;
const ACCOUNT = ascii('ACC_');
const ACCOUNT_DIGITS = 10;
const ORDER = ascii('O');
const ORDER_DIGITS = 16;

type Names = readonly (readonly [Uint8Array, number])[];

function namesOf(enumeration: Readonly<Record<string, number>>): Names {
  return Object.entries(enumeration).map(([name, number]) => [ascii(name), number]);
}

const KINDS = namesOf({ submit_order: HotKind.SUBMIT, cancel_order: HotKind.CANCEL, ping: HotKind.PING });
const DIRECTIONS = namesOf({ BUY: Side.BUY, SELL: Side.SELL });
const OFFSETS = namesOf(Offset);
const PRICE_TYPES = namesOf({ ...PriceType, ANY: PriceType.MARKET });
const TIME_CONDITIONS = namesOf(TimeCondition);
const VOLUME_CONDITIONS = namesOf(VolumeCondition);

/** Bits of the fields that a message has had. */
const Field = {
  requestId: 1,
  account: 2,
  instrument: 4,
  direction: 8,
  offset: 16,
  orderType: 32,
  volume: 64,
  price: 128,
  timeCondition: 256,
  volumeCondition: 512,
  clientOrderId: 1024,
  orderId: 2048,
} as const;
const SUBMIT_REQUIRED = Field.account | Field.instrument | Field.direction | Field.offset | Field.orderType | Field.volume;
const SUBMIT_ALLOWED = SUBMIT_REQUIRED | Field.requestId | Field.price | Field.timeCondition | Field.volumeCondition | Field.clientOrderId;
const CANCEL_REQUIRED = Field.account | Field.orderId;
const CANCEL_ALLOWED = CANCEL_REQUIRED | Field.requestId;
/** By `HotKind` */
const REQUIRED: readonly number[] = [0, SUBMIT_REQUIRED, CANCEL_REQUIRED, 0];
const ALLOWED: readonly number[] = [0, SUBMIT_ALLOWED, CANCEL_ALLOWED, Field.requestId];

const KEYS: Names = namesOf({
  request_id: Field.requestId,
  account_id: Field.account,
  instrument_id: Field.instrument,
  direction: Field.direction,
  offset: Field.offset,
  order_type: Field.orderType,
  volume: Field.volume,
  price: Field.price,
  time_condition: Field.timeCondition,
  volume_condition: Field.volumeCondition,
  client_order_id: Field.clientOrderId,
  order_id: Field.orderId,
});
const TYPE = ascii('type');
/** Keys by length and first character, which tell them apart. */
const KEY_SLOTS = 64;
const KEYS_BY_SLOT: (Names[number] | undefined)[] = new Array<Names[number] | undefined>(KEY_SLOTS).fill(undefined);
for (const key of KEYS) KEYS_BY_SLOT[keySlot(key[0].length, key[0][0])] = key;
if (KEYS_BY_SLOT.filter((key) => key !== undefined).length !== KEYS.length) throw new Error('two keys share a slot');

function keySlot(length: number, first: number): number {
  return (length * 5 + first) & (KEY_SLOTS - 1);
}

export class HotMessages {
  /** Of the message decoded last; undefined when it has none. */
  requestId: string | undefined;
  /** Of a cancel. */
  account = 0;
  orderId = 0;

  private readonly scanner = new ByteScanner();
  private readonly instruments: InstrumentNames;

  constructor(private readonly state: ExchangeState) {
    this.instruments = new InstrumentNames(state);
  }

  /** What the message is, NONE when it is not of a usual form. An order fills `order`. Nothing keeps `data`. */
  decode(data: ArrayBuffer, order: OrderRequest): HotKind {
    const { scanner } = this;
    scanner.open(Buffer.from(data));
    if (!scanner.take(OPEN) || !scanner.text() || !scanner.is(TYPE) || !scanner.take(COLON) || !scanner.text()) return HotKind.NONE;
    const kind = this.named(KINDS);
    if (kind <= 0) return HotKind.NONE;
    this.requestId = undefined;
    if (kind === HotKind.SUBMIT) order.reset();
    let seen = 0;
    while (scanner.take(COMMA)) {
      const field = this.key();
      if (field === 0 || (seen & field) !== 0 || (ALLOWED[kind] & field) === 0) return HotKind.NONE;
      if (!scanner.take(COLON) || !this.value(field, order)) return HotKind.NONE;
      seen |= field;
    }
    const isWhole = scanner.take(CLOSE) && scanner.peek() === undefined && (seen & REQUIRED[kind]) === REQUIRED[kind];
    return isWhole ? (kind as HotKind) : HotKind.NONE;
  }

  private key(): number {
    const { scanner } = this;
    if (!scanner.text() || scanner.end === scanner.start) return 0;
    const key = KEYS_BY_SLOT[keySlot(scanner.end - scanner.start, scanner.bytes[scanner.start])];
    return key !== undefined && scanner.is(key[0]) ? key[1] : 0;
  }

  /** Reads the value of a field; false when it is not of the usual form. */
  private value(field: number, order: OrderRequest): boolean {
    const { scanner } = this;
    if (field === Field.volume) {
      if (!scanner.whole()) return false;
      order.volume = scanner.number;
      return true;
    }
    if (field === Field.price) {
      if (!scanner.decimal()) return false;
      order.price = scanner.number;
      return true;
    }
    return scanner.text() && this.textValue(field, order);
  }

  private textValue(field: number, order: OrderRequest): boolean {
    const { scanner } = this;
    switch (field) {
      case Field.requestId:
        if (scanner.end - scanner.start > REQUEST_ID_MAX) return false;
        this.requestId = scanner.string();
        return true;
      case Field.account:
        this.account = scanner.id(ACCOUNT, ACCOUNT_DIGITS);
        order.account = this.state.accounts.has(this.account) ? this.account : 0;
        return true;
      case Field.orderId:
        this.orderId = scanner.id(ORDER, ORDER_DIGITS);
        return true;
      case Field.instrument:
        order.instrument = this.instruments.find(scanner);
        return true;
      case Field.direction:
        return (order.side = this.named(DIRECTIONS)) >= 0;
      case Field.offset:
        return (order.offset = this.named(OFFSETS)) >= 0;
      case Field.orderType:
        return (order.priceType = this.named(PRICE_TYPES)) >= 0;
      case Field.timeCondition:
        return (order.timeCondition = this.named(TIME_CONDITIONS)) >= 0;
      case Field.volumeCondition:
        return (order.volumeCondition = this.named(VOLUME_CONDITIONS)) >= 0;
      default:
        order.clientOrderId = scanner.string();
        return isSendableId(order.clientOrderId);
    }
  }

  /** The number of the name read last, or -1. */
  private named(names: Names): number {
    for (const [name, number] of names) if (this.scanner.is(name)) return number;
    return -1;
  }
}
