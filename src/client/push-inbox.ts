/** Messages that nobody has asked for, kept until somebody takes them: a story or a test reads them in its own time. */
import type { ServerMessage } from './types.js';

/** The oldest are forgotten beyond this, so that a client that never looks does not grow. */
const MESSAGES_MAX = 10_000;

interface Waiter {
  readonly wanted: (message: ServerMessage) => boolean;
  readonly resolve: (message: ServerMessage) => void;
}

export class PushInbox {
  private readonly messages: ServerMessage[] = [];
  private readonly waiters = new Set<Waiter>();

  put(message: ServerMessage): void {
    for (const waiter of this.waiters) {
      if (!waiter.wanted(message)) continue;
      this.waiters.delete(waiter);
      waiter.resolve(message);
      return;
    }
    this.messages.push(message);
    if (this.messages.length > MESSAGES_MAX) this.messages.shift();
  }

  /** Removes and gives the oldest message of `type` that `wanted` accepts, waiting for it if need be. */
  async take(type: string, wanted: (message: ServerMessage) => boolean = () => true, timeoutMs = 5000): Promise<ServerMessage> {
    const matches = (message: ServerMessage): boolean => message.type === type && wanted(message);
    const index = this.messages.findIndex(matches);
    if (index >= 0) return this.messages.splice(index, 1)[0];
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiters.delete(waiter);
        const seen = this.messages.map((message) => message.type).join(', ');
        reject(new Error(`no ${type} within ${timeoutMs} ms; waiting unread: ${seen || 'nothing'}`));
      }, timeoutMs);
      const waiter: Waiter = {
        wanted: matches,
        resolve: (message) => {
          clearTimeout(timer);
          resolve(message);
        },
      };
      this.waiters.add(waiter);
    });
  }

  /** Removes and gives all messages of `type` that have come so far, oldest first. */
  drain(type: string): ServerMessage[] {
    const taken = this.messages.filter((message) => message.type === type);
    const kept = this.messages.filter((message) => message.type !== type);
    this.messages.splice(0, this.messages.length, ...kept);
    return taken;
  }
}
