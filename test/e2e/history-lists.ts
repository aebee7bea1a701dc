/** The lists of the routes against SQL over the history: the same rows, page by page. */
import type { Test } from 'tap';
import { ApiError, type HttpClient } from '../../src/client/index.js';

const PAGE_SIZE = 3;

type Row = Record<string, unknown>;

export interface Owner {
  client: HttpClient;
  account: string;
}

interface List {
  path: (account: string) => string;
  rows: string;
  /** Fields that both have. */
  fields: readonly string[];
  sql: (account: string) => string;
}

const MS = (column: string): string => `epoch_us(${column}) // 1000`;

const TRADE_SIDES = (['buy', 'sell'] as const).map(
  (
    side,
  ) => `SELECT trade_id, ${side}_order_id AS order_id, ${side}_account_id AS account_id, instrument_id, '${side.toUpperCase()}' AS direction,
    ${side}_open_close AS "offset", price, volume, ${side}_fee AS commission, ${MS('ts')} AS timestamp, CAST(trading_day AS VARCHAR) AS trading_day FROM trades_dec`,
);

const LISTS: readonly List[] = [
  {
    path: (account) => `/api/trades/account/${account}`,
    rows: 'trades',
    fields: 'trade_id order_id account_id instrument_id direction offset price volume commission timestamp trading_day'.split(' '),
    sql: (account) => `SELECT * FROM (${TRADE_SIDES.join(' UNION ALL ')}) WHERE account_id = '${account}' ORDER BY trade_id DESC`,
  },
  {
    path: (account) => `/api/order/user/${account}`,
    rows: 'orders',
    fields:
      'order_id account_id instrument_id direction offset order_type time_condition volume_condition volume price filled_volume status submit_time update_time'.split(
        ' ',
      ),
    sql: (
      account,
    ) => `SELECT order_id, account_id, instrument_id, direction, open_close, order_type, time_condition, volume_condition, volume,
      coalesce(price, 0), filled, status, ${MS('entered')}, ${MS('ts')} FROM orders_dec WHERE account_id = '${account}' ORDER BY order_id DESC`,
  },
  {
    path: (account) => `/api/account/${account}/history`,
    rows: 'records',
    fields: 'transaction_id account_id user_id transaction_type amount balance_before balance_after created_at'.split(' '),
    sql: (account) => `SELECT transaction_id, account_id, user_id, kind, amount, balance_before, balance_after, ${MS('ts')}
      FROM transfers_dec WHERE account_id = '${account}' ORDER BY transaction_id DESC`,
  },
];

/** Orders are listed by user; each owner has one account. */
export async function compareLists(t: Test, admin: HttpClient, owners: readonly Owner[]): Promise<void> {
  for (const { client, account } of owners) {
    const { user_id: user } = await client.call<{ user_id: string }>('GET', '/api/auth/me');
    for (const list of LISTS) {
      const path = list.path(list.rows === 'orders' ? user : account);
      const listed = await pages(t, client, path, list.rows);
      const { rows } = await admin.call<{ rows: unknown[][] }>('POST', '/api/data/query/sql', { sql: list.sql(account) });
      t.ok(rows.length > PAGE_SIZE, `${path} has several pages`);
      t.strictSame(
        listed.map((row) => list.fields.map((field) => row[field])),
        rows,
        `${path} and SQL say the same`,
      );
    }
  }
}

/** All rows of a list, a page at a time. */
async function pages(t: Test, client: HttpClient, path: string, name: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (let page = 1; ; page++) {
    const answer = await client.call<Row>('GET', `${path}?page=${page}&page_size=${PAGE_SIZE}`);
    const part = answer[name] as Row[];
    t.match(answer, { page, page_size: PAGE_SIZE, total: Number });
    rows.push(...part);
    if (part.length > 0 && rows.length < Number(answer['total'])) continue;
    t.equal(rows.length, answer['total']);
    break;
  }
  for (const wrong of ['page=0', 'page_size=0', 'page_size=101']) {
    const error = await client.call('GET', `${path}?${wrong}`).catch((caught: unknown) => caught);
    t.ok(error instanceof ApiError && error.code === 9008, `${path}?${wrong} is refused`);
  }
  return rows;
}
