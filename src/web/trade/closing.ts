/** Closing a holding: how much of it can be, and which orders that takes. */
import type { Order, Position } from '../stores/desk.js';

export type Side = 'LONG' | 'SHORT';

export interface ClosingOrder {
  readonly offset: 'CLOSE' | 'CLOSETODAY';
  readonly volume: number;
}

/** Here CLOSE takes lots of earlier days only; what was opened today has a word of its own. */
const TODAY_APART = ['SHFE', 'INE'];

/** Lots of one side that no working order closes yet. */
export function closable(position: Position | undefined, side: Side): number {
  if (position === undefined) return 0;
  return side === 'LONG' ? position.volume_long - position.volume_long_frozen : position.volume_short - position.volume_short_frozen;
}

/** The orders that close `volume` lots: earlier days first. What is more than there is stays in the last one, for the exchange to refuse. */
export function closingOrders(
  exchange: string,
  position: Position | undefined,
  side: Side,
  working: readonly Order[],
  volume: number,
): readonly ClosingOrder[] {
  if (position === undefined || !TODAY_APART.includes(exchange)) return [{ offset: 'CLOSE', volume }];
  const today = side === 'LONG' ? position.volume_long_today : position.volume_short_today;
  const frozen = working
    .filter(({ account_id: account, instrument_id: id }) => account === position.account_id && id === position.instrument_id)
    .filter(({ offset, direction }) => offset === 'CLOSETODAY' && direction === (side === 'LONG' ? 'SELL' : 'BUY'))
    .reduce((sum, { remaining_volume: lots }) => sum + lots, 0);
  const earlier = Math.max(0, closable(position, side) - (today - frozen));
  if (earlier === 0) return [{ offset: 'CLOSETODAY', volume }];
  if (volume <= earlier || today === 0) return [{ offset: 'CLOSE', volume }];
  return [
    { offset: 'CLOSE', volume: earlier },
    { offset: 'CLOSETODAY', volume: volume - earlier },
  ];
}
