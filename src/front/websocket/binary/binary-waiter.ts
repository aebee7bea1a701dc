/** Answers commands of a session that speaks the binary protocol. A token is the request's number and the kind of its frame. */
import type { OrderTable } from '../../../core/orders.js';
import type { FrameBuffer } from '../../../wire/frame-buffer.js';
import * as answers from '../../../wire/session-answers.js';
import * as layout from '../../../wire/session-layout.js';
import type { CommandWaiter } from '../../gateway/gateway.js';
import { modifyCode } from '../../http/modify-refusal.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const { addOrderAnswer } = answers;
const { SessionKind } = layout;
const REQUESTS = 2 ** 32;

export function tokenOf(kind: number, request: number): number {
  return kind * REQUESTS + request;
}

/** The session, as far as its commands need it. */
export interface BinaryHome {
  readonly orders: OrderTable;
  readonly counters: { refusals: number };
  /** When the events being applied were known to be durable, µs. */
  durableUs(): number;
}

export class BinaryWaiter implements CommandWaiter {
  constructor(
    private readonly session: { frames(): FrameBuffer; noteEntered(orderId: number): void },
    private readonly home: BinaryHome,
  ) {}

  accepted(token: number, slot: number): void {
    this.session.noteEntered(this.home.orders.orderId[slot]);
    this.answer(token, slot, this.home.orders.insertUs[slot]);
  }

  completed(token: number, slot: number): void {
    // a submit was answered when it was accepted
    if (token >= (SessionKind.SUBMIT + 1) * REQUESTS) this.answer(token, slot, this.home.orders.updateUs[slot]);
  }

  refused(token: number, orderId: number, code: number): void {
    const kind = Math.floor(token / REQUESTS);
    this.home.counters.refusals++;
    const told = kind === SessionKind.AMEND ? modifyCode(code) : code;
    addOrderAnswer(this.session.frames(), token - kind * REQUESTS, kind, orderId, 0, 0, 0, told, told === code ? 0 : code);
  }

  private answer(token: number, slot: number, receiveUs: number): void {
    const { orders } = this.home;
    const kind = Math.floor(token / REQUESTS);
    addOrderAnswer(
      this.session.frames(),
      token - kind * REQUESTS,
      kind,
      orders.orderId[slot],
      receiveUs,
      this.home.durableUs(),
      orders.status[slot],
      0,
    );
  }
}
