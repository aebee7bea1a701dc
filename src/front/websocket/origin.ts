/** Which pages may open a connection: those of this host, and those that are listed. Programs send no Origin. */

/** `origin` and `host` are the request's headers, '' when absent. */
export function isOriginAllowed(origin: string, host: string, allowed: readonly string[]): boolean {
  if (origin === '' || allowed.includes(origin)) return true;
  // a page has the same host when what follows the scheme is the same; `null` has neither
  const afterScheme = origin.indexOf('://') + 3;
  return afterScheme > 2 && host !== '' && origin.slice(afterScheme).toLowerCase() === host.toLowerCase();
}
