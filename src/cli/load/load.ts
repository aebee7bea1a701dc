/** `qaexchange load`: sends orders to a running exchange and says how it answered. */
import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { readFlags, UsageError, type Flags } from '../args.js';
import { ProgressBar } from '../progress-bar.js';
import { reported } from '../support/reported.js';
import { ACCOUNTS_PER_USER_MAX, ACCOUNTS_PER_USER_MIN, httpUrlOf, loadInstruments, makeUsers } from './load-accounts.js';
import { LoadRun } from './load-run.js';
import type { LoadResult } from './load-totals.js';
import { printLoad } from './print-load.js';
import { SHAPES, type Shape } from './rate-shape.js';
import { openSlowReaders } from './slow-readers.js';

const HELP = `Usage: npm run load -- --url ws://127.0.0.1:8094/ws [options]

Registers users on a running exchange, funds their accounts and sends orders over /ws: about 30 % cancels, 30 % resting
limit orders, the rest trades. Every figure is counted from the moment a request was due, not from when it was sent.

  --url URL           socket address of the exchange (ws://127.0.0.1:8094/ws)
  --connections C     connections, one user each (4)
  --accounts A        accounts over all users; at least two per connection, at most 20 (two per connection)
  --rate N            requests per second over all connections (1000)
  --window W          instead of a rate: keep W requests unanswered per connection, which finds the highest rate
  --scenario NAME     steady, ramp (from nothing to twice the rate) or burst (each second's requests in its first
                      tenth); the mean rate is the same. reconnect: as steady, and again and again all connections
                      are lost at once, without a close frame and with requests unanswered; they come back, are told
                      the reports that they missed, and send again what has no answer (steady)
  --storm-every S     seconds between two such losses (2)
  --slow-readers N    further connections that are told everything of the first user and read nothing (0)
  --duration S        seconds (10)
  --instruments LIST  instrument ids with commas between (all active ones)
  --binary            speaks the binary protocol instead of JSON
  --seed N            seed of the order flow (1)
  --journal FILE      writes "client_order_id order_id" of every acknowledged order
  --json              prints the result as one JSON object
  --help              this text

The exchange must take deposits from owners (simulation mode) and, beyond 100 requests per second and user, run with
RATE_LIMIT_RPS=0. The exit code is 1 when a request stayed unanswered or was answered twice, or a report of a connection
that came back was missed or came twice.
`;

/** A run whose connections are cut now and then: no shape of its own. */
const RECONNECT = 'reconnect';

export interface LoadFlags {
  url: string;
  connections: number;
  accountsPerUser: number;
  rate: number;
  window: number | undefined;
  durationMs: number;
  shape: Shape;
  stormEveryMs: number | undefined;
  slowReaders: number;
  instruments: string[];
  seed: number;
  binary: boolean;
  journal: string | undefined;
  json: boolean;
}

/** Gives the exit code. */
export async function load(args: readonly string[]): Promise<number> {
  return await reported(() => loadWith(args));
}

async function loadWith(args: readonly string[]): Promise<number> {
  const flags = readFlags(args, {
    url: 'string',
    connections: 'string',
    accounts: 'string',
    rate: 'string',
    window: 'string',
    duration: 'string',
    scenario: 'string',
    'storm-every': 'string',
    'slow-readers': 'string',
    instruments: 'string',
    seed: 'string',
    binary: 'boolean',
    journal: 'string',
    json: 'boolean',
    help: 'boolean',
  });
  if (flags.has('help')) {
    process.stdout.write(HELP);
    return 0;
  }
  const options = checkFlags(flags);
  const result = await runLoad(options);
  if (options.json) console.log(JSON.stringify(result));
  else printLoad(result, options);
  return isSound(result) ? 0 : 1;
}

function isSound({ unanswered, duplicate, reconnect }: LoadResult): boolean {
  const reports = reconnect === undefined ? 0 : reconnect.reports_missed + reconnect.reports_repeated;
  return unanswered + duplicate + reports === 0;
}

function checkFlags(flags: Flags): LoadFlags {
  const connections = flags.wholeNumber('connections', 4, 1, 1000);
  const accounts = flags.wholeNumber('accounts', connections * ACCOUNTS_PER_USER_MIN, 1, 1_000_000);
  const accountsPerUser = Math.max(ACCOUNTS_PER_USER_MIN, Math.ceil(accounts / connections));
  if (accountsPerUser > ACCOUNTS_PER_USER_MAX) {
    throw new UsageError(`--accounts ${accounts}: at most ${ACCOUNTS_PER_USER_MAX} per connection, raise --connections`);
  }
  const scenario = flags.string('scenario', 'steady');
  if (flags.has('storm-every') && scenario !== RECONNECT) throw new UsageError(`--storm-every goes with --scenario ${RECONNECT}`);
  return {
    url: flags.string('url', 'ws://127.0.0.1:8094/ws'),
    connections,
    accountsPerUser,
    rate: flags.wholeNumber('rate', 1000, 1, 10_000_000),
    window: flags.has('window') ? flags.wholeNumber('window', 1, 1, 10_000) : undefined,
    durationMs: flags.number('duration', 10, 0.1, 86_400) * 1000,
    shape: scenario === RECONNECT ? 'steady' : shapeOf(scenario),
    stormEveryMs: scenario === RECONNECT ? flags.number('storm-every', 2, 0.1, 86_400) * 1000 : undefined,
    slowReaders: flags.wholeNumber('slow-readers', 0, 0, 10_000),
    instruments: flags.string('instruments', '').split(',').filter(Boolean),
    seed: flags.wholeNumber('seed', 1, 0, 0xffff_ffff),
    journal: flags.has('journal') ? flags.string('journal', '') : undefined,
    binary: flags.has('binary'),
    json: flags.has('json'),
  };
}

async function runLoad(options: LoadFlags): Promise<LoadResult> {
  const httpUrl = httpUrlOf(options.url);
  const instruments = await loadInstruments(httpUrl, options.instruments);
  const making = new ProgressBar('making users', process.stderr);
  const users = await makeUsers(httpUrl, options.connections, options.accountsPerUser, (count) =>
    making.update(count / options.connections),
  );
  making.done();
  const journal = options.journal === undefined ? undefined : createWriteStream(options.journal);
  const sending = new ProgressBar('sending', process.stderr);
  const run = new LoadRun({
    url: options.url,
    users,
    instruments,
    seed: options.seed,
    binary: options.binary,
    durationMs: options.durationMs,
    rate: options.rate,
    shape: options.shape,
    window: options.window,
    clientOrderPrefix: journal === undefined && options.stormEveryMs === undefined ? undefined : `l${options.seed}-`,
    stormEveryMs: options.stormEveryMs,
    hooks: journal === undefined ? {} : { orderAcked: (orderId, clientOrderId) => void journal.write(`${clientOrderId} ${orderId}\n`) },
    progress: (elapsedMs) => sending.update(Math.min(1, elapsedMs / options.durationMs)),
  });
  const slow = await openSlowReaders(options.url, users[0].token, options.slowReaders);
  try {
    const result = await run.run();
    const closed = await slow.finish();
    return { ...result, ...(options.slowReaders === 0 ? {} : { slow_readers: closed }) };
  } finally {
    sending.done();
    await finish(journal);
  }
}

function shapeOf(name: string): Shape {
  const shape = SHAPES.find((each) => each === name);
  if (shape === undefined) throw new UsageError(`--scenario ${name}: there are ${[...SHAPES, RECONNECT].join(', ')}`);
  return shape;
}

async function finish(journal: WriteStream | undefined): Promise<void> {
  if (journal === undefined) return;
  journal.end();
  await once(journal, 'close');
}
