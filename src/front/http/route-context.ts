import { assert } from '../../core/assert.js';
import type { Caller } from '../caller.js';
import type { Exchange } from '../exchange.js';
import type { Actor } from '../services/market-control.js';
import type { Origin } from '../services/origin.js';
import type { AnswerText } from '../views/answer-text.js';
import type { OrderAnswers } from './order-answers.js';
import type { RequestHead } from './request-head.js';
import type { Resource } from './route.js';

/** What of the request's headers a handler may look at. */
type SentHeaders = Pick<RequestHead, 'idempotencyKey' | 'accept' | 'cookie' | 'csrfToken'>;

/** What a handler gets: checked input, who calls, and the exchange. */
export class RouteContext<P, Q, B> {
  constructor(
    readonly exchange: Exchange,
    readonly orders: OrderAnswers,
    readonly texts: AnswerText,
    readonly params: P,
    readonly query: Q,
    readonly body: B,
    readonly origin: Origin,
    /** The text of the Authorization header, for the one route that has its own token. */
    readonly authorization: string,
    private readonly knownCaller: Caller | undefined,
    private readonly resource: Resource | undefined,
    private readonly headers: SentHeaders = { idempotencyKey: '', accept: '', cookie: '', csrfToken: '' },
    /** Its callback hears when the peer gives up before it has its answer. */
    readonly whenGone: (callback: () => void) => void = () => undefined,
  ) {}

  /** Of the header Idempotency-Key; '' for none. */
  get idempotencyKey(): string {
    return this.headers.idempotencyKey;
  }

  /** Of the header Accept, in lower case; '' for none. */
  get accept(): string {
    return this.headers.accept;
  }

  /** Of the header Cookie; '' for none. */
  get cookie(): string {
    return this.headers.cookie;
  }

  /** Of the header X-CSRF-Token; '' for none. */
  get csrfToken(): string {
    return this.headers.csrfToken;
  }

  /** The subject of the token; routes that are open to the public have none. */
  get caller(): Caller {
    assert(this.knownCaller !== undefined, 'a route with a caller is not public');
    return this.knownCaller;
  }

  /** The number of the account that the route's declaration resolved; the caller may use it. */
  get account(): number {
    assert(this.resource !== undefined && 'account' in this.resource, 'the route resolves an account');
    return this.resource.account;
  }

  /** The number of the user that the route's declaration resolved; the caller may use it. */
  get user(): number {
    assert(this.resource !== undefined && 'user' in this.resource, 'the route resolves a user');
    return this.resource.user;
  }
}

/** Aborts when the peer gives up before it has its answer. */
export function untilGone({ whenGone }: Pick<RouteContext<unknown, unknown, unknown>, 'whenGone'>): AbortSignal {
  const controller = new AbortController();
  whenGone(() => {
    controller.abort();
  });
  return controller.signal;
}

/** Who acts, for the services. */
export function actorOf({ caller, origin }: Pick<RouteContext<unknown, unknown, unknown>, 'caller' | 'origin'>): Actor {
  return { user: caller.user.user, origin };
}
