/** Looks at every connection now and then: pings it, and ends those that are silent, stuck, nameless or expired. */
import { CloseCode } from './client-socket.js';
import type { WebsocketHub } from './hub.js';
import type { Session } from './session.js';

/** A connection that neither logs in nor subscribes. */
export const NAMELESS_MS_MAX = 30_000;
/** How exact the times are kept. */
const SWEEP_MS = 250;

export interface HeartbeatSettings {
  readonly heartbeatMs: number;
  readonly timeoutMs: number;
  /** UTC milliseconds: tokens expire by the calendar. */
  readonly wallMs: () => number;
}

export class Heartbeat {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly hub: WebsocketHub,
    private readonly settings: HeartbeatSettings,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.sweep();
    }, SWEEP_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  sweep(): void {
    const now = this.hub.nowMs();
    const wall = this.settings.wallMs();
    for (const session of this.hub.sessions) this.look(session, now, wall);
    // answers to commands of a lost worker come outside of a loop turn's events
    this.hub.flushTouched();
  }

  private look(session: Session, now: number, wall: number): void {
    const { caller } = session;
    if (now - session.seenMs >= this.settings.timeoutMs) session.close(CloseCode.heartbeat);
    else if (session.isStuck(now)) session.close(CloseCode.slowConsumer);
    else if (caller !== undefined && wall >= caller.expiresAt * 1000) this.hub.expire(session);
    else if (this.isNameless(session, now)) session.close(CloseCode.authentication);
    else if (now >= session.pingDueMs) this.ping(session, now);
  }

  private isNameless(session: Session, now: number): boolean {
    return session.caller === undefined && session.subscriptions.isEmpty && now - session.openedMs >= NAMELESS_MS_MAX;
  }

  private ping(session: Session, now: number): void {
    // a new connection has just been heard of
    if (session.pingDueMs > 0) session.ping();
    session.pingDueMs = now + this.settings.heartbeatMs;
  }
}
