/**
 * Metrics of the process in Prometheus text form. Nothing is copied while the exchange runs: every metric is given a
 * function or shared memory to read, and is read when the metrics are asked for.
 */
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { CounterCell, CounterFamily } from './counter-family.js';
import { HistogramMetric, type HistogramSource } from './histogram-metric.js';

/** How often the event loop's delay is sampled, ms: the library's 10 would keep an idle process awake. */
const EVENT_LOOP_SAMPLE_MS = 100;

/** Gauges of the library that are named like counters; the same figures are there by type. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

export interface MetricsRegistryOptions {
  /** Also memory, CPU, event loop and garbage collection of this process (process_*, nodejs_*). Default true. */
  readonly processMetrics?: boolean;
}

export class MetricsRegistry {
  readonly #registry = new Registry();

  constructor(options: MetricsRegistryOptions = {}) {
    if (options.processMetrics ?? true) {
      collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: EVENT_LOOP_SAMPLE_MS });
      for (const name of MISNAMED) this.#registry.removeSingleMetric(name);
    }
  }

  /** Media type of `text()`. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Everything, in the text form of Prometheus. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  counter(name: string, help: string, cell: CounterCell): void {
    new Counter({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.reset();
        this.inc(cell.count);
      },
    });
  }

  counterFamily<Label extends string>(name: string, help: string, family: CounterFamily<Label>): void {
    const { labels } = family;
    new Counter<Label>({
      name,
      help,
      labelNames: labels,
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [values, count] of family.entries()) this.labels(...values).inc(count);
      },
    });
  }

  /** A value that goes up and down; no sample is shown while `read` answers undefined. */
  gauge(name: string, help: string, read: () => number | undefined): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        const value = read();
        if (value === undefined) this.remove();
        else this.set(value);
      },
    });
  }

  /** Values of several things told apart by one label; a thing no longer answered is no longer shown. */
  gaugeFamily(name: string, help: string, label: string, read: () => Iterable<readonly [labelValue: string, value: number]>): void {
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [labelValue, value] of read()) this.labels(labelValue).set(value);
      },
    });
  }

  histogram(name: string, help: string, source: HistogramSource): void {
    new HistogramMetric(name, help, source, this.#registry);
  }
}
