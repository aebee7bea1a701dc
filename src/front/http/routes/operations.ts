/** For load balancers and dashboards: health (S6) and metrics (N6), both outside the envelope. */
import { timingSafeEqual } from 'node:crypto';
import Type from 'typebox';
import { Refusal } from '../../../core/refusal.js';
import { bearerToken } from '../access.js';
import { isLoopback } from '../remote-address.js';
import { JSON_TYPE } from '../response.js';
import { RawAnswer, route } from '../route.js';

const health = route({
  id: 'S6',
  method: 'GET',
  path: '/health',
  summary: 'Whether the exchange works: 200, else 503.',
  access: { caller: 'public' },
  alwaysServed: true,
  mediaType: JSON_TYPE,
  furtherStatuses: [503],
  response: Type.Object({
    status: Type.String(),
    service: Type.String(),
    sequence: Type.Integer(),
    progress: Type.Optional(Type.Number()),
    cluster: Type.Optional(
      Type.Object({
        node: Type.String(),
        role: Type.String({ description: 'leader, candidate, standby, replica, joining or deposed.' }),
        epoch: Type.Integer(),
        leader: Type.Union([Type.String(), Type.Null()], { description: 'Where the leader is.' }),
        lag: Type.Integer({ description: "Events of the cluster's log that are not applied here." }),
        nodes: Type.Array(Type.String(), { description: 'Where the nodes are that are known here.' }),
      }),
    ),
    durable: Type.Optional(Type.Literal(false)),
  }),
  handler({ exchange }) {
    const answer = exchange.health();
    return new RawAnswer(answer.status === 'ok' ? 200 : 503, JSON_TYPE, JSON.stringify(answer));
  },
});

const metrics = route({
  id: 'N6',
  method: 'GET',
  path: '/metrics',
  summary: 'Metrics in Prometheus text form; from other machines with METRICS_TOKEN as the bearer token.',
  access: { caller: 'public' },
  alwaysServed: true,
  mediaType: 'text/plain',
  refusals: [9001, 9002],
  response: Type.String(),
  async handler({ exchange, origin, authorization }) {
    if (!isLoopback(origin.address)) checkToken(exchange.config.metricsToken, bearerToken(authorization));
    return new RawAnswer(200, exchange.metrics.contentType, await exchange.metrics.text());
  },
});

function checkToken(expected: string | undefined, given: string): void {
  const wanted = Buffer.from(expected ?? '');
  const sent = Buffer.from(given);
  const isRight = wanted.length > 0 && wanted.length === sent.length && timingSafeEqual(wanted, sent);
  if (!isRight) throw new Refusal(9001);
}

export const OPERATION_ROUTES = [health, metrics];
