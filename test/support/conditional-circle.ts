/** The circle of an order on one thread, with conditional orders: what the front proposes becomes durable when a test lets it. */
import { ConditionType, ConditionalStatus, nameOf, numberOf, TriggerCondition } from '../../src/core/enums.js';
import type { Conditional } from '../../src/core/conditionals/conditional.js';
import type { RareEvents, RareKind } from '../../src/core/events.js';
import { StateObserver } from '../../src/core/observer.js';
import { Refusal, type RefusalCode } from '../../src/core/refusal.js';
import { ConditionalOrders } from '../../src/front/conditionals/conditional-orders.js';
import { Audit } from '../../src/front/services/audit.js';
import type { EventProposer } from '../../src/front/services/event-proposer.js';
import type { Proposal, Proposed } from '../../src/front/proposer.js';
import { OneThreadCircle, parseOrder } from './one-thread-circle.js';

export const CONDITIONAL_ORIGIN = { address: '', userAgent: '' };

export interface PlaceOptions {
  conditionType?: string;
  validUntilUs?: number;
  fireIfTrue?: boolean;
  idempotencyKey?: string;
}

export class ConditionalCircle extends OneThreadCircle {
  readonly proposals = new HeldProposals(this);
  readonly audit = new Audit(this.proposals);
  /** Event time of the front. */
  nowUs = 1_767_571_200_000_000;
  /** Every end of a conditional order: `1 TRIGGERED`, `2 FAILED 1001`. */
  readonly ended: string[] = [];
  /** Numbers in the order in which their orders were submitted. */
  readonly submitted: number[] = [];
  /** Refuses the orders of conditional orders with this code instead of handing them over. */
  refuseWith = 0;
  readonly conditionals: ConditionalOrders;

  /** Goes on from a log, as after a crash. */
  constructor(journal: readonly Uint8Array[] = []) {
    super(undefined, journal);
    const gateway: Pick<OneThreadCircle['gateway'], 'submit' | 'checkConditional'> = {
      submit: (caller, request, waiter, token) => {
        if (this.refuseWith !== 0) return this.refuseWith;
        this.submitted.push(token);
        return this.gateway.submit(caller, request, waiter, token);
      },
      checkConditional: (caller, request) => this.gateway.checkConditional(caller, request),
    };
    const { state, proposals: proposer, audit } = this;
    this.conditionals = new ConditionalOrders({ state, proposer, gateway, audit, clock: { nowUs: () => this.nowUs } });
    state.observe(new Ends(this.ended));
  }

  /**
   * Places one, as in `SELL CLOSE 2@MARKET` when `LE 3780`, and lets it become durable; returns its number, or below 0 the
   * code it was refused with.
   */
  async place(account: number, instrument: number, order: string, when: string, options: PlaceOptions = {}): Promise<number> {
    const placed = this.propose(account, instrument, order, when, options);
    await this.durable();
    return placed;
  }

  /** Places one that stays under way until `durable`. */
  async propose(account: number, instrument: number, order: string, when: string, options: PlaceOptions = {}): Promise<number> {
    const [condition, price] = when.split(' ');
    const request = parseOrder(order);
    request.account = account;
    request.instrument = instrument;
    const asked = {
      order: request,
      conditionType: numberOf(ConditionType, options.conditionType ?? 'PRICE_TOUCH'),
      triggerCondition: numberOf(TriggerCondition, condition),
      // a price with more than four decimals stays no whole number
      triggerPrice: Math.round(Number(price) * 100_000) / 10,
      validUntilUs: options.validUntilUs ?? 0,
      fireIfTrue: options.fireIfTrue ?? false,
    };
    const { idempotencyKey } = options;
    const placed = this.conditionals.place(this.caller(account), asked, CONDITIONAL_ORIGIN, idempotencyKey);
    return numberOrCode(placed.then(({ conditional }) => conditional));
  }

  /** 0, or below it the code. */
  async cancelConditional(account: number, conditional: number): Promise<number> {
    const cancelled = numberOrCode(this.conditionals.cancel(this.caller(account), conditional, CONDITIONAL_ORIGIN).then(() => 0));
    await this.durable();
    return cancelled;
  }

  /** Turns of the front until nothing is under way any more. */
  async work(): Promise<void> {
    for (let turn = 0; turn < 8; turn++) {
      this.settle();
      await this.durable();
      this.conditionals.pump.run();
    }
    this.settle();
  }

  /** What was proposed so far, and what follows from it at once, becomes durable. */
  async durable(): Promise<void> {
    for (let round = 0; round < 4; round++) {
      await new Promise((resolve) => setImmediate(resolve));
      this.proposals.release();
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function numberOrCode(result: Promise<number>): Promise<number> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof Refusal) return -error.code;
    throw error;
  }
}

class Ends extends StateObserver {
  constructor(private readonly ended: string[]) {
    super();
  }

  override conditionalChanged({ conditional, status, code }: Conditional): void {
    if (status === ConditionalStatus.PENDING) return;
    this.ended.push(`${conditional} ${nameOf(ConditionalStatus, status)}${code === 0 ? '' : ` ${code}`}`);
  }
}

/** Proposals that wait to become durable. */
class HeldProposals implements EventProposer {
  /** Refuses the next command with this code. */
  refuseNext: RefusalCode | undefined;
  private readonly held: (() => void)[] = [];

  constructor(private readonly circle: OneThreadCircle) {}

  propose<K extends RareKind>(kind: K, event: RareEvents[K]): Promise<Proposed> {
    return this.proposeAll([{ kind, event } as Proposal]);
  }

  proposeAll(proposals: readonly Proposal[]): Promise<Proposed> {
    const { refuseNext, circle } = this;
    this.refuseNext = undefined;
    if (refuseNext !== undefined) return Promise.reject(new Refusal(refuseNext));
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
