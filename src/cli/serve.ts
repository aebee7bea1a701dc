/** Brings the exchange up, says where it is, and takes it down in order. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { EarlyThreads } from '../cluster/early-threads.js';
import { createPrivateFile, generatePassword } from '../auth/secrets.js';
import type { Config } from '../front/config.js';
import { TradingCalendar } from '../core/sessions.js';
import { registerDiff } from '../front/diff/register.js';
import { SCHEMAS } from '../front/http/contract-files.js';
import { RateLimits } from '../front/http/rate-limit.js';
import { registerHttp } from '../front/http/register.js';
import { readCalendarFile } from '../front/phases/calendar-file.js';
import { listen, newApp, recoveringApp } from '../front/server.js';
import { listMissing, readInstrumentsFile } from '../front/services/instruments-file.js';
import { registerWebsocket } from '../front/websocket/register.js';
import { openStorage, type Storage } from '../storage/database.js';
import { checkFolder } from '../storage/folder-check.js';
import { createLog } from './log.js';
import type { StartOptions } from './options.js';
import { ProgressBar } from './progress-bar.js';
import { adminPasswordFile, recoverState, RunningExchange } from './running-exchange.js';
import { readyLine, startSummary, type Started } from './start-summary.js';
import { StartTimes } from './start-times.js';

/** Open connections get this long to take what is on its way to them. */
const FAREWELL_MS = 200;

/** Runs until SIGINT or SIGTERM; resolves to the exit code. Throws with one sentence when it cannot start. */
export async function serve({ config, json }: StartOptions, early: EarlyThreads): Promise<number> {
  const times = new StartTimes();
  times.ended('loaded');
  const log = createLog(config.logLevel, process.stderr.isTTY && !json);
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const instrumentsFile = config.instrumentsFile ?? (config.simulationMode ? join(SCHEMAS, 'demo-instruments.json') : undefined);
  const listings = instrumentsFile === undefined ? [] : readInstrumentsFile(instrumentsFile);
  const calendar = config.calendarFile === undefined ? new TradingCalendar() : readCalendarFile(config.calendarFile);
  for (const fault of checkFolder(config.dataDir)) log.warn({ fault }, 'a snapshot is damaged; one before it is used');
  const storage = await openStorage(config.dataDir);
  if (storage.mark === 'unreadable') log.warn('the mark of what is durable cannot be read: a lost end of the log would not be noticed');
  times.ended('opened');
  const { exchange, port } = await recoverBehindPort(config, log, storage, calendar, times, early);
  await exchange.start(times);
  const adminPassword = await bootstrapAdmin(exchange);
  await listMissing(listings, exchange.state, exchange.instruments);

  const app = newApp(config.tls);
  const limits = new RateLimits(config);
  registerHttp(app, exchange, limits);
  const hub = registerWebsocket(app, exchange, limits.perUser);
  const diff = registerDiff(app, exchange, limits.perUser, hub.feed);
  exchange.countSessions = () => hub.sessionCount + diff.connections.size;
  const listening = await listen(app, config.httpHost, port);
  times.ended('serving');
  const started: Started = {
    exchange,
    url: `${config.tls === undefined ? 'http' : 'https'}://${config.httpHost}:${port}`,
    adminPassword,
    times,
  };
  // Listened for before anybody is told that we are ready, who might then stop us at once.
  const stopped = stopSignal();
  process.stdout.write(json ? readyLine(started) : startSummary(started));

  const signal = await stopped;
  log.info({ signal }, 'stopping');
  exchange.beginStop();
  listening.close();
  hub.close();
  diff.close();
  await new Promise((resolve) => setTimeout(resolve, FAREWELL_MS));
  const drained = await exchange.stop();
  app.close();
  if (!drained) log.error('the last events could not be written; nobody was told of them');
  return drained ? 0 : 1;
}

/** Health is answered on the port from the first moment; the port stays ours while the state is read. */
async function recoverBehindPort(
  config: Config,
  log: Logger,
  storage: Storage,
  calendar: TradingCalendar,
  times: StartTimes,
  early: EarlyThreads,
): Promise<{ exchange: RunningExchange; port: number }> {
  let progress = 0;
  const app = recoveringApp(() => progress, config.tls);
  const { port } = await listen(app, config.httpHost, config.httpPort);
  const bar = new ProgressBar('recovering', process.stderr);
  const recovered = await recoverState(storage, (share) => bar.update((progress = share)), times);
  bar.done();
  const { cutTail, rejected } = recovered.end;
  if (cutTail !== undefined) log.warn(cutTail, 'a torn block at the end of the log was cut; nobody had been told of it');
  for (const snapshot of rejected) log.warn(snapshot, 'a damaged snapshot was passed over');
  const exchange = new RunningExchange(config, log, storage, recovered, calendar, early);
  app.close();
  return { exchange, port };
}

/** Makes the first Admin of a new data folder. Returns what to say about its password, if anything. */
async function bootstrapAdmin(exchange: RunningExchange): Promise<string | undefined> {
  if (exchange.state.users.count > 0) return undefined;
  const { bootstrapAdminUsername: username, bootstrapAdminPassword, dataDir } = exchange.config;
  if (bootstrapAdminPassword !== undefined) {
    await exchange.users.registerAdmin(username, bootstrapAdminPassword);
    return undefined;
  }
  const password = generatePassword();
  const onTerminal = process.stdout.isTTY;
  const file = adminPasswordFile(dataDir);
  // The file first: an Admin whose password nobody can find would lock the exchange for ever.
  if (!onTerminal && !createPrivateFile(file, `${password}\n`))
    throw new Error(`${file} exists, but the exchange has no Admin: remove the file.`);
  await exchange.users.registerAdmin(username, password);
  return onTerminal ? `user ${username}, password ${password} (shown only now)` : `user ${username}, password in ${file}`;
}

function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  });
}
