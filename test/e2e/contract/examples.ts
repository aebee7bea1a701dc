/** One request for each route of the table, for the tests that walk it. */
import type { HttpClient, Trader } from '../../support/http-client.js';

export interface Example {
  params?: Record<string, string>;
  query?: Record<string, string>;
  body?: (owner: Trader, nonce: number) => unknown;
  /** The answer to the owner (of owner routes), to any user, or to the Admin (of staff routes). Default 200. */
  status?: number;
}

const instrumentId = { instrument_id: 'CFFEX.IF' };
export const order = (owner: Trader, price: number) => ({
  account_id: owner.accountId,
  instrument_id: 'DCE.m',
  direction: 'BUY',
  offset: 'OPEN',
  order_type: 'LIMIT',
  volume: 1,
  price,
});

const accountOf = (owner: Trader) => ({ account_id: owner.accountId });

export const conditional = (owner: Trader) => ({
  ...{ account_id: owner.accountId, instrument_id: 'DCE.m', direction: 'BUY', offset: 'OPEN', order_type: 'MARKET', volume: 1 },
  ...{ condition_type: 'PRICE_TOUCH', trigger_price: 2900, trigger_condition: 'LE' },
});

/** One request per route that its rightful caller gets an answer to; OWNER and USER stand for the owner's ids. */
export const EXAMPLES: Record<string, Example> = {
  S1: { body: (_owner, nonce) => ({ username: `guest_${nonce}`, password: 'correct horse 7' }) },
  S2: { body: () => ({ username: 'alice', password: 'correct horse 7' }) },
  S3: {},
  S13: {},
  S4: {},
  S5: { params: { user_id: 'USER' } },
  S6: {},
  S7: { query: { role: 'Trader' } },
  // she has it already: nothing changes, and her token lives on
  S8: { body: (owner) => ({ user_id: owner.userId, roles: ['Trader'] }) },
  S9: { body: (owner) => ({ user_id: owner.userId, role: 'Trader' }) },
  S10: { params: { user_id: 'CAROL' } },
  S11: { body: () => ({ old_password: 'not the password', new_password: 'correct horse 8' }), status: 400 },
  S12: { params: { user_id: 'CAROL' }, body: () => ({ reason: 'a test' }) },
  'S12-unfreeze': { params: { user_id: 'CAROL' }, body: () => ({ reason: 'a test' }) },
  N7: {},
  'N7-schema': { params: { file: 'records.fbs' } },
  'N7-docs': {},
  'N7-docs-file': { params: { file: 'swagger-ui.css' } },
  A21: {},
  A22: { params: { id: 'CFFEX.IF' } },
  A23: {},
  A24: {},
  A25: { params: { id: 'CFFEX.IF' } },
  T8: { params: instrumentId },
  D1: { query: instrumentId },
  D2: { query: { instruments: 'CFFEX.IF', period: '5' } },
  M1: { query: { q: 'alice' } },
  M2: { params: { account_id: 'ACCOUNT' } },
  M3: { query: { account_id: 'ACCOUNT', status: 'Submitted' } },
  A15: {},
  A18: {},
  A19: {},
  A20: {},
  N1: {},
  N2: {},
  N3: {},
  N4: {},
  'N4-post': {},
  D3: { query: { account_id: 'ACCOUNT', group_by: 'week' } },
  D4: { query: { account_id: 'ACCOUNT', by_instrument: 'true' } },
  D5: {},
  D6: { query: { rank_by: 'volume', period: 'week' } },
  D7: { params: { account_id: 'ACCOUNT' } },
  D9: { query: { account_id: 'ACCOUNT', data_type: 'orders' } },
  D10: {},
  D11: { body: () => ({ sql: 'SELECT count(*), sum(volume) FROM trades' }) },
  D12: { body: () => ({ from: 'orders', select: ['instrument_id'], aggregations: [{ function: 'count' }] }) },
  D13: { body: () => ({ from: 'trades', metrics: [{ function: 'sum', column: 'volume' }], granularity: '1m' }) },
  'D-schema': {},
  'D-running': {},
  L1: { query: { log_type: 'LOGIN', account_id: 'ACCOUNT' } },
  L2: { params: { log_id: 'AUD000000000001' } },
  P1: {},
  P2: { body: () => ({ title: 'a test', content: 'of announcements', announcement_type: 'SYSTEM', priority: 'LOW' }) },
  P3: { params: { id: 'ANNOUNCEMENT' } },
  P4: { params: { id: 'ANNOUNCEMENT' } },
  U1: { body: (owner, nonce) => ({ user_id: owner.userId, user_name: `opened ${nonce}` }) },
  U2: { body: (owner) => ({ account_id: owner.accountId, amount: 1 }) },
  U3: { body: (owner) => ({ account_id: owner.accountId, amount: 1 }) },
  U4: { params: { id: 'ACCOUNT' } },
  U5: { body: (owner) => order(owner, 2900) },
  U6: { body: (owner) => ({ account_id: owner.accountId, order_id: 'O9000000000000000' }), status: 404 },
  U7: { params: { order_id: 'ORDER' } },
  U8: { params: { user_id: 'USER' } },
  U9: { params: { user_id: 'USER' } },
  U10: { params: { account_id: 'ACCOUNT' } },
  U11: { params: { user_id: 'USER' } },
  U12: { params: { account_id: 'ACCOUNT' } },
  U15: { params: { user_id: 'USER' }, body: (_owner, nonce) => ({ account_name: `created ${nonce}` }) },
  U16: { params: { user_id: 'USER' } },
  U17: {},
  U18: { params: instrumentId },
  U19: { params: instrumentId },
  U20: { params: instrumentId },
  T1: { body: (owner) => ({ account_id: owner.accountId, orders: [order(owner, 2900)] }) },
  T2: { body: (owner) => ({ account_id: owner.accountId, order_ids: ['O9000000000000000'] }) },
  T3: { params: { order_id: 'ORDER' }, body: (owner) => ({ account_id: owner.accountId, new_price: 2940 }) },
  T4: { body: conditional },
  T5: { query: { account_id: 'ACCOUNT' } },
  T6: { params: { id: 'CONDITIONAL' } },
  T7: { query: { account_id: 'ACCOUNT' } },
  U13: { params: { account_id: 'ACCOUNT' } },
  C1: {
    body: (owner) => ({ ...accountOf(owner), old_password: 'correct horse 7', new_password: 'trading pass 1', password_type: 'TRADING' }),
  },
  C2: { body: (owner) => ({ ...accountOf(owner), new_password: 'from staff 1', password_type: 'TRADING' }) },
  C7: { params: { account_id: 'ACCOUNT' } },
  C8: { body: (owner) => ({ ...accountOf(owner), reason: 'a test', freeze_type: 'WITHDRAW_ONLY' }) },
  C9: { body: (owner) => ({ ...accountOf(owner), reason: 'a test' }) },
  // it is not empty
  M10: { params: { account_id: 'ACCOUNT' }, body: () => ({ reason: 'a test' }), status: 409 },
  B1: { params: { account_id: 'ACCOUNT' } },
  B2: { body: (owner) => ({ ...accountOf(owner), bank_id: 'ICBC', amount: 1, bank_password: '123456' }) },
  B3: { params: { account_id: 'ACCOUNT' } },
  M4: { body: (owner) => ({ ...accountOf(owner), amount: 1 }) },
  M5: { body: (owner) => ({ ...accountOf(owner), amount: 1, bank_account: '6222000011112222' }) },
  M6: {},
  M7: { params: { id: 'ACCOUNT' } },
  'T-cancel-all': { body: (owner) => ({ account_id: owner.accountId }) },
  A1: {},
  A2: {
    body: (_owner, nonce) => ({
      instrument_id: `SIM.x${nonce}`,
      instrument_name: 'x',
      instrument_type: 'commodity_future',
      exchange: 'SIM',
      contract_multiplier: 1,
      price_tick: 1,
      reference_price: 100,
      margin_rate: 0.1,
      commission_rate: 0,
      limit_up_rate: 0.1,
      limit_down_rate: 0.1,
    }),
  },
  A3: { params: instrumentId, body: () => ({ instrument_name: 'renamed' }) },
  // it is active, and must be suspended to end
  A4: { params: instrumentId, status: 409 },
  A5: { params: instrumentId },
  A6: { params: instrumentId, body: () => ({ status: 'active' }), status: 409 },
  'A6-suspend': { params: instrumentId },
  'A6-resume': { params: instrumentId },
  A12: {},
  A13: {},
  'A13-own': { params: { account_id: 'ACCOUNT' } },
  A14: {},
  'A14-set': { body: () => ({ max_order_amount: 0 }) },
  'A-soundness': {},
  A16: {},
  A17: {},
  M8: {},
  // she holds nothing
  M9: { body: (owner) => ({ account_id: owner.accountId, reason: 'a test' }), status: 409 },
  C3: {},
  C4: { params: { account_id: 'ACCOUNT' } },
  C5: {},
  C6: { params: { account_id: 'ACCOUNT' } },
  A7: { body: () => ({ ...instrumentId, settlement_price: 3800 }) },
  A8: { body: () => ({ prices: [{ ...instrumentId, settlement_price: 3800 }] }) },
  A9: { body: () => ({ dry_run: true }) },
  A10: {},
  // no day has been settled
  A11: { params: { date: '2026-01-05' }, status: 404 },
  D8: { query: { account_id: 'ACCOUNT', date: '2026-01-05' }, status: 404 },
  U14: { params: { user_id: 'USER' } },
  A26: { body: () => ({ ...instrumentId, phase: 'CONTINUOUS' }) },
  N6: {},
};

/** The numbers that USER, ACCOUNT and the like stand for in the examples: `owner` has one of each. */
export async function exampleIds(client: HttpClient, owner: Trader, other: Trader, admin: string): Promise<Record<string, string>> {
  const post = async (path: string, token: string, body: unknown) => (await client.call('POST', path, { token, body })).data;
  const submitted = await post('/api/order/submit', owner.token, order(owner, 2950));
  const placed = await post('/api/order/conditional', owner.token, conditional(owner));
  const notice = { title: 'first', content: 'of all', announcement_type: 'SYSTEM', priority: 'LOW' };
  const announced = await post('/api/announcements', admin, notice);
  return {
    USER: owner.userId,
    ACCOUNT: owner.accountId,
    ORDER: String(submitted['order_id']),
    CONDITIONAL: String(placed['conditional_order_id']),
    ANNOUNCEMENT: String(announced['id']),
    CAROL: other.userId,
  };
}

/** The path of an example with its ids and query in place. */
export function examplePath(path: string, example: Pick<Example, 'params' | 'query'>, ids: Readonly<Record<string, string>>): string {
  const params = example.params ?? {};
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => ids[params[name]] ?? params[name]);
  const query = Object.entries(example.query ?? {}).map(([name, value]) => `${name}=${ids[value] ?? value}`);
  return query.length === 0 ? filled : `${filled}?${query.join('&')}`;
}
