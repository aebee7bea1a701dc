/** What message handlers work with. */
import type { Caller } from '../../caller.js';
import type { HotMessages } from '../../decode/hot-messages.js';
import type { Exchange } from '../../exchange.js';
import type { OrderRequest } from '../../gateway/order-request.js';
import { Refusal } from '../../../core/refusal.js';
import { parseAccountId, userId } from '../../views/ids.js';
import type { Resumption } from '../resumption.js';
import type { WebsocketHub } from '../hub.js';
import type { Session } from '../session.js';

/** The part of the exchange that messages reach. */
export interface MessageExchange extends Pick<Exchange, 'state' | 'gateway' | 'origins' | 'whyNotLive'> {
  readonly users: Pick<Exchange['users'], 'authenticate'>;
  readonly history: Pick<Exchange['history'], 'findOrder'>;
  readonly log: Pick<Exchange['log'], 'error'>;
}

export interface MessageContext {
  readonly exchange: MessageExchange;
  readonly hub: WebsocketHub;
  readonly resumption: Resumption;
  /** UTC milliseconds. */
  readonly wallMs: () => number;
  /** Filled and handed over for every order: the gateway copies what it keeps. */
  readonly order: OrderRequest;
  readonly hot: HotMessages;
}

/** An object of a client, of unknown fields. */
export type Fields = Readonly<Record<string, unknown>>;

/** Answers one message; throws Refusal for what is refused. */
export type MessageHandler = (context: MessageContext, session: Session, fields: Fields, requestId: string | undefined) => void;

/** Who the session acts for; the router lets nobody else in. */
export function callerOf(session: Session): Caller {
  if (session.caller === undefined) throw new Refusal(9002);
  return session.caller;
}

/** The number of an account of the caller's own. Throws 1006 for an unknown and 9006 for another's. */
export function ownAccount({ exchange }: MessageContext, caller: Caller, id: string): number {
  const account = parseAccountId(id);
  if (!exchange.state.accounts.has(account)) throw new Refusal(1006);
  if (exchange.state.accounts.user[account] !== caller.user.user) throw new Refusal(9006);
  return account;
}

/** A user id in a message selects nobody; it must not contradict the token either (9006). */
export function checkUserId(caller: Caller, id: unknown): void {
  if (id !== undefined && id !== userId(caller.user.user)) throw new Refusal(9006);
}
