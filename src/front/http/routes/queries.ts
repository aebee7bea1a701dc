/** Questions to the history: SQL, structured and time-series queries, and what can be asked about (rest.md D11 to D13). */
import Type, { type TProperties, type TSchema } from 'typebox';
import { Refusal, type RefusalDetail } from '../../../core/refusal.js';
import type { ColumnKind } from '../../../query/columns.js';
import type { RunningQuery } from '../../../query/history-service.js';
import { placeOf, QueryError } from '../../../query/query-error.js';
import {
  AGGREGATE_FUNCTIONS,
  DAILY,
  FILLS,
  FILTER_OPERATORS,
  GRANULARITIES,
  type HistoryQuery,
  type QueryFormat,
} from '../../../query/query-types.js';
import { readableName, TABLE_NAMES, TABLES } from '../../../query/tables.js';
import type { Exchange } from '../../exchange.js';
import { userId } from '../../views/ids.js';
import { successBytes } from '../envelope.js';
import { refusalOfHistory } from '../history-refusal.js';
import { isDurable } from '../request-handler.js';
import { JSON_TYPE } from '../response.js';
import { RawAnswer, route, type Route } from '../route.js';
import { untilGone, type RouteContext } from '../route-context.js';

/** More than the 30 s that a query may take. */
const TIMEOUT_MS = 40_000;
const SQL_CHARACTERS_MAX = 60_000;
const LIST_MAX = 1000;
const NAME_MAX = 64;
const SHOWN_CHARACTERS = 200;
const CSV_TYPE = 'text/csv; charset=utf-8';
const PARQUET_TYPE = 'application/vnd.apache.parquet';

const Name = Type.String({ minLength: 1, maxLength: NAME_MAX });
const Value = Type.Union([Type.String({ maxLength: 1000 }), Type.Number(), Type.Boolean()]);
const FilterList = Type.Array(
  Type.Object({
    column: Name,
    op: Type.Enum([...FILTER_OPERATORS]),
    value: Type.Union([Value, Type.Array(Value, { minItems: 1, maxItems: LIST_MAX })], { description: 'A list for IN and NOT IN.' }),
  }),
  { maxItems: 100 },
);
const Metric = Type.Object({
  function: Type.Enum([...AGGREGATE_FUNCTIONS]),
  column: Type.Optional(Name),
  as: Type.Optional(Name),
});
const Format = Type.Optional(Type.Enum(['json', 'csv', 'parquet'] as const));

const Answer = Type.Object({
  columns: Type.Array(Type.Object({ name: Type.String(), type: Type.String({ description: 'As DuckDB names it.' }) })),
  rows: Type.Array(Type.Array(Type.Unknown()), {
    description: 'Whole numbers beyond 2^53 and decimals of more than 15 digits are strings.',
  }),
  row_count: Type.Integer(),
  truncated: Type.Boolean({ description: 'There are more than 100 000 rows, or 64 MiB of them.' }),
  as_of: Type.Integer({ description: 'The last event (engine_seq) that the answer knows of.' }),
});

function refusalOf(error: QueryError, query: HistoryQuery): Refusal {
  const { message, position } = error;
  return refusalOfHistory(error) ?? new Refusal(9008, [detailOf(message, query, position)]);
}

/** Structured queries say which field is wrong; of SQL it is the place. */
function detailOf(message: string, query: HistoryQuery, position: number | undefined): RefusalDetail {
  if (query.kind !== 'sql') {
    const [, field, reason] = /^([a-z_.0-9]+): (.*)$/s.exec(message) ?? [];
    return field === undefined ? { field: query.kind, reason: message } : { field, reason };
  }
  if (position === undefined) return { field: 'sql', reason: message };
  const { line, column } = placeOf(query.sql, position);
  return { field: 'sql', reason: `line ${line}, column ${column}: ${message}` };
}

type Context = Pick<RouteContext<unknown, unknown, unknown>, 'exchange' | 'caller' | 'origin' | 'whenGone'>;

async function answered(context: Context, query: HistoryQuery, format: QueryFormat = 'json'): Promise<RawAnswer> {
  const { exchange, caller, origin } = context;
  const details = textOf(query);
  const entry = { user: caller.user.user, logType: 'DATA_ACCESS', action: `query_${query.kind}`, details, origin } as const;
  const { body } = await exchange.audit.cover(entry, async () => {
    try {
      const outcome = await exchange.queries.query(query, format, untilGone(context), caller.user.user);
      exchange.log.debug({ thread: 'history', kind: query.kind, rows: outcome.rows }, 'worked on');
      return outcome;
    } catch (error) {
      throw error instanceof QueryError ? refusalOf(error, query) : error;
    }
  });
  if (format === 'json') return new RawAnswer(200, JSON_TYPE, successBytes(body, isDurable(exchange)));
  const disposition = ['content-disposition', `attachment; filename="query.${format}"`] as const;
  return new RawAnswer(200, format === 'csv' ? CSV_TYPE : PARQUET_TYPE, body, [disposition]);
}

function queryRoute<B extends TProperties>(
  spec: { id: string; path: string; summary: string; body: B },
  ask: (body: never) => HistoryQuery,
): Route {
  return route({
    id: spec.id,
    method: 'POST',
    path: spec.path,
    summary: spec.summary,
    access: { caller: 'admin' },
    body: Type.Object({ ...spec.body, format: Format }, { additionalProperties: false }),
    timeoutMs: TIMEOUT_MS,
    alsoAs: [CSV_TYPE, PARQUET_TYPE],
    refusals: [9004],
    response: Answer,
    handler: (context) => answered(context, ask(context.body as never), (context.body as { format?: QueryFormat }).format),
  });
}

const sql = queryRoute(
  {
    id: 'D11',
    path: '/api/data/query/sql',
    summary: 'One SELECT over the history: joins, groups, windows, common table expressions; at most 30 s and 100 000 rows.',
    body: { sql: Type.String({ minLength: 1, maxLength: SQL_CHARACTERS_MAX }) },
  },
  ({ sql: text }: { sql: string }) => ({ kind: 'sql', sql: text }),
);

const structured = queryRoute(
  {
    id: 'D12',
    path: '/api/data/query/structured',
    summary: 'Columns, filters, aggregations, order and limit, without writing SQL. With aggregations, `select` groups.',
    body: {
      select: Type.Optional(Type.Array(Name, { maxItems: 100 })),
      from: Name,
      filters: Type.Optional(FilterList),
      aggregations: Type.Optional(Type.Array(Metric, { maxItems: 100 })),
      order_by: Type.Optional(Type.Array(Type.Object({ column: Name, descending: Type.Optional(Type.Boolean()) }), { maxItems: 100 })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
    },
  },
  (body: Omit<Extract<HistoryQuery, { kind: 'structured' }>, 'kind'>) => ({ ...body, kind: 'structured' }),
);

const timeSeries = queryRoute(
  {
    id: 'D13',
    path: '/api/data/query/timeseries',
    summary: 'Metrics by buckets of time, left-closed; `1d` is a trading day. `bucket` is its beginning in µs.',
    body: {
      from: Name,
      metrics: Type.Array(Metric, { minItems: 1, maxItems: 100 }),
      dimensions: Type.Optional(Type.Array(Name, { maxItems: 20 })),
      granularity: Type.Union([Type.Integer({ minimum: 1, maximum: 86_400 }), Type.Enum([...Object.keys(GRANULARITIES), DAILY])], {
        description: 'Seconds, or a preset.',
      }),
      filters: Type.Optional(FilterList),
      start_time: Type.Optional(Type.Integer({ minimum: 0, maximum: 8.64e15 })),
      end_time: Type.Optional(Type.Integer({ minimum: 0, maximum: 8.64e15 })),
      fill: Type.Optional(Type.Enum([...FILLS])),
    },
  },
  (body: Omit<Extract<HistoryQuery, { kind: 'timeseries' }>, 'kind'>) => ({ ...body, kind: 'timeseries' }),
);

const text = (description: string): TSchema => Type.String({ description });

const schema = route({
  id: 'D-schema',
  method: 'GET',
  path: '/api/data/query/schema',
  summary: 'The tables that can be asked about, with the meaning and unit of every column.',
  access: { caller: 'admin' },
  response: Type.Object({
    tables: Type.Array(
      Type.Object({
        name: Type.String(),
        readable_name: text('The same with decimals, dates, moments and ids as interfaces write them.'),
        meaning: Type.String(),
        key: Type.Array(Type.String()),
        columns: Type.Array(
          Type.Object({
            name: Type.String(),
            type: Type.String(),
            unit: Type.String(),
            meaning: Type.String(),
            is_readable_other: Type.Boolean(),
          }),
        ),
      }),
    ),
  }),
  handler: () => ({
    tables: TABLE_NAMES.map((name) => ({
      name,
      readable_name: readableName(name),
      meaning: TABLES[name].meaning,
      key: [...TABLES[name].key],
      columns: TABLES[name].columns.map((column) => ({ name: column.name, meaning: column.meaning, ...kindView(column.kind) })),
    })),
  }),
});

function kindView(kind: ColumnKind): { type: string; unit: string; is_readable_other: boolean } {
  return { type: kind.sqlType, unit: kind.unit, is_readable_other: kind.readable !== undefined };
}

const running = route({
  id: 'D-running',
  method: 'GET',
  path: '/api/data/query/running',
  summary: 'The queries that run or wait, oldest first, and how far they are: for those who wait for a large one.',
  access: { caller: 'admin' },
  response: Type.Object({
    queries: Type.Array(
      Type.Object({
        query_no: Type.Integer({ description: 'Number of the query since the start of the exchange.' }),
        user_id: Type.String(),
        kind: Type.Enum(['sql', 'structured', 'timeseries'] as const),
        text: Type.String({ description: 'What was asked, its beginning.' }),
        started_at: Type.Integer(),
        progress: Type.Union([Type.Number(), Type.Null()], { description: '1 = all of it; null while that is not known.' }),
      }),
    ),
  }),
  handler: ({ exchange }) => ({
    queries: asked(exchange).map(({ id, query, user, startedMs, share }) => ({
      query_no: id,
      user_id: userId(user),
      kind: query.kind,
      text: textOf(query).slice(0, SHOWN_CHARACTERS),
      started_at: startedMs,
      progress: share ?? null,
    })),
  }),
});

/** Not those that lists of the exchange make for themselves. */
function asked({ queries }: Exchange): RunningQuery[] {
  return queries.running().filter(({ user }) => user !== 0);
}

/** As it is noted, too. */
function textOf(query: HistoryQuery): string {
  return query.kind === 'sql' ? query.sql : JSON.stringify(query);
}

export const QUERY_ROUTES = [sql, structured, timeSeries, schema, running];
