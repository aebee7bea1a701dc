import {
  AmendEntry,
  CancelEntry,
  FrameKind,
  MassEntry,
  OrderEntry,
  PhaseEntry,
  Stamp,
  Trade,
  type EventHandler,
  type RareKind,
} from '../core/events.js';
import { readAmend } from './amend-frame.js';
import { readCancel } from './cancel-frame.js';
import { frameKind, readStamp } from './frame-header.js';
import type { FrameViews } from './frame-layout.js';
import { readMass } from './mass-frame.js';
import { readOrder } from './order-frame.js';
import { readPhase } from './phase-frame.js';
import { decodeRecord, isRareKind } from './records.js';
import { readTrade } from './trade-frame.js';

/** Turns frames of the log into calls. One object per kind is filled again and again: handlers keep no reference. */
export class EventDecoder {
  private readonly order = new OrderEntry();
  private readonly tradeEvent = new Trade();
  private readonly cancel = new CancelEntry();
  private readonly amend = new AmendEntry();
  private readonly mass = new MassEntry();
  private readonly phase = new PhaseEntry();
  private readonly stamp = new Stamp();

  constructor(private readonly handler: EventHandler) {}

  /** Calls exactly one method of the handler; throws on a kind that is not an event. */
  decode(views: FrameViews, offset: number): void {
    const kind = frameKind(views, offset);
    switch (kind) {
      case FrameKind.OrderAccepted:
        readOrder(views, offset, this.order);
        this.handler.orderAccepted(this.order);
        return;
      case FrameKind.Trade:
        readTrade(views, offset, this.tradeEvent);
        this.handler.trade(this.tradeEvent);
        return;
      case FrameKind.OrderCancelled:
        readCancel(views, offset, this.cancel);
        this.handler.orderCancelled(this.cancel);
        return;
      case FrameKind.OrderRefused:
        readOrder(views, offset, this.order);
        this.handler.orderRefused(this.order);
        return;
      case FrameKind.CancelRefused:
        readCancel(views, offset, this.cancel);
        this.handler.cancelRefused(this.cancel);
        return;
      case FrameKind.OrderAmended:
        readAmend(views, offset, this.amend);
        this.handler.orderAmended(this.amend);
        return;
      case FrameKind.AmendRefused:
        readAmend(views, offset, this.amend);
        this.handler.amendRefused(this.amend);
        return;
      case FrameKind.MassCancelled:
        readMass(views, offset, this.mass);
        this.handler.massCancelled(this.mass);
        return;
      case FrameKind.PhaseChanged:
        readPhase(views, offset, this.phase);
        this.handler.phaseChanged(this.phase);
        return;
      case FrameKind.OrderDeclined:
        readOrder(views, offset, this.order);
        this.handler.orderDeclined(this.order);
        return;
      default:
        if (!isRareKind(kind)) throw new RangeError(`frame kind ${kind} is no event`);
        readStamp(views, offset, this.stamp);
        this.rare(kind, views, offset);
    }
  }

  private rare<K extends RareKind>(kind: K, views: FrameViews, offset: number): void {
    this.handler.rare(kind, decodeRecord(kind, views.bytes, offset), this.stamp);
  }
}
