/** Puts the route table on the server. */
import type { HttpRequest, HttpResponse, TemplatedApp } from 'uWebSockets.js';
import { Refusal } from '../../core/refusal.js';
import type { Exchange } from '../exchange.js';
import { CorsPolicy, PREFLIGHT_HEADERS } from './cors.js';
import { OrderAnswers } from './order-answers.js';
import { RateLimits } from './rate-limit.js';
import { RequestHead } from './request-head.js';
import { isDurable, RequestHandler, refusalAnswer } from './request-handler.js';
import { Responder, type Answer } from './response.js';
import type { Method, Route } from './route.js';
import { ROUTES } from './routes/index.js';
import { WebPages } from './web-pages.js';

const NO_CONTENT: Answer = { status: 204, contentType: '', body: '' };

/** `limits` may be shared with other interfaces, so that a user's requests count wherever they come in. */
export function registerHttp(app: TemplatedApp, exchange: Exchange, limits = new RateLimits(exchange.config)): void {
  const { state } = exchange;
  const parts = { exchange, limits, orders: new OrderAnswers(state), texts: exchange.texts };
  const cors = CorsPolicy.of(exchange);
  for (const route of ROUTES) {
    for (const path of [route.path, ...route.aliases]) addRoute(app, new RequestHandler(parts, route, path), route, path, cors);
  }
  for (const [path, methods] of methodsByPath()) {
    app.options(path, (response, request) => {
      const { responder } = received(response, request, cors);
      const isAllowed = cors.allowed(request.getHeader('origin')) !== '';
      responder.send({ ...NO_CONTENT, headers: [['allow', methods.join(', ')], ...(isAllowed ? PREFLIGHT_HEADERS : [])] });
    });
  }
  const pages = new WebPages(undefined, exchange.cluster?.nodeUrls);
  app.any('/*', (response, request) => {
    const { head, responder } = received(response, request, cors);
    head.keepOrigin();
    const path = request.getUrl();
    const answered = (answer: Answer): void => {
      const { requestId, method, address } = head;
      exchange.log.debug({ requestId, method, path, status: answer.status, address }, 'answered');
      responder.send(answer);
    };
    const unknown = (): void => {
      answered(refusalAnswer(new Refusal(9007), isDurable(exchange)));
    };
    if (!['get', 'head'].includes(request.getMethod())) {
      unknown();
      return;
    }
    const accepted = { accept: request.getHeader('accept'), acceptEncoding: request.getHeader('accept-encoding') };
    void pages.answer({ path, ...accepted }).then((answer) => {
      if (answer === undefined) unknown();
      else answered(answer);
    });
  });
}

/** What may be asked of each path. */
function methodsByPath(): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const route of ROUTES) {
    for (const path of [route.path, ...route.aliases]) {
      const known = methods.get(path) ?? ['OPTIONS'];
      methods.set(path, route.method === 'GET' ? ['GET', 'HEAD', ...known] : [route.method, ...known]);
    }
  }
  return methods;
}

function addRoute(app: TemplatedApp, handler: RequestHandler, route: Route, path: string, cors: CorsPolicy): void {
  const serve = (method: Method | 'HEAD') => {
    const wanted = { method, accept: route.alsoAs.length > 0, origin: cors.isActive };
    return (response: HttpResponse, request: HttpRequest): void => {
      const head = new RequestHead(response, request, wanted);
      const responder = new Responder(response, head.requestId, cors, head.origin, method === 'HEAD');
      handler.handle(response, request, head, responder);
    };
  };
  add(app, route.method, path, serve(route.method));
  if (route.method === 'GET') app.head(path, serve('HEAD'));
}

function add(app: TemplatedApp, method: Method, path: string, serve: (response: HttpResponse, request: HttpRequest) => void): void {
  if (method === 'GET') app.get(path, serve);
  else if (method === 'POST') app.post(path, serve);
  else if (method === 'PUT') app.put(path, serve);
  else app.del(path, serve);
}

/** A request that no route is for. */
function received(response: HttpResponse, request: HttpRequest, cors: CorsPolicy): { head: RequestHead; responder: Responder } {
  const method = request.getMethod().toUpperCase();
  const head = new RequestHead(response, request, { method, accept: false, origin: cors.isActive });
  return { head, responder: new Responder(response, head.requestId, cors, head.origin, method === 'HEAD') };
}
