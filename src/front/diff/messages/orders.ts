/** insert_order and cancel_order (diff.md 5.5, 5.6). Their outcome is in the tree; a notice says what went wrong. */
import { refusalMessage, Refusal } from '../../../core/refusal.js';
import { fillOrderRequest } from '../../decode/order-fields.js';
import { DUPLICATE, NOT_LIVE, type CommandWaiter } from '../../gateway/gateway.js';
import { accountId, parseAccountId } from '../../views/ids.js';
import { toNs } from '../beijing-time.js';
import type { DiffConnection, Login } from '../connection.js';
import { NotifyCode, notifyPatch } from '../trade/notify.js';
import type { DiffFields } from '../tree/diff-object.js';
import { callerOf, numberOf, textOf, type DiffContext, type Fields } from './context.js';

const PRICE_TYPES: Readonly<Record<string, string>> = { ANY: 'MARKET', BEST: 'BEST1', FIVELEVEL: 'BEST5' };
const OFFSETS: Readonly<Record<string, string>> = { CLOSE_TODAY: 'CLOSETODAY', CLOSE_YESTERDAY: 'CLOSEYESTERDAY' };
/** Codes of orders that did not reach the exchange, rather than being refused by it. */
const NOT_SENT: ReadonlySet<number> = new Set([3003, 4001, 5002, 9005]);
const KEY_BYTES_MAX = 512;

export function insertOrder(context: DiffContext, connection: DiffConnection, login: Login, fields: Fields): void {
  const key = textOf(fields, 'order_id');
  const { tree } = login;
  if (key !== '' && (tree.hasOrder(key) || tree.underWay.has(key))) {
    refuseDuplicate(connection, key);
    return;
  }
  const notice = (code: number): number => {
    if (code === 9006) return NotifyCode.insertForeign;
    return NOT_SENT.has(code) ? NotifyCode.insertNotSent : NotifyCode.orderRefused;
  };
  const refuse = (code: number): void => {
    if (key !== '' && key.length <= KEY_BYTES_MAX) tree.showRefused(key, refusedFields(tree.userName, key, fields, code));
    connection.push(notifyPatch(notice(code), 'WARNING', `${refusalMessage(code)} (${code})`));
    context.hub.flush();
  };
  try {
    const caller = callerOf(context, login);
    const account = accountOf(context, login, fields);
    fillOrderRequest(orderFields(fields, account), context.exchange.state, context.order);
    const waiter = insertWaiter(context, connection, login, key, refuse);
    const outcome = context.exchange.gateway.submit(caller, context.order, waiter, 0);
    if (outcome === DUPLICATE) refuseDuplicate(connection, key);
    else if (outcome > 0) refuse(outcome);
    else if (key !== '') tree.underWay.add(key);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refuse(error.code);
  }
}

function refuseDuplicate(connection: DiffConnection, key: string): void {
  connection.push(notifyPatch(NotifyCode.insertDuplicate, 'WARNING', `The order id ${key} was used before.`));
}

function insertWaiter(
  { hub }: DiffContext,
  connection: DiffConnection,
  { tree }: Login,
  key: string,
  refuse: (code: number) => void,
): CommandWaiter {
  return {
    accepted: () => {
      tree.underWay.delete(key);
      connection.push(notifyPatch(NotifyCode.orderAccepted, 'INFO', 'The order was accepted.'));
    },
    completed: () => {
      tree.underWay.delete(key);
    },
    refused: (_token, _orderId, code) => {
      tree.underWay.delete(key);
      // what the book refused is told by its event as well, with more about it
      refuse(code);
      hub.touch(connection);
    },
  };
}

export function cancelOrder(context: DiffContext, connection: DiffConnection, login: Login, fields: Fields): void {
  const key = textOf(fields, 'order_id');
  const warn = (code: number, content: string): void => {
    connection.push(notifyPatch(code, 'WARNING', content));
    context.hub.flush();
  };
  const refuse = (code: number): void => {
    if (code === 9006) warn(NotifyCode.cancelForeign, `The order ${key} is not yours.`);
    else if (NOT_SENT.has(code)) warn(NotifyCode.cancelNotSent, `${refusalMessage(code)} (${code})`);
    else warn(NotifyCode.cancelUnknown, `There is no working order ${key}: ${refusalMessage(code)} (${code})`);
  };
  try {
    const caller = callerOf(context, login);
    const account = accountOf(context, login, fields);
    const number = login.tree.orderNumber(key);
    if (number === 0) {
      refuse(3001);
      return;
    }
    const waiter: CommandWaiter = {
      accepted: () => undefined,
      completed: () => undefined,
      refused: (_token, _orderId, code) => {
        refuse(code);
      },
    };
    const outcome = context.exchange.gateway.cancel(caller, account, number, waiter, 0);
    if (outcome === NOT_LIVE) refuse(3002);
    else if (outcome > 0) refuse(outcome);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refuse(error.code);
  }
}

/** The account that the aid acts on: that of the login, or another of his that it names. Throws 9006. */
function accountOf({ exchange: { state } }: DiffContext, { tree, caller }: Login, fields: Fields): number {
  const user = textOf(fields, 'user_id');
  // `user.unit` splits the orders of one user
  if (user !== '' && user !== tree.userName && !user.startsWith(`${tree.userName}.`)) throw new Refusal(9006);
  const named = parseAccountId(textOf(fields, 'account_id'));
  if (named === 0) return tree.account;
  if (!state.accounts.has(named) || state.accounts.user[named] !== caller.user.user) throw new Refusal(9006);
  return named;
}

/** The same order in the words of the other interfaces. */
function orderFields(fields: Fields, account: number): Fields {
  const priceType = textOf(fields, 'price_type');
  const offset = textOf(fields, 'offset');
  const code = textOf(fields, 'instrument_id');
  return {
    account_id: accountId(account),
    instrument_id: code.includes('.') ? code : `${textOf(fields, 'exchange_id')}.${code}`,
    direction: textOf(fields, 'direction'),
    offset: OFFSETS[offset] ?? offset,
    order_type: PRICE_TYPES[priceType] ?? priceType,
    volume: numberOf(fields, 'volume'),
    price: priceType === 'LIMIT' ? numberOf(fields, 'limit_price') : undefined,
    volume_condition: optional(fields, 'volume_condition'),
    time_condition: optional(fields, 'time_condition'),
    // what is no number is refused: without it the order would be another one
    min_volume: numberOf(fields, 'min_volume') ?? fields['min_volume'],
    client_order_id: optional(fields, 'order_id'),
  };
}

function optional(fields: Fields, name: string): string | undefined {
  const text = textOf(fields, name);
  return text === '' ? undefined : text;
}

/** As much of an order as it told of itself: the client shows it as alive until it hears otherwise. */
function refusedFields(userName: string, key: string, fields: Fields, code: number): DiffFields {
  const volume = numberOf(fields, 'volume') ?? 0;
  return {
    user_id: userName,
    order_id: key,
    exchange_id: textOf(fields, 'exchange_id'),
    instrument_id: textOf(fields, 'instrument_id'),
    direction: textOf(fields, 'direction'),
    offset: textOf(fields, 'offset'),
    price_type: textOf(fields, 'price_type'),
    time_condition: textOf(fields, 'time_condition'),
    volume_condition: textOf(fields, 'volume_condition'),
    volume_orign: volume,
    volume_left: volume,
    limit_price: numberOf(fields, 'limit_price') ?? 0,
    insert_date_time: toNs(Date.now() * 1000),
    exchange_order_id: '',
    status: 'FINISHED',
    last_msg: refusalMessage(code),
  };
}
