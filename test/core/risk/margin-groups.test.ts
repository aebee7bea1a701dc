/** Margin modes: both sides, or the larger side of a group (ledger.md 5.4, L5). */
import fc from 'fast-check';
import t from 'tap';
import { FrameKind, type InstrumentChanged } from '../../../src/core/events.js';
import { MarginMode } from '../../../src/core/enums.js';
import { restoreState, serializeState } from '../../../src/core/state-codec.js';
import type { ExchangeState } from '../../../src/core/state.js';
import { checkSoundness } from '../../support/soundness.js';
import { OneThreadCircle } from '../../support/one-thread-circle.js';
import { money } from '../ledger/ledger-support.js';

const { BOTH, LARGER } = MarginMode;
const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);

function listCopper(circle: OneThreadCircle, month: string, change: Partial<InstrumentChanged> = {}): number {
  return circle.list({
    instrumentId: `SHFE.cu${month}`,
    productId: 'cu',
    exchange: 1,
    multiplier: 5,
    priceTick: 100_000,
    preSettlement: 750_000_000,
    longMarginRatio: 90_000,
    shortMarginRatio: 90_000,
    feeOpenByMoney: 5000,
    feeCloseByMoney: 5000,
    feeCloseTodayByMoney: 5000,
    ...change,
  });
}

/** L5: cu2501 long 3 and short 1 at 75 000, cu2502 short 2 at 75 200. */
function spread(marginMode: number) {
  const circle = new OneThreadCircle({ maxPositionRatio: 1, rejectRiskRatio: 950_000 });
  const near = listCopper(circle, '2501', { marginMode });
  const far = listCopper(circle, '2502', { marginMode });
  const [a, b] = [circle.trader(300_000), circle.trader(3_000_000)];
  circle.onEvent = () => checkSoundness(circle.state);
  const trade = (instrument: number, text: string): void => {
    const [side, offset, size] = text.split(' ');
    circle.order(b, instrument, `${side === 'BUY' ? 'SELL' : 'BUY'} OPEN ${size}`);
    t.equal(circle.order(a, instrument, `${side} ${offset} ${size}`).order?.status, 400, text);
  };
  trade(near, 'BUY OPEN 3@75000');
  trade(near, 'SELL OPEN 1@75000');
  trade(far, 'SELL OPEN 2@75200');
  return { circle, near, far, a, trade };
}

t.test('L5: both sides', async (t) => {
  const { circle, near, a, trade } = spread(BOTH);
  t.match(money(circle.state, a), { comm: 112.6, bal: 299_887.4, margin: 202_680, avail: 97_207.4, risk: 67.5853 });
  trade(near, 'SELL CLOSETODAY 1@75000');
  trade(near, 'BUY CLOSETODAY 1@75000');
  t.equal(money(circle.state, a).margin, 202_680 - 67_500, 'the locked pair frees both its margins');
});

t.test('L5: the larger side', async (t) => {
  const { circle, near, a, trade } = spread(LARGER);
  t.match(money(circle.state, a), { bal: 299_887.4, margin: 101_430, avail: 198_457.4, risk: 33.8226 });
  circle.order(a, near, 'BUY OPEN 1@74000');
  t.equal(money(circle.state, a).fz, 33_300 + 18.5, 'an order on the smaller side is frozen in full');
  circle.massCancel(a);
  trade(near, 'SELL CLOSETODAY 1@75000');
  t.equal(money(circle.state, a).margin, 101_430, 'one leg alone frees nothing');
  trade(near, 'BUY CLOSETODAY 1@75000');
  t.equal(money(circle.state, a).margin, 67_680, 'the pair frees 33 750');
});

t.test('a change of mode or group moves the margins', async (t) => {
  const { circle, near, far, a } = spread(BOTH);
  const change = (instrument: number, terms: Partial<InstrumentChanged>): void => {
    circle.rare(FrameKind.InstrumentChanged, { ...circle.state.instruments.get(instrument), ...terms });
  };
  change(near, { marginMode: LARGER });
  t.equal(money(circle.state, a).margin, 101_250 + 67_680, 'one of the two alone in the group');
  change(far, { marginMode: LARGER });
  t.equal(money(circle.state, a).margin, 101_430);
  change(far, { marginMode: LARGER, marginGroup: 'metals' });
  t.equal(money(circle.state, a).margin, 101_250 + 67_680, 'in a group of its own');
  change(near, { marginMode: LARGER, marginGroup: 'metals' });
  t.equal(money(circle.state, a).margin, 101_430, 'together again, under a name');
  change(near, { marginMode: LARGER, marginGroup: 'metals', longMarginRatio: 180_000 });
  t.equal(money(circle.state, a).margin, 202_500, 'a new ratio makes the other side the larger');
  change(near, { marginMode: BOTH, longMarginRatio: 90_000 });
  change(far, { marginMode: BOTH });
  t.equal(money(circle.state, a).margin, 202_680);
});

t.test(`margins are those of the lots after any change, restored or computed anew (SEED=${SEED})`, async (t) => {
  const step = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        account: fc.nat(2),
        instrument: fc.nat(3),
        side: fc.boolean(),
        offset: fc.constantFrom('OPEN', 'OPEN', 'CLOSE'),
        lots: fc.integer({ min: 1, max: 9 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        instrument: fc.nat(3),
        mode: fc.nat(1),
        group: fc.constantFrom('', 'x'),
        ratio: fc.integer({ min: 1, max: 300_000 }),
      }),
    },
  );
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), (steps) => {
      const circle = new OneThreadCircle({ maxPositionRatio: 100, rejectRiskRatio: 999_000_000 });
      const exchanges = [3, 3, 4, 3];
      for (const [i, exchange] of exchanges.entries()) {
        circle.list({
          instrumentId: `X.${i}`,
          productId: i < 3 ? 'p' : 'q',
          exchange,
          multiplier: 7,
          priceTick: 10_000,
          preSettlement: 33_330_000,
        });
      }
      for (let i = 0; i < 3; i++) circle.trader(100_000_000);
      for (const one of steps) {
        if ('mode' in one) {
          const { instrument, mode, group, ratio } = one;
          const terms = circle.state.instruments.get(instrument + 1);
          circle.rare(FrameKind.InstrumentChanged, { ...terms, marginMode: mode, marginGroup: group, longMarginRatio: ratio });
        } else {
          const side = one.side ? 'BUY' : 'SELL';
          circle.order(one.account + 1, one.instrument + 1, `${side} ${one.offset} ${one.lots}@3333`);
        }
        const expected = naiveMargins(circle.state);
        if (margins(circle.state).join() !== expected.join()) throw new Error(`${margins(circle.state).join()} is not ${expected.join()}`);
      }
      const { state } = circle;
      const restored = restoreState(serializeState(state));
      for (const instrument of restored.instruments) restored.ledger.revalue(instrument);
      if (Buffer.compare(serializeState(restored), serializeState(state)) !== 0) throw new Error('computed anew it is another');
      for (const other of [restored, restoreState(serializeState(state))]) {
        for (const instrument of other.instruments) {
          Object.assign(instrument, { longMarginRatio: 77_777, marginMode: LARGER, marginGroup: '' });
          other.ledger.revalue(instrument);
        }
        if (margins(other).join() !== naiveMargins(other).join()) throw new Error('the groups were not restored');
      }
    }),
    { seed: SEED, numRuns: 25, verbose: 1 },
  );
  t.pass('all equal');
});

function margins({ accounts }: ExchangeState): number[] {
  return Array.from({ length: accounts.count }, (_, i) => accounts.margin[i + 1]);
}

/** From the lots, by text keys and whole numbers without bound. */
function naiveMargins(state: ExchangeState): number[] {
  const { positions, instruments, accounts } = state;
  return Array.from({ length: accounts.count }, (_, i) => {
    let margin = 0n;
    const groups = new Map<string, [bigint, bigint]>();
    for (const p of positions.numbers()) {
      if (positions.account[p] !== i + 1) continue;
      const instrument = instruments.get(positions.instrument[p]);
      const sides = [0, 1].map((side) => {
        let notional = 0n;
        for (const bucket of [0, 1]) {
          for (const lot of positions.lots(p * 2 + side, bucket))
            notional += BigInt(lot.basis) * BigInt(instrument.multiplier) * BigInt(lot.volume);
        }
        const ratio = BigInt(side === 0 ? instrument.longMarginRatio : instrument.shortMarginRatio);
        return (notional * ratio + 999_999n) / 1_000_000n;
      });
      if (instrument.marginMode === BOTH) {
        margin += sides[0] + sides[1];
        continue;
      }
      const key = instrument.marginGroup === '' ? `${instrument.exchange}/${instrument.productId}` : `named ${instrument.marginGroup}`;
      const [long, short] = groups.get(key) ?? [0n, 0n];
      groups.set(key, [long + sides[0], short + sides[1]]);
    }
    for (const [long, short] of groups.values()) margin += long > short ? long : short;
    return Number(margin);
  });
}
