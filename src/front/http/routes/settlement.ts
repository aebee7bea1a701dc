/** Settlement prices, the settlement of a day, and what settled days came to (rest.md A7 to A11). */
import Type from 'typebox';
import { Refusal } from '../../../core/refusal.js';
import type { DayRecord, StatementRecord } from '../../../core/settlement/statements.js';
import { parseDate } from '../../decode/dates.js';
import type { Exchange } from '../../exchange.js';
import { parsePrices } from '../../settlement/price-import.js';
import type { PriceEntry } from '../../settlement/settlement-service.js';
import {
  AccountSettlementSchema,
  accountSettlementView,
  DryRunSchema,
  dryRunView,
  SettledInstrumentSchema,
  settledInstrumentViews,
  SettlementResultSchema,
  settlementResultView,
} from '../../views/settlement-view.js';
import { toDate } from '../../views/numbers.js';
import { DateFields, dateRange } from '../date-range.js';
import { pageOf, PageFields, PageResultFields } from '../listing.js';
import type { RouteContext } from '../route-context.js';
import { route } from '../route.js';

/** The one body that may be this large (rest.md 1). */
const IMPORT_BYTES_MAX = 10 * 1024 * 1024;

const PriceSchema = Type.Object({
  instrument_id: Type.String(),
  settlement_price: Type.Union([Type.Number(), Type.Null()], { description: 'May be finer than the tick; null takes the price back.' }),
});
type Price = { instrument_id: string; settlement_price: number | null };

const setPrice = route({
  id: 'A7',
  method: 'POST',
  path: '/admin/settlement/set-price',
  aliases: ['/api/admin/settlement/set-price'],
  summary: 'Set the settlement price of an instrument for the current trading day.',
  access: { caller: 'permission', permission: 'SetSettlementPrice' },
  body: PriceSchema,
  refusals: [1007, 1010],
  response: Type.Object({
    instrument_id: Type.String(),
    settlement_price: Type.Union([Type.Number(), Type.Null()]),
    date: Type.String(),
  }),
  async handler(context) {
    const { exchange, body } = context;
    const day = await exchange.settlement.setPrices([entryOf(body, 'settlement_price')], actorOf(context));
    const { instrumentId } = exchange.state.instruments.find(body.instrument_id)!;
    return { instrument_id: instrumentId, settlement_price: body.settlement_price, date: toDate(day) };
  },
});

const setPrices = route({
  id: 'A8',
  method: 'POST',
  path: '/admin/settlement/batch-set-prices',
  aliases: ['/api/admin/settlement/batch-set-prices'],
  summary: 'Set many settlement prices, all or none: as JSON, or as CSV in the field csv or as a body of type text/csv.',
  access: { caller: 'permission', permission: 'SetSettlementPrice' },
  bodyBytesMax: IMPORT_BYTES_MAX,
  csvField: 'csv',
  body: Type.Object({
    prices: Type.Optional(Type.Array(PriceSchema, { minItems: 1, maxItems: 1000 })),
    csv: Type.Optional(Type.String({ description: 'Lines of instrument id and price; a heading is allowed.' })),
  }),
  refusals: [1007, 1010],
  response: Type.Object({ count: Type.Integer() }),
  async handler(context) {
    const { prices, csv } = context.body;
    if ((prices === undefined) === (csv === undefined)) {
      throw new Refusal(9008, [{ field: 'prices', reason: 'is required, or csv instead of it' }]);
    }
    const entries = csv === undefined ? entriesOf(prices!) : parsePrices(csv);
    if (entries.length === 0) throw new Refusal(9008, [{ field: 'csv', reason: 'has no prices' }]);
    await context.exchange.settlement.setPrices(entries, actorOf(context));
    return { count: entries.length };
  },
});

const execute = route({
  id: 'A9',
  method: 'POST',
  path: '/admin/settlement/execute',
  aliases: ['/api/admin/settlement/execute'],
  summary: 'Settle the current trading day and go on to the next; with dry_run only tell what that would come to.',
  access: { caller: 'permission', permission: 'ExecuteSettlement' },
  body: Type.Object({
    date: Type.Optional(Type.String()),
    dry_run: Type.Optional(Type.Boolean()),
    prices: Type.Optional(Type.Array(PriceSchema, { maxItems: 1000, description: 'Of a dry run: put over those that are set.' })),
  }),
  refusals: [1007, 1010, 4101, 6001, 6002, 6004],
  response: Type.Union([SettlementResultSchema, DryRunSchema]),
  async handler(context) {
    const { exchange, body } = context;
    const date = body.date === undefined ? 0 : dateOf(body.date);
    if (body.dry_run === true) {
      await exchange.settlement.checkDate(date);
      const { figures } = await exchange.settlement.dryRun(entriesOf(body.prices ?? []));
      return dryRunView(exchange.state, figures);
    }
    if (body.prices !== undefined) throw new Refusal(9008, [{ field: 'prices', reason: 'are for a dry run: set them before' }]);
    return settlementResultView(await exchange.settlement.execute(date, actorOf(context)));
  },
});

const history = route({
  id: 'A10',
  method: 'GET',
  path: '/admin/settlement/history',
  aliases: ['/api/admin/settlement/history'],
  summary: 'Results of settled days, newest first.',
  access: { caller: 'permission', permission: 'ViewSettlementHistory' },
  query: Type.Object({ ...PageFields, ...DateFields }),
  response: Type.Array(SettlementResultSchema),
  async handler({ exchange, query }) {
    const { from, to } = dateRange(query);
    const days = await exchange.history.documentsOf<DayRecord>('days', 0, ({ id }) => id >= from && id <= to);
    return pageOf(days, query, settlementResultView).rows;
  },
});

const result = route({
  id: 'A11',
  method: 'GET',
  path: '/admin/settlement/result/:date',
  aliases: ['/api/admin/settlement/detail/:date'],
  summary: 'A settled day with its accounts, by id.',
  access: { caller: 'permission', permission: 'ViewSettlementHistory' },
  params: Type.Object({ date: Type.String() }),
  query: Type.Object(PageFields),
  refusals: [9007],
  response: Type.Object({
    ...SettlementResultSchema.properties,
    instruments: Type.Array(SettledInstrumentSchema),
    accounts: Type.Array(AccountSettlementSchema),
    ...PageResultFields,
  }),
  async handler({ exchange, params, query }) {
    const date = dateOf(params.date);
    const day = await dayOf(exchange, date);
    const numbers = Array.from({ length: day.accounts }, (_, index) => index + 1);
    const { rows, ...page } = pageOf(numbers, query, (account) => statementOf(exchange, account, date));
    const accounts = (await Promise.all(rows)).map(accountSettlementView);
    return { ...settlementResultView(day), instruments: settledInstrumentViews(exchange.state, day), accounts, ...page };
  },
});

async function dayOf({ history: queries }: Exchange, date: number): Promise<DayRecord> {
  const [day] = await queries.documentsOf<DayRecord>('days', 0, () => true, date, date);
  if (day === undefined) throw new Refusal(9007);
  return day;
}

async function statementOf({ history: queries }: Exchange, account: number, date: number): Promise<StatementRecord> {
  const [statement] = await queries.documentsOf<StatementRecord>('settlements', account, () => true, date, date);
  return statement;
}

function dateOf(text: string): number {
  const date = parseDate(text);
  if (date === 0) throw new Refusal(9008, [{ field: 'date', reason: 'must be a date of the form YYYY-MM-DD' }]);
  return date;
}

function entryOf({ instrument_id: instrumentId, settlement_price: price }: Price, field: string): PriceEntry {
  return { instrumentId, price, field };
}

function entriesOf(prices: readonly Price[]): PriceEntry[] {
  return prices.map((price, index) => entryOf(price, `prices.${index}`));
}

function actorOf(context: Pick<RouteContext<unknown, unknown, unknown>, 'caller' | 'origin'>) {
  return { user: context.caller.user.user, origin: context.origin };
}

export const SETTLEMENT_ROUTES = [setPrice, setPrices, execute, history, result];
