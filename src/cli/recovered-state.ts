/** The state of the exchange as its data folder has it, and what finished since the last snapshot. */
import { HistoryFold } from '../core/history.js';
import { restoreState } from '../core/state-codec.js';
import { ExchangeState } from '../core/state.js';
import type { OpeningStorage, Storage } from '../storage/database.js';
import { LookAhead } from '../storage/look-ahead.js';
import { recover, type Recovered } from '../storage/recovery.js';
import { ReportFold } from '../storage/report-fold.js';
import { EventDecoder } from '../wire/event-decoder.js';
import type { StartTimes } from './start-times.js';

export interface RecoveredState {
  state: ExchangeState;
  /** What finished behind the snapshot: the history tables may not hold it yet. */
  recent: HistoryFold;
  /** Likewise the reports of the private stream. */
  reports: ReportFold;
  end: Recovered;
}

/** The state as the log has it; `onProgress` gets the share that is done, 0 to 1. Throws StorageError. */
export async function recoverState(
  storage: Storage | OpeningStorage,
  onProgress: (share: number) => void,
  times?: StartTimes,
): Promise<RecoveredState> {
  let state = new ExchangeState();
  let { recent, reports } = watched(state);
  let decoder = new EventDecoder(state);
  let ahead = new LookAhead(state);
  let first = 0;
  const end = await recover({
    storage,
    cutTail: true,
    opened: () => times?.ended('opened'),
    begin: () => times?.ended('log'),
    restore: (bytes, sequence) => {
      state = restoreState(bytes);
      ({ recent, reports } = watched(state));
      decoder = new EventDecoder(state);
      ahead = new LookAhead(state);
      first = sequence;
      times?.ended('snapshot');
    },
    apply: (views, offset) => decoder.decode(views, offset),
    lookAhead: (views, offset, endBytes) => ahead.look(views, offset, endBytes),
    onProgress: (sequence, target) => onProgress(target > first ? (sequence - first) / (target - first) : 1),
  });
  times?.ended('tail');
  return { state, recent, reports, end };
}

function watched(state: ExchangeState): { recent: HistoryFold; reports: ReportFold } {
  const recent = new HistoryFold(state);
  const reports = new ReportFold(state);
  state.observe(recent);
  state.observe(reports);
  return { recent, reports };
}
