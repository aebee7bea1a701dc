/** Random commands for a book: what fast-check makes and shrinks. */
import fc from 'fast-check';
import {
  CancelReason,
  InstrumentStatus,
  Phase,
  PriceType,
  Residual,
  SelfTradeMode,
  TimeCondition,
  VolumeCondition,
} from '../../src/core/enums.js';
import { KEEP } from '../../src/core/events.js';

/** Prices are `LOWEST_STEP`..`HIGHEST_STEP` steps; a step is some ticks, more of them to cross words of the bitmap. */
export const LOWEST_STEP = 10;
export const HIGHEST_STEP = 40;

const rarely = (oneIn: number) => fc.integer({ min: 1, max: oneIn }).map((n) => (n === oneIn ? 1 : 0));
/** How many steps away from the market of its side, the middle: most orders rest, some trade, a few are out of bounds. */
const away = fc.oneof(
  { weight: 1, arbitrary: fc.integer({ min: -17, max: 17 }) },
  { weight: 6, arbitrary: fc.integer({ min: -1, max: 12 }) },
  { weight: 2, arbitrary: fc.integer({ min: -3, max: 3 }) },
);

const { GFD, GTC, GFS, GTD, GFA, IOC } = TimeCondition;
const { ANY, MIN, ALL } = VolumeCondition;
/** Legal ones, and now and then a combination that is not. */
const HOW: readonly (readonly [time: number, volume: number])[] = [
  ...Array<readonly [number, number]>(8).fill([GFD, ANY]),
  ...([GTC, GTC, GFS, GTD, GFA, GFA, IOC, IOC].map((time) => [time, ANY]) as [number, number][]),
  ...([ALL, ALL, MIN, MIN].map((volume) => [IOC, volume]) as [number, number][]),
  [GFD, ALL],
];

const order = fc.record({
  kind: fc.constant('order' as const),
  account: fc.integer({ min: 1, max: 40 }),
  side: fc.integer({ min: 0, max: 1 }),
  priceType: fc.constantFrom(...Array<number>(14).fill(PriceType.LIMIT), PriceType.MARKET, PriceType.BEST1, PriceType.BEST5),
  away,
  offTick: rarely(100),
  volume: fc.integer({ min: 0, max: 60 }).map((n) => (n === 60 ? 0 : (n % 9) + 1)),
  how: fc.constantFrom(...HOW),
  minVolume: fc.integer({ min: 1, max: 9 }),
  residual: fc.constantFrom(Residual.CANCEL, Residual.TO_LIMIT),
  slippage: fc.constantFrom(0, 0, 0, 1, 2, 60),
  postOnly: rarely(12),
  closes: fc.integer({ min: 0, max: 2 }).map((n) => (n === 2 ? 1 : 0)),
  mode: fc.constantFrom(SelfTradeMode.REJECT, SelfTradeMode.REJECT, ...Object.values(SelfTradeMode)),
});
/** Picks among the resting orders, or among the latest ids, finished or not. */
const target = {
  pick: fc.integer({ min: 0, max: 400 }),
  isResting: fc.integer({ min: 0, max: 7 }).map((n) => n !== 0),
  isForeign: rarely(15),
};
const cancel = fc.record({ kind: fc.constant('cancel' as const), ...target });
const amend = fc.record({
  kind: fc.constant('amend' as const),
  ...target,
  /** Undefined keeps the price. */
  away: fc.option(away, { nil: undefined }),
  offTick: rarely(60),
  volume: fc.integer({ min: 0, max: 12 }),
  closes: fc.integer({ min: 0, max: 1 }),
});
const mass = fc.record({
  kind: fc.constant('mass' as const),
  account: fc.oneof({ weight: 29, arbitrary: fc.integer({ min: 1, max: 40 }) }, { weight: 1, arbitrary: fc.constant(0) }),
  side: fc.constantFrom(0, 1, 2),
  /** Sometimes the exchange itself takes them. */
  reason: fc.constantFrom(0, 0, 0, 0, CancelReason.EXPIRED, CancelReason.FROZEN, CancelReason.LIQUIDATION),
});
/** Mostly open, or little would happen. */
const phase = fc.record({
  kind: fc.constant('phase' as const),
  phase: fc.constantFrom(
    ...Array<number>(40).fill(Phase.CONTINUOUS),
    ...Array<number>(12).fill(Phase.AUCTION_ORDER),
    ...[Phase.AUCTION_MATCH, Phase.AUCTION_MATCH, Phase.AUCTION_CANCEL, Phase.HALT, Phase.HALT, Phase.BREAK, Phase.PRE_OPEN],
    ...[Phase.CLOSED, Phase.SETTLING, ...Array<number>(20).fill(KEEP)],
  ),
  status: fc.constantFrom(
    ...Array<number>(40).fill(InstrumentStatus.active),
    ...[InstrumentStatus.close_only, InstrumentStatus.suspended, InstrumentStatus.delisted, KEEP, KEEP],
  ),
});
const spec = fc.record({
  kind: fc.constant('spec' as const),
  lower: fc.integer({ min: LOWEST_STEP, max: 24 }),
  upper: fc.integer({ min: 26, max: HIGHEST_STEP }),
  reference: fc.integer({ min: 20 * 4, max: 30 * 4 }),
  tradePrice: fc.integer({ min: 0, max: 1 }),
  auctionTieBreak: fc.integer({ min: 0, max: 1 }),
  closeFirstAtLimit: fc.integer({ min: 0, max: 1 }),
  cancelInBreak: fc.integer({ min: 0, max: 1 }),
});
const restart = fc.record({ kind: fc.constant('restart' as const) });

export const commandArbitrary = fc.oneof(
  { weight: 400, arbitrary: order },
  { weight: 40, arbitrary: cancel },
  { weight: 40, arbitrary: amend },
  { weight: 1, arbitrary: mass },
  { weight: 6, arbitrary: phase },
  { weight: 2, arbitrary: spec },
  { weight: 1, arbitrary: restart },
);
export type Command = typeof commandArbitrary extends fc.Arbitrary<infer C> ? C : never;
export type CommandOf<K extends Command['kind']> = Extract<Command, { kind: K }>;
