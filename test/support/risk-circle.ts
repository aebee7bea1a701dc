/** The circle of an order on one thread, with the risk monitor and forced liquidations behind it; time passes when a test says so. */
import { nameOf, LiquidationStatus } from '../../src/core/enums.js';
import { FrameKind, type RareEvents, type RareKind } from '../../src/core/events.js';
import { HistoryFold } from '../../src/core/history.js';
import type { Liquidation } from '../../src/core/liquidations.js';
import { orderRecordOf, type OrderRecord } from '../../src/core/history.js';
import { Refusal, type RefusalCode } from '../../src/core/refusal.js';
import type { Proposal, Proposed } from '../../src/front/proposer.js';
import { RiskService } from '../../src/front/risk/risk-service.js';
import { Audit } from '../../src/front/services/audit.js';
import type { EventProposer } from '../../src/front/services/event-proposer.js';
import { Turnstile } from '../../src/front/services/turnstile.js';
import { OneThreadCircle, type RiskLimits } from './one-thread-circle.js';

/** Liquidations take at most this many turns of the front to come to rest. */
const TURNS_MAX = 200;

export class RiskCircle extends OneThreadCircle {
  readonly history = new HistoryFold(this.state);
  readonly proposals = new HeldProposals(this);
  readonly risk: RiskService;
  /** `account type` of every alert. */
  readonly alerts: string[] = [];
  nowMs = 0;

  constructor(limits?: RiskLimits, journal: readonly Uint8Array[] = []) {
    super(limits, journal);
    const { state, depth: prices, gateway, proposals: proposer } = this;
    const parts = { state, prices, gateway, proposer, turnstile: new Turnstile(), audit: new Audit(proposer), nowMs: () => this.nowMs };
    this.risk = new RiskService(parts);
    this.risk.onAlert(({ account, type }) => this.alerts.push(`${account} ${type}`));
    state.observe(this.history);
    state.observe(this.risk.monitor);
  }

  /** Turns of the front until nothing happens any more. */
  async work(turns = TURNS_MAX): Promise<void> {
    for (let turn = 0; turn < turns; turn++) {
      const before = this.state.sequence;
      await this.turn();
      if (this.state.sequence === before && this.proposals.isEmpty) return;
    }
    if (turns === TURNS_MAX) throw new Error('the exchange never comes to rest');
  }

  /** One turn: what is under way comes back, then whoever waits for the end of a turn. */
  async turn(): Promise<void> {
    this.settle();
    this.proposals.release();
    this.risk.monitor.afterTurn();
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Time passes, in ticks and turns, and every account is looked at. */
  async pass(ms: number): Promise<void> {
    await this.work();
    for (let left = ms; left > 0; left -= 500) {
      this.nowMs += Math.min(left, 500);
      this.risk.monitor.scan();
      await this.work();
    }
  }

  /** Two traders print a price. */
  async print(instrument: number, price: number, [buyer, seller]: readonly [number, number]): Promise<void> {
    this.order(seller, instrument, `SELL OPEN 1@${price}`);
    const { code, order } = this.order(buyer, instrument, `BUY OPEN 1@${price}`);
    if (code !== 0 || order?.filled !== 1) throw new Error(`no print at ${price}: ${code}`);
    await this.work();
  }

  /** Finished liquidations, oldest first. */
  get records(): Liquidation[] {
    return this.history.documents.filter(({ table }) => table === 'liquidations').map(({ record }) => record as Liquidation);
  }

  /** `account status` of finished ones. */
  get outcomes(): string[] {
    return this.records.map(({ account, status }) => `${account} ${nameOf(LiquidationStatus, status)}`);
  }

  /** Live orders of an account. */
  live(account: number): OrderRecord[] {
    const { accounts, orders } = this.state;
    const records: OrderRecord[] = [];
    for (let slot = accounts.firstOrder[account]; slot !== 0; slot = orders.nextOfAccount[slot])
      records.push(orderRecordOf(this.state, slot));
    return records;
  }

  auditOf(logType: string): RareEvents[typeof FrameKind.AuditRecorded][] {
    return this.proposals.proposed.flatMap((proposal) =>
      proposal.kind === FrameKind.AuditRecorded && proposal.event.logType === logType ? [proposal.event] : [],
    );
  }
}

/** Proposals become durable at the next turn. */
class HeldProposals implements EventProposer {
  /** Refuses the next command with this code. */
  refuseNext: RefusalCode | undefined;
  readonly proposed: Proposal[] = [];
  private readonly held: (() => void)[] = [];

  constructor(private readonly circle: OneThreadCircle) {}

  get isEmpty(): boolean {
    return this.held.length === 0;
  }

  propose<K extends RareKind>(kind: K, event: RareEvents[K]): Promise<Proposed> {
    return this.proposeAll([{ kind, event } as Proposal]);
  }

  proposeAll(proposals: readonly Proposal[]): Promise<Proposed> {
    const { refuseNext, circle } = this;
    this.refuseNext = undefined;
    if (refuseNext !== undefined) return Promise.reject(new Refusal(refuseNext));
    this.proposed.push(...proposals);
    return new Promise((resolve) => {
      this.held.push(() => {
        for (const { kind, event } of proposals) circle.rare(kind, event);
        resolve({ sequence: circle.state.sequence, timeUs: circle.state.timeUs });
      });
    });
  }

  release(): void {
    for (const apply of this.held.splice(0)) apply();
  }
}
