import { Histogram, type Registry } from 'prom-client';
import { BUCKET_BOUNDS_MICROS, type SharedHistogram } from './shared-histogram.js';

interface Sample {
  readonly labels: { readonly le?: number | string };
  readonly sharedLabels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly metricName: string;
}

/** Indices of the bounds that are printed: powers of two and the one between, half of what is kept. */
const PRINTED_BUCKETS = BUCKET_BOUNDS_MICROS.flatMap((_, index) => (index % 2 === 1 ? [index] : []));
const MICROS_PER_SECOND = 1e6;

/** A SharedHistogram, or several together. */
export type HistogramSource = Pick<SharedHistogram, 'snapshot'>;

/** Shows a SharedHistogram as a prom-client histogram in seconds. Its memory is read when the metrics are asked for. */
export class HistogramMetric extends Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #source: HistogramSource;

  constructor(name: string, help: string, source: HistogramSource, registry: Registry) {
    super({ name, help, registers: [registry] });
    this.#name = name;
    this.#help = help;
    this.#source = source;
  }

  /** The hook by which prom-client's registry (and its `get`) reads a histogram. */
  getForPromString(): Promise<{ name: string; help: string; type: 'histogram'; aggregator: 'sum'; values: Sample[] }> {
    return Promise.resolve({ name: this.#name, help: this.#help, type: 'histogram', aggregator: 'sum', values: this.#samples() });
  }

  #samples(): Sample[] {
    const { counts, count, sumMicros } = this.#source.snapshot();
    const sample = (suffix: string, value: number, labels: Sample['labels'] = {}): Sample => {
      return { metricName: this.#name + suffix, value, labels, sharedLabels: {} };
    };
    const samples: Sample[] = [];
    let cumulative = 0;
    let next = 0;
    for (const index of PRINTED_BUCKETS) {
      for (; next <= index; next++) cumulative += counts[next] ?? 0;
      samples.push(sample('_bucket', cumulative, { le: (BUCKET_BOUNDS_MICROS[index] ?? 0) / MICROS_PER_SECOND }));
    }
    samples.push(sample('_bucket', count, { le: '+Inf' }), sample('_sum', sumMicros / MICROS_PER_SECOND), sample('_count', count));
    return samples;
  }
}
