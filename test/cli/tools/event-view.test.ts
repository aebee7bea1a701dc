/** Events as operators read them. */
import t from 'tap';
import { eventLine, EventReader, EVENT_KINDS, type EventView } from '../../../src/cli/tools/event-view.js';
import { FrameKind, Stamp, type RareEvents, type RareKind } from '../../../src/core/events.js';
import { frameViews } from '../../../src/wire/frame-layout.js';
import { encodeRecord } from '../../../src/wire/records.js';
import { smallVenue } from '../../storage/offline/recorded-folder.js';

const reader = new EventReader((instrument) => ['', 'SIM.copper', 'SIM.gold'][instrument] ?? `instrument ${instrument}`);

function viewOf<K extends RareKind>(kind: K, event: RareEvents[K]): EventView {
  const stamp = Object.assign(new Stamp(), { kind, sequence: 7, timeUs: 1_767_571_200_000_042, endOfCommand: true });
  return reader.read(frameViews(encodeRecord(kind, event, stamp)), 0);
}

t.test('ids, names and decimals instead of the numbers inside', async (t) => {
  const events = smallVenue(3).journal.map((frame) => reader.read(frameViews(frame), 0));
  const trade = events.find(({ kind }) => kind === 'Trade')!;
  t.match(trade.fields, {
    buy_order_id: 'O0000000000000001',
    buy_account_id: 'ACC_0000000001',
    instrument_id: 'SIM.copper',
    price: 95,
    volume: 1,
    taker_side: 'SELL',
  });
  const accepted = events.find(({ kind }) => kind === 'OrderAccepted')!;
  t.match(accepted.fields, { side: 'BUY', offset: 'OPEN', price_type: 'LIMIT', time_condition: 'GFD', client_order_id: 'ann-0' });
  t.match(events.find(({ kind }) => kind === 'OrderCancelled')!.fields, { reason: 'USER' });
  t.match(events.find(({ kind }) => kind === 'InstrumentListed')!.fields, {
    pre_settlement: 100,
    long_margin_ratio: 0.1,
    fee_open_by_lot: 3,
  });
  t.match(eventLine(trade), /^ +\d+ {2}\d{4}-\d\d-\d\dT[\d:.]+Z {2}Trade +buy_order_id=O\d{16} .*price=95/);
  t.notMatch(eventLine(trade), 'match_index', 'what is 0 is left out');
  t.ok(
    events.every(({ kind }) => EVENT_KINDS.includes(kind)),
    'every kind has a name that --kind takes',
  );
});

t.test('no hash, no sealed text, nothing that people are reached by', async (t) => {
  const secrets = { passwordHash: 'secret-1', phone: 'secret-2', email: 'secret-3', realName: 'secret-4', idCardSealed: 'secret-5' };
  const user = viewOf(FrameKind.UserRegistered, { user: 2, username: 'ann', roles: 4, ...secrets });
  t.match(user, { sequence: 7, time: '2026-01-05T00:00:00.000042Z', fields: { user_id: 'U0000000002', username: 'ann' } });
  const opened = { account: 1, user: 2, name: 'first', accountType: 0, tradingPasswordHash: 'secret-6' };
  const changed = { account: 1, kind: 1, hash: 'secret-7', mustChange: 0 };
  const texts = [user, viewOf(FrameKind.AccountOpened, opened), viewOf(FrameKind.AccountPasswordChanged, changed)];
  t.notMatch(JSON.stringify(texts), 'secret');
  t.match(texts[2].fields, { kind: 'FUND' });
});

t.test('lists of a settlement are named and decimal as well', async (t) => {
  const day = { tradingDay: 20260105, nextTradingDay: 20260106, instruments: [1, 2], prices: [1_005_000, 2_000_000], startedUs: 5 };
  t.match(viewOf(FrameKind.DaySettled, day).fields, { instrument_ids: ['SIM.copper', 'SIM.gold'], prices: [100.5, 200] });
});
