import * as assertions from '../core/assert.js';
import * as events from '../core/events.js';
import {
  PhaseEntry,
  Stamp,
  type AmendEntry,
  type CancelEntry,
  type MassEntry,
  type MatchSink,
  type OrderEntry,
  type Trade,
} from '../core/events.js';
import type { RingProducer } from '../ring/ring-producer.js';
import { writeAmend } from './amend-frame.js';
import * as cancelFrame from './cancel-frame.js';
import * as frameHeader from './frame-header.js';
import * as frameLayout from './frame-layout.js';
import type { FrameViews } from './frame-layout.js';
import { writeMass } from './mass-frame.js';
import * as orderFrame from './order-frame.js';
import { writePhase } from './phase-frame.js';
import * as tradeFrame from './trade-frame.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const assert: typeof assertions.assert = assertions.assert;
const { FrameKind } = events;
const { AMEND_BYTES, AmendAt, CANCEL_BYTES, HeaderAt, MASS_BYTES, MassAt, OrderAt, PHASE_BYTES, TRADE_BYTES } = frameLayout;
const { frameLength, frameTimeUs, markEndOfCommand, writeHeader } = frameHeader;
const { orderFrameBytes, writeOrderBody } = orderFrame;
const { writeTradeBody } = tradeFrame;
const { writeCancelBody } = cancelFrame;

const NOTHING_YET = -1;
const CLOSED = -2;

/** A full ring means that the log is behind: look again at least this often, only to notice a command that never fits. */
const SPACE_TIMEOUT_MS = 100;

/**
 * Writes what a matching worker decides into its event ring, stamped and in order. Nobody ever sees half a command:
 * `flush` shows what is complete, once per batch, and so does a full ring before it makes the worker wait.
 *
 * The events of one command must fit the ring together: at 80 bytes a fill, 64 MiB hold 800 000 of them.
 */
export class MatchPublisher implements MatchSink {
  private readonly stamp = new Stamp();
  private readonly phase = new PhaseEntry();
  /** End of the last complete command. */
  private complete: number;
  /** Place of the command's last frame so far, or NOTHING_YET, or CLOSED between two commands. */
  private last = CLOSED;

  /** `source` is the number of the ring that every frame carries, 1.. for shards. */
  constructor(
    private readonly producer: RingProducer,
    source: number,
  ) {
    this.stamp.source = source;
    this.complete = producer.mark();
  }

  beginCommand(timeUs: number, shardSequence: number, origin: number): void {
    assert(this.last === CLOSED, 'the command before has ended');
    this.last = NOTHING_YET;
    this.stamp.timeUs = timeUs;
    this.stamp.shardSequence = shardSequence;
    this.stamp.origin = origin;
  }

  orderAccepted(order: OrderEntry, prioritySequence: number): void {
    const offset = this.order(FrameKind.OrderAccepted, order);
    this.producer.doubles[(offset + OrderAt.prioritySequence) >>> 3] = prioritySequence;
  }

  orderRefused(order: OrderEntry, code: number): void {
    const offset = this.order(FrameKind.OrderRefused, order);
    this.producer.words[(offset + OrderAt.codeSideOffset) >>> 2] = code | (order.side << 16) | (order.offset << 24);
  }

  trade(trade: Trade): void {
    const offset = this.begin(FrameKind.Trade, TRADE_BYTES);
    writeTradeBody(this.producer, offset, trade);
  }

  orderCancelled(
    orderId: number,
    account: number,
    instrument: number,
    volume: number,
    reason: number,
    code: number,
    request: number,
  ): void {
    const offset = this.begin(FrameKind.OrderCancelled, CANCEL_BYTES);
    writeCancelBody(this.producer, offset, orderId, account, instrument, volume, request, reason, code);
  }

  cancelRefused(command: CancelEntry, code: number): void {
    const offset = this.begin(FrameKind.CancelRefused, CANCEL_BYTES);
    const { orderId, account, instrument, volume, request, reason } = command;
    writeCancelBody(this.producer, offset, orderId, account, instrument, volume, request, reason, code);
  }

  orderAmended(amended: AmendEntry): void {
    this.amend(FrameKind.OrderAmended, amended);
  }

  amendRefused(command: AmendEntry, code: number): void {
    const offset = this.amend(FrameKind.AmendRefused, command);
    this.producer.words[(offset + AmendAt.codeCloseFirst) >>> 2] = code | (command.closeFirst << 16);
  }

  massCancelled(command: MassEntry, count: number, code: number): void {
    const offset = this.claim(MASS_BYTES);
    writeMass(this.producer, offset, FrameKind.MassCancelled, command, this.stamp);
    this.producer.words[(offset + MassAt.count) >>> 2] = count;
    this.producer.words[(offset + MassAt.codeSide) >>> 2] = code | (command.side << 16) | (command.reason << 24);
  }

  phaseChanged(instrument: number, phase: number, status: number, reason: number, request: number): void {
    const entry = this.phase;
    entry.instrument = instrument;
    entry.phase = phase;
    entry.status = status;
    entry.reason = reason;
    entry.request = request;
    const offset = this.claim(PHASE_BYTES);
    writePhase(this.producer, offset, FrameKind.PhaseChanged, entry, this.stamp);
  }

  endCommand(): void {
    assert(this.last >= 0, 'a command under way with an event');
    markEndOfCommand(this.producer, this.last);
    this.last = CLOSED;
    this.complete = this.producer.mark();
  }

  /** An event of the front that belongs before what follows here: a command of its own, and none of the books. */
  passOn(from: FrameViews, offset: number): void {
    const length = frameLength(from, offset);
    this.beginCommand(frameTimeUs(from, offset), 0, 0);
    const at = this.claim(length);
    this.producer.bytes.set(from.bytes.subarray(offset, offset + length), at);
    this.producer.bytes[at + HeaderAt.source] = this.stamp.source;
    this.endCommand();
  }

  /** Makes all complete commands visible and wakes the reader. */
  flush(): void {
    this.producer.publish(this.complete);
  }

  private order(kind: number, order: OrderEntry): number {
    const offset = this.begin(kind, orderFrameBytes(order));
    writeOrderBody(this.producer, offset, order);
    return offset;
  }

  private amend(kind: number, entry: AmendEntry): number {
    const offset = this.claim(AMEND_BYTES);
    writeAmend(this.producer, offset, kind, entry, this.stamp);
    return offset;
  }

  /** Room for the command's next frame, with its header written. */
  private begin(kind: number, lengthBytes: number): number {
    const offset = this.claim(lengthBytes);
    writeHeader(this.producer, offset, lengthBytes, kind, this.stamp);
    return offset;
  }

  /** Room for the command's next frame; blocks while the ring is full. */
  private claim(lengthBytes: number): number {
    assert(this.last !== CLOSED, 'events lie between beginCommand and endCommand');
    const offset = this.producer.claim(lengthBytes);
    if (offset < 0) return this.waitAndClaim(lengthBytes) | 0;
    this.last = offset;
    return offset;
  }

  private waitAndClaim(lengthBytes: number): number {
    // Whoever reads the ring can only give back what it sees.
    this.flush();
    for (;;) {
      const drained = this.producer.depthBytes() === 0;
      const offset = this.producer.claim(lengthBytes);
      if (offset >= 0) {
        this.last = offset;
        return offset;
      }
      assert(!drained, 'the events of one command fit the event ring');
      this.producer.waitForSpace(lengthBytes, SPACE_TIMEOUT_MS);
    }
  }
}
