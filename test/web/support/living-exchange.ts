/** An exchange on which something happens: bots trade, and there is a person of each role. */
import { spawn, type ChildProcess } from 'node:child_process';
import { HttpClient } from '../../../src/client/index.js';
import { ADMIN_PASSWORD, ADMIN_USERNAME, PROGRAM_PATH, startServer, type TestServer } from '../../support/server.js';

export const PASSWORD = 'seven-blue-boats';
/** Whoever shows text of others must show it as text. */
export const HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';

export const ROLES = ['Trader', 'Analyst', 'ReadOnly', 'RiskManager', 'Settlement'] as const;

export interface Person {
  readonly username: string;
  readonly password: string;
}

export interface LivingExchange {
  readonly server: TestServer;
  readonly admin: HttpClient;
  /** By role; Admin too. */
  readonly people: ReadonlyMap<string, Person>;
  /** The account of the Trader. */
  readonly account: string;
  stop(): Promise<void>;
}

export async function livingExchange(): Promise<LivingExchange> {
  const server = await startServer();
  const bots = spawn(
    process.execPath,
    [PROGRAM_PATH, 'bots', '--url', server.wsUrl, '--makers', '2', '--noise', '2', '--interval', '250'],
    {
      stdio: 'ignore',
    },
  );
  const admin = new HttpClient(server.url);
  await admin.login(ADMIN_USERNAME, ADMIN_PASSWORD);
  const people = new Map<string, Person>([['Admin', { username: ADMIN_USERNAME, password: ADMIN_PASSWORD }]]);
  let account = '';
  for (const role of ROLES) {
    const person = { username: `a_${role.toLowerCase()}`, password: PASSWORD };
    const { user_id: userId, account_id: accountId } = await new HttpClient(server.url).register(person.username, person.password);
    people.set(role, person);
    if (role === 'Trader') account = accountId;
    else await admin.call('POST', '/api/auth/user/roles', { user_id: userId, roles: [role] });
  }
  const trader = new HttpClient(server.url);
  const { user_id: traderId } = await trader.login('a_trader', PASSWORD);
  await trader.call('POST', '/api/account/deposit', { account_id: account, amount: 5_000_000 });
  await trader.call('POST', `/api/user/${traderId}/account/create`, { account_name: HOSTILE.slice(0, 32), account_type: 'individual' });
  const notice = { title: HOSTILE, content: HOSTILE, announcement_type: 'SYSTEM', priority: 'URGENT' };
  await admin.call('POST', '/api/announcements', notice);
  await quoted(admin);
  const order = { account_id: account, instrument_id: 'SHFE.rb', direction: 'BUY', offset: 'OPEN' };
  await trader.call('POST', '/api/order/submit', { ...order, volume: 2, order_type: 'MARKET', time_condition: 'IOC' });
  await trader.call('POST', '/api/order/submit', { ...order, volume: 3, order_type: 'LIMIT', price: 3300 });
  return { server, admin, people, account, stop: async () => await stop(server, bots) };
}

/** Waits for the bots: both sides of the book. */
async function quoted(http: HttpClient): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
    const { bids, asks } = await http.call<{ bids: unknown[]; asks: unknown[] }>('GET', '/api/market/orderbook/SHFE.rb');
    if (bids.length > 0 && asks.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the bots have quoted nothing');
}

async function stop(server: TestServer, bots: ChildProcess): Promise<void> {
  bots.kill('SIGKILL');
  await server.kill();
}
