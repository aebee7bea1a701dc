/** Which pages of other origins may read our answers: only configured ones (rest.md 1). */

export const PREFLIGHT_HEADERS: readonly (readonly [string, string])[] = [
  ['access-control-allow-methods', 'GET, POST, PUT, DELETE, OPTIONS'],
  ['access-control-allow-headers', 'authorization, content-type, idempotency-key, x-request-id'],
  ['access-control-max-age', '600'],
];

export class CorsPolicy {
  private readonly origins: ReadonlySet<string>;

  constructor(origins: readonly string[]) {
    this.origins = new Set(origins);
  }

  /** Whether answers differ by the origin of the page that asks. */
  get isActive(): boolean {
    return this.origins.size > 0;
  }

  /** The origin to allow, or '' for none. `origin` is the request's header, '' when it has none. */
  allowed(origin: string): string {
    return origin !== '' && this.origins.has(origin) ? origin : '';
  }
}
