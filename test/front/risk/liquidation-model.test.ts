/** Random markets that fall apart: whatever happens, liquidations end as they should and the books balance. */
import fc from 'fast-check';
import t from 'tap';
import { LiquidationStatus, LiquidationTrigger, MarginMode } from '../../../src/core/enums.js';
import { holdsLots } from '../../../src/core/holders.js';
import { isOver, type Liquidation } from '../../../src/core/liquidations.js';
import { StateObserver } from '../../../src/core/observer.js';
import { restoreState, serializeState } from '../../../src/core/state-codec.js';
import { ExchangeState } from '../../../src/core/state.js';
import { EventDecoder } from '../../../src/wire/event-decoder.js';
import { frameViews } from '../../../src/wire/frame-layout.js';
import { RiskCircle } from '../../support/risk-circle.js';
import { checkSoundness } from '../../support/soundness.js';

const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
const TRADERS = 4;
const INSTRUMENTS = 3;
const MID = 3333;

const trader = fc.nat(TRADERS - 1);
const instrument = fc.nat(INSTRUMENTS - 1);
const step = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('order' as const),
      trader,
      instrument,
      side: fc.boolean(),
      offset: fc.constantFrom('OPEN', 'OPEN', 'CLOSE', 'CLOSETODAY'),
      lots: fc.integer({ min: 1, max: 30 }),
      tick: fc.integer({ min: -3, max: 3 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('quote' as const),
      instrument,
      mid: fc.integer({ min: -300, max: 300 }),
      lots: fc.integer({ min: 1, max: 40 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('withdraw' as const), trader, share: fc.integer({ min: 1, max: 100 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(500, 1000, 2500) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('force' as const), trader }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('phase' as const),
      instrument,
      phase: fc.constantFrom('BREAK' as const, 'CONTINUOUS' as const),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Looks at every liquidation when it ends, at the state that ended it. */
class Ends extends StateObserver {
  ended = 0;

  constructor(private readonly state: ExchangeState) {
    super();
  }

  override liquidationChanged({ account, status, trigger, closed, after }: Liquidation): void {
    if (!isOver(status)) return;
    this.ended++;
    if (status === LiquidationStatus.failed) throw new Error('a liquidation failed');
    if ((status === LiquidationStatus.filled) !== closed.length > 0) throw new Error('filled is what has sold something');
    if (!holdsLots(this.state, account)) return;
    if (trigger === LiquidationTrigger.manual) throw new Error('by hand all must go');
    const bound = closed.length > 0 ? 950_000 : 999_999;
    if (after.riskRatio > bound) throw new Error(`it ended at ${after.riskRatio}`);
  }
}

function newCircle(): RiskCircle {
  const circle = new RiskCircle({ maxPositionRatio: 100, rejectRiskRatio: 950_000 });
  const odd = {
    multiplier: 7,
    priceTick: 10_000,
    preSettlement: MID * 10_000,
    longMarginRatio: 83_333,
    shortMarginRatio: 91_117,
    productId: 'p',
  };
  const fees = { feeOpenByMoney: 5133, feeCloseByMoney: 5101, feeCloseTodayByMoney: 2577, feeOpenByLot: 3, feeCloseTodayByLot: 7 };
  circle.list({ instrumentId: 'SHFE.a', exchange: 1, profile: 'cn', maxLimitVolume: 25, ...odd, ...fees });
  circle.list({ instrumentId: 'DCE.b', exchange: 3, marginMode: MarginMode.LARGER, ...odd, ...fees });
  circle.list({ instrumentId: 'DCE.c', exchange: 3, marginMode: MarginMode.LARGER, ...odd, ...fees });
  for (let i = 0; i < TRADERS; i++) circle.trader(100_000);
  // whoever quotes, and whoever takes the quotes to move the price
  circle.trader(1_000_000_000);
  circle.trader(1_000_000_000);
  return circle;
}

async function perform(circle: RiskCircle, one: Step): Promise<void> {
  switch (one.kind) {
    case 'order': {
      const { side, offset, lots, tick } = one;
      const mark = circle.state.ledger.mark(one.instrument + 1) / 10_000;
      circle.submit(one.trader + 1, one.instrument + 1, `${side ? 'BUY' : 'SELL'} ${offset} ${lots}@${mark + tick}`);
      return;
    }
    case 'quote':
      quote(circle, one.instrument + 1, MID + one.mid, one.lots);
      return;
    case 'withdraw': {
      const amount = Math.floor((circle.state.ledger.withdrawable(one.trader + 1) / 10_000) * (one.share / 100));
      if (amount > 0) circle.withdraw(one.trader + 1, amount);
      return;
    }
    case 'pass':
      await circle.pass(one.ms);
      return;
    case 'force': {
      const asked = circle.risk.forceLiquidate(one.trader + 1, 'because', { user: 1, origin: { address: '', userAgent: '' } });
      asked.catch(() => undefined);
      await circle.turn();
      return;
    }
    case 'phase':
      circle.settle();
      circle.phase(one.instrument + 1, one.phase);
  }
}

/** The maker's old orders go, the price moves to `mid`, and both sides are offered around it. */
function quote(circle: RiskCircle, number: number, mid: number, lots: number): void {
  const [maker, taker] = [TRADERS + 1, TRADERS + 2];
  circle.massCancel(maker, number);
  circle.submit(maker, number, `SELL OPEN 1@${mid}`);
  circle.submit(taker, number, `BUY OPEN 1@${mid} IOC`);
  circle.submit(maker, number, `BUY OPEN ${Math.min(lots, 25)}@${mid - 1}`);
  circle.submit(maker, number, `SELL OPEN ${Math.min(lots, 25)}@${mid + 1}`);
  circle.settle();
}

t.test(`liquidations end at the target or with nothing left, and the books balance (SEED=${SEED})`, async (t) => {
  let ended = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80, size: 'max' }), async (steps) => {
      const circle = newCircle();
      const ends = new Ends(circle.state);
      circle.state.observe(ends);
      let count = 0;
      circle.onEvent = () => {
        if (++count % 7 === 0) checkSoundness(circle.state, circle.depth);
      };
      for (const one of steps) await perform(circle, one);
      await finish(circle);
      ended += ends.ended;
      const { state } = circle;
      if (state.liquidations.size > 0) throw new Error('a liquidation never ends');
      for (let account = 1; account <= TRADERS; account++) {
        if (state.ledger.riskRatio(account) >= 1_000_000) throw new Error('an account at the threshold was left alone');
        if (state.ledger.balance(account) < 0) throw new Error('a deficit was left open');
      }
      const replayed = new ExchangeState();
      const decoder = new EventDecoder(replayed);
      for (const frame of circle.journal) decoder.decode(frameViews(frame), 0);
      const bytes = serializeState(state);
      if (Buffer.compare(serializeState(replayed), bytes) !== 0) throw new Error('the log says something else');
      if (Buffer.compare(serializeState(restoreState(bytes)), bytes) !== 0) throw new Error('a restored state is another');
    }),
    { seed: SEED, numRuns: 40, verbose: 1, endOnFailure: true },
  );
  t.ok(ended > 5, `${ended} liquidations ended`);
});

/** Everything trades again and somebody takes the other side, until all is quiet. */
async function finish(circle: RiskCircle): Promise<void> {
  circle.settle();
  for (let number = 1; number <= INSTRUMENTS; number++) circle.phase(number, 'CONTINUOUS');
  for (let round = 0; round < 60; round++) {
    await circle.pass(1000);
    if (circle.state.liquidations.size === 0) return;
    for (let number = 1; number <= INSTRUMENTS; number++) quote(circle, number, circle.state.ledger.mark(number) / 10_000, 25);
  }
}
