/**
 * Closes the books for a settlement and opens them for the day after it.
 *
 * Closing ends what lives no longer than the day and leaves nothing under way; from then on every instrument is SETTLING
 * and takes no order. Opening ends what the new day does not take in and lets the instruments go on. Both can be done again
 * after a crash: phases and orders say how far it had come.
 */
import { InstrumentStatus, Phase, PhaseReason } from '../../core/enums.js';
import { CancelEntry } from '../../core/events.js';
import type { Instrument } from '../../core/instrument.js';
import { isAlwaysOpen } from '../../core/sessions.js';
import { ordersEndingWith, ordersRefusedByNewDay, type OrderEnd } from '../../core/settlement/order-ends.js';
import type { ExchangeState } from '../../core/state.js';
import type { EventClock } from '../clock.js';
import type { PhaseChange, PhaseChanges } from '../phases/phase-changes.js';

/** Between two looks for room in a full ring, for the end of what is under way, and for a shard that is being rebuilt. */
const RETRY_MS = 2;

export interface DayTurnParts {
  readonly state: ExchangeState;
  readonly changes: Pick<PhaseChanges, 'change'>;
  /** Where cancels go. */
  readonly port: {
    openShardOf(instrument: number): number;
    cancelOrder(shard: number, cancel: CancelEntry): boolean;
  };
  readonly clock: Pick<EventClock, 'nowUs'>;
  /** Commands of users that were handed to matching and have not come back. */
  readonly commandsUnderWay: () => number;
  readonly simulationMode: boolean;
}

const reason = PhaseReason.SETTLEMENT;

export class DayTurn {
  constructor(private readonly parts: DayTurnParts) {}

  /** Instruments with a trading session of the day that is not over. The run itself closes those that no clock closes. */
  openSessions(): Instrument[] {
    return this.listed().filter(
      (instrument) => !this.closesByRun(instrument) && instrument.phase !== Phase.CLOSED && instrument.phase !== Phase.SETTLING,
    );
  }

  /** Rejects with 4001, 5002 or 9005 as phase changes do; some books may be closed then. */
  async close(nextTradingDay: number): Promise<void> {
    const { state, commandsUnderWay } = this.parts;
    await this.change(this.listed(), { phase: Phase.SETTLING, reason });
    while (commandsUnderWay() > 0) await later();
    await this.end(ordersEndingWith(state, state.tradingDay, nextTradingDay));
  }

  /** Whether books are closed for a settlement. */
  get isClosed(): boolean {
    return this.settling().length > 0;
  }

  /** Rejects as `close`; some books may be open then. */
  async open(): Promise<void> {
    const settling = this.settling();
    await this.end(ordersRefusedByNewDay(this.parts.state));
    const [trading, waiting, ended]: Instrument[][] = [[], [], []];
    for (const instrument of settling) {
      if (instrument.status === InstrumentStatus.delisted) ended.push(instrument);
      else (this.closesByRun(instrument) ? trading : waiting).push(instrument);
    }
    await this.change(ended, { phase: Phase.CLOSED, status: InstrumentStatus.delisted, reason });
    await this.change(waiting, { phase: Phase.CLOSED, reason });
    await this.change(trading, { phase: Phase.CONTINUOUS, reason });
  }

  private listed(): Instrument[] {
    return Array.from(this.parts.state.instruments).filter(({ status }) => status !== InstrumentStatus.delisted);
  }

  private settling(): Instrument[] {
    return Array.from(this.parts.state.instruments).filter(({ phase }) => phase === Phase.SETTLING);
  }

  private closesByRun({ sessionTemplate }: Instrument): boolean {
    return this.parts.simulationMode || isAlwaysOpen(sessionTemplate);
  }

  private async change(instruments: readonly Instrument[], change: PhaseChange): Promise<void> {
    const numbers = instruments.map(({ instrument }) => instrument);
    if (numbers.length > 0) await this.parts.changes.change(numbers, change);
  }

  /** Resolves when all of them are out of their books and that is durable. */
  private async end(ends: readonly OrderEnd[]): Promise<void> {
    const { state, changes } = this.parts;
    const { orders } = state;
    // a slot may serve another order as soon as its own has ended
    const cancels = ends.map(({ slot, reason: why, code }) => cancelOf(orders, slot, why, code));
    for (const cancel of cancels) await this.hand(cancel);
    const instruments = new Set(cancels.map(({ instrument }) => instrument));
    if (instruments.size > 0) await changes.change([...instruments], { reason });
  }

  private async hand(cancel: CancelEntry): Promise<void> {
    const { port, clock } = this.parts;
    cancel.stamp.timeUs = clock.nowUs();
    for (;;) {
      const shard = port.openShardOf(cancel.instrument);
      if (shard !== -1 && port.cancelOrder(shard, cancel)) return;
      await later();
    }
  }
}

function cancelOf({ orderId, account, instrument }: ExchangeState['orders'], slot: number, why: number, code: number): CancelEntry {
  const cancel = new CancelEntry();
  cancel.orderId = orderId[slot];
  cancel.account = account[slot];
  cancel.instrument = instrument[slot];
  cancel.reason = why;
  cancel.code = code;
  return cancel;
}

function later(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, RETRY_MS));
}
