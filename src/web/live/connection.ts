/**
 * The one socket of a tab. It comes back by itself after a drop, subscribes again, and asks for the reports that it missed: what was
 * seen last is told with the login, so that none is lost and none counted twice.
 */
import { shallowRef } from 'vue';
import { ApiError } from '../../client/api-error.js';
import { JsonClient } from '../../client/json-client.js';
import type { ServerMessage } from '../../client/types.js';
import { openBrowserTransport } from './browser-transport.js';
import { place } from './place.js';

export type LiveState = 'off' | 'connecting' | 'live' | 'down' | 'refused' | 'paused';
export type Listener = (message: ServerMessage) => void;

export interface Subscription {
  readonly channel: string;
  readonly instrument: string;
  readonly depth?: number;
  readonly period?: number;
}

/** Everything that the exchange pushes; whatever nobody hears is let go. */
const PUSHED = [
  ...['trade', 'order_status', 'account_update', 'position_update', 'conditional_update', 'transaction', 'risk_alert'],
  ...['announcement', 'system', 'orderbook', 'order_book_update', 'tick', 'ticker', 'last_price', 'kline_update', 'kline_finished'],
  ...['market_snapshot', 'factor_update', 'l1', 'phase', 'statistics', 'auction', 'error'],
];
const BACK_OFF_MS = [1000, 2000, 4000, 8000, 16_000, 30_000];
const PING_MS = 10_000;
/** The user has as many connections as he may have; trying again soon would change nothing. */
const TOO_MANY = 9004;

export class LiveConnection {
  readonly state = shallowRef<LiveState>('off');
  readonly attempts = shallowRef(0);

  private client: JsonClient | undefined;
  private token = '';
  private retry: ReturnType<typeof setTimeout> | undefined;
  private ping: ReturnType<typeof setInterval> | undefined;
  private readonly listeners = new Map<string, Set<Listener>>();
  private readonly wanted = new Map<string, { subscription: Subscription; count: number }>();
  /** By account, the last report that was seen. */
  private readonly lastSeq = new Map<string, number>();
  private readonly openHooks = new Set<(isReturn: boolean) => void>();
  private wasOpen = false;
  private isPaused = false;

  constructor() {
    place.onMove(() => {
      if (this.token === '' || this.isPaused) return;
      this.leave('down');
      this.open();
    });
  }

  /** Connects as the holder of `token`, or prolongs the session that there is. */
  async use(token: string): Promise<void> {
    this.token = token;
    if (this.state.value === 'live' && this.client !== undefined) await this.client.auth(token).catch(() => this.drop());
    else if (this.state.value === 'off') this.open();
  }

  /** Ends the connection and forgets whose it was. */
  stop(): void {
    this.token = '';
    this.lastSeq.clear();
    this.wasOpen = false;
    this.isPaused = false;
    this.leave('off');
  }

  /** Whether the person wants nothing pushed: figures are fetched instead. */
  pause(isPaused: boolean): void {
    if (this.isPaused === isPaused || this.token === '') return;
    this.isPaused = isPaused;
    if (isPaused) this.leave('paused');
    else this.open();
  }

  private leave(state: LiveState): void {
    clearTimeout(this.retry);
    clearInterval(this.ping);
    const { client } = this;
    this.client = undefined;
    this.state.value = state;
    void client?.close();
  }

  on(type: string, listener: Listener): () => void {
    const all = this.listeners.get(type) ?? new Set();
    this.listeners.set(type, all.add(listener));
    return () => all.delete(listener);
  }

  /** `hook` runs when messages flow; `isReturn` after a drop: what is shown may be old. */
  onOpen(hook: (isReturn: boolean) => void): () => void {
    this.openHooks.add(hook);
    if (this.state.value === 'live') hook(false);
    return () => this.openHooks.delete(hook);
  }

  /** Asks for a channel until the returned function is called; the same one may be asked for several times. */
  subscribe(subscription: Subscription): () => void {
    const key = JSON.stringify(subscription);
    const entry = this.wanted.get(key) ?? { subscription, count: 0 };
    entry.count++;
    this.wanted.set(key, entry);
    // asked again even when it is there already: the answer brings a snapshot to whoever has just come
    this.ask(subscription);
    return () => {
      if (--entry.count > 0) return;
      this.wanted.delete(key);
      const { channel, instrument } = subscription;
      const isStillWanted = [...this.wanted.values()].some(
        ({ subscription: other }) => other.channel === channel && other.instrument === instrument,
      );
      if (!isStillWanted && this.state.value === 'live') void this.client?.unsubscribe([channel], [instrument]).catch(() => undefined);
    };
  }

  /** Sends any text and counts on nothing: for the page that tests the socket. */
  sendText(text: string): void {
    this.client?.sendText(text);
  }

  /** Loses the connection on purpose, as a network would. */
  drop(): void {
    void this.client?.close();
  }

  private open(): void {
    clearTimeout(this.retry);
    if (this.token === '') return;
    this.state.value = 'connecting';
    const client = new JsonClient(place.socketUrl, openBrowserTransport);
    this.client = client;
    for (const type of PUSHED) client.on(type, (message) => this.hear(message));
    void client.closed.then(({ code }) => {
      if (this.client === client) this.closed(code);
    });
    void client.ready().then(
      () => this.enter(client),
      () => undefined,
    );
  }

  /** To the node that leads by now. */
  private async reopen(): Promise<void> {
    await place.look();
    if (this.client === undefined && !this.isPaused) this.open();
  }

  private async enter(client: JsonClient): Promise<void> {
    try {
      await client.request({ type: 'auth', token: this.token, last_seq: Object.fromEntries(this.lastSeq) });
    } catch (error) {
      if (this.client !== client) return;
      this.state.value = error instanceof ApiError && error.code === TOO_MANY ? 'refused' : 'down';
      void client.close();
      return;
    }
    if (this.client !== client) return;
    this.state.value = 'live';
    this.attempts.value = 0;
    for (const { subscription } of this.wanted.values()) this.ask(subscription);
    clearInterval(this.ping);
    // a connection that is dead without saying so shows by this
    this.ping = setInterval(() => void client.ping().catch(() => void client.close()), PING_MS);
    for (const hook of this.openHooks) hook(this.wasOpen);
    this.wasOpen = true;
  }

  private closed(code: number): void {
    clearInterval(this.ping);
    this.client = undefined;
    if (this.token === '') return;
    const isRefused = this.state.value === 'refused' || code === 4009;
    this.state.value = isRefused ? 'refused' : 'down';
    const wait = isRefused ? BACK_OFF_MS.at(-1)! : BACK_OFF_MS[Math.min(this.attempts.value, BACK_OFF_MS.length - 1)];
    this.attempts.value++;
    this.retry = setTimeout(() => void this.reopen(), wait);
  }

  private ask({ channel, instrument, depth, period }: Subscription): void {
    if (this.state.value !== 'live') return;
    const options = { ...(depth === undefined ? {} : { depth }), ...(period === undefined ? {} : { period: [period] }) };
    void this.client?.request({ type: 'subscribe', channels: [channel], instruments: [instrument], ...options }).catch(() => undefined);
  }

  private hear(message: ServerMessage): void {
    const account = message['account_id'];
    const sequence = message['report_seq'];
    if (typeof account === 'string' && typeof sequence === 'number') this.lastSeq.set(account, sequence);
    for (const listener of this.listeners.get(message.type) ?? []) listener(message);
    for (const listener of this.listeners.get('*') ?? []) listener(message);
  }
}

export const live = new LiveConnection();
