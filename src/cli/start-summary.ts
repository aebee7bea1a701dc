/** What `start` says once the exchange serves. */
import { resolve } from 'node:path';
import type { RunningExchange } from './running-exchange.js';
import type { StartTimes } from './start-times.js';

export interface Started {
  exchange: RunningExchange;
  url: string;
  /** What to say about the password of the first Admin, on the first start only. */
  adminPassword: string | undefined;
  times: StartTimes;
}

/** One line for programs. */
export function readyLine({ exchange, url, times }: Started): string {
  const { config, state } = exchange;
  const ready = {
    ready: true,
    url,
    ws: webSocketUrl(url),
    pid: process.pid,
    data_dir: resolve(config.dataDir),
    matching_workers: config.matchingWorkers,
    durable: config.durability === 'durable',
    sequence: exchange.recoveredSequence,
    start_ms: times.endedMs,
    instruments: [...state.instruments].map((instrument) => instrument.instrumentId),
  };
  return `${JSON.stringify(ready)}\n`;
}

/** A page for people. */
export function startSummary({ exchange, url, adminPassword }: Started): string {
  const { config, state } = exchange;
  const bold = (text: string): string => (process.stdout.isTTY ? `\x1b[1m${text}\x1b[0m` : text);
  const instruments = [...state.instruments].map((instrument) => instrument.instrumentId).join(', ');
  const rows: [string, string][] = [
    ['HTTP', url],
    ['WebSocket', webSocketUrl(url)],
    ['Mode', config.simulationMode ? 'simulation: owners deposit for themselves, the market never closes' : 'production'],
    ['Threads', `front, ${config.matchingWorkers} matching, WAL, snapshot, password pool`],
    ['Durability', config.durability === 'durable' ? 'every answer is on disk' : 'memory: a power cut loses up to 100 ms of answers'],
    ['Data folder', resolve(config.dataDir)],
    ['Recovered', exchange.recoveredSequence === 0 ? 'nothing: a new data folder' : `log up to sequence ${exchange.recoveredSequence}`],
    ['Instruments', instruments === '' ? 'none: an Admin lists them by POST /admin/instrument/create' : instruments],
  ];
  if (adminPassword !== undefined) rows.push(['First Admin', adminPassword]);
  const lines = rows.map(([name, value]) => `  ${bold(name.padEnd(12))} ${value}`);
  return ['', bold('qaexchange is ready'), '', ...lines, '', ...nextSteps(url), ''].join('\n');
}

function nextSteps(url: string): string[] {
  return [
    `  Open ${url} in a browser: register, pay in simulation cash, trade. npm run bots brings the market to life.`,
    '',
    '  Try next:',
    `    curl ${url}/api/market/instruments`,
    '    npm run demo                                   two traders walk the core flow',
    `    npm run load -- --url ${webSocketUrl(url)}   orders at a rate of your choice`,
    '    README.md                                      how to trade in five commands',
  ];
}

function webSocketUrl(url: string): string {
  return `${url.replace('http', 'ws')}/ws`;
}
