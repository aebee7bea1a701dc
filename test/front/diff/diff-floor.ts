/** `/ws/diff` without a network: real orders, real trees, sockets of our own. */
import { FrameKind } from '../../../src/core/events.js';
import { HistoryFold } from '../../../src/core/history.js';
import { Refusal } from '../../../src/core/refusal.js';
import { applyMergePatch, type Json } from '../../../src/client/merge-patch.js';
import type { Caller } from '../../../src/front/caller.js';
import { assembleDiff } from '../../../src/front/diff/assemble.js';
import type { SeriesSource } from '../../../src/front/diff/charts/series-source.js';
import type { DiffConnection } from '../../../src/front/diff/connection.js';
import type { DiffContext, DiffExchange } from '../../../src/front/diff/messages/context.js';
import { handleFrame } from '../../../src/front/diff/messages/router.js';
import { HistoryQueries } from '../../../src/front/history.js';
import type { MessageBudget } from '../../../src/front/websocket/inbound-limit.js';
import type { HistoryStore } from '../../../src/storage/history-store.js';
import { OneThreadCircle } from '../../support/one-thread-circle.js';
import { FakeSocket } from '../websocket/floor.js';
import { MemorySeries } from './memory-series.js';

export type Packet = { aid: string; data?: Json[] } & Record<string, unknown>;
/** What clients have of the tree, to be looked into without ceremony: a leaf is whatever a test takes it for. */
export interface Tree {
  [name: string]: Leaf;
}
export type Leaf = Tree & number;

/** A client that does as the stock one: takes packets into a mirror, keeps notices apart, peeks when told. */
export class DiffClient {
  mirror: Tree = {};
  readonly notices: { code: number; level: string; content: string }[] = [];
  readonly others: Packet[] = [];
  packets = 0;
  private read = 0;

  constructor(
    private readonly floor: DiffFloor,
    readonly socket: FakeSocket,
    readonly connection: DiffConnection,
  ) {}

  raw(text: string | Uint8Array, isBinary = false): void {
    const bytes = Buffer.from(text);
    const copy = new ArrayBuffer(bytes.length);
    new Uint8Array(copy).set(bytes);
    handleFrame(this.floor.context, this.connection, copy, isBinary);
  }

  send(aid: string, fields: Record<string, unknown> = {}): void {
    this.raw(JSON.stringify({ aid, ...fields }));
  }

  /** Takes what has come into the mirror; the elements of `rtn_data`. */
  take(): Json[] {
    const taken: Json[] = [];
    for (const frame of this.socket.frames.slice(this.read)) {
      const packet = JSON.parse(frame) as Packet;
      if (packet.aid !== 'rtn_data') this.others.push(packet);
      else taken.push(...this.merge(packet.data!));
    }
    this.read = this.socket.frames.length;
    return taken;
  }

  /** Peeks, lets the exchange work, and takes what has come. */
  async next(): Promise<Json[]> {
    this.send('peek_message');
    await this.floor.turn();
    return this.take();
  }

  async login(userName: string, password = `token.of.${userName}`): Promise<void> {
    this.send('req_login', { bid: 'qaexchange', user_name: userName, password });
    await this.next();
    await this.next();
  }

  private merge(data: Json[]): Json[] {
    this.packets++;
    for (const patch of data as unknown as Tree[]) {
      if (patch.notify === undefined) this.mirror = applyMergePatch(this.mirror, patch) as unknown as Tree;
      else this.notices.push(...(Object.values(patch.notify) as unknown as typeof this.notices));
    }
    return data;
  }
}

export interface DiffFloorOptions {
  budget?: MessageBudget;
  source?: SeriesSource;
  wsMaxPerUser?: number;
}

/** Nothing has left memory yet. */
const EMPTY_STORE = {
  async *pages() {},
  async *documents() {},
} as unknown as HistoryStore;

export class DiffFloor {
  readonly circle = new OneThreadCircle();
  readonly state = this.circle.state;
  readonly context: DiffContext;
  readonly series: MemorySeries;
  readonly instrument: number;
  nowMs = 1000;
  private readonly deadTokens = new Set<string>();

  constructor({ budget = { take: () => 0 }, wsMaxPerUser = 100 }: DiffFloorOptions = {}) {
    const { state, circle } = this;
    const fold = new HistoryFold(state);
    state.observe(fold);
    this.series = new MemorySeries();
    this.context = assembleDiff(
      {
        state,
        depth: circle.depth,
        gateway: circle.gateway,
        origins: circle.origins,
        config: { rateLimitRps: 100, wsMaxPerUser, wsHeartbeatSecs: 5, wsTimeoutSecs: 10 },
        users: {
          authenticate: (token) => this.authenticate(token),
          login: async (username, password) => {
            const user = state.users.findByUsername(username);
            if (user === undefined || password !== `password of ${user.username}`) throw new Refusal(9001);
            return { user, token: `token.of.${user.username}`, expiresAtMs: 0 };
          },
        },
        loginPassword: { change: async () => undefined },
        desk: {
          funds: {
            transfer: async () => {
              throw new Refusal(2203);
            },
          },
        },
        history: new HistoryQueries(state, fold, EMPTY_STORE, () => 0),
        log: {
          error: ({ err }: { err: unknown }) => {
            // nothing goes wrong inside: the test ends with it
            throw err;
          },
        } as DiffExchange['log'],
      },
      budget,
      this.series,
      () => this.nowMs,
    );
    this.instrument = circle.list({ instrumentId: 'SIM.x', multiplier: 10, priceTick: 10_000, preSettlement: 1_000_000 });
  }

  connect(): DiffClient {
    const socket = new FakeSocket();
    const connection = this.context.hub.open(socket, { address: '192.0.2.1', userAgent: 'test' });
    socket.onEnd = () => undefined;
    return new DiffClient(this, socket, connection);
  }

  /** A funded user, logged in on a fresh connection. */
  async trader(deposit = 1_000_000): Promise<{ client: DiffClient; account: number; userName: string }> {
    const account = this.circle.trader(deposit);
    const userName = `user${this.state.accounts.user[account]}`;
    const client = this.connect();
    await client.login(userName);
    return { client, account, userName };
  }

  /** Everything under way comes back, as one loop turn, and so do promises. */
  async turn(): Promise<void> {
    this.circle.settle();
    this.context.hub.afterTurn();
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
    this.context.hub.afterTurn();
  }

  kill(token: string): void {
    this.deadTokens.add(token);
    this.circle.rare(FrameKind.TokenRevoked, { tokenId: token, expiresAt: 2_000_000_000 });
  }

  close(): void {
    this.context.hub.close();
  }

  private authenticate(token: string): Caller {
    const user = this.state.users.findByUsername(/^token\.of\.(\w+)$/.exec(token)?.[1] ?? '');
    if (user === undefined || this.deadTokens.has(token)) throw new Refusal(9001);
    return { user, tokenId: token, expiresAt: 2_000_000_000 };
  }
}
