import t from 'tap';
import { Offset, PriceType, Residual, SelfTradeMode, Side, TimeCondition, VolumeCondition } from '../../../src/core/enums.js';
import { fillOrderRequest } from '../../../src/front/decode/order-fields.js';
import { DEFAULT_TIME_CONDITION, OrderRequest } from '../../../src/front/gateway/order-request.js';
import { OneThreadCircle } from '../../support/one-thread-circle.js';
import { codeOf, detailsOf } from '../../support/services.js';

const circle = new OneThreadCircle();
circle.trader(0);
circle.list({ instrumentId: 'CFFEX.IF', multiplier: 300, priceTick: 2000, preSettlement: 38_000_000 });

const LIMIT = {
  account_id: 'ACC_0000000001',
  instrument_id: 'CFFEX.IF',
  direction: 'BUY',
  offset: 'OPEN',
  order_type: 'LIMIT',
  volume: 2,
  price: 3800.2,
};

function filled(fields: Record<string, unknown>): OrderRequest {
  const request = new OrderRequest();
  fillOrderRequest({ ...LIMIT, ...fields }, circle.state, request);
  return request;
}

t.test('turns names and decimals into numbers', (t) => {
  const request = filled({ client_order_id: 'c-17' });
  t.match(request, {
    account: 1,
    instrument: 1,
    side: Side.BUY,
    offset: Offset.OPEN,
    priceType: PriceType.LIMIT,
    price: 38_002_000,
    volume: 2,
  });
  t.match(request, {
    timeCondition: DEFAULT_TIME_CONDITION,
    volumeCondition: VolumeCondition.ANY,
    clientOrderId: 'c-17',
    residual: Residual.CANCEL,
    selfTradeMode: SelfTradeMode.REJECT,
    postOnly: 0,
    maxSlippageTicks: 0,
  });
  t.equal(filled({ instrument_id: 'IF' }).instrument, 1, 'a bare code that names one instrument');
  const fok = filled({ order_type: 'ANY', price: null, time_condition: 'IOC', volume_condition: 'ALL' });
  t.match(fok, { priceType: PriceType.MARKET, price: 0, timeCondition: TimeCondition.IOC, volumeCondition: VolumeCondition.ALL });
  t.equal(filled({ gtd_date: '2026-02-28' }).gtdDate, 20260228);
  t.end();
});

t.test('leaves nothing behind of the order before', (t) => {
  const request = new OrderRequest();
  const options = { post_only: true, smp_mode: 'OFF', residual: 'TO_LIMIT', max_slippage_ticks: 2 };
  fillOrderRequest({ ...LIMIT, client_order_id: 'x', min_volume: 1, gtd_date: '2026-02-28', ...options }, circle.state, request);
  fillOrderRequest(LIMIT, circle.state, request);
  t.same(request, filled({}));
  t.end();
});

t.test('marks what it does not know for the gateway to refuse', (t) => {
  t.equal(filled({ account_id: 'ACC_0000000099' }).account, 0);
  t.equal(filled({ account_id: 'U0000000001' }).account, 0);
  t.equal(filled({ instrument_id: 'CFFEX.XX' }).instrument, 0);
  t.equal(filled({ direction: 'NONE' }).side, -1);
  t.equal(filled({ direction: 'buy' }).side, -1);
  t.equal(filled({ offset: 'toString' }).offset, -1);
  t.equal(filled({ order_type: 'STOP' }).priceType, -1);
  t.equal(filled({ time_condition: 'FOREVER' }).timeCondition, -1);
  t.equal(filled({ volume_condition: '' }).volumeCondition, -1);
  t.end();
});

t.test('passes volumes on as they were sent', (t) => {
  for (const volume of [0, -1, 1.5, 1e300]) t.equal(filled({ volume }).volume, volume);
  t.end();
});

t.test('never turns a price of too many decimals into another price', (t) => {
  for (const price of [3800.20001, 0.00001, 0.00005, 3800.000_000_1]) t.notOk(Number.isInteger(filled({ price }).price), String(price));
  t.equal(filled({ price: -1 }).price, -10_000);
  t.end();
});

t.test('understands the options of every kind', (t) => {
  for (const [name, number] of Object.entries(PriceType)) t.equal(filled({ order_type: name }).priceType, number, name);
  for (const [name, number] of Object.entries(SelfTradeMode)) t.equal(filled({ smp_mode: name }).selfTradeMode, number, name);
  t.match(filled({ post_only: true, residual: 'TO_LIMIT', max_slippage_ticks: 3 }), {
    postOnly: 1,
    residual: Residual.TO_LIMIT,
    maxSlippageTicks: 3,
  });
  t.same(filled({ post_only: false, smp_mode: 'REJECT', residual: 'CANCEL', max_slippage_ticks: null }), filled({}), 'the defaults');
  t.equal(filled({ smp_mode: 'reject' }).selfTradeMode, -1);
  t.equal(filled({ residual: '' }).residual, -1);
  t.equal(filled({ max_slippage_ticks: 0 }).maxSlippageTicks, -1, 'no bound at all is not what 0 asks for');
  t.equal(filled({ max_slippage_ticks: 1.5 }).maxSlippageTicks, 1.5);
  t.end();
});

t.test('refuses missing fields and wrong types with 9003', async (t) => {
  for (const field of ['account_id', 'instrument_id', 'direction', 'offset', 'order_type', 'volume']) {
    t.same(await detailsOf(() => filled({ [field]: undefined })), [`${field}: is required`]);
    t.equal(await codeOf(() => filled({ [field]: undefined })), 9003);
    t.equal(await codeOf(() => filled({ [field]: [] })), 9003);
  }
  t.same(await detailsOf(() => filled({ price: '3800' })), ['price: must be a number']);
  t.same(await detailsOf(() => filled({ post_only: 'true' })), ['post_only: must be a boolean']);
  t.same(await detailsOf(() => filled({ max_slippage_ticks: '1' })), ['max_slippage_ticks: must be a number']);
  t.same(await detailsOf(() => filled({ smp_mode: 1 })), ['smp_mode: must be a string']);
});

t.test('refuses client order ids and dates of the wrong form with 9008', async (t) => {
  for (const id of ['', 'x'.repeat(65), 'a\nb', 'é', '\u0000'])
    t.equal(await codeOf(() => filled({ client_order_id: id })), 9008, JSON.stringify(id));
  for (const date of ['2026-02-30', '20260228', '2026-2-28', '']) t.equal(await codeOf(() => filled({ gtd_date: date })), 9008, date);
  for (const id of ['COND_1', 'COND_000000000001', 'LIQ_7']) t.equal(await codeOf(() => filled({ client_order_id: id })), 9008, id);
  t.equal(filled({ client_order_id: 'cond_1' }).clientOrderId, 'cond_1', 'only as the exchange itself writes them');
  t.equal(filled({ client_order_id: 'x'.repeat(64) }).clientOrderId.length, 64);
});
