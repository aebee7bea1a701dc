/** `/ws` on the app: connections become sessions, events of the exchange become messages (websocket.md). */
import uWS from 'uWebSockets.js';
import { HotMessages } from '../decode/hot-messages.js';
import type { Exchange } from '../exchange.js';
import { OrderRequest } from '../gateway/order-request.js';
import { RateLimits } from '../http/rate-limit.js';
import { originOf } from '../http/remote-address.js';
import type { Origin } from '../services/origin.js';
import { BINARY_SUBPROTOCOL } from '../../wire/session-layout.js';
import { tracedMessages } from '../tracing/traced-messages.js';
import { Heartbeat } from './heartbeat.js';
import { WebsocketHub } from './hub.js';
import type { MessageBudget } from './inbound-limit.js';
import type { MessageContext } from './messages/context.js';
import { handleFrame } from './messages/router.js';
import type { Cancel } from './orphaned-orders.js';
import { Resumption } from './resumption.js';
import type { Session } from './session.js';
import { Streams } from './streams.js';
import { CorsPolicy } from '../http/cors.js';
import { upgradeRefusal } from './upgrade-refusal.js';

/**
 * A larger message than websocket.md allows must be received to be answered with 1009: the socket library drops the
 * connection without a word above its own limit.
 */
const RECEIVED_BYTES_MAX = 1024 * 1024;

interface Connection {
  readonly isBinary: boolean;
  readonly userHint: string;
  readonly origin: Origin;
  session: Session | undefined;
}

/** The session beside the user data: looking that up is a call into the library, one a message. */
type SessionSocket = uWS.WebSocket<Connection> & { session?: Session };

/**
 * Serves `/ws`. `budget` is that of requests by user number, shared with HTTP; one of its own without it. The streams observe
 * the state from here on, after the gateway.
 */
export function registerWebsocket(app: uWS.TemplatedApp, exchange: Exchange, budget: MessageBudget = budgetOf(exchange)): WebsocketHub {
  const { config, state } = exchange;
  const nowMs = (): number => performance.now();
  const sessionsPerUserMax = config.rateLimitRps === 0 ? Infinity : config.wsMaxPerUser;
  const cancel: Cancel = (...command) => exchange.gateway.cancel(...command);
  const hub = new WebsocketHub({
    orders: state.orders,
    budget,
    sessionsPerUserMax,
    nowMs,
    isDurable: config.durability === 'durable',
    cancel,
    marketEvents: exchange.metrics.marketEvents,
    leaderHint: () => exchange.cluster?.hintDetails,
  });
  const streams = new Streams(hub, state, exchange.market, exchange.reports.fold);
  exchange.afterTurn(() => {
    streams.afterTurn();
  });
  exchange.market.onFrames(streams);
  exchange.risk.onAlert((alert) => {
    streams.riskAlert(alert);
  });
  const heartbeat = new Heartbeat(hub, {
    heartbeatMs: config.wsHeartbeatSecs * 1000,
    timeoutMs: config.wsTimeoutSecs * 1000,
    wallMs: Date.now,
  });
  heartbeat.start();
  hub.onClose(() => {
    heartbeat.stop();
    streams.close();
  });
  const context: MessageContext = {
    exchange,
    hub,
    resumption: new Resumption(exchange),
    wallMs: Date.now,
    order: new OrderRequest(),
    hot: new HotMessages(state),
  };
  const handle = tracedMessages(exchange.log, handleFrame);
  app.ws('/ws', behavior(hub, context, CorsPolicy.of(exchange), handle));
  return hub;
}

function behavior(
  hub: WebsocketHub,
  context: MessageContext,
  cors: CorsPolicy,
  handle: typeof handleFrame,
): uWS.WebSocketBehavior<Connection> {
  return {
    maxPayloadLength: RECEIVED_BYTES_MAX,
    // bounds, pings and timeouts are the session's own: those of the library know no close codes
    maxBackpressure: 0,
    idleTimeout: 0,
    sendPingsAutomatically: false,
    compression: uWS.DISABLED,
    upgrade: (response, request, socketContext) => {
      const refusal = upgradeRefusal(hub.isOpen, request, cors);
      if (refusal !== '') {
        response.writeStatus(refusal).end();
        return;
      }
      const isBinary = names(request.getHeader('sec-websocket-protocol'), BINARY_SUBPROTOCOL);
      const userHint = request.getQuery('user_id') ?? '';
      const connection: Connection = { isBinary, userHint, origin: originOf(response, request), session: undefined };
      const key = request.getHeader('sec-websocket-key');
      // any other subprotocol is not agreed to
      response.upgrade(connection, key, isBinary ? BINARY_SUBPROTOCOL : '', request.getHeader('sec-websocket-extensions'), socketContext);
    },
    open: (socket) => {
      const connection = socket.getUserData();
      connection.session = hub.open(socket, connection.userHint, connection.isBinary, connection.origin);
      (socket as SessionSocket).session = connection.session;
    },
    message: (socket: SessionSocket, data, isBinary) => {
      const { session } = socket;
      if (session !== undefined && !session.isClosed) handle(context, session, data, isBinary);
    },
    drain: (socket) => socket.getUserData().session?.drained(),
    ping: (socket) => {
      heard(hub, socket);
    },
    pong: (socket) => {
      heard(hub, socket);
    },
    close: (socket) => {
      const { session } = socket.getUserData();
      if (session !== undefined) hub.remove(session);
    },
  };
}

/** Whether a comma-separated list of a header names `name`. */
function names(list: string, name: string): boolean {
  return list.split(',').some((each) => each.trim() === name);
}

function heard(hub: WebsocketHub, socket: uWS.WebSocket<Connection>): void {
  const { session } = socket.getUserData();
  if (session !== undefined) session.seenMs = hub.nowMs();
}

function budgetOf({ config }: Exchange): MessageBudget {
  return new RateLimits(config).perUser;
}
