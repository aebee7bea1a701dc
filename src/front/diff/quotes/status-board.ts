/** Whether the instruments that somebody watches trade, in the three words that the Python client knows (diff.md 9). */
import { Phase } from '../../../core/enums.js';
import { tradesContinuously, isTradable, type Instrument } from '../../../core/instrument.js';
import { StateObserver } from '../../../core/observer.js';
import type { ExchangeState } from '../../../core/state.js';
import { DiffObject } from '../tree/diff-object.js';
import type { VersionClock } from '../tree/version-clock.js';
import type { Board, BoardReader } from './board.js';

interface Status {
  readonly object: DiffObject;
  readonly readers: Set<BoardReader>;
}

export class StatusBoard extends StateObserver implements Board {
  private readonly statuses = new Map<number, Status>();

  constructor(
    private readonly state: ExchangeState,
    private readonly clock: VersionClock,
  ) {
    super();
  }

  watch(instrument: number, reader: BoardReader): DiffObject {
    let status = this.statuses.get(instrument);
    if (status === undefined) {
      status = { object: new DiffObject(this.clock), readers: new Set() };
      this.statuses.set(instrument, status);
      status.object.update({ trade_status: statusOf(this.state.instruments.get(instrument)) });
    }
    status.readers.add(reader);
    return status.object;
  }

  unwatch(instrument: number, reader: BoardReader): void {
    const status = this.statuses.get(instrument);
    if (status === undefined) return;
    status.readers.delete(reader);
    if (status.readers.size === 0) this.statuses.delete(instrument);
  }

  override phaseChanged(instrument: Instrument): void {
    this.refresh(instrument);
  }

  override daySettled(): void {
    for (const instrument of this.statuses.keys()) this.refresh(this.state.instruments.get(instrument));
  }

  private refresh(instrument: Instrument): void {
    const status = this.statuses.get(instrument.instrument);
    if (status?.object.update({ trade_status: statusOf(instrument) }) !== true) return;
    for (const reader of status.readers) reader.changed(instrument.instrument);
  }
}

/** The second word is spelled as the client spells it. */
function statusOf(instrument: Instrument): string {
  if (tradesContinuously(instrument)) return 'CONTINOUS';
  const isOrdering = instrument.phase === Phase.AUCTION_ORDER || instrument.phase === Phase.AUCTION_CANCEL;
  return isOrdering && isTradable(instrument) ? 'AUCTIONORDERING' : 'NOTRADING';
}
