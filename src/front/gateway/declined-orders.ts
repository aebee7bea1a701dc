/**
 * Notes in the log what the front refused, so that the stream of orders can be run again under other rules: an order that
 * lacked margin then may have it there. Nobody waits for the note, and nothing follows from it.
 *
 * Only refusals that speak of the order and its account are noted. Those that speak of the moment (busy, closed, storage
 * failed), of a caller who may not do this at all, or of an order that no rules could make sense of, would be the same again.
 * A client that floods is refused just as fast; what goes beyond the rate is counted in the next note, not noted itself.
 */
import { VolumeCondition } from '../../core/enums.js';
import { FrameKind, OrderEntry } from '../../core/events.js';
import { timeConditionOf } from '../../core/order-rules.js';
import type { RingProducer } from '../../ring/ring-producer.js';
import { orderFrameBytes, writeOrder } from '../../wire/order-frame.js';
import type { EventClock } from '../clock.js';
import type { OrderRequest } from './order-request.js';
import type { CommandOrigin, Origins } from './origins.js';

/** Notes a second: 0.2 MB of log at most, a tenth of what the same clients could write with orders that are accepted. */
export const NOTES_PER_SECOND = 1000;

const SECOND_US = 1_000_000;
const U32_MAX = 0xffff_ffff;
const NOT_NOTED: ReadonlySet<number> = new Set([1006, 1007, 1008, 3003, 4001, 5002, 9004, 9005, 9006]);

export class DeclinedOrders {
  private readonly entry = new OrderEntry();
  private secondUs = 0;
  private notes = 0;
  /** Declined since the last note. */
  private left = 0;

  /** `ring` is the front's own event ring. */
  constructor(
    private readonly ring: RingProducer,
    private readonly clock: EventClock,
    private readonly origins: Pick<Origins, 'numberFor'>,
  ) {
    this.entry.stamp.endOfCommand = true;
  }

  note(code: number, request: OrderRequest, origin?: CommandOrigin): void {
    if (NOT_NOTED.has(code) || !isWhole(request)) return;
    const timeUs = this.clock.nowUs();
    if (timeUs - this.secondUs >= SECOND_US) {
      this.secondUs = timeUs;
      this.notes = 0;
    }
    if (this.notes >= NOTES_PER_SECOND || !this.write(code, request, timeUs, origin)) {
      this.left++;
      return;
    }
    this.notes++;
    this.left = 0;
  }

  /** False when the ring is full: whoever needs it more comes first. */
  private write(code: number, request: OrderRequest, timeUs: number, origin: CommandOrigin | undefined): boolean {
    const { entry, ring } = this;
    const number = this.origins.numberFor(entry.stamp.source, origin);
    if (number === -1) return false;
    entry.stamp.origin = number;
    entry.stamp.timeUs = timeUs;
    entry.code = code;
    entry.leaves = Math.min(this.left, U32_MAX);
    entry.account = request.account;
    entry.instrument = request.instrument;
    entry.side = request.side;
    entry.offset = request.offset;
    entry.priceType = request.priceType;
    entry.timeCondition = timeConditionOf(request);
    entry.volumeCondition = request.volumeCondition;
    entry.selfTradeMode = request.selfTradeMode;
    entry.residual = request.residual;
    entry.postOnly = request.postOnly;
    entry.price = request.price;
    entry.volume = request.volume;
    entry.minVolume = request.volumeCondition === VolumeCondition.MIN ? request.minVolume : 0;
    entry.gtdDate = request.gtdDate;
    entry.maxSlippageTicks = request.maxSlippageTicks;
    entry.clientOrderId = request.clientOrderId;
    const offset = ring.claim(orderFrameBytes(entry));
    if (offset === -1) return false;
    writeOrder(ring, offset, FrameKind.OrderDeclined, entry);
    ring.publish();
    return true;
  }
}

/** Whether a frame can say what was asked for. */
function isWhole(request: OrderRequest): boolean {
  const { account, instrument, side, offset, priceType, volumeCondition, residual, selfTradeMode, price } = request;
  if (account === 0 || instrument === 0 || side < 0 || offset < 0 || priceType < 0 || volumeCondition < 0) return false;
  if (residual < 0 || selfTradeMode < 0 || timeConditionOf(request) < 0) return false;
  if (!Number.isSafeInteger(price) || price < 0) return false;
  return isU32(request.volume) && isU32(request.minVolume) && isU32(request.gtdDate) && isU32(request.maxSlippageTicks);
}

function isU32(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= U32_MAX;
}
