/** Whether the exchange may be used, and why not. */
import type { Logger } from 'pino';
import { EQUATIONS, type Verdict } from '../core/soundness/soundness.js';
import type { ExchangeState } from '../core/state.js';
import type { ClusterView } from '../front/cluster-view.js';
import type { Health, HealthStatus } from '../front/exchange.js';

export interface HealthParts {
  readonly state: ExchangeState;
  readonly log: Logger;
  /** Absent for a single node. */
  readonly cluster: ClusterView | undefined;
  readonly isDurable: boolean;
  /** Whether nobody takes snapshots any more. */
  readonly lacksSnapshots: () => boolean;
  /** A write of the thread failed. */
  readonly countFailure: (thread: string) => void;
}

export class ExchangeHealth {
  status: HealthStatus = 'recovering';
  private writeFailed = false;

  constructor(private readonly parts: HealthParts) {}

  get isLogWritable(): boolean {
    return !this.writeFailed && this.status !== 'halted';
  }

  /** 0, or the code of why nothing may be handed over now. */
  closedBy(): number {
    if (this.parts.cluster?.mayWrite === false) return 9005;
    if (this.status === 'ok') return this.writeFailed ? 5002 : 0;
    return this.status === 'halted' ? 5002 : 9005;
  }

  report(): Health {
    const { state, cluster, isDurable, lacksSnapshots } = this.parts;
    const status = this.status === 'ok' && (this.writeFailed || lacksSnapshots()) ? 'degraded' : this.status;
    const health: Health = { status, service: 'qaexchange', sequence: state.sequence };
    if (cluster === undefined) return isDurable ? health : { ...health, durable: false };
    // a node that may not answer is degraded, whatever else it is
    return { ...health, status: status === 'ok' && !cluster.mayRead ? 'degraded' : status, cluster: cluster.health() };
  }

  /** '' when writing works again. */
  noteWriteFailure(thread: string, message: string): void {
    const { log, countFailure } = this.parts;
    if (message === '') log.info({ thread }, 'writing works again');
    else {
      log.error({ thread, reason: message }, 'a write failed and is tried again');
      countFailure(thread);
    }
    if (thread === 'wal') this.writeFailed = message !== '';
  }

  /** Books that do not balance are not traded on; what is known can still be read. */
  noteUnsound({ id, left, right, account, instrument, orderId }: Verdict, sequence: number): void {
    if (this.status !== 'stopping') this.status = 'halted';
    const place = { account, instrument, orderId, sequence };
    this.parts.log.fatal({ equation: id, says: EQUATIONS[id], left, right, ...place }, 'the books do not balance: trading is halted');
  }
}
