/**
 * The token service that the Python client asks before anything else (diff.md 9): who proves to be a user gets a token that
 * says what he may use. The token opens nothing: on `/ws/diff` he logs in as everybody does.
 */
import type { HttpResponse, TemplatedApp } from 'uWebSockets.js';
import { Refusal, refusalMessage } from '../../core/refusal.js';
import type { User } from '../../core/users.js';
import type { Exchange } from '../exchange.js';
import type { RateLimits } from '../http/rate-limit.js';
import { addressText } from '../http/remote-address.js';
import { readBody } from '../http/request-body.js';
import { TooManyRequests } from '../services/too-many-requests.js';
import { accountId } from '../views/ids.js';

const PATH = '/auth/realms/shinnytech/protocol/openid-connect/token';
const BODY_BYTES_MAX = 4096;
/** Trading and market data of futures, and of indices. */
const FEATURES = ['futr', 'lmt_idx'];

interface Reply {
  readonly status: string;
  readonly body: object;
}

export function registerTokenService(app: TemplatedApp, exchange: Exchange, limits: RateLimits): void {
  app.post(PATH, (response, request) => {
    const address = addressText(new Uint8Array(response.getRemoteAddress()));
    const origin = { address, userAgent: request.getHeader('user-agent') };
    const reply = replyTo(response);
    readBody(response, BODY_BYTES_MAX, (body) => {
      if (body === undefined) reply(fault('413 Payload Too Large', 'invalid_request', 'The request is too long.'));
      else void answer(exchange, limits, body, origin).then(reply);
    });
  });
}

async function answer(
  exchange: Exchange,
  limits: RateLimits,
  body: Buffer,
  origin: { address: string; userAgent: string },
): Promise<Reply> {
  const form = new URLSearchParams(body.toString('utf8'));
  if (form.get('grant_type') !== 'password') return fault('400 Bad Request', 'unsupported_grant_type', 'Ask with the password.');
  try {
    limits.spendAddress(origin.address);
    const { token, expiresInSeconds } = await exchange.users.grants(
      form.get('username') ?? '',
      form.get('password') ?? '',
      origin,
      grantsOf,
    );
    // the client keeps a second token and uses it to ask for more grants, which nobody gets
    return { status: '200 OK', body: { access_token: token, refresh_token: '', token_type: 'Bearer', expires_in: expiresInSeconds } };
  } catch (error) {
    if (error instanceof TooManyRequests) return fault('429 Too Many Requests', 'slow_down', refusalMessage(error.code));
    if (error instanceof Refusal) return fault('401 Unauthorized', 'invalid_grant', refusalMessage(error.code));
    exchange.log.error({ err: error }, 'a token could not be given');
    return fault('500 Internal Server Error', 'server_error', refusalMessage(5000));
  }
}

/** A client may log in to trade under its name or any of its accounts. */
function grantsOf({ username, accounts }: User): object {
  return { features: FEATURES, accounts: [username, ...accounts.map(accountId)] };
}

function fault(status: string, error: string, description: string): Reply {
  return { status, body: { error, error_description: description } };
}

/** Answers unless the client has gone meanwhile. */
function replyTo(response: HttpResponse): (reply: Reply) => void {
  let isGone = false;
  response.onAborted(() => (isGone = true));
  return ({ status, body }) => {
    if (isGone) return;
    response.cork(() => {
      response.writeStatus(status).writeHeader('content-type', 'application/json; charset=utf-8').writeHeader('cache-control', 'no-store');
      response.end(JSON.stringify(body));
    });
  };
}
