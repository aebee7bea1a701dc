import * as events from '../core/events.js';
import { AmendEntry, BookSpec, CancelEntry, MassEntry, OrderEntry, PhaseEntry } from '../core/events.js';
import { readAmend } from './amend-frame.js';
import { readBook } from './book-frame.js';
import * as cancelFrame from './cancel-frame.js';
import * as frameHeader from './frame-header.js';
import * as frameLayout from './frame-layout.js';
import type { FrameViews } from './frame-layout.js';
import { readMass } from './mass-frame.js';
import * as orderFrame from './order-frame.js';
import { readPhase } from './phase-frame.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const { FrameKind } = events;
const { AMEND_BYTES, BOOK_BYTES, CANCEL_BYTES, CLIENT_ORDER_ID_BYTES, MASS_BYTES, ORDER_BYTES, PHASE_BYTES } = frameLayout;
const { frameKind, frameLength } = frameHeader;
const { readOrder } = orderFrame;
const { readCancel } = cancelFrame;

/** Receives the commands of one shard in order. The objects are filled again and again: keep no reference. */
export interface CommandHandler {
  newOrder(order: OrderEntry): void;
  cancelOrder(command: CancelEntry): void;
  openBook(spec: BookSpec): void;
  restoreOrder(order: OrderEntry): void;
  amendOrder(command: AmendEntry): void;
  massCancel(command: MassEntry): void;
  setPhase(command: PhaseEntry): void;
  /** An event that is to stand before those of the commands behind it; its frame is gone after the return. */
  originNoted(views: FrameViews, offset: number): void;
}

/** A frame that is no command: of an unknown kind, or of another length than its kind has. Whoever reads on skips it. */
export class MalformedFrame extends RangeError {}

/** Turns frames of a command ring into calls. */
export class CommandDecoder {
  private readonly order = new OrderEntry();
  private readonly cancel = new CancelEntry();
  private readonly spec = new BookSpec();
  private readonly amend = new AmendEntry();
  private readonly mass = new MassEntry();
  private readonly phase = new PhaseEntry();

  constructor(private readonly handler: CommandHandler) {}

  /** Calls exactly one method of the handler; throws `MalformedFrame` on what is no command, before anything has happened. */
  decode(views: FrameViews, offset: number): void {
    const kind = frameKind(views, offset);
    checkLength(kind, frameLength(views, offset));
    switch (kind) {
      case FrameKind.NewOrder:
        readOrder(views, offset, this.order);
        this.handler.newOrder(this.order);
        return;
      case FrameKind.CancelOrder:
        readCancel(views, offset, this.cancel);
        this.handler.cancelOrder(this.cancel);
        return;
      case FrameKind.OpenBook:
        readBook(views, offset, this.spec);
        this.handler.openBook(this.spec);
        return;
      case FrameKind.RestoreOrder:
        readOrder(views, offset, this.order);
        this.handler.restoreOrder(this.order);
        return;
      case FrameKind.AmendOrder:
        readAmend(views, offset, this.amend);
        this.handler.amendOrder(this.amend);
        return;
      case FrameKind.MassCancel:
        readMass(views, offset, this.mass);
        this.handler.massCancel(this.mass);
        return;
      case FrameKind.SetPhase:
        readPhase(views, offset, this.phase);
        this.handler.setPhase(this.phase);
        return;
      case FrameKind.OriginNoted:
        this.handler.originNoted(views, offset);
        return;
      default:
        throw new MalformedFrame(`frame kind ${kind} is no command`);
    }
  }
}

/** By kind; frames of orders may have a trailer. */
const BYTES: readonly number[] = [0, ORDER_BYTES, CANCEL_BYTES, BOOK_BYTES, ORDER_BYTES, AMEND_BYTES, MASS_BYTES, PHASE_BYTES];

function checkLength(kind: number, lengthBytes: number): void {
  if (kind >= BYTES.length || lengthBytes === BYTES[kind]) return;
  if (BYTES[kind] === ORDER_BYTES && lengthBytes === ORDER_BYTES + CLIENT_ORDER_ID_BYTES) return;
  throw new MalformedFrame(`a frame of kind ${kind} has ${lengthBytes} bytes`);
}
