/** The refusals of orders, conditional orders, cancels and modifications. */
import type { Venue } from './venue.js';
import { UNKNOWN } from './venue.js';

export async function orderRefusals(venue: Venue): Promise<void> {
  const { contract, alice, bob } = venue;
  const x = await venue.list('orders');
  const refused = (code: number, fields: object, instrument = x, trader = alice): Promise<void> =>
    contract.refused('U5', code, { token: trader.token, body: venue.orderOf(trader, instrument, fields) });

  await refused(1008, { direction: 'HOLD' });
  await refused(1009, { volume_condition: 'ALL' });
  await refused(1011, { volume: 10_001 });
  await refused(1012, { price: 100.5 });
  await refused(1013, { price: 200 });
  await refused(2005, { direction: 'SELL', offset: 'CLOSE' });
  await refused(1001, { volume: 10_000 }, x, await contract.client.trader('poor'));
  const dear = await venue.list('dear', { contract_multiplier: 1000 });
  await refused(1002, { volume: 60 }, dear);
  await venue.limit({ instrument_id: dear, max_order_amount: 1000 });
  await refused(1003, {}, dear);

  const suspended = await venue.list('suspended');
  await venue.staff('A6', { params: { instrument_id: suspended }, body: { status: 'suspended' } });
  await refused(1010, {}, suspended);
  const closing = await venue.list('closing');
  await venue.staff('A6', { params: { instrument_id: closing }, body: { status: 'close_only' } });
  await refused(1014, {}, closing);

  await venue.submit(alice, x, { price: 95 });
  await refused(1005, { direction: 'SELL', price: 95 });
  await venue.submit(bob, x, { price: 105, direction: 'SELL' });
  await refused(4011, { price: 105, post_only: true });
  const { data } = await contract.call('U18', { params: { instrument_id: 'SHFE.cu' } });
  const copper = { direction: 'SELL', price: data['last_price'] };
  await refused(2006, { ...copper, offset: 'CLOSETODAY' }, 'SHFE.cu');
  await refused(2007, { ...copper, offset: 'CLOSEYESTERDAY' }, 'SHFE.cu');

  const risky = await venue.list('risky');
  await venue.trade(risky, 100);
  await venue.limit({ risk_ratio_warning: 0.000001, risk_ratio_reject: 0.000002 });
  await refused(1004, {}, risky);
  await venue.limit({ risk_ratio_warning: 0.8, risk_ratio_reject: 0.95 });

  await cancelRefusals(venue);
  await conditionalRefusals(venue, x);
}

async function cancelRefusals(venue: Venue): Promise<void> {
  const { contract, alice } = venue;
  const { token, accountId: account } = alice;
  const x = await venue.list('cancels');
  const submit = async (fields: object = {}): Promise<string> => String((await venue.submit(alice, x, fields)).data['order_id']);
  const cancel = (code: number, id: string): Promise<void> =>
    contract.refused('U6', code, { token, body: { account_id: account, order_id: id } });
  const modify = (code: number, id: string, change: object): Promise<void> =>
    contract.refused('T3', code, { token, params: { order_id: id }, body: { account_id: account, ...change } });

  const gone = await submit();
  await contract.call('U6', { token, body: { account_id: account, order_id: gone } });
  await cancel(3001, UNKNOWN.order);
  await cancel(3002, gone);
  await modify(3001, UNKNOWN.order, { new_price: 101 });
  await modify(3002, gone, { new_price: 101 });
  const working = await submit();
  await modify(3004, working, { new_price: 100.5 });
  await contract.refused('U7', 3001, { token, params: { order_id: UNKNOWN.order } });
  for (const id of ['T1', 'T2']) {
    await contract.refused(id, 3012, { token, body: { account_id: account, orders: [], order_ids: [] } });
  }
  await venue.phase(x, 'AUCTION_MATCH');
  await contract.refused('U5', 4101, { token, body: venue.orderOf(alice, x) });
  await cancel(4102, working);
  await modify(4102, working, { new_price: 101 });
  await contract.refused('T-cancel-all', 4102, { token, body: { account_id: account, instrument_id: x } });
  await venue.phase(x, 'CONTINUOUS');
}

async function conditionalRefusals(venue: Venue, x: string): Promise<void> {
  const { contract, alice } = venue;
  const { token } = alice;
  const conditional = (instrument: string, fields: object = {}) => ({
    ...venue.orderOf(alice, instrument, { order_type: 'MARKET', price: undefined }),
    ...{ condition_type: 'PRICE_TOUCH', trigger_price: 95, trigger_condition: 'LE', ...fields },
  });
  const refused = (code: number, body: object): Promise<void> => contract.refused('T4', code, { token, body });
  await refused(1008, conditional(x, { direction: 'HOLD' }));
  await refused(3101, conditional(x, { trigger_price: 95.5 }));
  const traded = await venue.list('traded');
  await venue.trade(traded, 100);
  await refused(3102, conditional(traded, { trigger_price: 101 }));
  const ended = await venue.list('ended');
  await venue.delist(ended);
  await refused(1010, conditional(ended));
  const place = () => contract.call('T4', { token, body: conditional(traded) });
  const placed = await place();
  const id = String(placed.data['conditional_order_id']);
  await contract.call('T6', { token, params: { id } });
  await contract.refused('T6', 3103, { token, params: { id } });
  await contract.refused('T6', 3105, { token, params: { id: 'COND_999999999999' } });
  for (let i = 0; i < 201; i++) if ((await place()).code === 3104) return;
  contract.problems.push('T4 never has too many pending ones');
}
