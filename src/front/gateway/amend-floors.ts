/**
 * Orders with amends under way, and the least that each may hold until all of them have come back. A further amend must
 * reserve from there: when it is applied, those before it may have given back what the order holds now.
 */
import type { OrderTable } from '../../core/orders.js';
import type { AmendFloor } from '../../core/pre-trade.js';

interface Floor extends AmendFloor {
  underWay: number;
}

export class AmendFloors {
  private readonly floors = new Map<number, Floor>();
  private readonly held: AmendFloor = { volume: 0, margin: 0, fee: 0 };

  constructor(private readonly orders: OrderTable) {}

  /** What the order in the slot may hold at least. Valid until the next call. */
  of(slot: number): AmendFloor {
    const { volume, frozenMargin, frozenFee, orderId } = this.orders;
    const { held } = this;
    held.volume = volume[slot];
    held.margin = frozenMargin[slot];
    held.fee = frozenFee[slot];
    const floor = this.floors.get(orderId[slot]);
    if (floor !== undefined) lower(held, floor);
    return held;
  }

  /** An amend to these amounts is under way. */
  add(orderId: number, amended: AmendFloor): void {
    const floor = this.floors.get(orderId);
    if (floor === undefined) {
      this.floors.set(orderId, { ...amended, underWay: 1 });
    } else {
      floor.underWay++;
      lower(floor, amended);
    }
  }

  /** An amend of the order has come back. */
  remove(orderId: number): void {
    const floor = this.floors.get(orderId);
    if (floor !== undefined && --floor.underWay === 0) this.floors.delete(orderId);
  }
}

function lower(floor: AmendFloor, other: AmendFloor): void {
  floor.volume = Math.min(floor.volume, other.volume);
  floor.margin = Math.min(floor.margin, other.margin);
  floor.fee = Math.min(floor.fee, other.fee);
}
