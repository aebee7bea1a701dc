/** What the handlers of aids work with. */
import type { Caller } from '../../caller.js';
import type { Config } from '../../config.js';
import type { Exchange } from '../../exchange.js';
import type { OrderRequest } from '../../gateway/order-request.js';
import type { DiffConnection, Login } from '../connection.js';
import type { DiffHub } from '../hub.js';
import type { TradeTrees } from '../trade/trade-trees.js';

/** The part of the exchange that DIFF reaches. */
export interface DiffExchange extends Pick<Exchange, 'state' | 'depth' | 'gateway' | 'origins'> {
  readonly config: Pick<Config, 'rateLimitRps' | 'wsMaxPerUser' | 'wsHeartbeatSecs' | 'wsTimeoutSecs'>;
  readonly users: Pick<Exchange['users'], 'authenticate' | 'login'>;
  readonly loginPassword: Pick<Exchange['loginPassword'], 'change'>;
  readonly desk: { readonly funds: Pick<Exchange['desk']['funds'], 'transfer'> };
  readonly history: Pick<Exchange['history'], 'ordersOf' | 'tradesOf' | 'documentsOf'>;
  readonly log: Pick<Exchange['log'], 'error'>;
}

export interface DiffContext {
  readonly exchange: DiffExchange;
  readonly hub: DiffHub;
  readonly trees: TradeTrees;
  /** Filled and handed over for every order: the gateway copies what it keeps. */
  readonly order: OrderRequest;
}

export type Fields = Readonly<Record<string, unknown>>;

/** An aid of somebody who has logged in. */
export type TradeHandler = (context: DiffContext, connection: DiffConnection, login: Login, fields: Fields) => void | Promise<void>;

/** Who the login stands for at this moment. Throws 9001 and 2106. */
export function callerOf({ exchange }: DiffContext, { token, caller: { origin } }: Login): Caller {
  return { ...exchange.users.authenticate(token), origin };
}

/** A text field; '' when it is absent or something else. */
export function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
}

/** A number, or the number that a text stands for; undefined when it is neither or greater than a number can be (1e999). */
export function numberOf(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return Number.isFinite(number) ? (number as number) : undefined;
}
