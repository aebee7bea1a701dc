/** The stores of the web application on a real exchange, without a browser: what is loaded, what is pushed, what a drop takes. */
import t from 'tap';
import { HttpClient } from '../../src/client/index.js';
import { ADMIN_PASSWORD, ADMIN_USERNAME, startServerFor } from '../support/server.js';
import { effect } from './support/clicks.js';
import { Desk, PASSWORD } from './support/desk.js';
import { browserOf, webModules } from './support/web-modules.js';

const RB = 'SHFE.rb';

interface Session {
  readonly isSignedIn: boolean;
  readonly user?: { readonly username: string; readonly permissions: ReadonlySet<string> };
  login(username: string, password: string): Promise<void>;
  logout(): Promise<void>;
  can(permission: string): boolean;
}
interface DeskStore {
  readonly loaded: boolean;
  accountId: string;
  readonly account?: { readonly balance: number; readonly available: number };
  readonly accounts: readonly { readonly account_id: string }[];
  readonly orders: ReadonlyMap<string, { readonly status: string; readonly filled_volume: number }>;
  readonly positions: readonly { readonly instrument_id: string; readonly volume_long: number }[];
  readonly trades: readonly { readonly trade_id: string; readonly volume: number }[];
  readonly working: readonly object[];
  load(): Promise<void>;
}
interface Market {
  readonly quotes: ReadonlyMap<string, { readonly last?: number }>;
  load(): Promise<void>;
  tickOf(id: string): number | undefined;
}
interface Notices {
  readonly unread: readonly object[];
  readonly pressing: readonly { readonly id: string }[];
  readonly urgent: readonly object[];
  greet(): Promise<void>;
  endGreeting(): void;
}
interface Live {
  readonly state: { readonly value: string };
  drop(): void;
  pause(isPaused: boolean): void;
  subscribe(wanted: { channel: string; instrument: string }): () => void;
}

t.test('stores', async (t) => {
  const server = await startServerFor(t);
  await browserOf(server.url);
  const names = ['stores/session', 'stores/desk', 'stores/market', 'stores/notices', 'live/connection'];
  const [sessions, desks, markets, notifiers, connections] = await webModules(t, names);
  const { createPinia, setActivePinia } = await import('pinia');
  setActivePinia(createPinia());
  const admin = new HttpClient(server.url);
  await admin.login(ADMIN_USERNAME, ADMIN_PASSWORD);
  const maker = await Desk.register(server.url, 'maker', 50_000_000);
  const user = await Desk.register(server.url, 'person', 1_000_000);
  const session = (sessions as { useSession: () => Session }).useSession();
  const desk = (desks as { useDesk: () => DeskStore }).useDesk();
  const market = (markets as { useMarket: () => Market }).useMarket();
  const notices = (notifiers as { useNotices: () => Notices }).useNotices();
  const { live } = connections as { live: Live };
  const isLive = () =>
    effect(
      async () => live.state.value,
      (state) => state === 'live',
      'the connection lives',
    );
  const soon = (isSo: () => boolean, what: string) =>
    effect(
      async () => isSo(),
      (so) => so,
      what,
    );

  await t.rejects(session.login('person', 'not-this-one-1'), { code: 9001 });
  t.notOk(session.isSignedIn);
  await session.login('person', PASSWORD);
  t.match(session, { isSignedIn: true, user: { username: 'person' } });
  t.same(
    ['Trade', 'ViewUsers', 'Admin'].map((permission) => session.can(permission)),
    [true, false, false],
  );
  await Promise.all([isLive(), desk.load(), market.load()]);
  t.match(desk, { loaded: true, accountId: user.account, account: { balance: 1_000_000 } });
  t.equal(market.tickOf(RB), 1);

  const leave = live.subscribe({ channel: 'tick', instrument: RB });
  const id = await user.order(RB, 'BUY', 3500, 4);
  await soon(() => desk.working.length === 1, 'an order is pushed');
  await maker.order(RB, 'SELL', 3500, 1);
  await soon(() => desk.orders.get(id)?.status === 'PartiallyFilled' && desk.trades.length === 1, 'and its first trade');
  await soon(() => market.quotes.get(RB)?.last === 3500 && desk.positions[0]?.volume_long === 1, 'with the price and the position');

  live.drop();
  await maker.order(RB, 'SELL', 3500, 1);
  await isLive();
  await soon(() => desk.orders.get(id)?.filled_volume === 2, 'what was missed comes with the return');
  live.pause(true);
  t.equal(live.state.value, 'paused');
  await maker.order(RB, 'SELL', 3500, 1);
  await soon(() => desk.orders.get(id)?.filled_volume === 3, 'without pushes it is fetched');
  live.pause(false);
  await isLive();
  await maker.order(RB, 'SELL', 3500, 1);
  await soon(() => desk.orders.get(id)?.status === 'Filled' && desk.working.length === 0, 'and pushed again');
  await soon(() => desk.trades.length === 4, 'four trades');
  t.equal(new Set(desk.trades.map((each) => each.trade_id)).size, 4, 'none twice');
  await soon(() => desk.positions[0]?.volume_long === 4, 'the position has them all');

  await admin.call('POST', '/api/announcements', { title: 'a', content: 'b', announcement_type: 'RISK', priority: 'URGENT' });
  await soon(() => notices.pressing.length === 1, 'an announcement is pushed');
  await notices.greet();
  t.equal(notices.urgent.length, 1);
  notices.endGreeting();
  t.match(notices, { urgent: [], pressing: [], unread: [] }, 'read once, it is read');

  leave();
  await session.logout();
  await soon(() => !desk.loaded && desk.accounts.length === 0 && live.state.value === 'off', 'nothing is left of him');
});
