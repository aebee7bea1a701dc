/** Clients and staff: random orders, cancels, amends, money, conditional orders, phases and settlements through the front. */
import { Right } from '../../src/core/account-rights.js';
import { ROLE_BITS } from '../../src/auth/permissions.js';
import type { Random } from '../../src/cli/load/random.js';
import { AccountType, InstrumentStatus, Phase, Side, type ValueOf } from '../../src/core/enums.js';
import { FrameKind } from '../../src/core/events.js';
import { Refusal } from '../../src/core/refusal.js';
import { liveSlots } from '../../src/core/state-codec.js';
import type { Caller } from '../../src/front/caller.js';
import { DUPLICATE, type CommandWaiter } from '../../src/front/gateway/gateway.js';
import type { ConditionalRequest } from '../../src/front/conditionals/conditional-orders.js';
import { repeatMark } from '../../src/front/services/repeated-requests.js';
import { userId } from '../../src/front/views/ids.js';
import { StorageError } from '../../src/storage/storage-error.js';
import { CONDITIONAL_ORIGIN } from '../support/conditional-circle.js';
import { parseOrder, PLAIN_INSTRUMENT } from '../support/one-thread-circle.js';
import type { AskedMove, AskedOrder, ClientJournal } from './client-journal.js';
import type { SimFront } from './sim-front.js';
import type { VirtualTime } from './virtual-time.js';
import { demand } from './violation.js';

const ACCOUNTS = 5;
const INSTRUMENTS = 2;
/** Currency units: prices lie a few ticks of 1 around it. */
const PRICE = 3333;
const STAFF = { user: 0, origin: CONDITIONAL_ORIGIN };
/** Between two actions, µs. */
const PAUSE_US_MAX = 600;
const SET_UP_AGAIN_US = 5000;

const { HALT, BREAK, CONTINUOUS, AUCTION_ORDER, AUCTION_MATCH } = Phase;

interface AskedConditional {
  readonly key: string;
  readonly request: ConditionalRequest;
}

export interface Pace {
  /** Between two actions at most, usually less. */
  readonly pauseUsMax: number;
  /** Whether anybody asks this front for anything now. */
  readonly isAsked: (front: SimFront) => boolean;
}

const SWIFT: Pace = { pauseUsMax: PAUSE_US_MAX, isAsked: () => true };

export class SimClients {
  /** The front that runs; undefined while there is none. */
  private front: SimFront | undefined;
  private lastConditional: AskedConditional | undefined;
  private readonly actions: readonly (readonly [weight: number, act: (front: SimFront) => void])[] = [
    [40, (front) => this.order(front)],
    [10, (front) => this.cancel(front)],
    [8, (front) => this.amend(front)],
    [3, (front) => this.massCancel(front)],
    [6, (front) => this.money(front)],
    [4, (front) => this.orderAgain(front)],
    [2, (front) => this.moneyAgain(front)],
    [4, (front) => this.conditional(front)],
    [2, (front) => this.conditionalAgain(front)],
    [2, (front) => this.phase(front)],
    [1, (front) => this.settle(front)],
    [8, (front) => this.query(front)],
  ];

  constructor(
    private readonly time: VirtualTime,
    private readonly random: Random,
    private readonly journal: ClientJournal,
    private readonly onFault: (error: unknown) => void,
    private readonly pace = SWIFT,
  ) {}

  /** The exchange takes orders: clients come, and what the venue still lacks is set up. */
  async begin(front: SimFront): Promise<void> {
    this.front = front;
    try {
      await this.setUp(front);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // the disk failed in the middle of it
      this.time.after(SET_UP_AGAIN_US, () => {
        if (this.front === front) this.guard(this.begin(front));
      });
      return;
    }
    this.act();
  }

  /** Nobody sends anything any more. */
  end(): void {
    this.front = undefined;
    this.journal.forgetOpen();
  }

  /** Sends all orders once more that were neither accepted nor refused, as far as anybody knows. */
  askAgain(front: SimFront): void {
    for (const order of this.journal.orders) if (order.isUnsettled) this.submit(front, order);
  }

  private act(): void {
    const { front } = this;
    if (front === undefined) return;
    if (this.pace.isAsked(front)) this.actOnce(front);
    this.time.after(this.time.someTime(this.pace.pauseUsMax), () => this.act());
  }

  private actOnce(front: SimFront): void {
    const total = this.actions.reduce((sum, [weight]) => sum + weight, 0);
    let pick = this.random.between(1, total);
    for (const [weight, act] of this.actions) {
      pick -= weight;
      if (pick > 0) continue;
      act(front);
      break;
    }
  }

  /** Instruments, users and accounts, as far as they are not there yet. */
  private async setUp(front: SimFront): Promise<void> {
    const { state, proposer } = front;
    const odd = { multiplier: 7, priceTick: 10_000, preSettlement: PRICE * 10_000, longMarginRatio: 83_333, shortMarginRatio: 91_117 };
    const fees = { feeOpenByMoney: 5133, feeCloseByMoney: 5101, feeCloseTodayByMoney: 2577, feeOpenByLot: 3, feeCloseTodayByLot: 7 };
    while (state.instruments.count < INSTRUMENTS) {
      const instrument = state.instruments.count + 1;
      const profile = instrument === 1 ? 'sim' : 'cn';
      await proposer.propose(FrameKind.InstrumentListed, {
        ...PLAIN_INSTRUMENT,
        ...odd,
        ...fees,
        profile,
        instrument,
        instrumentId: `SIM.${instrument}`,
      });
    }
    while (state.accounts.count < ACCOUNTS) {
      const user = state.users.count + 1;
      const account = state.accounts.count + 1;
      const text = { phone: '', email: '', realName: '', idCardSealed: '', passwordHash: 'x' };
      await proposer.proposeAll([
        { kind: FrameKind.UserRegistered, event: { user, username: `user${user}`, roles: ROLE_BITS.Trader, ...text } },
        {
          kind: FrameKind.AccountOpened,
          event: { account, user, name: `account ${account}`, accountType: AccountType.individual, tradingPasswordHash: '' },
        },
      ]);
      this.move(front, this.journal.newMove(account, 10_000_000_000));
    }
  }

  private order(front: SimFront): void {
    const account = this.random.between(1, ACCOUNTS);
    this.submit(front, this.journal.newOrder(account, this.random.between(1, INSTRUMENTS), this.orderText()));
  }

  /** An order of this day once more, as a client does that is not sure whether it came through. */
  private orderAgain(front: SimFront): void {
    const order = this.journal.anyOrder();
    if (order !== undefined && !order.isOpen) this.submit(front, order);
  }

  private submit(front: SimFront, order: AskedOrder): void {
    const request = parseOrder(order.text);
    request.account = order.account;
    request.instrument = order.instrument;
    request.clientOrderId = order.clientOrderId;
    order.isOpen = true;
    const code = front.gateway.submit(callerOf(front, order.account), request, this.waiterOf(front, order), 0);
    if (code === DUPLICATE) this.journal.accepted(order, front.gateway.duplicateOrderId);
    if (code > 0) this.journal.declined(order, code);
    if (code !== 0) order.isOpen = false;
  }

  private waiterOf(front: SimFront, order: AskedOrder): CommandWaiter {
    return {
      accepted: (_token, slot) => this.journal.accepted(order, front.state.orders.orderId[slot]),
      completed: () => (order.isOpen = false),
      refused: (_token, orderId, code) => this.journal.refused(order, orderId, code),
    };
  }

  private cancel(front: SimFront): void {
    const slot = this.anyLive(front);
    if (slot === -1) return;
    const { account, orderId } = front.state.orders;
    const id = orderId[slot];
    front.gateway.cancel(
      callerOf(front, account[slot]),
      account[slot],
      id,
      onCompleted(() => this.journal.cancelled(id)),
      0,
    );
  }

  private amend(front: SimFront): void {
    const slot = this.anyLive(front);
    if (slot === -1) return;
    const { account, orderId } = front.state.orders;
    const price = this.random.between(0, 2) === 0 ? 0 : this.price() * 10_000;
    const volume = this.random.between(0, 2) === 0 ? 0 : this.random.between(1, 20);
    const waiter = onCompleted(() => this.journal.answers++);
    front.gateway.amend(callerOf(front, account[slot]), account[slot], orderId[slot], price, volume, waiter, 0);
  }

  private massCancel(front: SimFront): void {
    const account = this.random.between(1, ACCOUNTS);
    front.gateway.massCancel(callerOf(front, account), account, 0, Side.NONE, () => this.journal.answers++);
  }

  private money(front: SimFront): void {
    const amount = this.random.between(1, 50_000_000) * (this.random.between(0, 1) === 0 ? 1 : -1);
    this.move(front, this.journal.newMove(this.random.between(1, ACCOUNTS), amount));
  }

  private moneyAgain(front: SimFront): void {
    const move = this.journal.anyMove();
    if (move !== undefined) this.move(front, move);
  }

  private move(front: SimFront, move: AskedMove): void {
    const { account, amount, key } = move;
    const caller = callerOf(front, account);
    const mark = repeatMark(caller, key, [account, amount]);
    const request = { account, amount: Math.abs(amount), method: '', remark: '', bank: '', ...mark };
    const { booking, repeated } = front;
    const moved = repeated.run(mark, caller.user.user, () =>
      amount > 0 ? booking.deposit(request, Right.DEPOSIT) : booking.withdraw(request, Right.WITHDRAW, 2004),
    );
    this.guard(moved.then(({ sequence }) => this.journal.moved(move, sequence, userId(caller.user.user))));
  }

  private conditional(front: SimFront): void {
    const order = parseOrder(this.orderText());
    order.account = this.random.between(1, ACCOUNTS);
    order.instrument = this.random.between(1, INSTRUMENTS);
    const request = {
      order,
      conditionType: 2,
      triggerCondition: this.random.between(0, 3),
      triggerPrice: this.price() * 10_000,
      validUntilUs: this.random.between(0, 3) === 0 ? Math.floor(this.time.nowUs) + 100_000 : 0,
      fireIfTrue: true,
    };
    this.place(front, { key: this.journal.newKey(), request });
  }

  /** The last one once more: by its key it is known, over a crash too. */
  private conditionalAgain(front: SimFront): void {
    if (this.lastConditional !== undefined) this.place(front, this.lastConditional);
  }

  private place(front: SimFront, asked: AskedConditional): void {
    this.lastConditional = asked;
    const { order } = asked.request;
    const placed = front.conditionals.place(callerOf(front, order.account), asked.request, CONDITIONAL_ORIGIN, asked.key);
    this.guard(
      placed.then(({ conditional }) => {
        this.journal.conditionalPlaced(conditional);
        if (this.random.between(0, 3) > 0) return undefined;
        return front.conditionals.cancel(callerOf(front, order.account), conditional, CONDITIONAL_ORIGIN);
      }),
    );
  }

  /** Something else for a moment, then continuous trading again. */
  private phase({ state, control }: SimFront): void {
    const instrument = state.instruments.get(this.random.between(1, INSTRUMENTS));
    if (instrument.status === InstrumentStatus.delisted) return;
    const [first, ...more] = this.pick([[HALT], [BREAK], [AUCTION_ORDER, AUCTION_MATCH], [CONTINUOUS]] as readonly ValueOf<
      typeof Phase
    >[][]);
    const next = [...more, CONTINUOUS];
    this.guard(
      control.setPhase([instrument], first, STAFF).then(async () => {
        for (const phase of next) await control.setPhase([instrument], phase, STAFF);
      }),
    );
  }

  private settle({ state, settlement }: SimFront): void {
    const prices = Array.from(state.instruments, ({ instrumentId, upperLimit, lowerLimit }, i) => ({
      instrumentId,
      price: Math.min(Math.max(this.price(), lowerLimit / 10_000), upperLimit / 10_000),
      field: String(i),
    }));
    this.guard(settlement.setPrices(prices, STAFF).then(() => settlement.execute(0, STAFF)));
  }

  /** All orders of an account: each that was told must be there once. */
  private query(front: SimFront): void {
    const account = this.random.between(1, ACCOUNTS);
    const expected = this.journal.committedOrders(account, front.state.sequence);
    const found = front.history
      .ordersOf([account], () => true)
      .then((orders) => {
        const ids = new Set(orders.map(({ orderId }) => orderId));
        demand(ids.size === orders.length, `an order of account ${account} is listed twice`);
        const missing = expected.find((orderId) => !ids.has(orderId));
        demand(missing === undefined, `order ${missing} of account ${account} is not listed`);
      });
    this.guard(found);
  }

  private anyLive({ state }: SimFront): number {
    const slots = liveSlots(state);
    return slots.length === 0 ? -1 : this.pick(slots);
  }

  private price(): number {
    return PRICE + this.random.between(-4, 4);
  }

  private orderText(): string {
    const side = this.pick(['BUY', 'SELL']);
    const offset = this.pick(['OPEN', 'OPEN', 'OPEN', 'CLOSE', 'CLOSETODAY']);
    const option = this.pick(['GFD', 'GFD', 'GTC', 'IOC', 'IOC ALL', 'POST', 'smp=CANCEL_RESTING', 'smp=DECREMENT']);
    const kind = this.random.between(1, 8) === 1 ? 'MARKET' : `${this.price()} ${option}`;
    return `${side} ${offset} ${this.random.between(1, 12)}@${kind}`;
  }

  private pick<T>(items: readonly T[]): T {
    return items[this.random.between(0, items.length - 1)];
  }

  /** A refusal is an answer like any other, and so is that the disk cannot be read; anything else is not. */
  private guard(answer: Promise<unknown>): void {
    answer.catch((error: unknown) => {
      const isUnreadable = error instanceof StorageError && error.code === 'READ_FAILED';
      if (!(error instanceof Refusal) && !isUnreadable) this.onFault(error);
    });
  }
}

function callerOf(front: SimFront, account: number): Caller {
  const { state } = front;
  return { user: state.users.get(state.accounts.user[account])!, tokenId: '', expiresAt: 0, origin: front.originOf(account) };
}

function onCompleted(completed: () => void): CommandWaiter {
  return { accepted: () => undefined, completed, refused: () => undefined };
}
