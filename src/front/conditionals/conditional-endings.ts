/** Ends of conditional orders that are proposed and not durable yet: until they are, nobody else may end or submit them. */
import { FrameKind } from '../../core/events.js';
import type { EventProposer } from '../services/event-proposer.js';

export class ConditionalEndings {
  private readonly underWay = new Set<number>();

  constructor(private readonly proposer: EventProposer) {}

  has(conditional: number): boolean {
    return this.underWay.has(conditional);
  }

  /** `status` is a `ConditionalStatus`, `code` why it FAILED. Resolves when that is durable; rejects when nothing happened. */
  async end(conditional: number, status: number, code = 0): Promise<void> {
    await this.endAll([conditional], status, code);
  }

  /** All of them or none. */
  async endAll(conditionals: readonly number[], status: number, code = 0): Promise<void> {
    for (const conditional of conditionals) this.underWay.add(conditional);
    try {
      const kind = FrameKind.ConditionalEnded;
      await this.proposer.proposeAll(conditionals.map((conditional) => ({ kind, event: { conditional, status, code } })));
    } finally {
      for (const conditional of conditionals) this.underWay.delete(conditional);
    }
  }
}
