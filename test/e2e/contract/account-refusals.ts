/** The refusals about users, accounts, money and instruments. */
import type { Trader } from '../../support/http-client.js';
import { UNKNOWN, type Venue } from './venue.js';

const PASSWORD = 'correct horse 7';

export async function accountRefusals(venue: Venue): Promise<void> {
  await registrationRefusals(venue);
  await userRefusals(venue);
  await moneyRefusals(venue);
  await statusRefusals(venue);
  await instrumentRefusals(venue);
  await settlementRefusals(venue);
}

async function registrationRefusals({ contract }: Venue): Promise<void> {
  const register = (username: string, fields: object = {}) => ({ body: { username, password: PASSWORD, ...fields } });
  await contract.call('S1', register('erin', { phone: '13800138000', email: 'erin@example.com' }));
  await contract.refused('S1', 2101, register('ERIN'));
  await contract.refused('S1', 2102, register('erin2', { phone: '13800138000' }));
  await contract.refused('S1', 2103, register('erin2', { email: 'erin@example.com' }));
  await contract.refused('S1', 2105, register('erin2', { password: 'short' }));
  await contract.refused('S2', 9001, { body: { username: 'erin', password: 'wrong' } });
}

async function userRefusals(venue: Venue): Promise<void> {
  const { contract, admin, alice } = venue;
  const frank = await contract.client.trader('frank');
  const me = String((await contract.call('S4', { token: admin })).data['user_id']);
  const params = { user_id: UNKNOWN.user };
  await contract.refused('S8', 2108, { token: admin, body: { user_id: frank.userId, roles: ['King'] } });
  await contract.refused('S9', 2108, { token: admin, body: { user_id: frank.userId, role: 'King' } });
  await contract.refused('S8', 2104, { token: admin, body: { user_id: UNKNOWN.user, roles: ['Trader'] } });
  await contract.refused('S9', 2104, { token: admin, body: { user_id: UNKNOWN.user, role: 'Trader' } });
  await contract.refused('S8', 9006, { token: admin, body: { user_id: me, roles: ['Admin', 'Trader'] } });
  await contract.refused('S10', 2104, { token: admin, params });
  for (const id of ['S12', 'S12-unfreeze']) await contract.refused(id, 2104, { token: admin, params, body: { reason: 'r' } });
  await contract.refused('S12', 2109, { token: admin, params: { user_id: me }, body: { reason: 'r' } });
  await contract.refused('S11', 2105, { token: alice.token, body: { old_password: PASSWORD, new_password: 'short' } });
  await contract.refused('S11', 2107, { token: alice.token, body: { old_password: 'wrong', new_password: 'another horse 8' } });
  await venue.staff('S12', { params: { user_id: frank.userId }, body: { reason: 'a test' } });
  await contract.refused('S2', 2106, { body: { username: 'frank', password: PASSWORD } });
}

async function moneyRefusals(venue: Venue): Promise<void> {
  const { contract, admin, alice } = venue;
  const heidi = await contract.client.trader('heidi', 1000);
  const { token, accountId: account } = heidi;
  const own = { account_id: account };
  for (const [id, caller] of [
    ['U2', token],
    ['M4', admin],
  ] as const) {
    await contract.refused(id, 2003, { token: caller, body: { ...own, amount: 0 } });
  }
  for (const [id, caller] of [
    ['U3', token],
    ['M5', admin],
  ] as const) {
    await contract.refused(id, 2004, { token: caller, body: { ...own, amount: 5000 } });
  }
  const transfer = (code: number, fields: object): Promise<void> =>
    contract.refused('B2', code, { token, body: { ...own, bank_id: 'ICBC', amount: 1, bank_password: '123456', ...fields } });
  await transfer(2201, { bank_id: 'NONE' });
  await transfer(2202, { amount: 0.001 });
  await transfer(2203, { bank_password: 'wrong' });
  await fundPassword(venue, heidi);
  await transfer(2204, { amount: -5000, future_password: 'fund password 1' });
  await contract.call('U2', { token, body: { ...own, amount: 900_000_000_000 - 1000 } });
  await transfer(2003, { amount: 900_000_000_000, future_password: 'fund password 1' });
  await contract.refused('U1', 2105, { token, body: { user_name: 'second', password: 'short' } });
  await contract.call('U1', { token, body: { user_name: 'second' } });
  await contract.refused('U1', 2001, { token, body: { user_name: 'second' } });
  await contract.refused('U15', 2001, { token, params: { user_id: heidi.userId }, body: { account_name: 'second' } });
  const ambiguous = { user_id: heidi.userId, amount: 1 };
  for (const id of ['U2', 'U3']) await contract.refused(id, 2110, { token, body: ambiguous });
  for (const id of ['M4', 'M5']) await contract.refused(id, 2110, { token: admin, body: ambiguous });
  await contract.refused('U4', 2110, { token, params: { id: heidi.userId } });
  for (const id of ['U2', 'U3', 'M4', 'M5']) await contract.refused(id, 2104, { token: admin, body: { user_id: UNKNOWN.user, amount: 1 } });
  await contract.refused('U1', 2104, { token: admin, body: { user_id: UNKNOWN.user, user_name: 'x' } });
  await contract.refused('M7', 2104, { token: admin, params: { id: UNKNOWN.user } });
  await contract.refused('M9', 6003, { token: admin, body: { ...own, reason: 'r' } });
  await contract.refused('M10', 2111, { token: admin, params: { account_id: alice.accountId }, body: { reason: 'r' } });
}

async function fundPassword({ contract, admin }: Venue, { token, accountId }: Trader): Promise<void> {
  const change = (oldText: string, newText: string) => ({
    token,
    body: { account_id: accountId, old_password: oldText, new_password: newText, password_type: 'FUND' },
  });
  await contract.refused('C1', 2107, change('wrong', 'fund password 1'));
  await contract.refused('C1', 2105, change(PASSWORD, 'short'));
  await contract.call('C1', change(PASSWORD, 'fund password 1'));
  await contract.refused('U3', 2107, { token, body: { account_id: accountId, amount: 1, fund_password: 'wrong' } });
  await contract.refused('C2', 2105, { token: admin, body: { account_id: accountId, new_password: 'short', password_type: 'TRADING' } });
}

async function statusRefusals(venue: Venue): Promise<void> {
  const { contract, admin } = venue;
  const ivan = await contract.client.trader('ivan');
  const { token, accountId } = ivan;
  const own = { account_id: accountId };
  const reason = { ...own, reason: 'r' };
  await venue.staff('C8', { body: { ...reason, freeze_type: 'FULL' } });
  await contract.refused('U5', 2002, { token, body: venue.orderOf(ivan, 'DCE.m', { price: 2900 }) });
  await contract.refused('U2', 2002, { token, body: { ...own, amount: 1 } });
  await contract.refused('U3', 2002, { token, body: { ...own, amount: 1 } });
  await contract.refused('B2', 2002, { token, body: { ...own, bank_id: 'ICBC', amount: 1, bank_password: '123456' } });
  const touch = { condition_type: 'PRICE_TOUCH', trigger_price: 2900, trigger_condition: 'LE' };
  await contract.refused('T4', 2002, {
    token,
    body: { ...venue.orderOf(ivan, 'DCE.m', { order_type: 'MARKET', price: undefined }), ...touch },
  });
  await contract.refused('M5', 2002, { token: admin, body: { ...own, amount: 1 } });
  await venue.staff('C9', { body: reason });
  await venue.staff('M10', { params: own, body: { reason: 'r' } });
  await contract.refused('M4', 2002, { token: admin, body: { ...own, amount: 1 } });
  await contract.refused('C8', 2002, { token: admin, body: { ...reason, freeze_type: 'FULL' } });
  await contract.refused('C9', 2002, { token: admin, body: reason });
  await contract.refused('M10', 2002, { token: admin, params: own, body: { reason: 'r' } });
}

async function instrumentRefusals(venue: Venue): Promise<void> {
  const { contract, admin: token } = venue;
  const held = await venue.list('held');
  await venue.trade(held, 100);
  const listing = {
    instrument_id: held,
    instrument_name: 'x',
    instrument_type: 'commodity_future',
    exchange: 'SIM',
    contract_multiplier: 1,
  };
  const terms = { price_tick: 1, reference_price: 100, margin_rate: 0.1, commission_rate: 0, limit_up_rate: 0.1, limit_down_rate: 0.1 };
  await contract.refused('A2', 7001, { token, body: { ...listing, ...terms } });
  const params = { instrument_id: held };
  await contract.refused('A3', 3006, { token, params, body: { price_tick: 2 } });
  await contract.refused('A4', 3005, { token, params });
  const active = { instrument_id: await venue.list('active') };
  await contract.refused('A4', 7005, { token, params: active });
  await contract.refused('A6', 7005, { token, params: active, body: { status: 'active' } });
  await contract.refused('A6-resume', 7005, { token, params: active });
  await contract.call('A6-suspend', { token, params: active });
  await contract.refused('A6-suspend', 7005, { token, params: active });
  const gone = await venue.list('gone');
  await venue.delist(gone);
  await contract.refused('A3', 1010, { token, params: { instrument_id: gone }, body: { instrument_name: 'y' } });
  await contract.refused('A26', 7005, { token, body: { instrument_id: gone, phase: 'CONTINUOUS' } });
  const price = { instrument_id: gone, settlement_price: 100 };
  await contract.refused('A7', 1010, { token, body: price });
  await contract.refused('A8', 1010, { token, body: { prices: [price] } });
  await contract.refused('A9', 1010, { token, body: { dry_run: true, prices: [price] } });
  const unknown = { ...price, instrument_id: UNKNOWN.instrument };
  await contract.refused('A9', 1007, { token, body: { dry_run: true, prices: [unknown] } });
}

async function settlementRefusals(venue: Venue): Promise<void> {
  const { contract, admin: token } = venue;
  const answer = await contract.call('A9', { token, body: {} });
  if (answer.code !== 6001) contract.problems.push(`A9 should miss prices: ${answer.text}`);
  const missing = answer.details.map(({ field }) => field);
  const { text } = await contract.call('A1', { token });
  if (!text.includes('"success":true')) contract.problems.push(`A1 ${text}`);
  const instruments = JSON.parse(text) as { data: { instrument_id: string }[] };
  const prices: { instrument_id: string; settlement_price: number }[] = [];
  for (const { instrument_id: id } of instruments.data) {
    const tick = await contract.call('U18', { params: { instrument_id: id } });
    if (missing.includes(id)) prices.push({ instrument_id: id, settlement_price: Number(tick.data['last_price']) });
  }
  await venue.staff('A8', { body: { prices } });
  const settled = await venue.staff('A9', { body: {} });
  await contract.refused('A9', 6004, { token, body: { date: settled.data['settlement_date'] } });
}
