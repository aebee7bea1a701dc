/**
 * Says in the log that this node hears nothing of its cluster any more, and why as far as can be found out: without that a node
 * whose certificate has expired, or whose network is gone, would go on trying for ever without a word.
 */
import type { Logger } from 'pino';
import type { ClusterView } from '../front/cluster-view.js';
import type { ClusterConfig } from '../front/config.js';
import { etcdCredentials } from '../replication/credentials.js';
import { monotonicMs } from '../replication/monotonic.js';
import { diagnose } from './etcd-diagnosis.js';

const LOOK_MS = 1000;
/** A change of the leader and a restart of etcd are over by then. */
const SILENT_MS = 5000;

export class ClusterSilence {
  private readonly timer: NodeJS.Timeout;
  private isSilent = false;

  constructor(
    private readonly view: ClusterView,
    private readonly config: ClusterConfig,
    private readonly log: Logger,
  ) {
    this.timer = setInterval(() => this.look(), LOOK_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const { heardMs } = this.view.figures();
    const silentMs = Math.round(monotonicMs() - heardMs);
    // 0: it has not begun to listen
    const isSilent = heardMs > 0 && silentMs > SILENT_MS;
    if (isSilent === this.isSilent) return;
    this.isSilent = isSilent;
    if (isSilent) void this.tell(silentMs);
    else this.log.info('the cluster is heard of again');
  }

  private async tell(silentMs: number): Promise<void> {
    const { endpoints } = this.config;
    let reason: string;
    try {
      reason = (await diagnose(endpoints, etcdCredentials(this.config), 'it answers')).reason;
    } catch (error) {
      // a file of a certificate that somebody has taken away meanwhile
      reason = error instanceof Error ? error.message : String(error);
    }
    this.log.warn({ silentMs, etcd: reason }, 'nothing is heard of the cluster');
  }
}
