/** How lots of a position side are closed: the offsets that its exchange asks for, in orders no larger than it takes. */
import { Offset } from '../../core/enums.js';
import { closesYesterdayOnly } from '../../core/instrument.js';
import { HIS, TODAY } from '../../core/positions.js';
import { FLEXIBLE, type Reservations } from '../../core/reservations.js';
import type { ExchangeState } from '../../core/state.js';
import type { Closing } from '../../core/liquidation-plan.js';

export interface ClosingOrder {
  /** `Offset` */
  offset: number;
  volume: number;
}

/** The orders for up to `volume` lots that nothing holds; none when all are held. Lots of earlier days come first. */
export function closingOrders(
  state: ExchangeState,
  reservations: Reservations,
  { position, side }: Pick<Closing, 'position' | 'side'>,
  volume: number,
): ClosingOrder[] {
  const { positions, instruments, riskLimits } = state;
  const account = positions.account[position];
  const instrument = instruments.get(positions.instrument[position]);
  const reserved = (bucket: number): number => reservations.lots(account, instrument.instrument, side, bucket);
  const free = (bucket: number): number => Math.max(0, positions.closable(position * 2 + side, bucket) - reserved(bucket));
  // what a closing order under way may take of either
  const his = Math.max(0, Math.min(volume, free(HIS) - reserved(FLEXIBLE)));
  const today = Math.max(0, Math.min(volume - his, free(TODAY) - reserved(FLEXIBLE)));
  const largest = Math.min(instrument.maxLimitVolume, riskLimits.of(instrument.instrument).maxOrderVolume);
  if (!closesYesterdayOnly(instrument.exchange)) return split(Offset.CLOSE, his + today, largest);
  return [...split(Offset.CLOSE, his, largest), ...split(Offset.CLOSETODAY, today, largest)];
}

function split(offset: number, volume: number, largest: number): ClosingOrder[] {
  const orders: ClosingOrder[] = [];
  for (let left = volume; left > 0; left -= largest) orders.push({ offset, volume: Math.min(left, largest) });
  return orders;
}
