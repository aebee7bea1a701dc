/** Which pages may open a connection: those of this host, and those that are listed. Programs send no Origin. */
import type { CorsPolicy } from '../http/cors.js';

/** `origin` and `host` are the request's headers, '' when absent. */
export function isOriginAllowed(origin: string, host: string, cors: CorsPolicy): boolean {
  if (origin === '' || cors.allowed(origin) !== '') return true;
  // a page has the same host when what follows the scheme is the same; `null` has neither
  const afterScheme = origin.indexOf('://') + 3;
  return afterScheme > 2 && host !== '' && origin.slice(afterScheme).toLowerCase() === host.toLowerCase();
}
