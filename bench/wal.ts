/**
 * What does it cost to put events through the WAL worker, against the least that a log can do?
 *
 * The worker is the exchange's own, in its thread, on LevelDB in a temporary folder; this thread writes its event ring and
 * reads its broadcast ring. The worker is told how many entries a commit takes at most. Rates are taken with the next
 * commits always in the ring; times with one group at once, from showing it to having read all of it. The yardstick appends
 * as many bytes to a file that grows (not preallocated) and calls fdatasync. Rounds of both alternate.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BLOCK_CAPS } from '../src/storage/block-builder.js';
import { BLOCK_HEADER_BYTES } from '../src/storage/log-block.js';
import { median, percentile, rowOf } from './support/figures.js';
import { RawLog } from './support/raw-log.js';
import type { Row, Suite, SuiteOptions } from './support/suite.js';
import { ENTRY_BYTES, WalLink } from './support/wal-link.js';

const YARDSTICK = 'append + fdatasync';
const GROUPS = [1, 100, 1000] as const;
/** Groups shown and not yet read: the worker always finds the next one. */
const GROUPS_AHEAD = 4;
/** Entries shown at once while the rate is sustained. */
const SHOWN = 512;
/** Entries behind the newest at which the log may be trimmed: two snapshots of 500 000 events. */
const KEPT_ENTRIES = 1_000_000;

interface Plan {
  rounds: number;
  /** Commits of one round. */
  commits: number;
  warmUpCommits: number;
  sustainedMs: number;
  /** Of the yardstick, before and after. */
  rawMs: number;
}

const FULL: Plan = { rounds: 9, commits: 400, warmUpCommits: 1500, sustainedMs: 60_000, rawMs: 5000 };
const SMOKE: Plan = { rounds: 1, commits: 20, warmUpCommits: 20, sustainedMs: 300, rawMs: 100 };

export const wal: Suite = {
  name: 'wal',
  question: 'What does an event cost on its way through the log, against a bare append and fdatasync?',
  run: async (options) => {
    const folder = await mkdtemp(join(tmpdir(), 'qaexchange-wal-'));
    try {
      return await runIn(folder, options.smoke ? SMOKE : FULL, options);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function runIn(folder: string, plan: Plan, { progress }: SuiteOptions): Promise<Row[]> {
  const raw = new RawLog(join(folder, 'raw'));
  const rows: Row[] = [];
  try {
    for (const entries of GROUPS) {
      rows.push(...(await withLink(folder, entries, plan, (link) => groupRows(link, raw, entries, plan, progress))));
    }
    rows.push(...(await withLink(folder, BLOCK_CAPS.events, plan, (link) => sustainedRows(link, raw, plan, progress))));
  } finally {
    raw.close();
  }
  return rows;
}

/** A worker that takes so many entries a commit, warm, for as long as `measure` lasts. */
async function withLink(folder: string, entries: number, plan: Plan, measure: (link: WalLink) => Row[]): Promise<Row[]> {
  const link = new WalLink(join(folder, `of-${entries}`), entries);
  await link.ready();
  try {
    commitRate(link, entries, plan.warmUpCommits);
    return measure(link);
  } finally {
    await link.stop();
  }
}

function groupRows(link: WalLink, raw: RawLog, entries: number, { rounds, commits }: Plan, progress: (text: string) => void): Row[] {
  const block = new Uint8Array(BLOCK_HEADER_BYTES + entries * ENTRY_BYTES).fill(0x5a);
  const rates: number[] = [];
  const rawRates: number[] = [];
  const times: number[] = [];
  const rawTimes: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    progress(`${entries} entries a commit, round ${round} of ${rounds}`);
    rates.push(commitRate(link, entries, commits));
    const rawMs = Array.from({ length: commits }, () => timed(() => raw.append(block)));
    rawRates.push((commits * entries * 1000) / rawMs.reduce((sum, ms) => sum + ms, 0));
    times.push(...commitTimes(link, entries, commits));
    rawTimes.push(...rawMs);
  }
  const micros = (list: readonly number[], share: number): number[] => [percentile(list, share) * 1000];
  const rows = [rowOf(`entries of ${ENTRY_BYTES} B, ${entries} a commit`, '1/s', rates, { name: YARDSTICK, runs: rawRates })];
  for (const share of [0.5, 0.99]) {
    const name = `commit of ${entries}, from shown to read, p${share * 100}`;
    rows.push(rowOf(name, 'µs', micros(times, share), { name: YARDSTICK, runs: micros(rawTimes, share) }));
  }
  return rows;
}

/** Entries a second, with the next groups shown while one is written. */
function commitRate(link: WalLink, entries: number, commits: number): number {
  const blocksBefore = link.blocks;
  const first = link.received;
  const start = performance.now();
  for (let shown = 0; shown < commits || link.received < link.sent;) {
    while (shown < commits && link.sent - link.received < GROUPS_AHEAD * entries && link.send(entries)) shown++;
    link.receive();
  }
  const ms = performance.now() - start;
  const blocks = link.blocks - blocksBefore;
  if (blocks !== commits) throw new Error(`${commits} groups made ${blocks} commits`);
  return ((link.received - first) * 1000) / ms;
}

/** Milliseconds of each commit from showing its entries to having read them all. */
function commitTimes(link: WalLink, entries: number, commits: number): number[] {
  return Array.from({ length: commits }, () =>
    timed(() => {
      link.send(entries);
      while (link.received < link.sent) link.receive();
    }),
  );
}

/** As many entries as go through, for a minute; the log is trimmed behind them as in the exchange. */
function sustainedRows(link: WalLink, raw: RawLog, { sustainedMs, rawMs }: Plan, progress: (text: string) => void): Row[] {
  const rawRates = [rawRate(raw, rawMs)];
  const seconds: number[] = [];
  const start = performance.now();
  const first = link.received;
  let [secondStart, secondFirst] = [start, first];
  for (;;) {
    while (link.send(SHOWN));
    link.receive();
    const now = performance.now();
    if (now - secondStart < 1000 && now - start < sustainedMs) continue;
    seconds.push(((link.received - secondFirst) * 1000) / (now - secondStart));
    [secondStart, secondFirst] = [now, link.received];
    if (now - start >= sustainedMs) break;
    progress(`sustained, second ${seconds.length}: ${Math.round(seconds[seconds.length - 1])} entries/s`);
    link.allowTrim(Math.max(0, link.received - KEPT_ENTRIES));
  }
  const rate = ((link.received - first) * 1000) / (performance.now() - start);
  while (link.received < link.sent) link.receive();
  rawRates.push(rawRate(raw, rawMs));
  const name = `entries of ${ENTRY_BYTES} B sustained for ${sustainedMs / 1000} s`;
  return [
    rowOf(name, '1/s', [rate], { name: `${YARDSTICK}, blocks of ${BLOCK_CAPS.events}`, runs: rawRates }),
    rowOf('the same by seconds', '1/s', seconds),
  ];
}

function rawRate(raw: RawLog, forMs: number): number {
  const block = new Uint8Array(BLOCK_HEADER_BYTES + BLOCK_CAPS.events * ENTRY_BYTES).fill(0x5a);
  const times: number[] = [];
  const start = performance.now();
  while (performance.now() - start < forMs) times.push(timed(() => raw.append(block)));
  return (BLOCK_CAPS.events * 1000) / median(times);
}

function timed(action: () => void): number {
  const start = performance.now();
  action();
  return performance.now() - start;
}
