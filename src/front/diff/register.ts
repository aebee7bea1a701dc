/** DIFF on the app: `/ws/diff`, and the two files that clients load before (diff.md 1). */
import uWS from 'uWebSockets.js';
import type { Exchange } from '../exchange.js';
import { originOf } from '../http/remote-address.js';
import type { Origin } from '../services/origin.js';
import { tracedMessages } from '../tracing/traced-messages.js';
import type { MessageBudget } from '../websocket/inbound-limit.js';
import { CorsPolicy } from '../http/cors.js';
import { upgradeRefusal } from '../websocket/upgrade-refusal.js';
import { assembleDiff } from './assemble.js';
import type { DiffConnection } from './connection.js';
import type { DiffHub } from './hub.js';
import type { BarEvents } from './charts/bar-feed.js';
import { MarketSeries } from './charts/market-series.js';
import { brokerList, instrumentFile } from './instrument-file.js';
import { BROKER_ID } from './messages/login.js';
import type { DiffContext } from './messages/context.js';
import { handleFrame } from './messages/router.js';

/** Lists of symbols may be long. */
const RECEIVED_BYTES_MAX = 1024 * 1024;
const FIRST_PACKET = JSON.stringify({ aid: 'rtn_brokers', brokers: [BROKER_ID] });

interface Connected {
  readonly origin: Origin;
  connection: DiffConnection | undefined;
}

/** Serves DIFF; `events` tells of bars that grow. The hub observes the state from here on, after the gateway and the public book. */
export function registerDiff(app: uWS.TemplatedApp, exchange: Exchange, budget: MessageBudget, events: BarEvents): DiffHub {
  const series = new MarketSeries(exchange.state, exchange.marketHistory, events);
  exchange.state.observe(series);
  const context = assembleDiff(exchange, budget, series, () => performance.now());
  const { hub } = context;
  exchange.afterTurn(() => {
    hub.afterTurn();
  });
  const handle = tracedMessages(exchange.log, handleFrame);
  app.ws('/ws/diff', behavior(context, CorsPolicy.of(exchange), handle));
  serveFile(app, '/t/md/symbols/latest.json', () => instrumentFile(exchange.state));
  serveFile(app, '/broker-list.json', (request) =>
    brokerList(request.getHeader('host'), request.getHeader('x-forwarded-proto') === 'https'),
  );
  return hub;
}

function behavior(context: DiffContext, cors: CorsPolicy, handle: typeof handleFrame): uWS.WebSocketBehavior<Connected> {
  const { hub } = context;
  const heard = (socket: uWS.WebSocket<Connected>): void => {
    const { connection } = socket.getUserData();
    if (connection !== undefined) connection.seenMs = hub.nowMs();
  };
  return {
    maxPayloadLength: RECEIVED_BYTES_MAX,
    // bounds, pings and timeouts are the connection's own: those of the library know no close codes
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
      // tokens in the query belong to a foreign issuer, and a user named there has proven nothing
      const connected: Connected = { origin: originOf(response, request), connection: undefined };
      const key = request.getHeader('sec-websocket-key');
      response.upgrade(connected, key, '', request.getHeader('sec-websocket-extensions'), socketContext);
    },
    open: (socket) => {
      const connected = socket.getUserData();
      connected.connection = hub.open(socket, connected.origin);
      connected.connection.sendNow(FIRST_PACKET);
    },
    message: (socket, data, isBinary) => {
      const { connection } = socket.getUserData();
      if (connection !== undefined && !connection.isClosed) handle(context, connection, data, isBinary);
    },
    ping: heard,
    pong: heard,
    close: (socket) => {
      const { connection } = socket.getUserData();
      if (connection !== undefined) hub.remove(connection);
    },
  };
}

/** Open to every page: nothing in the files is secret, and clients load them from wherever they are. */
function serveFile(app: uWS.TemplatedApp, path: string, body: (request: uWS.HttpRequest) => string): void {
  app.get(path, (response, request) => {
    const text = body(request);
    response.cork(() => {
      response.writeHeader('content-type', 'application/json; charset=utf-8').writeHeader('access-control-allow-origin', '*').end(text);
    });
  });
}
