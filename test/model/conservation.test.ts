/**
 * Random flows through the real gate, book and fold: after every event the equations of the ledger hold, the front's
 * reservations come to nothing once nothing is under way, and the state is what its own log says.
 */
import fc from 'fast-check';
import t from 'tap';
import { NO_MARK } from '../../src/front/services/repeated-requests.js';
import { PriceType } from '../../src/core/enums.js';
import { FrameKind } from '../../src/core/events.js';
import { HIS, LONG, SHORT, TODAY } from '../../src/core/positions.js';
import { FLEXIBLE } from '../../src/core/reservations.js';
import { liveSlots, restoreState, serializeState } from '../../src/core/state-codec.js';
import { ExchangeState } from '../../src/core/state.js';
import { EventDecoder } from '../../src/wire/event-decoder.js';
import { frameViews } from '../../src/wire/frame-layout.js';
import { ConditionalCircle } from '../support/conditional-circle.js';
import { settleDay } from '../support/settle-day.js';
import { checkSoundness } from '../support/soundness.js';

const ACCOUNTS = 4;
const INSTRUMENTS = 3;
const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);

const account = fc.nat(ACCOUNTS - 1);
const instrument = fc.nat(INSTRUMENTS - 1);
const PHASES = ['CONTINUOUS', 'CONTINUOUS', 'CONTINUOUS', 'AUCTION_ORDER', 'AUCTION_MATCH', 'BREAK', 'HALT', 'PRE_OPEN'] as const;

const action = fc.oneof(
  { weight: 24, arbitrary: fc.record({ kind: fc.constant('order' as const), account, instrument, text: orderText() }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('cancel' as const), pick: fc.nat(1000) }) },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('amend' as const),
      pick: fc.nat(1000),
      price: fc.oneof(fc.constant(0), limitPrice()),
      volume: fc.integer({ min: 0, max: 14 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('mass' as const), account, side: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('phase' as const), instrument, phase: fc.constantFrom(...PHASES) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('deposit' as const), account, cents: fc.integer({ min: 1, max: 10_000_000 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('conditional' as const),
      account,
      instrument,
      volume: fc.integer({ min: 1, max: 5 }),
      triggerCondition: fc.nat(3),
      price: fc.constantFrom(0, 33_310_000, 33_350_000),
      trigger: limitPrice(),
      offset: fc.nat(1),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('endConditional' as const), pick: fc.nat(1000), status: fc.integer({ min: 2, max: 4 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('day' as const), prices: fc.tuple(limitPrice(), limitPrice(), limitPrice()) }) },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('settle' as const), commands: fc.integer({ min: 1, max: 6 }) }) },
);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

function limitPrice(): fc.Arbitrary<number> {
  return fc.integer({ min: -6, max: 6 }).map((tick) => 3333 + tick);
}

function orderText(): fc.Arbitrary<string> {
  const market = fc
    .record({
      kind: fc.constantFrom('MARKET', 'BEST1', 'BEST5'),
      more: fc.constantFrom('', ' TO_LIMIT', ' slip=2', ' TO_LIMIT slip=3', ' IOC MIN min=2', ' IOC ALL'),
    })
    .map(({ kind, more }) => `${kind}${more}`);
  const limit = fc
    .record({
      price: limitPrice(),
      more: fc.constantFrom('GFD', 'GFD', 'GFD', 'GFS', 'GTC', 'GTD gtd=20260106', 'GFA', 'IOC', 'IOC ALL', 'IOC MIN min=3', 'POST'),
    })
    .map(({ price, more }) => `${price} ${more}`);
  return fc
    .record({
      side: fc.constantFrom('BUY', 'SELL'),
      offset: fc.constantFrom('OPEN', 'OPEN', 'OPEN', 'CLOSE', 'CLOSETODAY', 'CLOSEYESTERDAY'),
      volume: fc.integer({ min: 1, max: 12 }),
      kind: fc.oneof({ weight: 4, arbitrary: limit }, { weight: 1, arbitrary: market }),
      mode: fc.constantFrom('', '', ' smp=CANCEL_INCOMING', ' smp=CANCEL_RESTING', ' smp=CANCEL_BOTH', ' smp=DECREMENT'),
    })
    .map(({ side, offset, volume, kind, mode }) => `${side} ${offset} ${volume}@${kind}${mode}`);
}

function newCircle(): ConditionalCircle {
  const circle = new ConditionalCircle();
  // odd numbers, so that every rounding of the ledger has something to round
  const odd = { multiplier: 7, priceTick: 10_000, preSettlement: 33_330_000, longMarginRatio: 83_333, shortMarginRatio: 91_117 };
  const fees = { feeOpenByMoney: 5133, feeCloseByMoney: 5101, feeCloseTodayByMoney: 2577, feeOpenByLot: 3, feeCloseTodayByLot: 7 };
  circle.list({ instrumentId: 'DCE.odd', exchange: 3, ...odd, ...fees });
  circle.list({ instrumentId: 'SHFE.odd', exchange: 1, profile: 'cn', ...odd, ...fees });
  circle.list({ instrumentId: 'SIM.odd', profile: 'cn', ...odd, ...fees });
  for (let i = 0; i < ACCOUNTS - 1; i++) circle.trader(i === 0 ? 30_000 : 1_000_000);
  // two accounts of one user
  circle.account(circle.state.users.count, 1_000_000);
  return circle;
}

/** Two accounts hold each other's lots, of an earlier day and of today. */
function giveLots(circle: ConditionalCircle): void {
  const trade = (): void => {
    for (let number = 1; number <= INSTRUMENTS; number++) {
      circle.order(2, number, 'BUY OPEN 7@3333');
      circle.order(3, number, 'SELL OPEN 7@3333');
    }
  };
  trade();
  settleDay(circle, { 1: 3333, 2: 3333, 3: 3333 });
  trade();
}

/** Commands are left under way until a `settle` lets some of them come back, so that reservations overlap. */
function play(circle: ConditionalCircle, actions: readonly Action[]): void {
  for (const step of actions) perform(circle, step);
  circle.settle();
}

function perform(circle: ConditionalCircle, step: Action): void {
  switch (step.kind) {
    case 'order':
      circle.submit(step.account + 1, step.instrument + 1, step.text);
      return;
    case 'deposit':
      circle.deposit(step.account + 1, step.cents / 100);
      return;
    case 'settle':
      circle.settle(step.commands);
      circle.conditionals.pump.run();
      circle.proposals.release();
      return;
    case 'conditional':
      place(circle, step);
      return;
    case 'endConditional': {
      const pending = circle.state.conditionals.pending();
      // as the front does it: never one whose order is on its way
      const free = pending.filter(({ conditional }) => !circle.conditionals.pump.hasHandedOver(conditional));
      if (free.length === 0) return;
      const { conditional } = free[step.pick % free.length];
      circle.rare(FrameKind.ConditionalEnded, { conditional, status: step.status, code: 0 });
      return;
    }
    case 'phase':
      circle.settle();
      circle.phase(step.instrument + 1, step.phase);
      return;
    case 'day': {
      // finer than the tick
      const [first, second, third] = step.prices.map((price) => price + 0.3337);
      settleDay(circle, { 1: first, 2: second, 3: third });
      return;
    }
    case 'mass':
      circle.gateway.massCancel(circle.caller(step.account + 1), step.account + 1, 0, step.side, () => undefined);
      return;
    default:
      changeSome(circle, step);
  }
}

function place(circle: ConditionalCircle, step: Extract<Action, { kind: 'conditional' }>): void {
  const { volume, price, offset, triggerCondition } = step;
  circle.rare(FrameKind.ConditionalPlaced, {
    conditional: circle.state.conditionals.count + 1,
    account: step.account + 1,
    instrument: step.instrument + 1,
    ...{ side: step.trigger % 2, offset, volume, triggerCondition, conditionType: 0, validUntilUs: 0, ...NO_MARK },
    ...{ priceType: price === 0 ? PriceType.MARKET : PriceType.LIMIT, limitPrice: price, triggerPrice: step.trigger * 10_000 },
  });
}

function changeSome(circle: ConditionalCircle, step: Extract<Action, { kind: 'cancel' | 'amend' }>): void {
  const slots = liveSlots(circle.state);
  if (slots.length === 0) return;
  const { account: owner, orderId } = circle.state.orders;
  const slot = slots[step.pick % slots.length];
  if (step.kind === 'cancel') circle.submitCancel(owner[slot], orderId[slot]);
  else circle.submitAmend(owner[slot], orderId[slot], step.price, step.volume);
}

function checkNothingReserved({ gateway: { reservations } }: ConditionalCircle): void {
  for (let number = 1; number <= ACCOUNTS; number++) {
    let reserved = reservations.money(number);
    for (let pair = 1; pair <= INSTRUMENTS; pair++) {
      reserved += reservations.openMargin(number, pair);
      for (const side of [LONG, SHORT])
        for (const bucket of [HIS, TODAY, FLEXIBLE]) reserved += reservations.lots(number, pair, side, bucket);
    }
    if (reserved !== 0) throw new Error('a reservation is left behind');
  }
}

t.test(`money is conserved and the books are sound after every event (SEED=${SEED})`, async (t) => {
  let events = 0;
  let triggered = 0;
  fc.assert(
    fc.property(fc.array(action, { minLength: 60, maxLength: 160 }), (actions) => {
      const circle = newCircle();
      circle.onEvent = () => {
        events++;
        checkSoundness(circle.state);
      };
      giveLots(circle);
      play(circle, actions);
      checkNothingReserved(circle);
      if (circle.gateway.commandsUnderWay !== 0) throw new Error('a command never came back');
      triggered += circle.state.conditionals.countsOf(0)[1];
    }),
    { seed: SEED, numRuns: 100, verbose: 1 },
  );
  t.ok(events > 3000, `${events} events were checked`);
  t.ok(triggered > 30, `${triggered} conditional orders became orders`);
});

t.test(`the state is what its log says, from the first event and from any snapshot (SEED=${SEED})`, async (t) => {
  fc.assert(
    fc.property(fc.array(action, { minLength: 20, maxLength: 120, size: 'max' }), fc.nat(1000), (actions, cut) => {
      const circle = newCircle();
      play(circle, actions);
      const expected = serializeState(circle.state);
      const at = cut % circle.journal.length;
      const first = replay(new ExchangeState(), circle.journal.slice(0, at));
      const restored = restoreState(serializeState(first));
      if (!same(serializeState(restored), serializeState(first))) throw new Error('a restored state is not what was saved');
      if (!same(serializeState(replay(restored, circle.journal.slice(at))), expected))
        throw new Error('snapshot and tail give another state');
      if (!same(serializeState(replay(first, circle.journal.slice(at))), expected)) throw new Error('the log gives another state');
    }),
    { seed: SEED, numRuns: 60, verbose: 1 },
  );
  t.pass('all equal');
});

function replay(state: ExchangeState, journal: readonly Uint8Array[]): ExchangeState {
  const decoder = new EventDecoder(state);
  for (const frame of journal) decoder.decode(frameViews(frame), 0);
  return state;
}

function same(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}
