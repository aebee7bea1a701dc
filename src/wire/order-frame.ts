/** NewOrder, RestoreOrder, OrderAccepted and OrderRefused. */
import type { OrderEntry, Stamp } from '../core/events.js';
import * as clientOrderId from './client-order-id.js';
import * as frameHeader from './frame-header.js';
import * as frameLayout from './frame-layout.js';
import type { FrameViews } from './frame-layout.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const { CLIENT_ORDER_ID_BYTES, ORDER_BYTES, OrderAt } = frameLayout;
const { readStamp, writeHeader } = frameHeader;
const { readClientOrderId, writeClientOrderId } = clientOrderId;

/** Bytes to claim for `entry`. */
export function orderFrameBytes(entry: OrderEntry): number {
  return entry.clientId.length === 0 ? ORDER_BYTES : ORDER_BYTES + CLIENT_ORDER_ID_BYTES;
}

/** Writes the whole frame, `orderFrameBytes(entry)` long; the header from `stamp`, but its kind from `kind`. */
export function writeOrder(views: FrameViews, offset: number, kind: number, entry: OrderEntry, stamp: Stamp = entry.stamp): void {
  writeHeader(views, offset, orderFrameBytes(entry), kind, stamp);
  writeOrderBody(views, offset, entry);
}

/** Writes all but the header. */
export function writeOrderBody(views: FrameViews, offset: number, entry: OrderEntry): void {
  const { words, doubles } = views;
  const word = offset >>> 2;
  const double = offset >>> 3;
  const id = entry.clientId;
  doubles[double + (OrderAt.orderId >> 3)] = entry.orderId;
  doubles[double + (OrderAt.price >> 3)] = entry.price;
  doubles[double + (OrderAt.freezePrice >> 3)] = entry.freezePrice;
  doubles[double + (OrderAt.prioritySequence >> 3)] = entry.prioritySequence;
  words[word + (OrderAt.account >> 2)] = entry.account;
  words[word + (OrderAt.instrument >> 2)] = entry.instrument;
  words[word + (OrderAt.volume >> 2)] = entry.volume;
  words[word + (OrderAt.leaves >> 2)] = entry.leaves;
  words[word + (OrderAt.minVolume >> 2)] = entry.minVolume;
  words[word + (OrderAt.gtdDate >> 2)] = entry.gtdDate;
  words[word + (OrderAt.request >> 2)] = entry.request;
  words[word + (OrderAt.selfTradeGroup >> 2)] = entry.selfTradeGroup;
  words[word + (OrderAt.codeSideOffset >> 2)] = entry.code | (entry.side << 16) | (entry.offset << 24);
  words[word + (OrderAt.conditions >> 2)] =
    entry.priceType | (entry.timeCondition << 8) | (entry.volumeCondition << 16) | (entry.selfTradeMode << 24);
  words[word + (OrderAt.options >> 2)] = id.length | (entry.residual << 8) | (entry.postOnly << 16) | (entry.closeFirst << 24);
  words[word + (OrderAt.maxSlippageTicks >> 2)] = entry.maxSlippageTicks;
  if (id.length !== 0) writeClientOrderId(views, offset + OrderAt.clientOrderId, id);
}

/** Fills `into` from the frame. Allocates nothing. */
export function readOrder(views: FrameViews, offset: number, into: OrderEntry): void {
  readStamp(views, offset, into.stamp);
  const { words, doubles } = views;
  const word = offset >>> 2;
  const double = offset >>> 3;
  into.orderId = doubles[double + (OrderAt.orderId >> 3)]!;
  into.price = doubles[double + (OrderAt.price >> 3)]!;
  into.freezePrice = doubles[double + (OrderAt.freezePrice >> 3)]!;
  into.prioritySequence = doubles[double + (OrderAt.prioritySequence >> 3)]!;
  into.account = words[word + (OrderAt.account >> 2)] >>> 0;
  into.instrument = words[word + (OrderAt.instrument >> 2)] >>> 0;
  into.volume = words[word + (OrderAt.volume >> 2)] >>> 0;
  into.leaves = words[word + (OrderAt.leaves >> 2)] >>> 0;
  into.minVolume = words[word + (OrderAt.minVolume >> 2)] >>> 0;
  into.gtdDate = words[word + (OrderAt.gtdDate >> 2)] >>> 0;
  into.request = words[word + (OrderAt.request >> 2)] >>> 0;
  into.selfTradeGroup = words[word + (OrderAt.selfTradeGroup >> 2)] >>> 0;
  const codeSideOffset = words[word + (OrderAt.codeSideOffset >> 2)];
  into.code = codeSideOffset & 0xffff;
  into.side = (codeSideOffset >>> 16) & 0xff;
  into.offset = codeSideOffset >>> 24;
  const conditions = words[word + (OrderAt.conditions >> 2)];
  into.priceType = conditions & 0xff;
  into.timeCondition = (conditions >>> 8) & 0xff;
  into.volumeCondition = (conditions >>> 16) & 0xff;
  into.selfTradeMode = conditions >>> 24;
  const options = words[word + (OrderAt.options >> 2)];
  into.residual = (options >>> 8) & 0xff;
  into.postOnly = (options >>> 16) & 0xff;
  into.closeFirst = options >>> 24;
  into.maxSlippageTicks = words[word + (OrderAt.maxSlippageTicks >> 2)] >>> 0;
  const idLength = options & 0xff;
  if (idLength === 0) into.clientId.length = 0;
  else readClientOrderId(views, offset + OrderAt.clientOrderId, idLength, into.clientId);
}
