/** Takes the books away from between a phase change and the state: it is applied on the next turn of the loop. */
import { PhaseEntry } from '../../src/core/events.js';
import type { ExchangeState } from '../../src/core/state.js';
import type { PhaseChange, PhaseChanges } from '../../src/front/phases/phase-changes.js';

export class DirectChanges implements Pick<PhaseChanges, 'change' | 'barrier'> {
  constructor(private readonly state: ExchangeState) {}

  async barrier(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }

  async change(instruments: readonly number[], { phase, status, reason }: PhaseChange): Promise<void> {
    await this.barrier();
    for (const number of instruments) {
      const instrument = this.state.instruments.get(number);
      const entry = new PhaseEntry();
      entry.instrument = number;
      entry.phase = phase ?? instrument.phase;
      entry.status = status ?? instrument.status;
      entry.reason = reason;
      entry.stamp.sequence = this.state.sequence + 1;
      entry.stamp.timeUs = this.state.timeUs + 1;
      entry.stamp.endOfCommand = true;
      this.state.phaseChanged(entry);
    }
  }
}
