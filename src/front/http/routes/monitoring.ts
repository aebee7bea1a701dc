/** Figures of the running process and of the venue (rest.md A15, A18 to A20, N1 to N4). */
import { randomUUID } from 'node:crypto';
import Type from 'typebox';
import { InstrumentStatus } from '../../../core/enums.js';
import {
  BookCountsSchema,
  bookCountsView,
  OrderCountsSchema,
  orderCountsView,
  PerformanceSchema,
  performanceView,
  reportText,
  StatusSchema,
  statusView,
  StorageSchema,
  storageView,
  SystemSchema,
  systemView,
  TradeCountsSchema,
  tradeCountsView,
} from '../../views/monitoring-view.js';
import type { RouteContext } from '../route-context.js';
import { RawAnswer, route } from '../route.js';

const TEXT_TYPE = 'text/plain; charset=utf-8';
const monitors = { caller: 'permission', permission: 'ViewMonitoring' } as const;

const storage = route({
  id: 'A15',
  method: 'GET',
  path: '/admin/monitoring/storage',
  aliases: ['/api/monitoring/storage'],
  summary: 'Log, history and files.',
  access: monitors,
  response: StorageSchema,
  handler: ({ exchange }) => storageView(exchange.monitoring),
});

const performance = route({
  id: 'A18',
  method: 'GET',
  path: '/admin/monitoring/performance',
  summary: 'Rates and latencies as measured.',
  access: monitors,
  response: PerformanceSchema,
  handler: ({ exchange }) => performanceView(exchange.monitoring),
});

const books = route({
  id: 'A19',
  method: 'GET',
  path: '/admin/monitoring/orderbooks',
  summary: 'Levels and orders of every book.',
  access: monitors,
  response: Type.Array(BookCountsSchema),
  handler: ({ exchange: { state, depth } }) =>
    Array.from(state.instruments)
      .filter(({ status }) => status !== InstrumentStatus.delisted)
      .map((instrument) => bookCountsView(state, depth, instrument)),
});

const system = route({
  id: 'A20',
  method: 'GET',
  path: '/admin/monitoring/system',
  aliases: ['/api/monitoring/system'],
  summary: 'Processor, memory, disk, and the counts of everything.',
  access: monitors,
  response: SystemSchema,
  handler: ({ exchange: { state, monitoring } }) => systemView(state, monitoring),
});

const status = route({
  id: 'N1',
  method: 'GET',
  path: '/api/monitoring/status',
  summary: 'Since when the exchange runs, and how it is.',
  access: { caller: 'user' },
  response: StatusSchema,
  handler: ({ exchange }) => statusView(exchange.monitoring),
});

const orders = route({
  id: 'N2',
  method: 'GET',
  path: '/api/monitoring/orders',
  summary: 'How many orders there have been, by what became of them.',
  access: monitors,
  response: OrderCountsSchema,
  handler: ({ exchange }) => orderCountsView(exchange.state),
});

const trades = route({
  id: 'N3',
  method: 'GET',
  path: '/api/monitoring/trades',
  summary: 'How many trades there have been, and what they came to.',
  access: monitors,
  response: TradeCountsSchema,
  handler: ({ exchange }) => tradeCountsView(exchange.state),
});

const reportFields = {
  path: '/api/monitoring/report',
  access: monitors,
  response: Type.Object({ report_id: Type.String(), generated_at: Type.Integer(), text: Type.String() }),
  alsoAs: [TEXT_TYPE],
  handler: report,
} as const;

const readReport = route({
  id: 'N4',
  method: 'GET',
  summary: 'All figures as text for people; Accept: text/plain gives the text itself.',
  ...reportFields,
});
const postReport = route({ id: 'N4-post', method: 'POST', summary: 'As N4, for older clients.', ...reportFields });

async function report({ exchange: { state, monitoring }, accept }: RouteContext<object, object, object>) {
  const generatedMs = Date.now();
  const text = await reportText(state, monitoring, generatedMs);
  if (accept.startsWith('text/plain')) return new RawAnswer(200, TEXT_TYPE, text);
  return { report_id: randomUUID(), generated_at: generatedMs, text };
}

export const MONITORING_ROUTES = [storage, performance, books, system, status, orders, trades, readReport, postReport];
