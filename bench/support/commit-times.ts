/** How long commits of the log took between two looks at the metrics of an exchange. */
import { HttpClient } from '../../src/client/index.js';

const BUCKET = /^qaexchange_wal_commit_seconds_bucket\{le="([^"]+)"\} (\d+)/gm;

export class CommitTimes {
  private before = new Map<number, number>();

  constructor(private readonly httpUrl: string) {}

  async begin(): Promise<void> {
    this.before = await this.buckets();
  }

  /** Upper end of the bucket that holds the percentile, µs, or of the last bucket that has one; 0 without commits. */
  async percentile(percent: number): Promise<number> {
    const after = await this.buckets();
    const since = [...after].map(([le, count]) => [le, count - (this.before.get(le) ?? 0)] as const).sort(([a], [b]) => a - b);
    const total = since.at(-1)?.[1] ?? 0;
    const found = since.find(([, count]) => count >= (total * percent) / 100);
    if (total === 0 || found === undefined) return 0;
    const lastSeconds = since.findLast(([le]) => Number.isFinite(le))?.[0] ?? 0;
    return Math.min(found[0], lastSeconds) * 1_000_000;
  }

  private async buckets(): Promise<Map<number, number>> {
    const { body } = await new HttpClient(this.httpUrl).text('/metrics');
    return new Map([...body.matchAll(BUCKET)].map(([, le, count]) => [le === '+Inf' ? Infinity : Number(le), Number(count)]));
  }
}
