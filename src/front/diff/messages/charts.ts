/** set_chart: shows, replaces or removes a chart (diff.md 5.4). */
import { chartRequest } from '../charts/chart-request.js';
import type { DiffConnection } from '../connection.js';
import { notifyPatch } from '../trade/notify.js';
import { textOf, type Fields } from './context.js';

export function handleSetChart(connection: DiffConnection, fields: Fields): void {
  const request = chartRequest(fields);
  if (request === undefined) connection.charts.remove(textOf(fields, 'chart_id'));
  else if (typeof request === 'string') connection.push(notifyPatch(9008, 'WARNING', request));
  else if (!connection.charts.set(request)) connection.push(notifyPatch(9004, 'WARNING', 'There are too many charts on this connection.'));
}
