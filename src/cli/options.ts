/**
 * The one table of settings of `start` (users.md 9): environment variable, flag of the same name in kebab-case (which
 * wins), default and meaning. Help text, parsing and the README's table come from here.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { ClusterConfig, Config, Durability, TlsFiles } from '../front/config.js';
import { fromDecimal, MONEY_SCALE } from '../core/units.js';
import { SUSPECT_MS } from '../replication/timings.js';

interface Setting {
  name: string;
  default: string;
  meaning: string;
  /** A flag without a value switches it on. */
  isSwitch?: boolean;
  /** For tests; not in the help. */
  isHidden?: boolean;
}

export const SETTINGS = [
  { name: 'HTTP_HOST', default: '127.0.0.1', meaning: 'address to listen on' },
  { name: 'HTTP_PORT', default: '8094', meaning: 'one port for HTTP, /ws and metrics; 0 picks a free one' },
  { name: 'DATA_DIR', default: './data', meaning: 'folder of log, snapshots and secrets; one process per folder' },
  {
    name: 'SIMULATION_MODE',
    default: 'off',
    meaning: 'owners deposit for themselves, demo instruments, no clock closes the market',
    isSwitch: true,
  },
  {
    name: 'INSTRUMENTS_FILE',
    default: '',
    meaning: 'JSON list of instruments, listed at start if unknown; the packaged demo list in simulation mode',
  },
  {
    name: 'FACTORS_FILE',
    default: '',
    meaning: 'JSON list of factors, { name, expression, periods }, worked out of every finished bar; the same on all nodes of a cluster',
  },
  { name: 'CALENDAR_FILE', default: '', meaning: 'JSON list of holidays as YYYY-MM-DD; without it every weekday is a trading day' },
  { name: 'BOOTSTRAP_ADMIN_USERNAME', default: 'admin', meaning: 'name of the first Admin (first start only)' },
  { name: 'BOOTSTRAP_ADMIN_PASSWORD', default: '', meaning: 'its password; generated when absent (first start only)' },
  { name: 'JWT_SECRET', default: '', meaning: 'secret of tokens, at least 32 bytes; generated into DATA_DIR when absent' },
  { name: 'JWT_SECRET_PREVIOUS', default: '', meaning: 'also accepted for verification while rotating' },
  { name: 'JWT_TTL_SECS', default: '86400', meaning: 'lifetime of a token in seconds' },
  { name: 'BCRYPT_COST', default: '12', meaning: 'cost of password hashes; below 12 in simulation mode only' },
  { name: 'MATCHING_WORKERS', default: '', meaning: 'matching threads; by available cores when absent' },
  { name: 'RATE_LIMIT_RPS', default: '100', meaning: 'requests per second and user; 0 lifts every rate, login and socket limit' },
  { name: 'METRICS_TOKEN', default: '', meaning: 'bearer token of /metrics; without it loopback only' },
  { name: 'WS_HEARTBEAT_SECS', default: '5', meaning: 'seconds between pings of the server' },
  { name: 'WS_TIMEOUT_SECS', default: '10', meaning: 'seconds of silence after which a socket is closed' },
  { name: 'WS_MAX_PER_USER', default: '3', meaning: 'sockets per user' },
  { name: 'CORS_ORIGINS', default: '', meaning: 'comma list of allowed browser origins; same origin when empty' },
  { name: 'TLS_CERT', default: '', meaning: 'PEM file of the certificate chain; with TLS_KEY the port speaks TLS' },
  { name: 'TLS_KEY', default: '', meaning: 'PEM file of its private key' },
  {
    name: 'SIMULATED_BARS',
    default: '500',
    meaning: 'bars of every period that demo instruments are listed with in simulation mode; 0: none',
  },
  { name: 'SIM_INITIAL_CASH', default: '0', meaning: 'cash of a new default account in simulation mode' },
  { name: 'DURABILITY', default: 'durable', meaning: 'durable, or memory: the log is synced up to 100 ms late, answers say so' },
  { name: 'ETCD_ENDPOINTS', default: '', meaning: 'comma list of http(s)://host:port: this is a node of a cluster, etcd holds the log' },
  { name: 'NODE_NAME', default: '', meaning: 'name of the node, another one for each' },
  { name: 'NODE_ROLE', default: 'auto', meaning: 'auto (leads or stands by) or replica (reads only)' },
  { name: 'NODE_URL', default: '', meaning: 'where clients find the node; by address and port when absent' },
  { name: 'CLUSTER_NAME', default: 'qaexchange', meaning: 'prefix of the keys in etcd' },
  { name: 'CLUSTER_SECRET', default: '', meaning: 'at least 32 characters, the same on all nodes' },
  { name: 'ETCD_CA', default: '', meaning: 'PEM file of the authority that signed the certificates of etcd' },
  { name: 'ETCD_CERT', default: '', meaning: 'PEM file of our certificate for etcd' },
  { name: 'ETCD_KEY', default: '', meaning: 'PEM file of its private key' },
  { name: 'CLUSTER_CA', default: '', meaning: 'PEM file of the authority that signed the certificates (TLS_CERT) of the other nodes' },
  { name: 'ETCD_QUOTA_BYTES', default: '8589934592', meaning: '--quota-backend-bytes of etcd; new orders are refused at 80 % of it' },
  { name: 'CLUSTER_SUSPECT_MS', default: String(SUSPECT_MS), meaning: 'a leader that is not heard of for so long is suspected, ms' },
  { name: 'SNAPSHOT_MS', default: '30000', meaning: 'a snapshot at the latest after so many ms with changes', isHidden: true },
  {
    name: 'EXPORT_MS',
    default: '60000',
    meaning: 'the history is exported at the latest after so many ms with changes; 0: there is none',
    isHidden: true,
  },
  { name: 'LOG_REFUSED', default: 'on', meaning: 'on or off: note refused orders in the log, for replay --what-if' },
  { name: 'LOG_LEVEL', default: 'info', meaning: 'trace, debug, info, warn, error, fatal or silent' },
] as const satisfies readonly Setting[];

/** Of CLUSTER_SECRET: what nobody guesses. */
const SECRET_CHARACTERS_MIN = 32;

type Name = (typeof SETTINGS)[number]['name'];

/** A setting that cannot be used; the message says which and why. */
export class SettingError extends Error {}

export interface StartOptions {
  config: Config;
  json: boolean;
}

/** Flags win over environment, environment over defaults. Throws SettingError. */
export function readStartOptions(args: string[], env: NodeJS.ProcessEnv): StartOptions {
  const flags = parseFlags(args);
  const read = (name: Name): string => {
    const flag = flags[flagOf(name)];
    if (flag !== undefined) return flag === true ? 'on' : String(flag);
    return env[name] ?? SETTINGS.find((setting) => setting.name === name)!.default;
  };
  const simulationMode = readSwitch('SIMULATION_MODE', read('SIMULATION_MODE'));
  const config: Config = {
    httpHost: read('HTTP_HOST'),
    httpPort: readNumber('HTTP_PORT', read('HTTP_PORT'), 0, 65535),
    dataDir: read('DATA_DIR'),
    simulationMode,
    instrumentsFile: optional(read('INSTRUMENTS_FILE')),
    factorsFile: optional(read('FACTORS_FILE')),
    calendarFile: optional(read('CALENDAR_FILE')),
    bootstrapAdminUsername: read('BOOTSTRAP_ADMIN_USERNAME'),
    bootstrapAdminPassword: optional(read('BOOTSTRAP_ADMIN_PASSWORD')),
    jwtSecret: optional(read('JWT_SECRET')),
    jwtSecretPrevious: optional(read('JWT_SECRET_PREVIOUS')),
    jwtTtlSecs: readNumber('JWT_TTL_SECS', read('JWT_TTL_SECS'), 1, 31_536_000),
    bcryptCost: readNumber('BCRYPT_COST', read('BCRYPT_COST'), simulationMode ? 4 : 12, 16),
    matchingWorkers: readNumber('MATCHING_WORKERS', read('MATCHING_WORKERS') || String(defaultWorkers()), 1, 64),
    rateLimitRps: readNumber('RATE_LIMIT_RPS', read('RATE_LIMIT_RPS'), 0, 1_000_000),
    metricsToken: optional(read('METRICS_TOKEN')),
    wsHeartbeatSecs: readNumber('WS_HEARTBEAT_SECS', read('WS_HEARTBEAT_SECS'), 1, 3600),
    wsTimeoutSecs: readNumber('WS_TIMEOUT_SECS', read('WS_TIMEOUT_SECS'), 2, 7200),
    wsMaxPerUser: readNumber('WS_MAX_PER_USER', read('WS_MAX_PER_USER'), 1, 10_000),
    corsOrigins: read('CORS_ORIGINS')
      .split(',')
      .map((origin) => origin.trim())
      .filter((origin) => origin !== ''),
    tls: readTls(optional(read('TLS_CERT')), optional(read('TLS_KEY'))),
    durability: readDurability(read('DURABILITY')),
    cluster: readCluster(read),
    snapshotMs: readNumber('SNAPSHOT_MS', read('SNAPSHOT_MS'), 1, 3_600_000),
    exportMs: readNumber('EXPORT_MS', read('EXPORT_MS'), 0, 86_400_000),
    logRefused: readSwitch('LOG_REFUSED', read('LOG_REFUSED')),
    logLevel: readLevel(read('LOG_LEVEL')),
    simInitialCash: readMoney('SIM_INITIAL_CASH', read('SIM_INITIAL_CASH')),
    simulatedBars: readNumber('SIMULATED_BARS', read('SIMULATED_BARS'), 0, 5000),
  };
  if (config.wsTimeoutSecs <= config.wsHeartbeatSecs) throw new SettingError('WS_TIMEOUT_SECS must be above WS_HEARTBEAT_SECS.');
  if (config.cluster !== undefined && config.durability !== 'durable')
    throw new SettingError('DURABILITY=memory is for a single node: a cluster acknowledges what a majority has on disk.');
  return { config, json: flags['json'] === true };
}

function readTls(cert: string | undefined, key: string | undefined): TlsFiles | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) throw new SettingError('TLS_CERT and TLS_KEY belong together.');
  return { cert, key };
}

function readCluster(read: (name: Name) => string): ClusterConfig | undefined {
  const endpoints = read('ETCD_ENDPOINTS')
    .split(',')
    .map((endpoint) => endpoint.trim())
    .filter((endpoint) => endpoint !== '');
  if (endpoints.length === 0) return undefined;
  for (const endpoint of endpoints) {
    if (!/^https?:\/\/[^/]+:\d+$/.test(endpoint)) throw new SettingError(`ETCD_ENDPOINTS must be http(s)://host:port, not "${endpoint}".`);
  }
  const name = read('CLUSTER_NAME');
  const node = read('NODE_NAME');
  for (const [setting, text] of [['CLUSTER_NAME', name] as const, ['NODE_NAME', node] as const]) {
    if (!/^[\w.-]{1,64}$/.test(text)) throw new SettingError(`${setting} must be 1 to 64 letters, digits, dots or dashes, not "${text}".`);
  }
  const role = read('NODE_ROLE');
  if (role !== 'auto' && role !== 'replica') throw new SettingError(`NODE_ROLE must be auto or replica, not "${role}".`);
  const secret = read('CLUSTER_SECRET');
  if (secret.length < SECRET_CHARACTERS_MIN)
    throw new SettingError(`CLUSTER_SECRET must have at least ${SECRET_CHARACTERS_MIN} characters.`);
  const [ca, cert, key] = [optional(read('ETCD_CA')), optional(read('ETCD_CERT')), optional(read('ETCD_KEY'))];
  if ((cert === undefined) !== (key === undefined)) throw new SettingError('ETCD_CERT and ETCD_KEY belong together.');
  const isSecure = endpoints.every((endpoint) => endpoint.startsWith('https:'));
  if (ca === undefined ? endpoints.some((endpoint) => endpoint.startsWith('https:')) : !isSecure)
    throw new SettingError('ETCD_CA belongs to endpoints that are all https.');
  const quotaBytes = readNumber('ETCD_QUOTA_BYTES', read('ETCD_QUOTA_BYTES'), 1 << 24, 2 ** 40);
  const suspectMs = readNumber('CLUSTER_SUSPECT_MS', read('CLUSTER_SUSPECT_MS'), SUSPECT_MS, 60_000);
  const [url, peerCa] = [optional(read('NODE_URL')), optional(read('CLUSTER_CA'))];
  if (url !== undefined && !/^https?:\/\/[^/]+$/.test(url)) throw new SettingError(`NODE_URL must be http(s)://host:port, not "${url}".`);
  return { name, node, mayLead: role === 'auto', url, endpoints, ca, cert, key, peerCa, secret, quotaBytes, suspectMs };
}

export function startHelp(): string {
  const lines = SETTINGS.filter((setting) => !('isHidden' in setting)).map((setting) => {
    const flag = `--${flagOf(setting.name)}`;
    const fallback = setting.default === '' ? '' : ` (default ${setting.default})`;
    return `  ${flag.padEnd(28)} ${setting.meaning}${fallback}`;
  });
  return [
    'qaexchange start: run the exchange',
    '',
    'Every flag may be given as an environment variable of the same name in capitals (HTTP_PORT for --http-port); flags win.',
    '',
    ...lines,
    `  ${'--json'.padEnd(28)} print one ready line as JSON and log as JSON`,
    `  ${'--help'.padEnd(28)} this text`,
    '',
    'Example: qaexchange start --simulation-mode --http-port 9000 --data-dir /var/lib/qaexchange',
    '',
  ].join('\n');
}

function parseFlags(args: string[]): Record<string, string | boolean | undefined> {
  const options: Record<string, { type: 'string' | 'boolean' }> = { json: { type: 'boolean' }, help: { type: 'boolean' } };
  for (const setting of SETTINGS) options[flagOf(setting.name)] = { type: 'isSwitch' in setting ? 'boolean' : 'string' };
  try {
    return parseArgs({ args, options, allowPositionals: false, allowNegative: false }).values;
  } catch (error) {
    throw new SettingError(`${(error as Error).message} Try --help.`);
  }
}

function flagOf(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}

/** The front, the log and the operating system want a core between them; matching takes the rest. */
function defaultWorkers(): number {
  return Math.max(1, availableParallelism() - 1);
}

function optional(text: string): string | undefined {
  return text === '' ? undefined : text;
}

function readSwitch(name: string, text: string): boolean {
  const value = text.toLowerCase();
  if (['on', 'true', '1', 'yes'].includes(value)) return true;
  if (['off', 'false', '0', 'no', ''].includes(value)) return false;
  throw new SettingError(`${name} must be on or off, not "${text}".`);
}

function readNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new SettingError(`${name} must be a whole number from ${least} to ${most}, not "${text}".`);
}

function readMoney(name: string, text: string): number {
  const value = fromDecimal(Number(text), MONEY_SCALE);
  if (value >= 0 && value % 100 === 0) return value;
  throw new SettingError(`${name} must be an amount with at most two decimals, not "${text}".`);
}

function readDurability(text: string): Durability {
  if (text === 'durable' || text === 'memory') return text;
  throw new SettingError(`DURABILITY must be durable or memory, not "${text}".`);
}

function readLevel(text: string): string {
  const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];
  if (levels.includes(text)) return text;
  throw new SettingError(`LOG_LEVEL must be one of ${levels.join(', ')}, not "${text}".`);
}
