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

type Reader = (decoder: EventDecoder, views: FrameViews, offset: number) => void;

/** Turns frames of the log into calls. One object per kind is filled again and again: handlers keep no reference. */
export class EventDecoder {
  /**
   * By kind. Each event is a call through this table, so that V8 compiles what the kinds do one by one: of a switch it makes one
   * function that holds all the code behind it, once for every caller, and begins anew when any of it turns out different.
   */
  private static readonly readers: readonly (Reader | undefined)[] = EventDecoder.makeReaders();

  private readonly order = new OrderEntry();
  private readonly tradeEvent = new Trade();
  private readonly cancel = new CancelEntry();
  private readonly amend = new AmendEntry();
  private readonly mass = new MassEntry();
  private readonly phase = new PhaseEntry();
  private readonly stamp = new Stamp();

  constructor(private readonly handler: EventHandler) {}

  /** Calls exactly one method of the handler that takes an event; throws on a kind that is not an event. */
  decode(views: FrameViews, offset: number): void {
    const kind = frameKind(views, offset);
    const { readers } = EventDecoder;
    const read = kind < readers.length ? readers[kind] : undefined;
    if (read !== undefined) read(this, views, offset);
    else this.readRare(kind, views, offset);
  }

  private static makeReaders(): (Reader | undefined)[] {
    const readers: (Reader | undefined)[] = [];
    readers[FrameKind.OrderAccepted] = (decoder, views, offset) => {
      readOrder(views, offset, decoder.order);
      decoder.handler.orderAccepted(decoder.order);
    };
    readers[FrameKind.Trade] = (decoder, views, offset) => {
      readTrade(views, offset, decoder.tradeEvent);
      decoder.handler.trade(decoder.tradeEvent);
    };
    readers[FrameKind.OrderCancelled] = (decoder, views, offset) => {
      readCancel(views, offset, decoder.cancel);
      decoder.handler.orderCancelled(decoder.cancel);
    };
    readers[FrameKind.OrderRefused] = (decoder, views, offset) => {
      readOrder(views, offset, decoder.order);
      decoder.handler.orderRefused(decoder.order);
    };
    readers[FrameKind.CancelRefused] = (decoder, views, offset) => {
      readCancel(views, offset, decoder.cancel);
      decoder.handler.cancelRefused(decoder.cancel);
    };
    readers[FrameKind.OrderAmended] = (decoder, views, offset) => {
      readAmend(views, offset, decoder.amend);
      decoder.handler.orderAmended(decoder.amend);
    };
    readers[FrameKind.AmendRefused] = (decoder, views, offset) => {
      readAmend(views, offset, decoder.amend);
      decoder.handler.amendRefused(decoder.amend);
    };
    readers[FrameKind.MassCancelled] = (decoder, views, offset) => {
      readMass(views, offset, decoder.mass);
      decoder.handler.massCancelled(decoder.mass);
    };
    readers[FrameKind.PhaseChanged] = (decoder, views, offset) => {
      readPhase(views, offset, decoder.phase);
      decoder.handler.phaseChanged(decoder.phase);
    };
    readers[FrameKind.OrderDeclined] = (decoder, views, offset) => {
      readOrder(views, offset, decoder.order);
      decoder.handler.orderDeclined(decoder.order);
    };
    // without holes, which would be looked up in the prototypes of the array
    return Array.from(readers);
  }

  private readRare(kind: number, views: FrameViews, offset: number): void {
    if (!isRareKind(kind)) throw new RangeError(`frame kind ${kind} is no event`);
    readStamp(views, offset, this.stamp);
    if (this.handler.passesOver?.(kind, this.stamp) !== true) this.rare(kind, views, offset);
  }

  private rare<K extends RareKind>(kind: K, views: FrameViews, offset: number): void {
    this.handler.rare(kind, decodeRecord(kind, views.bytes, offset), this.stamp);
  }
}
