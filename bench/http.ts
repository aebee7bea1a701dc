/**
 * How fast are answers over HTTP? Three reads beside a bare server that gives the same headers and bodies, what the check of an order
 * costs, and how long a page of orders takes when its user has a long history.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { InputValidator } from '../src/front/decode/validator.js';
import { ROUTES } from '../src/front/http/routes/index.js';
import { HttpClient } from '../src/client/http-client.js';
import { loadInstruments, makeUsers } from '../src/cli/load/load-accounts.js';
import { LoadRun } from '../src/cli/load/load-run.js';
import { startChildServer, type ChildServer } from '../src/cli/support/child-server.js';
import { percentile, rowOf } from './support/figures.js';
import type { FixedAnswer } from './support/get-server.js';
import { flood } from './support/http-flood.js';
import { orderRows } from './support/http-orders.js';
import type { Row, Suite, SuiteOptions } from './support/suite.js';

interface Plan {
  rounds: number;
  roundMs: number;
  connections: number;
  window: number;
  /** Checks of an order in one run. */
  checks: number;
  /** Orders in the history of one user. */
  orders: number;
  /** Pages asked for in one run. */
  pages: number;
}

const FULL: Plan = { rounds: 5, roundMs: 2000, connections: 8, window: 16, checks: 500_000, orders: 1_000_000, pages: 1000 };
const SMOKE: Plan = { rounds: 1, roundMs: 200, connections: 2, window: 4, checks: 1000, orders: 500, pages: 20 };

const SEED = 20_260_105;
const YARDSTICK = 'bare uWebSockets.js GET';
const PAGE_SIZE = 20;
/** Headers that the server adds by itself. */
const OWN_HEADERS = new Set(['date', 'content-length', 'connection', 'keep-alive', 'transfer-encoding', 'uwebsockets']);

export const http: Suite = {
  name: 'http',
  question: 'How fast are reads over HTTP, the check of a request, and a page of a long history?',
  run: async (options) => {
    const plan = options.smoke ? SMOKE : FULL;
    const server = await startChildServer({ env: { RATE_LIMIT_RPS: '0', LOG_LEVEL: 'warn' } });
    try {
      return [
        ...(await orderRows(server, options)),
        ...(await reads(plan, server, options)),
        checkRow(plan),
        ...(await historyRows(plan, server, options)),
      ];
    } finally {
      await server.stop();
    }
  },
};

async function reads(plan: Plan, server: ChildServer, { progress }: SuiteOptions): Promise<Row[]> {
  progress('an account with an order');
  const client = new HttpClient(server.url);
  const { account_id: account } = await client.register('reader', 'seven-blue-boats');
  await client.login('reader', 'seven-blue-boats');
  await client.call('POST', '/api/account/deposit', { account_id: account, amount: 1_000_000 });
  const order = {
    account_id: account,
    instrument_id: 'DCE.m',
    direction: 'BUY',
    offset: 'OPEN',
    order_type: 'LIMIT',
    volume: 1,
    price: 2950,
  };
  const { order_id: id } = await client.call<{ order_id: string }>('POST', '/api/order/submit', order);
  const paths = [
    ['account', `/api/account/${account}`],
    ['order', `/api/order/${id}`],
    ['tick', '/api/market/tick/DCE.m'],
  ] as const;
  const { token } = client;
  const bare = await startBare(await Promise.all(paths.map(([, path]) => answerOf(server.url + path, token))));
  const rows: Row[] = [];
  try {
    for (const [i, [name, path]] of paths.entries()) {
      const ours: number[] = [];
      const theirs: number[] = [];
      for (let round = 0; round <= plan.rounds; round++) {
        progress(`GET ${name}, round ${round} of ${plan.rounds}`);
        const load = { token, connections: plan.connections, window: plan.window, durationMs: plan.roundMs };
        const [own, raw] = [await flood({ ...load, url: server.url, path }), await flood({ ...load, url: bare.url, path: `/${i}` })];
        // the first round warms both up
        if (round === 0) continue;
        ours.push(own);
        theirs.push(raw);
      }
      rows.push(rowOf(`GET ${name}`, 'answers/s', ours, { name: YARDSTICK, runs: theirs }));
    }
  } finally {
    await bare.stop();
  }
  return rows;
}

async function answerOf(url: string, token: string | undefined): Promise<FixedAnswer> {
  const response = await fetch(url, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });
  return { headers: [...response.headers].filter(([name]) => !OWN_HEADERS.has(name)), body: await response.text() };
}

async function startBare(answers: readonly FixedAnswer[]): Promise<{ url: string; stop(): Promise<void> }> {
  const program = fileURLToPath(new URL('./support/get-server.js', import.meta.url));
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.write(`${JSON.stringify(answers)}\n`);
  child.stdout.setEncoding('utf8');
  const [port] = (await once(child.stdout, 'data')) as [string];
  return {
    url: `http://127.0.0.1:${Number(port)}`,
    stop: async () => {
      const exited = once(child, 'exit');
      child.stdin.end();
      await exited;
    },
  };
}

/** The body of an order, as the route checks it once it is parsed. */
function checkRow({ checks, rounds }: Plan): Row {
  const submit = ROUTES.find(({ id }) => id === 'U5')!;
  const validators = [submit.params, submit.query, submit.body!].map((schema) => new InputValidator(schema));
  const body = {
    account_id: 'ACC_0000000001',
    instrument_id: 'DCE.m',
    direction: 'BUY',
    offset: 'OPEN',
    order_type: 'LIMIT',
    volume: 1,
    price: 2950,
  };
  const inputs = [{}, {}, { ...body, time_condition: 'GFD', client_order_id: 'mine-1' }];
  const runs: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const begin = performance.now();
    for (let i = 0; i < checks; i++) for (const [part, validator] of validators.entries()) validator.parse(inputs[part]);
    const tookMs = performance.now() - begin;
    if (round > 0 || rounds === 0) runs.push((tookMs * 1000) / checks);
  }
  return rowOf('check of an order (params, query, body)', 'µs', runs);
}

async function historyRows(plan: Plan, server: ChildServer, { progress }: SuiteOptions): Promise<Row[]> {
  const instruments = await loadInstruments(server.url, []);
  // one user with two accounts that trade with each other: all orders are his
  const users = await makeUsers(server.url, 1, 2);
  const client = new HttpClient(server.url, users[0].token);
  const { user_id: user } = await client.call<{ user_id: string }>('GET', '/api/auth/me');
  const list = (page: number) =>
    client.call<{ total: number; orders: unknown[] }>('GET', `/api/order/user/${user}?page=${page}&page_size=${PAGE_SIZE}`);
  let total = 0;
  for (let seed = SEED; total < plan.orders; seed++) {
    progress(`${total} of ${plan.orders} orders`);
    await new LoadRun({ url: server.wsUrl, users, instruments, seed, durationMs: plan.roundMs, rate: 0, window: 256 }).run();
    ({ total } = await list(1));
  }
  const timed = async (page: number): Promise<number> => {
    const begin = performance.now();
    const { orders } = await list(page);
    if (orders.length !== PAGE_SIZE) throw new Error(`page ${page} has ${orders.length} orders`);
    return performance.now() - begin;
  };
  const [first, deep]: [number[], number[]] = [[], []];
  const deepest = Math.floor(plan.orders / PAGE_SIZE) - 1;
  for (let round = 0; round < plan.rounds; round++) {
    progress(`pages of ${total} orders, round ${round + 1} of ${plan.rounds}`);
    const times: number[] = [];
    // the pages that people look at
    for (let i = 0; i < plan.pages; i++) times.push(await timed(1 + (i % 20)));
    first.push(percentile(times, 0.99));
    const deepTimes: number[] = [];
    // and those that programs read to the end
    for (let i = 0; i < plan.pages; i++) deepTimes.push(await timed(1 + Math.floor((deepest * (i + round / plan.rounds)) / plan.pages)));
    deep.push(percentile(deepTimes, 0.99));
  }
  return [rowOf(`order list of ${total} orders, pages 1 to 20, p99`, 'ms', first), rowOf('the same, pages all over it, p99', 'ms', deep)];
}
