/** All connections to `/ws/diff` and the tree that they share. */
import type { InstrumentDirectory } from '../../core/instrument.js';
import type { Origin } from '../services/origin.js';
import type { MessageBudget } from '../websocket/inbound-limit.js';
import { CloseCode, type ClientSocket } from '../websocket/client-socket.js';
import { DiffConnection, type ConnectionHome } from './connection.js';
import { Charts, type ChartsParts } from './charts/charts.js';
import { Packet } from './packet.js';
import type { Board } from './quotes/board.js';
import type { QuoteBoard } from './quotes/quote-board.js';
import type { StatusBoard } from './quotes/status-board.js';
import { Subscription } from './quotes/subscription.js';
import type { TradeTrees } from './trade/trade-trees.js';
import type { VersionClock } from './tree/version-clock.js';

/** How often positions and accounts take in the prices that others have made. */
const MARK_MS = 500;
const SWEEP_MS = 250;

export interface DiffHubParts {
  readonly clock: VersionClock;
  readonly board: QuoteBoard;
  readonly statuses: StatusBoard;
  readonly trees: TradeTrees;
  readonly instruments: InstrumentDirectory;
  readonly budget: MessageBudget;
  readonly charts: ChartsParts;
  readonly nowMs: () => number;
  readonly heartbeatMs: number;
  readonly timeoutMs: number;
  /** Whether the login of the token still stands. */
  readonly isValid: (token: string) => boolean;
}

export class DiffHub implements ConnectionHome {
  readonly connections = new Set<DiffConnection>();
  readonly packet = new Packet();
  readonly counters = { opened: 0, packetsIn: 0 };
  private touched: DiffConnection[] = [];
  private isClosing = false;
  private markDueMs = 0;
  /** Runs while somebody is connected. */
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: DiffHubParts) {}

  get budget(): MessageBudget {
    return this.parts.budget;
  }

  /** False while the exchange stops. */
  get isOpen(): boolean {
    return !this.isClosing;
  }

  nowMs(): number {
    return this.parts.nowMs();
  }

  open(socket: ClientSocket, origin: Origin): DiffConnection {
    const { board, statuses, instruments } = this.parts;
    const shows = (node: { name: string; key: string }, from: Board) => (connection: DiffConnection) =>
      new Subscription(node, from, instruments, () => {
        connection.somethingChanged();
      });
    const charts = (connection: DiffConnection): Charts => new Charts(this.parts.charts, connection);
    const connection = new DiffConnection(++this.counters.opened, origin, socket, this, {
      quotes: shows({ name: 'quotes', key: 'instrument_id' }, board),
      statuses: shows({ name: 'trading_status', key: 'symbol' }, statuses),
      charts,
    });
    this.connections.add(connection);
    this.timer ??= setInterval(() => {
      this.sweep();
    }, SWEEP_MS).unref();
    return connection;
  }

  remove(connection: DiffConnection): void {
    this.logout(connection);
    connection.end();
    this.connections.delete(connection);
    if (this.connections.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  logout(connection: DiffConnection): void {
    if (connection.login === undefined) return;
    this.parts.trees.leave(connection.login.tree, connection);
    connection.login = undefined;
  }

  /** Logged-in connections of a user. */
  countOf(user: number): number {
    let count = 0;
    for (const { login } of this.connections) if (login?.caller.user.user === user) count++;
    return count;
  }

  touch(connection: DiffConnection): void {
    if (connection.isTouched) return;
    connection.isTouched = true;
    this.touched.push(connection);
  }

  /** To be called when the events at hand are applied. */
  afterTurn(): void {
    if (this.connections.size === 0) return;
    this.parts.board.afterTurn();
    this.parts.trees.afterTurn();
    this.flush();
  }

  /** Sends to every touched connection what it is owed. */
  flush(): void {
    if (this.touched.length === 0) return;
    const connections = this.touched;
    this.touched = [];
    const version = this.parts.clock.seal();
    for (const connection of connections) {
      connection.isTouched = false;
      connection.flush(version);
    }
  }

  /** A patch for everybody. */
  pushToAll(patch: string): void {
    for (const connection of this.connections) connection.push(patch);
    this.flush();
  }

  close(): void {
    this.isClosing = true;
    for (const connection of this.connections) connection.close(CloseCode.serverStop);
  }

  private sweep(): void {
    const now = this.nowMs();
    if (now >= this.markDueMs) {
      this.parts.trees.markToMarket();
      this.markDueMs = now + MARK_MS;
    }
    for (const connection of this.connections) this.look(connection, now);
    this.flush();
  }

  private look(connection: DiffConnection, now: number): void {
    if (now - connection.seenMs >= this.parts.timeoutMs) {
      connection.close(CloseCode.heartbeat);
    } else if (now >= connection.pingDueMs) {
      // whoever has logged out or was frozen elsewhere is not served until the token's end
      if (connection.login !== undefined && !this.parts.isValid(connection.login.token)) connection.close(CloseCode.authentication);
      else if (connection.pingDueMs > 0) connection.ping();
      connection.pingDueMs = now + this.parts.heartbeatMs;
    }
  }
}
