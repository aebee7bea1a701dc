/** Settling a day for all accounts at once: the checks before it, and the event itself with everything that follows from it. */
import { FrameKind, Stamp } from '../../src/core/events.js';
import { HistoryFold } from '../../src/core/history.js';
import { DayFigures } from '../../src/core/settlement/day-figures.js';
import { findBreach } from '../../src/core/settlement/verify.js';
import { evaluateSoundness } from '../../src/core/soundness/soundness.js';
import type { EventHandler } from '../../src/core/events.js';
import { ExchangeState } from '../../src/core/state.js';
import { MIDDLE, TICK, type EventStream } from './event-stream.js';
import { rowOf } from './figures.js';
import { NaiveLedger } from './naive-ledger.js';
import type { Row } from './suite.js';

/** `fold` applies all frames of a stream to a handler. */
export function settlementRows(
  stream: EventStream,
  rounds: number,
  yardstick: string,
  fold: (handler: EventHandler) => void,
  progress: (text: string) => void,
): Row[] {
  const checks: number[] = [];
  const applied: number[] = [];
  const theirs: number[] = [];
  const count = stream.state.accounts.count;
  for (let round = 0; round <= rounds; round++) {
    progress(`settlement, round ${round} of ${rounds}`);
    const state = new ExchangeState();
    fold(state);
    // as the front does: what finishes is kept until it is stored
    const history = new HistoryFold(state);
    state.observe(history);
    const instruments = Array.from(state.instruments, ({ instrument }) => instrument);
    const prices = instruments.map((instrument) => MIDDLE + instrument * TICK);
    const { tradingDay } = state;
    let start = performance.now();
    const breach = findBreach(state, new DayFigures(state, tradingDay, instruments, prices));
    const checkMs = performance.now() - start;
    if (breach !== undefined) throw new Error(breach);
    const stamp = Object.assign(new Stamp(), { sequence: state.sequence + 1, timeUs: state.timeUs + 1, endOfCommand: true });
    start = performance.now();
    state.rare(FrameKind.DaySettled, { tradingDay, nextTradingDay: tradingDay + 1, startedUs: state.timeUs, instruments, prices }, stamp);
    const applyMs = performance.now() - start;
    const broken = evaluateSoundness(state).find(({ ok }) => !ok);
    if (broken !== undefined) throw new Error(`equation ${broken.id} does not hold after the settlement`);
    if (history.documents.length < count) throw new Error('statements are missing');
    const naive = new NaiveLedger();
    fold(naive);
    start = performance.now();
    naive.settle(new Map(instruments.map((instrument, i) => [instrument, prices[i] / 10_000])));
    const naiveMs = performance.now() - start;
    if (round === 0) continue;
    checks.push(checkMs);
    applied.push(applyMs);
    theirs.push(naiveMs);
  }
  const sides = `${count} accounts, ${stream.state.positions.count} positions`;
  const all = applied.map((ms, i) => ms + checks[i]);
  return [
    rowOf(`settlement of ${sides}, checks and statements included`, 'ms', all, { name: yardstick, runs: theirs }),
    rowOf(
      'longest time that nothing else runs meanwhile',
      'ms',
      applied.map((ms, i) => Math.max(ms, checks[i])),
    ),
  ];
}
