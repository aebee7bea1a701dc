/** The JSON protocol of `/ws`: requests are promises matched by request_id, everything else is a push. */
import { ApiError } from './api-error.js';
import { PushInbox } from './push-inbox.js';
import type { OpenTransport, Transport } from './transport.js';
import type { Account, Order, OrderRequest, OrderResponse, Position, ServerMessage } from './types.js';

const ANSWER_MS_MAX = 10_000;

/** A message to the exchange; the client adds the request_id. */
export interface ClientMessage {
  type: string;
  [field: string]: unknown;
}

export interface Close {
  code: number;
  reason: string;
}

type Listener = (message: ServerMessage) => void;

interface Pending {
  readonly resolve: (message: ServerMessage) => void;
  readonly reject: (error: Error) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

export class JsonClient {
  /** Pushes in the order they came, until they are taken. */
  readonly inbox = new PushInbox();
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<Close>;

  private readonly transport: Transport;
  private readonly opened: Promise<void>;
  private readonly pending = new Map<string, Pending>();
  private readonly listeners = new Map<string, Set<Listener>>();
  private requestCount = 0;
  private ended: Close | undefined;

  /** `onPush`, when given, gets every push in place of listeners and inbox. */
  constructor(
    url: string,
    open: OpenTransport,
    private readonly onPush?: Listener,
  ) {
    let opened!: () => void;
    let refused!: (error: Error) => void;
    let ended!: (close: Close) => void;
    this.opened = new Promise((resolve, reject) => {
      opened = resolve;
      refused = reject;
    });
    // Whoever does not wait for the opening learns of a failure from `closed`.
    this.opened.catch(() => undefined);
    this.closed = new Promise((resolve) => (ended = resolve));
    this.transport = open(url, {
      opened,
      message: (text) => this.receive(text),
      closed: (code, reason) => {
        this.ended = { code, reason };
        const error = new Error(`the connection to ${url} is closed (${code}${reason === '' ? '' : `, ${reason}`})`);
        refused(error);
        for (const { reject, timer } of this.pending.values()) {
          clearTimeout(timer);
          reject(error);
        }
        this.pending.clear();
        ended(this.ended);
      },
    });
  }

  /** Resolves when messages can be sent; rejects when the exchange cannot be reached. */
  async ready(): Promise<void> {
    await this.opened;
  }

  /** Sends a message and gives its direct answer. Rejects with `ApiError` when the answer is a refusal. */
  async request(message: ClientMessage): Promise<ServerMessage> {
    if (this.ended !== undefined) throw new Error(`the connection is closed (${this.ended.code})`);
    const requestId = `r${++this.requestCount}`;
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.pending.delete(requestId);
        reject(new Error(`no answer to ${message.type} within ${ANSWER_MS_MAX} ms`));
      }, ANSWER_MS_MAX);
      this.pending.set(requestId, { resolve, reject, timer });
      this.transport.send(JSON.stringify({ ...message, request_id: requestId }));
    });
  }

  async auth(token: string): Promise<ServerMessage> {
    return await this.request({ type: 'auth', token });
  }

  async subscribe(channels: string[], instruments: string[]): Promise<ServerMessage> {
    return await this.request({ type: 'subscribe', channels, instruments });
  }

  async unsubscribe(channels: string[], instruments: string[]): Promise<ServerMessage> {
    return await this.request({ type: 'unsubscribe', channels, instruments });
  }

  /** Resolves when the order is in the log; rejects with the code of the refusal. */
  async submitOrder(order: OrderRequest): Promise<OrderResponse> {
    return (await this.request({ type: 'submit_order', ...order })) as unknown as OrderResponse;
  }

  async cancelOrder(accountId: string, orderId: string): Promise<OrderResponse> {
    return (await this.request({ type: 'cancel_order', account_id: accountId, order_id: orderId })) as unknown as OrderResponse;
  }

  async queryOrder(orderId: string): Promise<Order> {
    const { data } = await this.request({ type: 'query_order', order_id: orderId });
    return (data as { order: Order }).order;
  }

  /** One account, or all of the user's. */
  async queryAccounts(accountId?: string): Promise<Account[]> {
    const { data } = await this.request({ type: 'query_account', ...(accountId === undefined ? {} : { account_id: accountId }) });
    return (data as { accounts: Account[] }).accounts;
  }

  async queryPositions(accountId?: string): Promise<Position[]> {
    const { data } = await this.request({ type: 'query_position', ...(accountId === undefined ? {} : { account_id: accountId }) });
    return (data as { positions: Position[] }).positions;
  }

  async ping(): Promise<ServerMessage> {
    return await this.request({ type: 'ping' });
  }

  /** Sends any text as it is, and expects nothing. */
  sendText(text: string): void {
    this.transport.send(text);
  }

  /** Calls `listener` for every push of `type`, also those inside market batches. Gives a function that ends it. */
  on(type: string, listener: Listener): () => void {
    const listeners = this.listeners.get(type) ?? new Set();
    this.listeners.set(type, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** Ends the connection and resolves when it is gone. */
  async close(): Promise<Close> {
    this.transport.close(1000);
    return await this.closed;
  }

  private receive(text: string): void {
    const value = JSON.parse(text) as ServerMessage | ServerMessage[];
    for (const message of Array.isArray(value) ? value : [value]) this.dispatch(message);
  }

  private dispatch(message: ServerMessage): void {
    const pending = message.request_id === undefined ? undefined : this.pending.get(message.request_id);
    if (pending !== undefined) {
      this.pending.delete(message.request_id!);
      clearTimeout(pending.timer);
      const refusal = refusalOf(message);
      if (refusal === undefined) pending.resolve(message);
      else pending.reject(refusal);
      return;
    }
    const listeners = this.listeners.get(message.type);
    if (this.onPush !== undefined) this.onPush(message);
    else if (listeners === undefined) this.inbox.put(message);
    else for (const listener of listeners) listener(message);
  }
}

/** Answers carry their refusal in different fields. */
function refusalOf(message: ServerMessage): ApiError | undefined {
  if (message.type === 'error') return new ApiError(Number(message.code), String(message.message));
  if (message.success !== false) return undefined;
  if (message.type === 'order_response') return new ApiError(Number(message.error_code), String(message.error_message));
  if (message.type === 'auth_response') return new ApiError(Number(message.code), String(message.message));
  return undefined;
}
