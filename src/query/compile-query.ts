/**
 * Structured and time-series queries as SQL. Names are taken from the tables that there are, values are parameters: no text of
 * a sender ever becomes SQL.
 */
import { EXCHANGE_OFFSET_US } from '../core/market-data/periods.js';
import type { Column } from './columns.js';
import { QueryError } from './query-error.js';
import {
  DAILY,
  GRANULARITIES,
  type Aggregation,
  type Compiled,
  type Filter,
  type FilterValue,
  type StructuredQuery,
  type TimeSeriesQuery,
} from './query-types.js';
import { quoted } from './sql-text.js';
import { TABLE_NAMES, TABLES, type Table } from './tables.js';

const US_PER_SECOND = 1_000_000;
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;
/** Sums and averages of these mean nothing. */
const UNCOUNTED = ['VARCHAR', 'BOOLEAN'];
/** Of rows at the same time the log knows the order. */
const IN_ORDER = 'ORDER BY ts, sequence';

class Source {
  readonly values: string[] = [];
  private readonly table: Table;

  constructor(from: string) {
    const name = TABLE_NAMES.find((known) => known === from);
    if (name === undefined) throw new QueryError('invalid', `from: there is no table ${from}`);
    this.table = TABLES[name];
  }

  get name(): string {
    return this.table.name;
  }

  get columns(): string[] {
    return this.table.columns.map(({ name }) => name);
  }

  column(name: string, place: string): Column {
    const column = this.table.columns.find((known) => known.name === name);
    if (column === undefined) throw new QueryError('invalid', `${place}: ${this.name} has no column ${name}`);
    return column;
  }

  where(filters: readonly Filter[] = [], further: readonly string[] = []): string {
    const conditions = [...filters.map((filter, i) => this.condition(filter, `filters.${i}`)), ...further];
    return conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  }

  aggregate({ function: name, column, as }: Aggregation, place: string): { sql: string; as: string } {
    const alias = as ?? (column === undefined ? name : `${name}_${column}`);
    if (!IDENTIFIER.test(alias)) throw new QueryError('invalid', `${place}.as: letters, digits and _ only`);
    if (column === undefined) {
      if (name !== 'count') throw new QueryError('invalid', `${place}.column: ${name} needs one`);
      return { sql: 'count(*)', as: alias };
    }
    const { kind } = this.column(column, `${place}.column`);
    if ((name === 'sum' || name === 'avg') && UNCOUNTED.includes(kind.sqlType))
      throw new QueryError('invalid', `${place}.column: there is no ${name} of ${column}`);
    const argument = quoted(column);
    return { sql: name === 'first' || name === 'last' ? `${name}(${argument} ${IN_ORDER})` : `${name}(${argument})`, as: alias };
  }

  parameter(value: FilterValue, sqlType: string): string {
    this.values.push(String(value));
    return `CAST(? AS ${sqlType})`;
  }

  private condition({ column: name, op, value }: Filter, place: string): string {
    const { kind } = this.column(name, `${place}.column`);
    const isList = op === 'IN' || op === 'NOT IN';
    if (isList !== Array.isArray(value))
      throw new QueryError('invalid', `${place}.value: ${isList ? 'a list, please' : 'one value, please'}`);
    const values = (isList ? value : [value]) as readonly FilterValue[];
    if (values.length === 0) throw new QueryError('invalid', `${place}.value: the list is empty`);
    for (const one of values) checkType(one, kind.sqlType, `${place}.value`);
    const parameters = values.map((one) => this.parameter(one, kind.sqlType));
    return isList ? `${quoted(name)} ${op} (${parameters.join(', ')})` : `${quoted(name)} ${op} ${parameters[0]}`;
  }
}

export function compileStructured(query: StructuredQuery): Compiled {
  const source = new Source(query.from);
  const aggregations = (query.aggregations ?? []).map((aggregation, i) => source.aggregate(aggregation, `aggregations.${i}`));
  const selected = query.select ?? (aggregations.length === 0 ? source.columns : []);
  for (const [i, name] of selected.entries()) source.column(name, `select.${i}`);
  const cells = [...selected.map(quoted), ...aggregations.map(({ sql, as }) => `${sql} AS ${quoted(as)}`)];
  if (cells.length === 0) throw new QueryError('invalid', 'select: nothing is asked for');
  const group = aggregations.length > 0 && selected.length > 0 ? ` GROUP BY ${selected.map(quoted).join(', ')}` : '';
  const known = new Set([...(aggregations.length > 0 ? selected : source.columns), ...aggregations.map(({ as }) => as)]);
  const order = (query.order_by ?? []).map(({ column, descending }, i) => {
    if (!known.has(column)) throw new QueryError('invalid', `order_by.${i}.column: ${column} is not in the answer`);
    return `${quoted(column)}${descending === true ? ' DESC' : ''}`;
  });
  const where = source.where(query.filters);
  const tail = order.length === 0 ? '' : ` ORDER BY ${order.join(', ')}`;
  const limit = query.limit === undefined ? '' : ` LIMIT ${source.parameter(query.limit, 'BIGINT')}`;
  return { sql: `SELECT ${cells.join(', ')} FROM ${source.name}${where}${group}${tail}${limit}`, values: source.values };
}

export function compileTimeSeries(query: TimeSeriesQuery): Compiled {
  const source = new Source(query.from);
  const dimensions = query.dimensions ?? [];
  for (const [i, name] of dimensions.entries()) source.column(name, `dimensions.${i}`);
  const metrics = query.metrics.map((metric, i) => source.aggregate(metric, `metrics.${i}`));
  const names = [...dimensions, ...metrics.map(({ as }) => as), 'bucket'];
  if (new Set(names).size !== names.length) throw new QueryError('invalid', 'metrics: two columns have one name: use `as`');
  const where = source.where(query.filters, timeBounds(source, query));
  const keys = dimensions.map(quoted);
  const bucket = bucketSql(query.granularity);
  const cells = [`${bucket} AS bucket`, ...keys, ...metrics.map(({ sql, as }) => `${sql} AS ${quoted(as)}`)];
  const group = ['1', ...keys].join(', ');
  const buckets = `SELECT ${cells.join(', ')} FROM ${source.name}${where} GROUP BY ${group}`;
  const order = ['bucket', ...keys].join(', ');
  const fill = query.fill ?? 'none';
  if (fill === 'none') return { sql: `SELECT * FROM (${buckets}) ORDER BY ${order}`, values: source.values };
  const shown = metrics.map(({ as }) => {
    const own = `b.${quoted(as)}`;
    if (fill === 'null') return `${own} AS ${quoted(as)}`;
    const partition = keys.length === 0 ? '' : `PARTITION BY ${keys.map((key) => `d.${key}`).join(', ')} `;
    return `last_value(${own} IGNORE NULLS) OVER (${partition}ORDER BY s.bucket) AS ${quoted(as)}`;
  });
  const same = keys.map((key) => ` AND b.${key} IS NOT DISTINCT FROM d.${key}`).join('');
  const sql = `WITH b AS (${buckets}), d AS (SELECT DISTINCT ${keys.length === 0 ? '1 AS one' : keys.join(', ')} FROM b), s AS (${seriesSql(query.granularity)})
SELECT ${['s.bucket', ...keys.map((key) => `d.${key}`), ...shown].join(', ')} FROM d CROSS JOIN s LEFT JOIN b ON b.bucket = s.bucket${same}
ORDER BY ${['s.bucket', ...keys.map((key) => `d.${key}`)].join(', ')}`;
  return { sql, values: source.values };
}

function timeBounds(source: Source, { start_time: start, end_time: end }: TimeSeriesQuery): string[] {
  const bounds: string[] = [];
  if (start !== undefined) bounds.push(`ts >= ${source.parameter(start * 1000, 'BIGINT')}`);
  // the whole of the last millisecond
  if (end !== undefined) bounds.push(`ts < ${source.parameter((end + 1) * 1000, 'BIGINT')}`);
  return bounds;
}

function widthUs(granularity: Exclude<TimeSeriesQuery['granularity'], typeof DAILY>): number {
  return (typeof granularity === 'number' ? granularity : GRANULARITIES[granularity]) * US_PER_SECOND;
}

/** Beginning of the bucket of a row, µs: left-closed, counted from midnight in exchange time. */
function bucketSql(granularity: TimeSeriesQuery['granularity']): string {
  if (granularity === DAILY)
    return `epoch_us(make_timestamp(trading_day // 10000, trading_day // 100 % 100, trading_day % 100, 0, 0, 0)) - ${EXCHANGE_OFFSET_US}`;
  const width = widthUs(granularity);
  return `(ts + ${EXCHANGE_OFFSET_US}) // ${width} * ${width} - ${EXCHANGE_OFFSET_US}`;
}

/** All buckets from the first to the last; of days those that had anything. */
function seriesSql(granularity: TimeSeriesQuery['granularity']): string {
  if (granularity === DAILY) return 'SELECT DISTINCT bucket FROM b';
  const width = widthUs(granularity);
  return `SELECT unnest(range(lo, hi + 1, ${width})) AS bucket FROM (SELECT min(bucket) AS lo, max(bucket) AS hi FROM b)`;
}

function checkType(value: FilterValue, sqlType: string, place: string): void {
  const expected = sqlType === 'VARCHAR' ? 'string' : sqlType === 'BOOLEAN' ? 'boolean' : 'number';
  if (typeof value !== expected) throw new QueryError('invalid', `${place}: must be a ${expected}`);
  if (expected === 'number' && sqlType !== 'DOUBLE' && !Number.isSafeInteger(value))
    throw new QueryError('invalid', `${place}: must be a whole number`);
}
