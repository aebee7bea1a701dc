/** Takes the log away from between a proposal and the state: events are stamped and applied on the next turn of the loop. */
import { Stamp, type RareEvents, type RareKind } from '../../src/core/events.js';
import { Refusal, type RefusalCode } from '../../src/core/refusal.js';
import type { ExchangeState } from '../../src/core/state.js';
import type { Proposal, Proposed } from '../../src/front/proposer.js';
import type { EventProposer } from '../../src/front/services/event-proposer.js';

const START_US = 1_767_571_200_000_000;

export class DirectProposer implements EventProposer {
  /** Refuses the next command with this code. */
  refuseNext: RefusalCode | undefined;
  /** Everything proposed so far, by kind. */
  readonly proposed: Proposal[] = [];

  constructor(private readonly state: ExchangeState) {}

  propose<K extends RareKind>(kind: K, event: RareEvents[K]): Promise<Proposed> {
    return this.proposeAll([{ kind, event } as Proposal]);
  }

  async proposeAll(proposals: readonly Proposal[]): Promise<Proposed> {
    const { refuseNext } = this;
    this.refuseNext = undefined;
    if (refuseNext !== undefined) throw new Refusal(refuseNext);
    // durable only later, as with a real log: whoever relies on being alone meanwhile is found out
    await new Promise((resolve) => setImmediate(resolve));
    const stamp = new Stamp();
    for (const [i, proposal] of proposals.entries()) {
      this.proposed.push(proposal);
      stamp.sequence = this.state.sequence + 1;
      stamp.timeUs = START_US + stamp.sequence;
      stamp.endOfCommand = i === proposals.length - 1;
      this.state.rare(proposal.kind, proposal.event, stamp);
    }
    return { sequence: stamp.sequence, timeUs: stamp.timeUs };
  }
}
