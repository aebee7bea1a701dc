/**
 * Submits the orders of touched conditional orders: the road of any order, through the gateway as the user of their account
 * (trading-rules.md 10.4).
 *
 * Which ones are touched is state, so after a restart the same ones are found. A touched one leaves the state only by the
 * acceptance of its order, or by failing; until then it is handed over here once at a time.
 */
import type { Conditional } from '../../core/conditionals/conditional.js';
import { conditionalId } from '../../core/conditionals/conditional.js';
import { ConditionalStatus } from '../../core/enums.js';
import { tradesContinuously, type Instrument } from '../../core/instrument.js';
import { StateObserver } from '../../core/observer.js';
import type { ExchangeState } from '../../core/state.js';
import type { CommandWaiter, Gateway } from '../gateway/gateway.js';
import { OrderRequest } from '../gateway/order-request.js';
import type { ConditionalEndings } from './conditional-endings.js';

/** Orders handed over in one turn of the loop; the rest follow in the next one, so that sockets are served meanwhile. */
export const TRIGGERS_PER_TURN = 1000;

/** Refusals that pass: busy, being rebuilt, wrong phase, storage failing, not open. */
const PASSING: ReadonlySet<number> = new Set([3003, 4001, 4101, 5002, 9005]);

export class TriggerPump extends StateObserver implements CommandWaiter {
  private readonly handedOver = new Set<number>();
  private readonly request = new OrderRequest();
  /** There may be something to submit beyond what was touched since the last look. */
  private isDue = true;
  private seenTouches = 0;
  private laterTurn: NodeJS.Immediate | undefined;

  constructor(
    private readonly state: ExchangeState,
    private readonly gateway: Pick<Gateway, 'submit'>,
    private readonly endings: ConditionalEndings,
  ) {
    super();
  }

  /** Whether its order is on its way to the book. */
  hasHandedOver(conditional: number): boolean {
    return this.handedOver.has(conditional);
  }

  /** Looks at all touched ones at the next turn, even if nothing happened that is seen here. */
  wake(): void {
    this.isDue = true;
  }

  stop(): void {
    clearImmediate(this.laterTurn);
  }

  /** Called when the events at hand are applied. */
  run(): void {
    const { conditionals } = this.state;
    if (!this.isDue && conditionals.touches === this.seenTouches) return;
    this.isDue = false;
    this.seenTouches = conditionals.touches;
    const blocked = new Set<number>();
    let count = 0;
    for (const conditional of conditionals.touchedInOrder()) {
      if (!this.isReady(conditional) || blocked.has(conditional.instrument)) continue;
      if (count++ === TRIGGERS_PER_TURN) {
        this.runLater();
        return;
      }
      // those behind it in its instrument must not overtake it
      if (!this.trigger(conditional)) blocked.add(conditional.instrument);
    }
  }

  override phaseChanged(_instrument: Instrument): void {
    this.isDue = true;
  }

  accepted(token: number): void {
    this.handedOver.delete(token);
  }

  completed(): void {
    // what becomes of the order is the business of its owner
  }

  refused(token: number): void {
    this.handedOver.delete(token);
    this.isDue = true;
  }

  private isReady({ conditional, instrument }: Conditional): boolean {
    if (this.handedOver.has(conditional) || this.endings.has(conditional)) return false;
    return tradesContinuously(this.state.instruments.get(instrument));
  }

  /** False when it must be tried again. */
  private trigger(conditional: Conditional): boolean {
    const { accounts, users } = this.state;
    const user = users.get(accounts.user[conditional.account])!;
    const caller = { user, tokenId: '', expiresAt: 0 };
    const code = this.gateway.submit(caller, this.requestOf(conditional), this, conditional.conditional);
    if (code === 0) {
      this.handedOver.add(conditional.conditional);
      return true;
    }
    if (PASSING.has(code)) {
      this.isDue = true;
      return false;
    }
    // its client order id is its own, so it cannot have been used: below 0 there is no refusal to name
    this.fail(conditional, code > 0 ? code : 5000);
    return true;
  }

  private fail({ conditional }: Conditional, code: number): void {
    this.endings.end(conditional, ConditionalStatus.FAILED, code).catch(() => this.wake());
  }

  private requestOf(conditional: Conditional): OrderRequest {
    const { request } = this;
    request.reset();
    request.account = conditional.account;
    request.instrument = conditional.instrument;
    request.side = conditional.side;
    request.offset = conditional.offset;
    request.priceType = conditional.priceType;
    request.volume = conditional.volume;
    request.price = conditional.limitPrice;
    request.clientOrderId = conditionalId(conditional.conditional);
    return request;
  }

  private runLater(): void {
    this.isDue = true;
    clearImmediate(this.laterTurn);
    this.laterTurn = setImmediate(() => this.run());
  }
}
