/**
 * Commands for a throw-away book before the first real order: cold matching code is three to four times slower for about
 * the first 100 000 commands, and no trader should pay for that. The flow is the same on every run.
 *
 * Its numbers are as large as they may become one day, so that what is compiled for them needs no second go.
 */
import { Offset, Phase, PriceType, SelfTradeMode, Side, TimeCondition, VolumeCondition } from '../enums.js';
import { BookSpec, CancelEntry, OrderEntry } from '../events.js';

const TICK = 10_000;
const MIDDLE = 1_000_000 * TICK;
/** Ticks between two quotes far from the middle: the next level is then not in the same word of a bitmap. */
const FAR = 97;
/** Of the first order. */
const FIRST_ID = 2 ** 40;
/** Enough of them that few orders are refused for meeting one of their own account. */
const ACCOUNTS = 4096;
/** Orders under way. A command that draws a free cell enters an order, one that draws a taken cell cancels its order. */
const CELLS = 4096;

/** Where the commands go: a matcher, or whatever leads to one. */
export interface WarmUpTarget {
  openBook(spec: BookSpec): void;
  submit(order: OrderEntry): void;
  cancel(command: CancelEntry): void;
}

/** Sends the commands, all to instrument 0, which no instrument of an exchange is. */
export function warmUp(target: WarmUpTarget, commands = 100_000): void {
  target.openBook(throwAwaySpec());
  const order = new OrderEntry();
  const cancel = new CancelEntry();
  /** Ids less FIRST_ID of the orders under way, 0 in a free cell. */
  const cells = new Int32Array(CELLS);
  let random = 0x2545_f491;
  for (let number = 1; number <= commands; number++) {
    // Marsaglia's xorshift32: enough spread, and a fixed sequence.
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    const cell = (random >>> 8) % CELLS;
    if (number % 10 === 0) {
      fillOrder(order, number, random, true);
      target.submit(order);
    } else if (cells[cell] !== 0) {
      cancel.orderId = FIRST_ID + cells[cell];
      cancel.account = accountOf(cells[cell]);
      cells[cell] = 0;
      target.cancel(cancel);
    } else {
      cells[cell] = number;
      fillOrder(order, number, random, false);
      target.submit(order);
    }
  }
}

function throwAwaySpec(): BookSpec {
  const spec = new BookSpec();
  spec.priceTick = TICK;
  spec.lowerLimit = MIDDLE - 32 * FAR * TICK;
  spec.upperLimit = MIDDLE + 32 * FAR * TICK;
  spec.phase = Phase.CONTINUOUS;
  spec.nextShardSequence = FIRST_ID;
  return spec;
}

function accountOf(number: number): number {
  return (number % ACCOUNTS) + 1;
}

/** A quote near the middle or, one in eight, far from it; or an order that takes: every fourth at market, the others limited and immediate. */
function fillOrder(order: OrderEntry, number: number, random: number, takes: boolean): void {
  const buys = (random & 1) === 0;
  const distance = ((random >>> 1) & 31) * ((random & 0x7000) === 0 ? FAR : 1) * TICK;
  const atMarket = takes && (random & 0xc0) === 0;
  order.orderId = FIRST_ID + number;
  order.account = accountOf(number);
  order.selfTradeGroup = order.account;
  order.side = buys ? Side.BUY : Side.SELL;
  order.offset = Offset.OPEN;
  order.priceType = atMarket ? PriceType.MARKET : PriceType.LIMIT;
  order.timeCondition = takes ? TimeCondition.IOC : TimeCondition.GFD;
  order.volumeCondition = takes && (random & 0x100) !== 0 ? VolumeCondition.ALL : VolumeCondition.ANY;
  order.selfTradeMode = SelfTradeMode.REJECT;
  order.price = atMarket ? 0 : MIDDLE + (buys === takes ? distance : -distance);
  order.freezePrice = MIDDLE;
  order.volume = ((random >>> 9) & 7) + 1;
  order.leaves = order.volume;
}
