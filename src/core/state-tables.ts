/**
 * The large tables of the state (positions with their lots, live orders, client order ids) as bytes and back, field by
 * field: all values of one, then all of the next. So a snapshot is mostly memory copied, at a size that follows the types
 * below, whatever the tables look like in memory.
 */
import { assert } from './assert.js';
import type { ByteReader, ByteWriter, Values } from './byte-writer.js';
import { ClientOrderId } from './client-order-id.js';
import type { Field } from './columns.js';
import { OrderEntry } from './events.js';
import { pairKey, type PositionTable } from './positions.js';
import type { ExchangeState } from './state.js';

/** The live orders' fields by their types in a snapshot. */
const ORDER_FIELDS = {
  f64: [
    'price',
    'freezePrice',
    'prioritySequence',
    'exchangeOrderId',
    'filledNotional',
    'frozenMargin',
    'frozenFee',
    'insertUs',
    'updateUs',
    'minVolume',
    'gtdDate',
    'selfTradeGroup',
    'maxSlippageTicks',
  ],
  u32: ['account', 'instrument', 'volume', 'filled', 'cancelled', 'frozenHis', 'frozenToday', 'openLots', 'status'],
  u8: ['side', 'offset', 'priceType', 'timeCondition', 'volumeCondition', 'selfTradeMode', 'residual', 'postOnly', 'closeFirst'],
} as const;

/** Of each side of a position. */
const SIDE_FIELDS = {
  f64: ['openNotional', 'basisNotional', 'margin', 'openFrozenMargin'],
  u32: ['volume', 'openLots'],
  u8: [],
} as const;

const ARRAYS = { f64: Float64Array, u32: Uint32Array, u8: Uint8Array };

type FieldsByType<N extends string> = { readonly [T in keyof typeof ARRAYS]: readonly N[] };

export function writePositions(out: ByteWriter, state: ExchangeState): void {
  const p = state.positions;
  const keys = Float64Array.from(p.numbers(), (position) => pairKey(p.account[position], p.instrument[position])).sort();
  const positions = Uint32Array.from(keys, (key) => p.find(Math.floor(key / pairKey(1, 0)), key % pairKey(1, 0)));
  out.u32(positions.length);
  out.values(gathered(p.account, positions, new Uint32Array(positions.length)));
  out.values(gathered(p.instrument, positions, new Uint32Array(positions.length)));
  writeFields(out, p, SIDE_FIELDS, spread(positions, 2));
  out.values(gathered(p.frozenVolume, spread(positions, 4), new Uint32Array(positions.length * 4)));
  writeLots(out, p, positions);
}

export function readPositions(input: ByteReader, state: ExchangeState): void {
  const p = state.positions;
  const count = input.u32();
  const accounts = input.values(new Uint32Array(count));
  const instruments = input.values(new Uint32Array(count));
  p.reserve(count);
  const positions = accounts.map((account, i) => state.ledger.positionFor(account, instruments[i]));
  readFields(input, p, SIDE_FIELDS, spread(positions, 2));
  for (const position of positions) p.restoreNet(position);
  scatter(input.values(new Uint32Array(count * 4)), p.frozenVolume, spread(positions, 4));
  readLots(input, p, positions);
}

/** How many lots each bucket of each side has, then all lots. */
function writeLots(out: ByteWriter, p: PositionTable, positions: Uint32Array): void {
  const counts = new Uint32Array(positions.length * 4);
  const openPrices: number[] = [];
  const bases: number[] = [];
  const tradeIds: number[] = [];
  const volumes: number[] = [];
  const openDays: number[] = [];
  for (let list = 0; list < counts.length; list++) {
    const sideIndex = positions[list >> 2] * 2 + ((list >> 1) & 1);
    for (const lot of p.lots(sideIndex, list & 1)) {
      counts[list]++;
      openPrices.push(lot.openPrice);
      bases.push(lot.basis);
      tradeIds.push(lot.tradeId);
      volumes.push(lot.volume);
      openDays.push(lot.openDay);
    }
  }
  out.values(counts);
  for (const list of [openPrices, bases, tradeIds]) out.values(Float64Array.from(list));
  for (const list of [volumes, openDays]) out.values(Uint32Array.from(list));
}

function readLots(input: ByteReader, p: PositionTable, positions: Uint32Array): void {
  const counts = input.values(new Uint32Array(positions.length * 4));
  const lots = counts.reduce((sum, count) => sum + count, 0);
  const [openPrices, bases, tradeIds] = [0, 1, 2].map(() => input.values(new Float64Array(lots)));
  const [volumes, openDays] = [0, 1].map(() => input.values(new Uint32Array(lots)));
  let lot = 0;
  for (let list = 0; list < counts.length; list++) {
    const sideIndex = positions[list >> 2] * 2 + ((list >> 1) & 1);
    for (let left = counts[list]; left > 0; left--, lot++) {
      p.addLot(sideIndex, list & 1, openPrices[lot], bases[lot], volumes[lot], tradeIds[lot], openDays[lot]);
    }
  }
}

export function writeOrders(out: ByteWriter, state: ExchangeState): void {
  const o = state.orders;
  const orderIds = Float64Array.from(liveSlots(state), (slot) => o.orderId[slot]).sort();
  const slots = Uint32Array.from(orderIds, (orderId) => o.find(orderId));
  out.u32(slots.length);
  out.values(orderIds);
  out.texts(Array.from(slots, (slot) => o.clientOrderId(slot)));
  writeFields(out, o, ORDER_FIELDS, slots);
}

export function readOrders(input: ByteReader, state: ExchangeState): void {
  const o = state.orders;
  const orderIds = input.values(new Float64Array(input.u32()));
  const entry = new OrderEntry();
  const { lengths, bytes } = input.asciiTexts(orderIds.length);
  o.reserve(orderIds.length);
  let from = 0;
  const slots = Uint32Array.from(orderIds, (orderId, i) => {
    entry.orderId = orderId;
    entry.clientId.takeBytes(bytes, from, lengths[i]);
    from += lengths[i];
    return o.insert(entry);
  });
  readFields(input, o, ORDER_FIELDS, slots);
  for (const slot of slots) {
    o.position[slot] = state.positions.find(o.account[slot], o.instrument[slot]);
    state.linkToAccount(slot);
  }
}

export function writeClientOrderIds(out: ByteWriter, state: ExchangeState): void {
  const accounts = Uint32Array.from(state.clientOrderIds.accounts());
  const texts: string[] = [];
  const orderIds: number[] = [];
  const counts = accounts.map((account) => {
    const ids = state.clientOrderIds.of(account);
    for (const [text, orderId] of ids) {
      texts.push(text);
      orderIds.push(orderId);
    }
    return ids.length;
  });
  out.u32(accounts.length);
  out.values(accounts);
  out.values(counts);
  out.values(Float64Array.from(orderIds));
  out.texts(texts);
}

export function readClientOrderIds(input: ByteReader, state: ExchangeState): void {
  const accounts = input.values(new Uint32Array(input.u32()));
  const counts = input.values(new Uint32Array(accounts.length));
  const orderIds = input.values(new Float64Array(counts.reduce((sum, count) => sum + count, 0)));
  const { lengths, bytes } = input.asciiTexts(orderIds.length);
  const id = new ClientOrderId();
  let at = 0;
  let from = 0;
  for (let i = 0; i < accounts.length; i++) {
    for (const end = at + counts[i]; at < end; at++) {
      id.takeBytes(bytes, from, lengths[at]);
      from += lengths[at];
      state.clientOrderIds.add(accounts[i], id, orderIds[at]);
    }
  }
}

/** The slots of all live orders, in no particular order. */
export function liveSlots(state: ExchangeState): number[] {
  const slots: number[] = [];
  for (let account = 1; account <= state.accounts.count; account++) {
    for (let slot = state.accounts.firstOrder[account]; slot !== 0; slot = state.orders.nextOfAccount[slot]) slots.push(slot);
  }
  return slots;
}

function writeFields<N extends string>(
  out: ByteWriter,
  table: Readonly<Record<N, Field>>,
  fields: FieldsByType<N>,
  places: Uint32Array,
): void {
  for (const type of ['f64', 'u32', 'u8'] as const) {
    for (const field of fields[type]) out.values(gathered(table[field], places, new ARRAYS[type](places.length)));
  }
}

function readFields<N extends string>(
  input: ByteReader,
  table: Readonly<Record<N, Field>>,
  fields: FieldsByType<N>,
  places: Uint32Array,
): void {
  for (const type of ['f64', 'u32', 'u8'] as const) {
    for (const field of fields[type]) scatter(input.values(new ARRAYS[type](places.length)), table[field], places);
  }
}

function gathered(field: Field, places: Uint32Array, into: Values): Values {
  for (let i = 0; i < places.length; i++) {
    const value = field[places[i]];
    into[i] = value;
    assert(into[i] === value, 'a value that fits the type of its field');
  }
  return into;
}

function scatter(values: Values, field: Field, places: Uint32Array): void {
  for (let i = 0; i < places.length; i++) field[places[i]] = values[i];
}

/** Of records at `positions` the places of their `parts` parts. */
function spread(positions: Uint32Array, parts: number): Uint32Array {
  const places = new Uint32Array(positions.length * parts);
  for (let i = 0; i < places.length; i++) places[i] = positions[Math.floor(i / parts)] * parts + (i % parts);
  return places;
}
