/** Charts: windows on series, their paging, and what of them is sent when bars grow (diff.md 5.4, 6.2 to 6.4). */
import t, { type Test } from 'tap';
import type { SeriesItem } from '../../../src/front/diff/charts/series-source.js';
import { DiffFloor, type DiffClient, type Leaf, type Tree } from './diff-floor.js';

const MINUTE_US = 60_000_000;
const MINUTE_NS = 60_000_000_000;
const START_US = 1_767_571_200_000_000;

function bar(id: number, close = 100 + id): SeriesItem {
  const timeUs = START_US + id * MINUTE_US;
  return {
    id,
    timeUs,
    fields: { datetime: timeUs * 1000, open: 100 + id, high: 110 + id, low: 90, close, volume: 1, open_oi: 0, close_oi: 1 },
  };
}

function floorWith(t: Test, bars: number): DiffFloor {
  const floor = new DiffFloor();
  t.teardown(() => {
    floor.close();
  });
  for (let id = 0; id < bars; id++) floor.series.set(floor.instrument, MINUTE_US, bar(id));
  return floor;
}

const MINUTES = { ins_list: 'SIM.x', duration: MINUTE_NS };

async function chart(client: DiffClient, fields: Record<string, unknown>): Promise<void> {
  client.send('set_chart', { chart_id: 'c', ...MINUTES, ...fields });
  await client.next();
  await client.next();
}

function klines(client: DiffClient): Leaf {
  return client.mirror.klines['SIM.x'][MINUTE_NS];
}

t.test('the newest bars come with the chart, and the request is echoed', async (t) => {
  const floor = floorWith(t, 100);
  const client = floor.connect();
  await chart(client, { view_width: 10 });
  t.match(client.mirror.charts.c, {
    left_id: 90,
    right_id: 99,
    more_data: false,
    ready: true,
    state: { aid: 'set_chart', chart_id: 'c', ...MINUTES, view_width: 10 },
  });
  t.equal(client.mirror.mdhis_more_data, false);
  t.equal(klines(client).last_id, 99);
  t.same(
    Object.keys(klines(client).data).map(Number),
    Array.from({ length: 10 }, (_, i) => 90 + i),
  );
  t.match(klines(client).data[99], { open: 199, close: 199, datetime: (START_US + 99 * MINUTE_US) * 1000, close_oi: 1 });
});

t.test('a growing bar is patched with what has changed; a new one moves the window', async (t) => {
  const floor = floorWith(t, 3);
  const client = floor.connect();
  await chart(client, { view_width: 3 });
  floor.series.set(floor.instrument, MINUTE_US, bar(2, 105));
  t.same(await client.next(), [
    {
      klines: {
        'SIM.x': { [MINUTE_NS]: { last_id: 2, trading_day_start_id: -1, trading_day_end_id: -1, data: { 2: { ...bar(2, 105).fields } } } },
      },
    },
  ]);
  floor.series.set(floor.instrument, MINUTE_US, bar(2, 106));
  const [patch] = (await client.next()) as unknown as Tree[];
  t.same(patch.klines['SIM.x'][MINUTE_NS].data, { 2: { close: 106 } });
  floor.series.set(floor.instrument, MINUTE_US, bar(3));
  const patches = (await client.next()) as unknown as Tree[];
  t.same(patches[0].klines['SIM.x'][MINUTE_NS].last_id, 3, 'the number and the whole bar in one element');
  t.same(patches[0].klines['SIM.x'][MINUTE_NS].data, { 3: bar(3).fields });
  t.match(client.mirror.charts.c, { left_id: 1, right_id: 3 });
});

t.test('a client that does not peek gets every bar it missed, however many', async (t) => {
  const floor = floorWith(t, 3);
  const client = floor.connect();
  await chart(client, { view_width: 100 });
  for (let id = 3; id < 60; id++) {
    floor.series.set(floor.instrument, MINUTE_US, bar(id));
    floor.series.set(floor.instrument, MINUTE_US, bar(id, 7));
    if (id % 10 === 0) await floor.turn();
  }
  for (let i = 0; i < 4; i++) await client.next();
  t.equal(klines(client).last_id, 59);
  t.equal(client.mirror.charts.c.right_id, 59);
  t.same(Object.keys(klines(client).data).length, 60);
  for (let id = 3; id < 60; id++) t.equal(klines(client).data[id].close, 7, `bar ${id} as it ended`);
});

t.test('windows from an id, around a moment, and of days stay where they are', async (t) => {
  const floor = floorWith(t, 100);
  const client = floor.connect();
  await chart(client, { view_width: 5, left_kline_id: 20 });
  t.match(client.mirror.charts.c, { left_id: 20, right_id: 24 });
  t.same(Object.keys(klines(client).data), ['20', '21', '22', '23', '24']);
  await chart(client, { view_width: 5, focus_datetime: (START_US + 50 * MINUTE_US + 5) * 1000, focus_position: 2 });
  t.match(client.mirror.charts.c, { left_id: 48, right_id: 52 });
  t.notOk('left_kline_id' in client.mirror.charts.c.state, 'nothing is left of the request before');
  await chart(client, { trading_day_start: (START_US + 10 * MINUTE_US) * 1000, trading_day_count: 5 * MINUTE_NS });
  t.match(client.mirror.charts.c, { left_id: 10, right_id: 14 });
  floor.series.set(floor.instrument, MINUTE_US, bar(100));
  await client.next();
  t.match(client.mirror.charts.c, { left_id: 10, right_id: 14 });
});

t.test('bars that appear inside a fixed window are sent', async (t) => {
  const floor = floorWith(t, 10);
  const client = floor.connect();
  await chart(client, { view_width: 5, left_kline_id: 8 });
  t.same(Object.keys(klines(client).data), ['8', '9']);
  for (let id = 10; id < 20; id++) floor.series.set(floor.instrument, MINUTE_US, bar(id));
  await client.next();
  await client.next();
  t.same(Object.keys(klines(client).data), ['8', '9', '10', '11', '12']);
  t.match(client.mirror.charts.c, { left_id: 8, right_id: 12 });
});

t.test('no data yet, no such symbol, wrong durations, and removal', async (t) => {
  const floor = floorWith(t, 0);
  const client = floor.connect();
  await chart(client, { view_width: 10 });
  t.match(client.mirror.charts.c, { left_id: -1, right_id: -1, ready: true });
  t.equal(klines(client).last_id, -1);
  floor.series.set(floor.instrument, MINUTE_US, bar(0));
  await client.next();
  t.match(client.mirror.charts.c, { left_id: 0, right_id: 0 });
  t.equal(klines(client).data[0].open, 100);
  await chart(client, { chart_id: 'none', ins_list: 'SIM.none', view_width: 10 });
  t.match(client.mirror.charts.none, { left_id: -1, right_id: -1, ready: true, state: { ins_list: 'SIM.none' } });
  for (const duration of [-1, 1.5e9, 90_000e9, 'x']) {
    await chart(client, { chart_id: 'odd', view_width: 10, duration });
    t.match(client.notices.pop(), { code: 9008, level: 'WARNING' }, String(duration));
  }
  await chart(client, { ins_list: '' });
  t.notOk('c' in client.mirror.charts);
  floor.series.set(floor.instrument, MINUTE_US, bar(1));
  t.same(await client.next(), [], 'nobody looks any more');
});

t.test('ticks, and a second symbol beside the first', async (t) => {
  const floor = floorWith(t, 5);
  const other = floor.circle.list({ instrumentId: 'SIM.y', multiplier: 10, priceTick: 10_000, preSettlement: 2_000_000 });
  for (let id = 0; id < 3; id++) {
    floor.series.set(floor.instrument, 0, {
      id,
      timeUs: START_US + id,
      fields: { datetime: (START_US + id) * 1000, last_price: 100 + id },
    });
    // the other one was listed two minutes later
    floor.series.set(other, MINUTE_US, { ...bar(id), timeUs: START_US + (id + 2) * MINUTE_US });
  }
  const client = floor.connect();
  await chart(client, { chart_id: 'ticks', duration: 0, view_width: 2 });
  t.match(client.mirror.ticks['SIM.x'], { last_id: 2, data: { 1: { last_price: 101 }, 2: { last_price: 102 } } });
  await chart(client, { ins_list: 'SIM.x,SIM.y', view_width: 5 });
  t.same(klines(client).binding['SIM.y'], { 2: 0, 3: 1, 4: 2 });
  t.same(Object.keys(client.mirror.klines['SIM.y'][MINUTE_NS].data), ['0', '1', '2']);
  floor.series.set(other, MINUTE_US, { ...bar(3), timeUs: START_US + 5 * MINUTE_US });
  floor.series.set(floor.instrument, MINUTE_US, bar(5));
  for (let i = 0; i < 3; i++) await client.next();
  t.equal(klines(client).binding['SIM.y'][5], 3);
});
