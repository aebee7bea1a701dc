/**
 * The way of a request: who calls, may he, is the input right, is the resource his, then the handler, then the answer.
 * Each step refuses before the next one looks.
 */
import type { HttpRequest, HttpResponse } from 'uWebSockets.js';
import { Refusal, type RefusalCode } from '../../core/refusal.js';
import type { Caller } from '../caller.js';
import { InputValidator } from '../decode/validator.js';
import type { CounterCell } from '../../metrics/counter-family.js';
import type { Exchange } from '../exchange.js';
import { TooManyRequests } from '../services/too-many-requests.js';
import { inRequest, isTraced } from '../tracing/request-scope.js';
import type { AnswerText } from '../views/answer-text.js';
import { userId } from '../views/ids.js';
import { authenticate, checkIdentity, checkPermission, resolveResource } from './access.js';
import { refusalStatus, refusalText, successJson, successText } from './envelope.js';
import type { OrderAnswers } from './order-answers.js';
import { parseQuery } from './query-string.js';
import type { RateLimits } from './rate-limit.js';
import { parseJson, parseText, readBody } from './request-body.js';
import type { RequestHead } from './request-head.js';
import { JSON_TYPE, type Answer, type Responder } from './response.js';
import { RouteContext } from './route-context.js';
import { DataText, RawAnswer, type Resource, type Route, type RouteInput } from './route.js';

/** Refusals of a moment: trying again soon makes sense. */
const TRANSIENT_CODES: readonly RefusalCode[] = [3003, 4001, 5002, 9004, 9005];

export interface HandlerParts {
  readonly exchange: Exchange;
  readonly limits: RateLimits;
  readonly orders: OrderAnswers;
  readonly texts: AnswerText;
}

/** A request under way. */
interface Call {
  readonly head: RequestHead;
  readonly responder: Responder;
  /** Once he is known. */
  caller: Caller | undefined;
}

/** Handles the requests of one route under one of its paths. */
export class RequestHandler {
  private readonly params;
  private readonly query;
  private readonly body;
  private readonly parameterNames: readonly string[];
  /** By status: of the route's own method, and of HEAD. */
  private readonly counters = new Map<number, CounterCell>();
  private readonly headCounters = new Map<number, CounterCell>();

  constructor(
    private readonly parts: HandlerParts,
    readonly route: Route,
    path: string,
  ) {
    this.params = new InputValidator(route.params);
    this.query = new InputValidator(route.query);
    this.body = route.body === undefined ? undefined : new InputValidator(route.body);
    this.parameterNames = Array.from(path.matchAll(/:([a-z_]+)/g), (match) => match[1]);
  }

  /** Everything that is read from the request is read before this returns: its memory is gone then. */
  handle(response: HttpResponse, request: HttpRequest, head: RequestHead, responder: Responder): void {
    const params: Record<string, string> = {};
    const { parameterNames } = this;
    for (let i = 0; i < parameterNames.length; i++) params[parameterNames[i]] = request.getParameter(i) ?? '';
    // undefined without a question mark, whatever its type says
    const queryText = (request.getQuery() as string | undefined) ?? '';
    const call: Call = { head, responder, caller: undefined };
    try {
      this.admit(call);
    } catch (error) {
      this.refuse(error, call);
      return;
    }
    const { log } = this.parts.exchange;
    const run = (body: Buffer | undefined): void => {
      if (isTraced(log)) inRequest(head.requestId, () => this.run(call, params, queryText, body));
      else this.run(call, params, queryText, body);
    };
    if (this.body === undefined) {
      run(undefined);
      return;
    }
    // before the request is gone
    head.keepOrigin();
    readBody(response, this.route.bodyBytesMax, (body) => {
      if (body === undefined) this.refuse(new Refusal(9010), call);
      else run(body);
    });
  }

  private admit(call: Call): void {
    const { exchange, limits } = this.parts;
    const { head } = call;
    if (!this.route.alwaysServed && !isServing(exchange)) throw new Refusal(9005);
    if (this.route.limitedByAddress) limits.spendAddress(head.address);
    const caller = authenticate(this.route, exchange, head.authorization);
    if (caller === undefined) return;
    call.caller = caller;
    limits.spendUser(caller.user.user);
    checkPermission(this.route, caller);
  }

  /** What needs no waiting is answered at once: a promise and a timer cost a small GET more than its own work. */
  private run(call: Call, paramTexts: Record<string, string>, queryText: string, bodyBytes: Buffer | undefined): void {
    try {
      const answer = this.answer(call, paramTexts, queryText, bodyBytes);
      if (answer instanceof Promise) void this.whenAnswered(call, answer);
      else this.send(answerOf(answer, isDurable(this.parts.exchange)), call);
    } catch (error) {
      this.refuse(error, call);
    }
  }

  private async whenAnswered(call: Call, answer: Promise<unknown>): Promise<void> {
    call.head.keepOrigin();
    const timeout = setTimeout(() => this.refuse(new Refusal(9005), call), this.route.timeoutMs);
    try {
      this.send(answerOf(await answer, isDurable(this.parts.exchange)), call);
    } catch (error) {
      this.refuse(error, call);
    } finally {
      clearTimeout(timeout);
    }
  }

  /** What the handler gives, or a promise of it. */
  private answer(call: Call, paramTexts: Record<string, string>, queryText: string, bodyBytes: Buffer | undefined): unknown {
    const { head, caller } = call;
    const input = {
      params: this.params.parse(paramTexts),
      query: this.query.parse(parseQuery(queryText, this.route.query)),
      body: bodyBytes === undefined ? undefined : this.body?.parse(this.fieldsOf(bodyBytes, head)),
    };
    const { exchange } = this.parts;
    if (caller !== undefined) checkIdentity(this.route, caller, input.body);
    const resource = caller === undefined ? undefined : resolveResource(this.route, exchange, caller, input, head);
    return resource instanceof Promise
      ? resource.then((found) => this.route.handler(this.contextOf(call, input, found)))
      : this.route.handler(this.contextOf(call, input, resource));
  }

  private contextOf(
    { head, responder, caller }: Call,
    { params, query, body }: RouteInput<unknown, unknown, unknown>,
    resource: Resource | undefined,
  ): RouteContext<unknown, unknown, unknown> {
    const { exchange, orders, texts } = this.parts;
    if (this.route.entersOrders && caller !== undefined) caller.origin = exchange.origins.of(head);
    const whenGone = (callback: () => void): void => {
      responder.whenGone(callback);
    };
    return new RouteContext(exchange, orders, texts, params, query, body, head, head.authorization, caller, resource, head, whenGone);
  }

  private fieldsOf(body: Buffer, { contentType }: RequestHead): unknown {
    const { csvField } = this.route;
    return csvField !== undefined && contentType.startsWith('text/csv') ? { [csvField]: parseText(body) } : parseJson(body);
  }

  private refuse(error: unknown, call: Call): void {
    let refusal: Refusal;
    const hint = this.parts.exchange.cluster?.hint;
    if (error instanceof Refusal && error.code === 9005 && hint !== undefined) {
      refusal = new Refusal(9005, this.parts.exchange.cluster?.hintDetails, `${hint}.`);
    } else if (error instanceof Refusal) {
      refusal = error;
    } else {
      // what went wrong inside is for the log; the client gets the request id to name it by
      this.parts.exchange.log.error({ err: error, requestId: call.head.requestId, route: this.route.id }, 'request failed');
      refusal = new Refusal(5000);
    }
    this.send(refusalAnswer(refusal, isDurable(this.parts.exchange)), call);
  }

  private send(answer: Answer, { head, responder, caller }: Call): void {
    if (!responder.isOpen) return;
    const { exchange } = this.parts;
    const { metrics, log } = exchange;
    const tookMs = performance.now() - head.takenMs;
    this.counterOf(head.method, answer.status).count++;
    metrics.httpTimes.record(tookMs * 1000);
    if (log.isLevelEnabled('debug')) {
      const { requestId, method, address } = head;
      const user = caller === undefined ? undefined : userId(caller.user.user);
      log.debug({ requestId, method, route: this.route.path, user, status: answer.status, address, tookMs }, 'answered');
    }
    const following = exchange.cluster?.isLeading === false;
    responder.send(following ? { ...answer, headers: [...(answer.headers ?? []), ...followerHeaders(exchange)] } : answer);
  }

  private counterOf(method: string, status: number): CounterCell {
    const counters = method === 'HEAD' ? this.headCounters : this.counters;
    const known = counters.get(status);
    if (known !== undefined) return known;
    const cell = this.parts.exchange.metrics.httpRequests.cell(method, this.route.path, String(status));
    counters.set(status, cell);
    return cell;
  }
}

/** The answer to a refused request. */
export function refusalAnswer(refusal: Refusal, durable: boolean): Answer {
  const headers: [string, string][] = [];
  if (refusal instanceof TooManyRequests) headers.push(['retry-after', String(refusal.retryAfterSeconds)]);
  else if (TRANSIENT_CODES.includes(refusal.code)) headers.push(['retry-after', '1']);
  const status = refusalStatus(refusal);
  if (status === 401) headers.push(['www-authenticate', 'Bearer']);
  // the rest of a body that is too large is not worth reading
  return { status, contentType: JSON_TYPE, body: refusalText(refusal, durable), headers, close: refusal.code === 9010 };
}

function answerOf(result: unknown, durable: boolean): Answer {
  if (result instanceof RawAnswer) return result;
  const body = result instanceof DataText ? successJson(result.text, durable) : successText(result, durable);
  return { status: 200, contentType: JSON_TYPE, body };
}

/** What a node that follows says of its answers: they are the state behind this event. */
function followerHeaders({ state, cluster }: Exchange): [string, string][] {
  const leader: [string, string][] = cluster?.leaderUrl === undefined ? [] : [['x-leader', cluster.leaderUrl]];
  return [['x-follower', 'true'], ['x-engine-seq', String(state.sequence)], ...leader];
}

/** Whether an answer is on disk when it is given. */
export function isDurable({ config }: Exchange): boolean {
  return config.durability === 'durable';
}

function isServing(exchange: Exchange): boolean {
  const { status } = exchange.health();
  return status !== 'recovering' && status !== 'stopping' && exchange.cluster?.mayRead !== false;
}
