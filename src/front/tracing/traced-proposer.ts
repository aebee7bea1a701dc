import { Proposer, type Proposal, type Proposed } from '../proposer.js';
import { currentRequest } from './request-scope.js';
import type { ThreadTrace } from './thread-trace.js';

/** Notes which request proposed what. */
export class TracedProposer extends Proposer {
  constructor(
    private readonly trace: ThreadTrace,
    ...parts: ConstructorParameters<typeof Proposer>
  ) {
    super(...parts);
  }

  override async proposeAll(proposals: readonly Proposal[]): Promise<Proposed> {
    const requestId = currentRequest();
    const proposed = await super.proposeAll(proposals);
    if (requestId !== undefined) this.trace.applied(requestId, proposed.sequence);
    return proposed;
  }
}
