/** Which settlement prices an instrument can go on from. */
import { LADDER_TICKS_MAX } from '../book/price-ladder.js';
import { dailyLimits, type Instrument } from '../instrument.js';
import { MONEY_MAX } from '../units.js';

/** What stands against the price, in 1/10000 and above 0; undefined when nothing does. It may be finer than the tick. */
export function priceFault(instrument: Instrument, price: number): string | undefined {
  if (price * instrument.multiplier > MONEY_MAX) return 'is too large';
  const { lowerLimit, upperLimit } = dailyLimits({ ...instrument, preSettlement: price });
  if (lowerLimit > upperLimit || lowerLimit <= 0) return 'leaves no price on the tick between the daily limits of the next day';
  // the book spans the limits of both days until the orders of the old one are dealt with
  const lowest = Math.min(lowerLimit, instrument.lowerLimit);
  const highest = Math.max(upperLimit, instrument.upperLimit);
  return (highest - lowest) / instrument.priceTick >= LADDER_TICKS_MAX / 2 ? 'is too far from the price of the day' : undefined;
}
