/** What can be asked of the history (storage-and-cluster.md 5). */
export type QueryFormat = 'json' | 'csv' | 'parquet';

export interface SqlQuery {
  readonly kind: 'sql';
  readonly sql: string;
}

export const FILTER_OPERATORS = ['=', '!=', '>', '>=', '<', '<=', 'IN', 'NOT IN'] as const;
export const AGGREGATE_FUNCTIONS = ['count', 'sum', 'avg', 'min', 'max', 'first', 'last'] as const;
export type FilterValue = string | number | boolean;

export interface Filter {
  readonly column: string;
  readonly op: (typeof FILTER_OPERATORS)[number];
  readonly value: FilterValue | readonly FilterValue[];
}

export interface Aggregation {
  readonly function: (typeof AGGREGATE_FUNCTIONS)[number];
  /** Every row counts when it is left out, of `count` only. */
  readonly column?: string;
  readonly as?: string;
}

export interface StructuredQuery {
  readonly kind: 'structured';
  readonly select?: readonly string[];
  readonly from: string;
  readonly filters?: readonly Filter[];
  readonly aggregations?: readonly Aggregation[];
  readonly order_by?: readonly { readonly column: string; readonly descending?: boolean }[];
  readonly limit?: number;
}

export const GRANULARITIES = {
  '1s': 1,
  '5s': 5,
  '10s': 10,
  '30s': 30,
  '1m': 60,
  '5m': 300,
  '15m': 900,
  '30m': 1800,
  '1h': 3600,
  '4h': 14_400,
} as const;
/** A trading day, as long as it lasts. */
export const DAILY = '1d';
export const FILLS = ['none', 'null', 'previous'] as const;

export interface TimeSeriesQuery {
  readonly kind: 'timeseries';
  readonly from: string;
  readonly metrics: readonly Aggregation[];
  readonly dimensions?: readonly string[];
  /** Seconds, or a preset. */
  readonly granularity: number | keyof typeof GRANULARITIES | typeof DAILY;
  readonly filters?: readonly Filter[];
  /** ms since 1970, both inclusive. */
  readonly start_time?: number;
  readonly end_time?: number;
  readonly fill?: (typeof FILLS)[number];
}

export type HistoryQuery = SqlQuery | StructuredQuery | TimeSeriesQuery;

/** SQL with its parameters, all of them texts. */
export interface Compiled {
  readonly sql: string;
  readonly values: readonly string[];
}
