/** Brings the exchange up, says where it is, and takes it down in order. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { EarlyThreads } from '../cluster/early-threads.js';
import { createPrivateFile, generatePassword } from '../auth/secrets.js';
import type { Config } from '../front/config.js';
import { TradingCalendar } from '../core/sessions.js';
import { registerDiff } from '../front/diff/register.js';
import { registerTokenService } from '../front/diff/token-service.js';
import { SCHEMAS } from '../front/http/contract-files.js';
import { registerHandOver } from '../front/hand-over.js';
import { RateLimits } from '../front/http/rate-limit.js';
import { registerHttp } from '../front/http/register.js';
import { readCalendarFile } from '../front/phases/calendar-file.js';
import { listen, newApp, recoveringApp } from '../front/server.js';
import { readFactorsFile } from '../front/services/factors-file.js';
import { listMissing, readInstrumentsFile } from '../front/services/instruments-file.js';
import { registerWebsocket } from '../front/websocket/register.js';
import { beginStorage, type OpeningStorage } from '../storage/database.js';
import { checkFolder } from '../storage/folder-check.js';
import { LogStore } from '../storage/log-store.js';
import { cutUnsyncedTail } from '../storage/unsynced-tail.js';
import { ClusterSilence } from './cluster-silence.js';
import { createLog } from './log.js';
import type { StartOptions } from './options.js';
import { ProgressBar } from './progress-bar.js';
import { recoverState, RunningExchange, type RecoveredState } from './running-exchange.js';
import type { NodeEnd, NodePlace } from './exchange-parts.js';
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
  const run: Run = { config, json, log, times, port: config.httpPort };
  let exitCode = await serveOnce(run, early);
  // Deposed: what it had decided and nobody has is forgotten; it comes back as a standby.
  while (exitCode === undefined) exitCode = await serveOnce(run, new EarlyThreads(config.matchingWorkers, 'replicated-wal'));
  return exitCode;
}

/** What outlives a node's lives. */
interface Run extends StartOptions {
  readonly log: Logger;
  readonly times: StartTimes;
  /** The folder is too old, or wrong: another node's takes its place. */
  isBehind?: boolean;
  /** Once it is known the same in every life. */
  port: number;
  /** Set when programs and people have been told that we are ready, which is done once. */
  stopped?: Promise<NodeJS.Signals>;
}

/** The exit code, or undefined when a node of a cluster is to begin anew. */
async function serveOnce(run: Run, early: EarlyThreads): Promise<number | undefined> {
  const { config, json, log, times } = run;
  const instrumentsFile = config.instrumentsFile ?? (config.simulationMode ? join(SCHEMAS, 'demo-instruments.json') : undefined);
  // only where nobody names instruments of his own
  const simulatedBars = config.simulationMode && config.instrumentsFile === undefined ? config.simulatedBars : 0;
  const listings = instrumentsFile === undefined ? [] : readInstrumentsFile(instrumentsFile);
  const factors = config.factorsFile === undefined ? [] : readFactorsFile(config.factorsFile);
  const calendar = config.calendarFile === undefined ? new TradingCalendar() : readCalendarFile(config.calendarFile);
  let end: NodePlace['onEnd'] = () => undefined;
  const ended = new Promise<NodeEnd>((resolve) => (end = resolve));
  const recovering = await RecoveringPort.listen(config, run.port);
  run.port = recovering.port;
  const url = `${config.tls === undefined ? 'http' : 'https'}://${config.httpHost}:${run.port}`;
  const { cluster } = config;
  const node =
    cluster === undefined
      ? undefined
      : {
          thread: await (
            await import('./cluster-join.js')
          ).joinCluster(cluster, config.dataDir, cluster.url ?? url, log, run.isBehind === true),
          onEnd: end,
        };
  for (const fault of checkFolder(config.dataDir)) log.warn({ fault }, 'a snapshot is damaged; one before it is used');
  const opening = beginStorage(config.dataDir);
  const { mark } = opening;
  if (mark === 'unreadable') log.warn('the mark of what is durable cannot be read: a lost end of the log would not be noticed');
  const cut = cluster === undefined ? undefined : await cutUnsyncedTail({ store: await opening.store, log: await opening.log, mark });
  if (cut !== undefined) log.warn(cut, 'the log was cut where it had not been synced; the cluster has what followed');
  const [recovered] = await Promise.all([
    recoverBehindPort(recovering, log, opening, times),
    // both are long at the log
    lastBlockOf(opening).then((before) => {
      early.readMarket({ dataDir: config.dataDir, holidays: calendar.holidayDates, factors, before });
    }),
  ]);
  const storage = { store: await opening.store, log: await opening.log, mark };
  const exchange = new RunningExchange(config, log, storage, recovered, calendar, early, node, factors);
  recovering.close();
  let adminPassword: string | undefined;
  exchange.onOpened = async () => {
    adminPassword = await bootstrapAdmin(exchange);
    await listMissing(listings, exchange.state, exchange.instruments, simulatedBars);
  };
  const silence = cluster === undefined ? undefined : new ClusterSilence(exchange.cluster!, cluster, log);
  await exchange.start(times);
  for (const death of early.deaths) log.warn(death, 'a thread that was started early had died; another took its place');
  // a node that cannot follow ends before anybody is told that it is ready
  const failed = await Promise.race([ended, Promise.resolve(undefined)]);
  if (failed !== undefined) {
    silence?.stop();
    await exchange.stop();
    noteEnd(run, failed);
    return undefined;
  }

  const app = newApp(config.tls);
  const limits = new RateLimits(config);
  // before the routes, whose last one answers whatever is left
  if (cluster !== undefined) registerHandOver(app, storage, cluster.secret, log);
  registerHttp(app, exchange, limits);
  const hub = registerWebsocket(app, exchange, limits.perUser);
  const diff = registerDiff(app, exchange, limits.perUser, hub.feed);
  registerTokenService(app, exchange, limits);
  exchange.countSessions = () => hub.sessionCount + diff.connections.size;
  exchange.marketFigures = () => hub.marketFigures(Date.now());
  const listening = await listen(app, config.httpHost, run.port);
  times.ended('serving');
  if (run.stopped === undefined) {
    const started: Started = { exchange, url, adminPassword, times };
    // Listened for before anybody is told that we are ready, who might then stop us at once.
    run.stopped = stopSignal();
    process.stdout.write(json ? readyLine(started) : startSummary(started));
  }

  const reason = await Promise.race([run.stopped, ended]);
  log.info(typeof reason === 'string' ? { signal: reason } : reason, 'stopping');
  silence?.stop();
  exchange.beginStop();
  listening.close();
  hub.close();
  diff.close();
  if (typeof reason === 'string') await new Promise((resolve) => setTimeout(resolve, FAREWELL_MS));
  const drained = await exchange.stop();
  app.close();
  if (typeof reason !== 'string') {
    noteEnd(run, reason);
    return undefined;
  }
  if (!drained) log.error('the last events could not be written; nobody was told of them');
  return drained ? 0 : 1;
}

/** A node that lost its place begins anew; one that can have none says why. */
function noteEnd(run: Run, end: NodeEnd): void {
  if (end.kind === 'fault') throw new Error(end.message);
  run.isBehind = end.kind === 'behind';
}

/** Health is answered on the port from the first moment; the port stays ours while the state is read. */
class RecoveringPort {
  progress = 0;

  private constructor(private readonly app: ReturnType<typeof recoveringApp>) {}

  port = 0;

  static async listen(config: Config, port: number): Promise<RecoveringPort> {
    const recovering: RecoveringPort = new RecoveringPort(recoveringApp(() => recovering.progress, config.tls));
    recovering.port = (await listen(recovering.app, config.httpHost, port)).port;
    return recovering;
  }

  close(): void {
    this.app.close();
  }
}

/** First event of the last block, 0 without one. */
async function lastBlockOf({ log }: OpeningStorage): Promise<number> {
  return (await new LogStore(await log).lastBlockSequence()) ?? 0;
}

async function recoverBehindPort(port: RecoveringPort, log: Logger, storage: OpeningStorage, times: StartTimes): Promise<RecoveredState> {
  const bar = new ProgressBar('recovering', process.stderr);
  const recovered = await recoverState(storage, (share) => bar.update((port.progress = share)), times);
  bar.done();
  const { cutTail, rejected } = recovered.end;
  if (cutTail !== undefined) log.warn(cutTail, 'a torn block at the end of the log was cut; nobody had been told of it');
  for (const snapshot of rejected) log.warn(snapshot, 'a damaged snapshot was passed over');
  return recovered;
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

/** Where the generated password of the first Admin is kept when there is no terminal to show it on. */
function adminPasswordFile(dataDir: string): string {
  return join(dataDir, 'admin-password');
}
