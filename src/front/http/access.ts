/** Decides whether a caller may use a route; everything is refused that a declaration does not allow. */
import { hasPermission, isAdmin, type Permission } from '../../auth/permissions.js';
import { Refusal } from '../../core/refusal.js';
import type { Caller } from '../caller.js';
import type { Exchange } from '../exchange.js';
import type { Origin } from '../services/origin.js';
import { userId } from '../views/ids.js';
import type { Access, Resource, Route, RouteInput } from './route.js';

type OwnerAccess = Extract<Access<unknown, unknown, unknown>, { caller: 'owner' }>;

const BEARER = /^Bearer +(\S+)$/i;
const USUAL = 'Bearer ';

/** The token of an Authorization header; throws 9002 when there is none. */
export function bearerToken(authorization: string): string {
  // as nearly everybody writes it: a token is long for a regular expression
  if (USUAL.length < authorization.length && authorization.startsWith(USUAL) && !authorization.includes(' ', USUAL.length)) {
    return authorization.slice(USUAL.length);
  }
  const token = BEARER.exec(authorization)?.[1];
  if (token === undefined) throw new Refusal(9002);
  return token;
}

/** The caller of a route, checked as far as possible without its input; undefined for a public one. */
export function authenticate(route: Route, exchange: Exchange, authorization: string): Caller | undefined {
  if (route.access.caller === 'public') return undefined;
  return exchange.users.authenticate(bearerToken(authorization));
}

/** Throws 9006 when the caller's roles do not grant what the route asks for. */
export function checkPermission(route: Route, caller: Caller): void {
  const { access } = route;
  const { roles } = caller.user;
  if (access.caller === 'admin' && !isAdmin(roles)) throw new Refusal(9006);
  if (access.caller === 'permission' && !hasPermission(roles, access.permission)) throw new Refusal(9006);
  if (access.caller !== 'owner' || access.permission === undefined || hasPermission(roles, access.permission)) return;
  if (access.orPermission === undefined || !hasPermission(roles, access.orPermission)) throw new Refusal(9006);
}

/** For what only some may see of a route that is open to all: throws 9002, 9001 or 9006. */
export function requirePermission(exchange: Exchange, authorization: string, permission: Permission): void {
  const { user } = exchange.users.authenticate(bearerToken(authorization));
  if (!hasPermission(user.roles, permission)) throw new Refusal(9006);
}

/** A user_id that a client sends along never selects who acts; it must be the caller's own (rest.md 1). */
export function checkIdentity(route: Route, caller: Caller, body: unknown): void {
  if (route.userIdIsTarget || typeof body !== 'object' || body === null || !('user_id' in body)) return;
  const claimed = body.user_id;
  if (claimed !== undefined && claimed !== null && claimed !== userId(caller.user.user)) throw new Refusal(9006);
}

/** Finds what the request is about and throws 9006 unless the caller may touch it. */
export function resolveResource(
  route: Route,
  exchange: Exchange,
  caller: Caller,
  input: RouteInput<unknown, unknown, unknown>,
  origin: Origin,
): Resource | Promise<Resource> | undefined {
  const { access } = route;
  if (access.caller !== 'owner') return undefined;
  const resource = access.resource(input, exchange, caller);
  if (resource instanceof Promise) return resource.then((found) => checkOwner(route, access, exchange, caller, found, origin));
  return checkOwner(route, access, exchange, caller, resource, origin);
}

function checkOwner(route: Route, access: OwnerAccess, exchange: Exchange, caller: Caller, resource: Resource, origin: Origin): Resource {
  const owner = 'user' in resource ? resource.user : exchange.state.accounts.user[resource.account];
  const { user, roles } = caller.user;
  if (owner === user) return resource;
  const isRead = route.method === 'GET';
  const isStaff = (isRead && isAdmin(roles)) || (access.orPermission !== undefined && hasPermission(roles, access.orPermission));
  if (!isStaff) throw new Refusal(9006);
  // what staff changes is audited by the service that does it
  const account = 'account' in resource ? resource.account : 0;
  if (isRead) exchange.audit.record({ user, account, logType: 'DATA_ACCESS', action: 'read', details: detailOf(route, owner), origin });
  return resource;
}

function detailOf(route: Route, owner: number): string {
  return `${route.id} of ${userId(owner)}`;
}
