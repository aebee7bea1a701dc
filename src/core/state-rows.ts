/** The tables of `state-tables.ts` as snapshots up to format 5 hold them: record by record. Read, never written. */
import { ClientOrderId } from './client-order-id.js';
import type { ByteReader } from './byte-writer.js';
import { OrderEntry } from './events.js';
import type { ExchangeState } from './state.js';

const SIDE_FIELDS = ['volume', 'openNotional', 'basisNotional', 'margin', 'openFrozenMargin', 'openLots'] as const;

const ENTRY_FIELDS = [
  'orderId',
  'price',
  'freezePrice',
  'prioritySequence',
  'account',
  'instrument',
  'volume',
  'minVolume',
  'gtdDate',
  'selfTradeGroup',
  'side',
  'offset',
  'priceType',
  'timeCondition',
  'volumeCondition',
  'selfTradeMode',
  'residual',
  'postOnly',
  'closeFirst',
  'maxSlippageTicks',
] as const satisfies readonly (keyof OrderEntry)[];

/** What an order keeps beyond the fields of its acceptance. */
const ORDER_FIELDS = [
  'exchangeOrderId',
  'filledNotional',
  'frozenMargin',
  'frozenFee',
  'insertUs',
  'updateUs',
  'filled',
  'cancelled',
  'frozenHis',
  'frozenToday',
  'openLots',
  'status',
] as const;

export function readPositionRows(input: ByteReader, state: ExchangeState): void {
  const p = state.positions;
  for (let left = input.u32(); left > 0; left--) {
    const position = state.ledger.positionFor(input.u32(), input.u32());
    for (let sideIndex = position * 2; sideIndex < position * 2 + 2; sideIndex++) {
      for (const field of SIDE_FIELDS) p[field][sideIndex] = input.f64();
      for (let bucket = 0; bucket < 2; bucket++) {
        p.frozenVolume[sideIndex * 2 + bucket] = input.u32();
        for (let lots = input.u32(); lots > 0; lots--) {
          p.addLot(sideIndex, bucket, input.f64(), input.f64(), input.u32(), input.f64(), input.u32());
        }
      }
    }
    p.restoreNet(position);
  }
}

export function readOrderRows(input: ByteReader, state: ExchangeState): void {
  const o = state.orders;
  const entry = new OrderEntry();
  for (let left = input.u32(); left > 0; left--) {
    for (const field of ENTRY_FIELDS) entry[field] = input.f64();
    entry.clientOrderId = input.text();
    const slot = o.insert(entry);
    for (const field of ORDER_FIELDS) o[field][slot] = input.f64();
    o.position[slot] = state.positions.find(entry.account, entry.instrument);
    state.linkToAccount(slot);
  }
}

export function readClientOrderIdRows(input: ByteReader, state: ExchangeState): void {
  const id = new ClientOrderId();
  for (let accounts = input.u32(); accounts > 0; accounts--) {
    const account = input.u32();
    for (let left = input.u32(); left > 0; left--) {
      id.text = input.text();
      state.clientOrderIds.add(account, id, input.f64());
    }
  }
}
