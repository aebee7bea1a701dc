/** Conditional orders (trading-rules.md 10): placing and cancelling them, their expiry, and the orders that they become. */
import { assert } from '../../core/assert.js';
import type { Conditional } from '../../core/conditionals/conditional.js';
import { conditionalId, isMetBy } from '../../core/conditionals/conditional.js';
import { ConditionalStatus } from '../../core/enums.js';
import { FrameKind, type ConditionalTerms } from '../../core/events.js';
import type { Instrument } from '../../core/instrument.js';
import { StateObserver } from '../../core/observer.js';
import { Refusal, type RefusalCode } from '../../core/refusal.js';
import type { PlacedUnderKey } from '../../core/repeat-keys.js';
import type { ExchangeState } from '../../core/state.js';
import type { Caller } from '../caller.js';
import type { EventClock } from '../clock.js';
import type { Gateway } from '../gateway/gateway.js';
import type { OrderRequest } from '../gateway/order-request.js';
import type { Audit } from '../services/audit.js';
import type { EventProposer } from '../services/event-proposer.js';
import type { Origin } from '../services/origin.js';
import { RepeatedRequests, repeatMark, type RepeatMark } from '../services/repeated-requests.js';
import { Turnstile } from '../services/turnstile.js';
import { ConditionalEndings } from './conditional-endings.js';
import { TriggerPump } from './trigger-pump.js';

/** Pending ones of one account. */
export const PENDING_PER_ACCOUNT_MAX = 200;

/** How often it is looked whether some have expired. */
const EXPIRY_LOOK_MS = 1000;
/** Ends proposed at one look. */
const EXPIRIES_PER_LOOK = 1000;

export interface ConditionalOrdersParts {
  readonly state: ExchangeState;
  readonly proposer: EventProposer;
  readonly gateway: Pick<Gateway, 'submit' | 'checkConditional'>;
  readonly clock: Pick<EventClock, 'nowUs'>;
  readonly audit: Audit;
}

export interface ConditionalRequest {
  /** What will be submitted; its price is the limit price. */
  readonly order: OrderRequest;
  /** Numbers of the enumerations, -1 for a name that does not exist. */
  readonly conditionType: number;
  readonly triggerCondition: number;
  /** 1/10000; not a whole number when it had more than four decimals. */
  readonly triggerPrice: number;
  /** Event time in µs; 0: the end of the trading day. */
  readonly validUntilUs: number;
  /** Trigger at once when the condition is met already, instead of refusing. */
  readonly fireIfTrue: boolean;
}

export class ConditionalOrders extends StateObserver {
  readonly pump: TriggerPump;
  private readonly endings: ConditionalEndings;
  /** Numbers are given without a gap: one is placed at a time. */
  private readonly turnstile = new Turnstile();
  private readonly repeated: RepeatedRequests<PlacedUnderKey>;
  private lastPlaced: Conditional | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: ConditionalOrdersParts) {
    super();
    const { state, gateway, proposer } = parts;
    this.repeated = new RepeatedRequests(state.conditionalKeys, () => parts.clock.nowUs() / 1000);
    this.endings = new ConditionalEndings(proposer);
    this.pump = new TriggerPump(state, gateway, this.endings);
    state.observe(this.pump);
    state.observe(this);
  }

  /** Submits what was touched and not submitted when the exchange went down, and looks for expired ones from now on. */
  start(): void {
    this.look();
    this.timer = setInterval(() => this.look(), EXPIRY_LOOK_MS);
  }

  stop(): void {
    clearInterval(this.timer);
    this.pump.stop();
  }

  /**
   * Resolves to it as it is once durable; as the first one was when the same was placed under the same key. Refuses with the
   * codes of an order, 3101, 3102, 3104, 9008 and 9009.
   */
  async place(caller: Caller, request: ConditionalRequest, origin: Origin, idempotencyKey = ''): Promise<Conditional> {
    const { user } = caller.user;
    const mark = repeatMark(caller, idempotencyKey, [termsOf(0, request), request.fireIfTrue]);
    const { placed } = await this.repeated.run(mark, user, async () => {
      const conditional = await this.placeNew(caller, request, origin, mark);
      return { ...mark, user, timeUs: conditional.createdUs, placed: { ...conditional } };
    });
    return placed;
  }

  private async placeNew(caller: Caller, request: ConditionalRequest, origin: Origin, mark: RepeatMark): Promise<Conditional> {
    const entry = { user: caller.user.user, account: request.order.account, logType: 'ORDER_SUBMIT', origin } as const;
    const audited = { ...entry, action: 'place_conditional', details: '' };
    return this.parts.audit.cover(audited, () =>
      this.turnstile.pass(async () => {
        this.check(caller, request);
        const number = this.parts.state.conditionals.count + 1;
        await this.parts.proposer.propose(FrameKind.ConditionalPlaced, { ...termsOf(number, request), ...mark });
        assert(this.lastPlaced?.conditional === number, 'one conditional order is placed at a time');
        audited.details = conditionalId(number);
        return this.lastPlaced;
      }),
    );
  }

  /** Refuses with 3103 and 3105. The caller has been found to own its account. */
  async cancel(caller: Caller, conditional: number, origin: Origin): Promise<void> {
    const { state, audit } = this.parts;
    const pending = state.conditionals.find(conditional);
    const entry = { user: caller.user.user, account: pending?.account ?? 0, logType: 'ORDER_CANCEL', origin } as const;
    await audit.cover({ ...entry, action: 'cancel_conditional', details: conditionalId(conditional) }, async () => {
      if (pending === undefined) throw new Refusal(conditional > 0 && conditional <= state.conditionals.count ? 3103 : 3105);
      if (!this.mayEnd(pending)) throw new Refusal(3103);
      await this.endings.end(conditional, ConditionalStatus.CANCELLED);
      // the end of the day may have come first
      if (pending.status !== ConditionalStatus.CANCELLED) throw new Refusal(3103);
    });
  }

  /**
   * Cancels all pending ones of an account, as when it is frozen, those that are being placed included; returns how many.
   * Those whose order is on its way to the book stay. Rejects when nothing happened.
   */
  async cancelAllOf(account: number): Promise<number> {
    return this.turnstile.pass(async () => {
      const pending = this.parts.state.conditionals.pendingOf(account).filter((conditional) => this.mayEnd(conditional));
      if (pending.length === 0) return 0;
      await this.endings.endAll(
        pending.map(({ conditional }) => conditional),
        ConditionalStatus.CANCELLED,
      );
      return pending.filter(({ status }) => status === ConditionalStatus.CANCELLED).length;
    });
  }

  /** What the timer does: ends those whose time is over, and tries again to submit those that could not be. */
  look(): void {
    const { state, clock } = this.parts;
    let count = 0;
    for (const conditional of Array.from(state.conditionals.expiredBy(clock.nowUs()))) {
      if (!this.mayEnd(conditional)) continue;
      if (count++ === EXPIRIES_PER_LOOK) break;
      // a refused one is tried again at the next look
      this.endings.end(conditional.conditional, ConditionalStatus.EXPIRED).catch(() => undefined);
    }
    this.pump.wake();
    this.pump.run();
  }

  override conditionalChanged(conditional: Conditional): void {
    if (conditional.status === ConditionalStatus.PENDING) this.lastPlaced = conditional;
  }

  private mayEnd({ conditional }: Conditional): boolean {
    return !this.pump.hasHandedOver(conditional) && !this.endings.has(conditional);
  }

  private check(caller: Caller, request: ConditionalRequest): void {
    const { state, gateway, clock } = this.parts;
    const { order, validUntilUs } = request;
    const code = gateway.checkConditional(caller, order) || checkTrigger(request, state.instruments.get(order.instrument));
    if (code !== 0) throw new Refusal(code as RefusalCode);
    if (validUntilUs !== 0 && validUntilUs <= clock.nowUs()) {
      throw new Refusal(9008, [{ field: 'valid_until', reason: 'must be in the future' }]);
    }
    const last = state.market.lastPrice[order.instrument];
    if (!request.fireIfTrue && last !== 0 && isMetBy(termsOf(0, request), last)) throw new Refusal(3102);
    if (state.conditionals.pendingCountOf(order.account) >= PENDING_PER_ACCOUNT_MAX) throw new Refusal(3104);
  }
}

/** 0, or 3101. A trigger may lie outside the daily limits: those of another day may reach it. */
function checkTrigger({ conditionType, triggerCondition, triggerPrice }: ConditionalRequest, instrument: Instrument): 0 | 3101 {
  if (conditionType < 0 || triggerCondition < 0) return 3101;
  return Number.isSafeInteger(triggerPrice) && triggerPrice > 0 && triggerPrice % instrument.priceTick === 0 ? 0 : 3101;
}

function termsOf(conditional: number, { order, ...trigger }: ConditionalRequest): ConditionalTerms {
  return {
    conditional,
    account: order.account,
    instrument: order.instrument,
    side: order.side,
    offset: order.offset,
    priceType: order.priceType,
    volume: order.volume,
    limitPrice: order.price,
    triggerPrice: trigger.triggerPrice,
    conditionType: trigger.conditionType,
    triggerCondition: trigger.triggerCondition,
    validUntilUs: trigger.validUntilUs,
  };
}
