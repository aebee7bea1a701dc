/**
 * One connection to `/ws/diff`: what it shows, what it is owed, and whether it may be sent (diff.md 3).
 *
 * Nothing waits here but patches that stand for themselves: notices, and what is gone. Of everything else the connection
 * only knows the version that it has seen, so a client that does not peek costs nothing however much happens.
 */
import type { Caller } from '../caller.js';
import type { Origin } from '../services/origin.js';
import { CLOSE_REASONS, CloseCode, type ClientSocket } from '../websocket/client-socket.js';
import { InboundLimit, type MessageBudget } from '../websocket/inbound-limit.js';
import { type Charts } from './charts/charts.js';
import type { Packet } from './packet.js';
import { type Subscription } from './quotes/subscription.js';
import type { UserTree } from './trade/user-tree.js';

/** Patches that may wait for a peek. */
const WAITING_MAX = 10_000;
/** And how long they may be together: more than all charts of a client that comes back. */
const WAITING_CHARACTERS_MAX = 128 * 1024 * 1024;
/** What the socket may hold back of packets that need no credit. */
const HELD_BYTES_MAX = 16 * 1024 * 1024;

/** Who acts on a connection, and what he sees. */
export interface Login {
  readonly caller: Caller;
  readonly token: string;
  readonly tree: UserTree;
  /** Version of the tree that was sent. */
  seen: number;
}

/** What a connection shows. */
export interface ConnectionParts {
  readonly quotes: (connection: DiffConnection) => Subscription;
  readonly statuses: (connection: DiffConnection) => Subscription;
  readonly charts: (connection: DiffConnection) => Charts;
}

/** What connections share. */
export interface ConnectionHome {
  readonly budget: MessageBudget;
  /** Where every connection makes what it sends. */
  readonly packet: Packet;
  /** The connection has something to send: to be flushed before the loop turn ends. */
  touch(connection: DiffConnection): void;
  remove(connection: DiffConnection): void;
  /** Milliseconds of a clock that never goes back. */
  nowMs(): number;
}

export class DiffConnection {
  login: Login | undefined;
  /** Aids that wait for a login, and for its tree: what they are about may be of before. */
  readonly queue: (() => void)[] = [];
  readonly quotes: Subscription;
  readonly statuses: Subscription;
  readonly charts: Charts;
  readonly inbound: InboundLimit;
  /** When the last frame of any kind came. */
  seenMs: number;
  pingDueMs = 0;
  isTouched = false;

  /** The client has asked for more; it may be sent one packet. A new connection need not ask (diff.md 3.2). */
  private credit = true;
  private waiting: string[] = [];
  private waitingCharacters = 0;
  private ended = false;

  constructor(
    readonly number: number,
    /** Where it comes from. */
    readonly origin: Origin,
    private readonly socket: ClientSocket,
    private readonly home: ConnectionHome,
    parts: ConnectionParts,
  ) {
    this.inbound = new InboundLimit(home.budget);
    this.seenMs = home.nowMs();
    this.quotes = parts.quotes(this);
    this.statuses = parts.statuses(this);
    this.charts = parts.charts(this);
  }

  get isClosed(): boolean {
    return this.ended;
  }

  get budgetKey(): string | number {
    return this.login?.caller.user.user ?? `diff ${this.number}`;
  }

  /** Takes a peek; false when the one before has not been used, so that this one was for nothing. */
  peek(): boolean {
    const isNew = !this.credit;
    this.credit = true;
    this.home.touch(this);
    return isNew;
  }

  /** A merge patch (JSON text) that stands for itself. Patches are sent in order, before what has changed. */
  push(patch: string): void {
    if (this.ended) return;
    this.waiting.push(patch);
    this.waitingCharacters += patch.length;
    this.home.touch(this);
    if (this.waiting.length > WAITING_MAX || this.waitingCharacters > WAITING_CHARACTERS_MAX) this.close(CloseCode.slowConsumer);
  }

  /** A packet that is not `rtn_data` and needs no credit. */
  sendNow(packet: string | Uint8Array): void {
    if (this.ended) return;
    this.socket.send(packet, false);
    if (this.socket.getBufferedAmount() > HELD_BYTES_MAX) this.close(CloseCode.slowConsumer);
  }

  treeChanged(): void {
    this.somethingChanged();
  }

  treeCompleted(): void {
    for (const handle of this.queue.splice(0)) handle();
  }

  /** Without a credit nothing could be sent: the next peek looks anew. */
  somethingChanged(): void {
    if (!this.ended && this.credit) this.home.touch(this);
  }

  /** Sends all that is owed, if the client has asked. Everything up to `version` is in the tree. */
  flush(version: number): void {
    if (this.ended || !this.credit) return;
    const { packet } = this.home;
    packet.begin();
    this.write(packet, version);
    if (packet.isEmpty) return;
    this.credit = false;
    this.sendNow(packet.end());
  }

  private write(packet: Packet, version: number): void {
    const { login } = this;
    for (const patch of this.waiting) packet.patch(patch);
    this.waiting = [];
    this.waitingCharacters = 0;
    packet.beginPatch();
    this.quotes.write(packet, version);
    this.statuses.write(packet, version);
    if (login !== undefined) {
      const member = login.tree.patchSince(login.seen);
      if (member !== '') packet.member(member);
      login.seen = version;
    }
    packet.endPatch();
    for (const patch of this.charts.patches(version)) packet.patch(patch);
  }

  ping(): void {
    if (!this.ended) this.socket.ping();
  }

  close(code: CloseCode): void {
    if (this.ended) return;
    this.home.remove(this);
    this.socket.end(code, CLOSE_REASONS[code]);
  }

  /** The connection is gone: the socket must not be touched from now on. */
  end(): void {
    this.ended = true;
    this.waiting = [];
    this.queue.length = 0;
    this.quotes.clear();
    this.statuses.clear();
    this.charts.clear();
  }
}
