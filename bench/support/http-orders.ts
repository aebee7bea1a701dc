/**
 * How many orders a second does the exchange take over HTTP, each answered when it is durable?
 *
 * Connections send one order at a time, all of which rest; the yardstick is a bare uWebSockets.js server that sends the body
 * of the same POST back, on as many connections from the same generator. Rounds of both alternate.
 */
import { loadInstruments, makeUsers } from '../../src/cli/load/load-accounts.js';
import type { ChildServer } from '../../src/cli/support/child-server.js';
import { startEcho } from './echo-process.js';
import { rowOf } from './figures.js';
import { postLoad, type PostTarget } from './post-load.js';
import type { Row, SuiteOptions } from './suite.js';

/** Ticks from the mid at which an order rests. */
const AWAY = 20;
/** So many that what rests of all rounds stays below the share of one instrument that an account may have. */
const USERS = 16;
const FULL = { connections: 256, warmUpMs: 2000, roundMs: 3000, rounds: 5 };
const SMOKE = { connections: 8, warmUpMs: 100, roundMs: 300, rounds: 1 };

/** Figures of order entry over HTTP to `server`. */
export async function orderRows(server: ChildServer, { smoke, progress }: SuiteOptions): Promise<Row[]> {
  const plan = smoke ? SMOKE : FULL;
  const echo = await startEcho();
  try {
    const [instrument] = await loadInstruments(server.url, []);
    progress('users who order');
    const users = await makeUsers(server.url, USERS, 2);
    const userOf = (connection: number) => users[connection % USERS];
    const price = instrument.prices[instrument.width - AWAY];
    const order = `"instrument_id":"${instrument.instrumentId}","direction":"BUY","offset":"OPEN","order_type":"LIMIT","volume":1,"price":${price}`;
    const target = {
      path: '/api/order/submit',
      tokens: Array.from({ length: plan.connections }, (_, connection) => userOf(connection).token),
      body: (connection: number, number: number) => `{"account_id":"${userOf(connection).accounts[number & 1]}",${order}}`,
    };
    const sides: PostTarget[] = [server.port, Number(new URL(echo.wsUrl).port)].map((port) => ({ ...target, port }));
    return await measure(sides, plan, progress);
  } finally {
    await echo.stop();
  }
}

async function measure([exchange, echo]: PostTarget[], plan: typeof FULL, progress: (text: string) => void): Promise<Row[]> {
  const ours: number[] = [];
  const raw: number[] = [];
  progress('warming up');
  for (const side of [exchange, echo]) await postLoad(side, plan.warmUpMs);
  for (let round = 1; round <= plan.rounds; round++) {
    progress(`round ${round} of ${plan.rounds}`);
    const { rate, failed, answered, failure } = await postLoad(exchange, plan.roundMs);
    if (failed > 0) throw new Error(`${failed} of ${answered} orders were refused, the first by\n${failure}`);
    ours.push(rate);
    raw.push((await postLoad(echo, plan.roundMs)).rate);
  }
  return [rowOf('orders over HTTP', '1/s', ours, { name: 'uWebSockets.js POST echo', runs: raw })];
}
