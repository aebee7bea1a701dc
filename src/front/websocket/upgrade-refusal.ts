/** Whether a connection is taken at all. */
import type { HttpRequest } from 'uWebSockets.js';
import type { CorsPolicy } from '../http/cors.js';
import { isOriginAllowed } from './origin.js';

/** The status line of a refused upgrade, '' for none. `isOpen`: the exchange does not stop. */
export function upgradeRefusal(isOpen: boolean, request: HttpRequest, cors: CorsPolicy): string {
  if (!isOpen) return '503 Service Unavailable';
  return isOriginAllowed(request.getHeader('origin'), request.getHeader('host'), cors) ? '' : '403 Forbidden';
}
