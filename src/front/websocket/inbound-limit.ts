/** The rate of inbound messages of one session, and when too much is enough (websocket.md 8). */

/** The budget of a user, shared by all his connections. */
export interface MessageBudget {
  /** 0 when granted, else the milliseconds after which it would be. */
  take(key: string | number, nowMs: number): number;
}

export const Verdict = { admit: 0, refuse: 1, close: 2 } as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

/** A flood is one when refusals follow each other within this time. */
const PAUSE_MS = 1000;
const FLOOD_MS = 10_000;

export class InboundLimit {
  private floodSinceMs = 0;
  private refusedMs = -Infinity;

  constructor(private readonly budget: MessageBudget) {}

  /** `key` names the user, or the connection of an unknown one. `nowMs` never goes back. */
  judge(key: string | number, nowMs: number): Verdict {
    if (this.budget.take(key, nowMs) === 0) return Verdict.admit;
    if (nowMs - this.refusedMs > PAUSE_MS) this.floodSinceMs = nowMs;
    this.refusedMs = nowMs;
    return nowMs - this.floodSinceMs >= FLOOD_MS ? Verdict.close : Verdict.refuse;
  }
}
