/** Which pages of other origins may read our answers: only configured ones (rest.md 1), and those that another node of our cluster has served. */
import type { Exchange } from '../exchange.js';

export const PREFLIGHT_HEADERS: readonly (readonly [string, string])[] = [
  ['access-control-allow-methods', 'GET, POST, PUT, DELETE, OPTIONS'],
  ['access-control-allow-headers', 'authorization, content-type, idempotency-key, x-request-id'],
  ['access-control-max-age', '600'],
];

export class CorsPolicy {
  private readonly origins: ReadonlySet<string>;

  /** `nodes` are those of the cluster, as they become known. */
  constructor(
    origins: readonly string[],
    private readonly nodes?: ReadonlySet<string>,
  ) {
    this.origins = new Set(origins);
  }

  /** As the exchange is configured. */
  static of({ config, cluster }: Exchange): CorsPolicy {
    return new CorsPolicy(config.corsOrigins, cluster?.nodeUrls);
  }

  /** Whether answers differ by the origin of the page that asks. */
  get isActive(): boolean {
    return this.origins.size > 0 || this.nodes !== undefined;
  }

  /** The origin to allow, or '' for none. `origin` is the request's header, '' when it has none. */
  allowed(origin: string): string {
    return origin !== '' && (this.origins.has(origin) || this.nodes?.has(origin) === true) ? origin : '';
  }
}
