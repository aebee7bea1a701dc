import type { AmendEntry, CancelEntry, MassEntry, MatchSink, OrderEntry, Trade } from '../../src/core/events.js';

/** What a matcher decides as lines of text; those of the command under way, or of the last one. */
export class EventLines implements MatchSink {
  lines: string[] = [];

  beginCommand(): void {
    this.lines = [];
  }
  orderAccepted(order: OrderEntry, priority: number): void {
    this.lines.push(`accepted ${order.orderId} priority ${priority}`);
  }
  orderRefused(order: OrderEntry, code: number): void {
    this.lines.push(`refused ${order.orderId} ${code}`);
  }
  trade(it: Trade): void {
    const parties = `${it.buyOrderId} of ${it.buyAccount} / ${it.sellOrderId} of ${it.sellAccount}`;
    const how = `index ${it.matchIndex} taker ${it.takerSide} phase ${it.phase} self ${it.selfTrade}`;
    this.lines.push(`trade ${it.volume}@${it.price} ${parties} ${how}`);
  }
  orderCancelled(id: number, account: number, _instrument: number, lots: number, reason: number, code: number, request: number): void {
    this.lines.push(`cancelled ${id} ${account} ${lots} reason ${reason} code ${code} request ${request}`);
  }
  cancelRefused(command: CancelEntry, code: number): void {
    this.lines.push(`cancel refused ${command.orderId} ${code}`);
  }
  orderAmended(it: AmendEntry): void {
    const size = `${it.leaves}/${it.volume}@${it.price}`;
    this.lines.push(
      `amended ${it.orderId} of ${it.account} ${size} priority ${it.prioritySequence} close ${it.closeFirst} request ${it.request}`,
    );
  }
  amendRefused(command: AmendEntry, code: number): void {
    this.lines.push(`amend refused ${command.orderId} ${code}`);
  }
  massCancelled(_command: MassEntry, count: number, code: number): void {
    this.lines.push(`mass ${count} code ${code}`);
  }
  phaseChanged(_instrument: number, phase: number, status: number, reason: number, request: number): void {
    this.lines.push(`phase ${phase} ${status} reason ${reason} request ${request}`);
  }
  endCommand(): void {}
}
