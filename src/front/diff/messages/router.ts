/** Frames of clients, by aid (diff.md 5). What is not understood is passed over: the connection lives on. */
import { Refusal, refusalMessage } from '../../../core/refusal.js';
import { CloseCode } from '../../websocket/client-socket.js';
import { Verdict } from '../../websocket/inbound-limit.js';
import type { DiffConnection } from '../connection.js';
import { notifyPatch } from '../trade/notify.js';
import { jsonText } from '../tree/diff-object.js';
import { handleSetChart } from './charts.js';
import { textOf, type DiffContext, type Fields, type TradeHandler } from './context.js';
import { handleLogin } from './login.js';
import { cancelOrder, insertOrder } from './orders.js';
import { changePassword, confirmSettlement, queryAccount, querySettlement, transfer } from './requests.js';
import { handleSymbolQuery } from './symbols.js';

/** Aids that may wait for a login. */
const QUEUE_MAX = 100;

const TRADE_HANDLERS: ReadonlyMap<string, TradeHandler> = new Map<string, TradeHandler>([
  ['insert_order', insertOrder],
  ['cancel_order', cancelOrder],
  ['confirm_settlement', confirmSettlement],
  ['req_transfer', transfer],
  ['qry_settlement_info', querySettlement],
  ['qry_account_info', queryAccount],
  ['qry_account_register', queryAccount],
  ['qry_transfer_serial', queryAccount],
  ['qry_bankcapital', queryAccount],
  ['change_password', changePassword],
]);

const decoder = new TextDecoder('utf-8', { fatal: true });

/** `data` is gone when this returns. */
export function handleFrame(context: DiffContext, connection: DiffConnection, data: ArrayBuffer, isBinary: boolean): void {
  connection.seenMs = context.hub.nowMs();
  context.hub.counters.packetsIn++;
  const fields = isBinary ? undefined : parse(data);
  // a peek that asks for the next packet is paid for by that packet
  if (fields?.aid === 'peek_message' && connection.peek()) {
    context.hub.flush();
    return;
  }
  if (!isAdmitted(context, connection)) return;
  if (fields !== undefined && typeof fields.aid === 'string') dispatch(context, connection, fields.aid, fields);
  context.hub.flush();
}

function isAdmitted({ hub }: DiffContext, connection: DiffConnection): boolean {
  const verdict = connection.inbound.judge(connection.budgetKey, hub.nowMs());
  if (verdict === Verdict.close) connection.close(CloseCode.flood);
  return verdict === Verdict.admit;
}

function dispatch(context: DiffContext, connection: DiffConnection, aid: string, fields: Fields): void {
  if (aid === 'ping') connection.sendNow('{"aid":"pong"}');
  else if (aid === 'subscribe_quote') subscribeQuote(connection, fields);
  else if (aid === 'subscribe_trading_status') connection.statuses.replace(symbolsOf(textOf(fields, 'ins_list')));
  else if (aid === 'set_chart') handleSetChart(connection, fields);
  else if (aid === 'ins_query') handleSymbolQuery(context, connection, fields);
  else if (aid === 'req_login') void handleLogin(context, connection, fields);
  else {
    const handler = TRADE_HANDLERS.get(aid);
    if (handler !== undefined) whenLoggedIn(context, connection, handler, fields);
  }
}

function subscribeQuote(connection: DiffConnection, fields: Fields): void {
  const { ins_list: list } = fields;
  if (typeof list !== 'string') return;
  connection.push(`{"ins_list":${jsonText(list)}}`);
  connection.quotes.replace(symbolsOf(list));
}

function symbolsOf(list: string): string[] {
  return list.split(',').filter((symbol) => symbol !== '');
}

/** Clients send their first aids right behind the login, and after a lost connection even ahead of it. */
function whenLoggedIn(context: DiffContext, connection: DiffConnection, handler: TradeHandler, fields: Fields): void {
  const handle = (): void => {
    const { login } = connection;
    if (login !== undefined) void attempt(connection, () => handler(context, connection, login, fields));
  };
  if (connection.login?.tree.isComplete === true) handle();
  else if (connection.queue.length < QUEUE_MAX) connection.queue.push(handle);
  else connection.push(notifyPatch(9002, 'WARNING', refusalMessage(9002)));

  async function attempt(target: DiffConnection, action: () => void | Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      const code = error instanceof Refusal ? error.code : 5000;
      if (code === 5000) context.exchange.log.error({ err: error }, 'an aid could not be handled');
      target.push(notifyPatch(code, 'WARNING', refusalMessage(code)));
    }
    context.hub.flush();
  }
}

/** An object, or undefined for what is none. */
function parse(data: ArrayBuffer): Fields | undefined {
  try {
    const value: unknown = JSON.parse(decoder.decode(data));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}
