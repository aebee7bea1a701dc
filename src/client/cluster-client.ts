/**
 * A connection that outlives its node: follows the leader of a cluster, goes on with its streams where they ended, and hands
 * over again what was not answered.
 *
 * Every order carries a client order id, by which the exchange knows it: handed over twice it is one order, and its answer is
 * that of the first time. So each order gets one definite answer, and each report comes once and in order.
 */
import { ApiError } from './api-error.js';
import { findLeader, lookAgainAndAgain } from './find-leader.js';
import { JsonClient, type ClientMessage } from './json-client.js';
import { PushInbox } from './push-inbox.js';
import type { OpenTransport } from './transport.js';
import type { OrderRequest, OrderResponse, ServerMessage } from './types.js';

export interface ClusterClientOptions {
  /** `http://host:port` of the nodes, as many as are known. */
  readonly urls: readonly string[];
  readonly token: string;
  readonly open: OpenTransport;
  /** How long a request may go without an answer, whatever happens to the cluster meanwhile. */
  readonly patienceMs?: number;
  /** A leader is connected to, the first one or another. */
  readonly onLeader?: (url: string) => void;
}

const PATIENCE_MS = 30_000;
const PAUSE_MS = 10;
/** An answer that takes longer is worth a look at who leads. */
const LOOK_MS = 100;
/** Refusals of a moment, by which nothing has happened: not available, busy, being rebuilt. */
const PASSING: ReadonlySet<number> = new Set([9005, 3003, 4001]);
/** The order is in no book any more. */
const NOT_LIVE = 3002;
/** Pushes that are numbered by account. */
const REPORTS: ReadonlySet<string> = new Set(['order_status', 'trade', 'transaction']);

type Listener = (message: ServerMessage) => void;

export class ClusterClient {
  /** Pushes in the order they came, until they are taken; those that somebody listens to leave it out. */
  readonly inbox = new PushInbox();

  private readonly listeners = new Map<string, Set<Listener>>();
  /** The last report of each account. */
  private readonly lastSeq = new Map<string, number>();
  /** By channels and instruments: asked for again on every connection. */
  private readonly subscriptions = new Map<string, ClientMessage>();
  private readonly prefix = `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`;
  private readonly over = new AbortController();
  private connecting: Promise<JsonClient> | undefined;
  private current: JsonClient | undefined;
  private currentUrl = '';
  private orderCount = 0;

  constructor(private readonly options: ClusterClientOptions) {}

  /** Resolves once a leader has let us in. */
  async ready(): Promise<void> {
    await this.client();
  }

  /** Resolves when the order is in the log, rejects with the code of its refusal. */
  async submitOrder(order: OrderRequest): Promise<OrderResponse> {
    const named = { client_order_id: `${this.prefix}-${++this.orderCount}`, ...order };
    return await this.insist((client) => client.submitOrder(named));
  }

  async cancelOrder(accountId: string, orderId: string): Promise<OrderResponse> {
    let attempts = 0;
    return await this.insist(async (client) => {
      attempts++;
      try {
        return await client.cancelOrder(accountId, orderId);
      } catch (error) {
        // the attempt before may have been done without an answer
        if (attempts === 1 || !(error instanceof ApiError) || error.code !== NOT_LIVE) throw error;
        const { status, client_order_id } = await client.queryOrder(orderId);
        if (status !== 'Cancelled') throw error;
        const answer = { type: 'order_response', success: true, action: 'cancel', order_id: orderId, status } as const;
        return { ...answer, ...(client_order_id === undefined ? {} : { client_order_id }), error_code: null, error_message: null };
      }
    });
  }

  /** A question, asked again until it is answered. */
  async request(message: ClientMessage): Promise<ServerMessage> {
    return await this.insist((client) => client.request(message));
  }

  async subscribe(channels: string[], instruments: string[]): Promise<ServerMessage> {
    const message = { type: 'subscribe', channels, instruments };
    this.subscriptions.set(JSON.stringify([channels, instruments]), message);
    return await this.request(message);
  }

  /** Calls `listener` for every push of `type`. Gives a function that ends it. */
  on(type: string, listener: Listener): () => void {
    const listeners = this.listeners.get(type) ?? new Set();
    this.listeners.set(type, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** Requests that are not answered are given up. */
  async close(): Promise<void> {
    this.over.abort(new Error('the connection is closed'));
    await this.current?.close();
  }

  private async insist<T>(attempt: (client: JsonClient) => Promise<T>): Promise<T> {
    const endMs = performance.now() + (this.options.patienceMs ?? PATIENCE_MS);
    for (;;) {
      let client: JsonClient | undefined;
      const looking = new AbortController();
      try {
        client = await this.client();
        // a leader that sleeps does not close its connections: another one may lead meanwhile
        return await Promise.race([attempt(client), this.elsewhere(looking.signal)]);
      } catch (error) {
        const isDefinite = error instanceof ApiError && !PASSING.has(error.code);
        if (isDefinite || this.over.signal.aborted || performance.now() > endMs) throw error;
        // a node that is not available does not lead: somebody else does, or will
        if (client !== undefined && (!(error instanceof ApiError) || error.code === 9005)) this.leave(client);
      } finally {
        looking.abort();
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  /** Rejects when another node leads than the one we are connected to; else it does not settle. */
  private async elsewhere(signal: AbortSignal): Promise<never> {
    return await new Promise((_, reject) => {
      lookAgainAndAgain(this.options.urls, LOOK_MS, signal, (url) => {
        if (url !== this.currentUrl) reject(new Error(`${url} leads now`));
      });
    });
  }

  /** The connection to the leader; one attempt for all who wait for it. */
  private async client(): Promise<JsonClient> {
    this.over.signal.throwIfAborted();
    if (this.current !== undefined) return this.current;
    this.connecting ??= this.connect().finally(() => (this.connecting = undefined));
    return await this.connecting;
  }

  private leave(client: JsonClient): void {
    if (this.current === client) this.current = undefined;
    void client.close();
  }

  private async connect(): Promise<JsonClient> {
    const { urls, token, open, onLeader } = this.options;
    const url = await findLeader(urls, this.over.signal);
    const client = new JsonClient(`${url.replace(/^http/, 'ws')}/ws`, open, (message) => {
      this.dispatch(message);
    });
    await client.ready();
    try {
      await client.request({ type: 'auth', token, last_seq: Object.fromEntries(this.lastSeq) });
      for (const message of this.subscriptions.values()) await client.request(message);
    } catch (error) {
      void client.close();
      throw error;
    }
    this.current = client;
    this.currentUrl = url;
    void client.closed.then(() => {
      if (this.current !== client) return;
      this.current = undefined;
      // streams go on although nobody asks for anything
      if (!this.over.signal.aborted) this.reconnect();
    });
    onLeader?.(url);
    return client;
  }

  private reconnect(): void {
    this.client().catch(() => {
      if (!this.over.signal.aborted) setTimeout(() => this.reconnect(), PAUSE_MS);
    });
  }

  private dispatch(message: ServerMessage): void {
    if (REPORTS.has(message.type) && !this.isNew(message)) return;
    const listeners = this.listeners.get(message.type);
    if (listeners === undefined) this.inbox.put(message);
    else for (const listener of listeners) listener(message);
  }

  /** Each report of an account once: what two connections have both been told counts as told. */
  private isNew({ account_id: account, report_seq: number }: ServerMessage): boolean {
    if (typeof account !== 'string' || typeof number !== 'number') return true;
    if (number <= (this.lastSeq.get(account) ?? 0)) return false;
    this.lastSeq.set(account, number);
    return true;
  }
}
