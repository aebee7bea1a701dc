import type { Condition, KeyStore, Outcome, Range, RangeOptions, Watch } from '../../src/replication/key-store.js';
import { SimEtcd, type Puts } from '../sim/cluster/sim-etcd.js';

/** A simulated etcd that is always there, for whoever asks it for keys and does not watch. */
export class SimKeyStore implements KeyStore {
  constructor(readonly etcd = new SimEtcd({ committed: () => undefined })) {}

  async range(from: string, to: string, options?: RangeOptions): Promise<Range> {
    return this.etcd.range(from, to, options);
  }

  async commit(conditions: readonly Condition[], puts: Puts, elseKey?: string): Promise<Outcome> {
    return this.etcd.commit('test', conditions, puts, elseKey);
  }

  async remove(from: string, to: string): Promise<number> {
    return this.etcd.remove('test', from, to);
  }

  async compact(revision: number): Promise<void> {
    this.etcd.compact(revision);
  }

  async usage(): Promise<{ bytes: number }> {
    return { bytes: this.etcd.bytes };
  }

  watch(): Watch {
    throw new Error('nobody watches here');
  }

  rotate(): void {
    // there is one way only
  }

  close(): void {
    // nothing is open
  }
}
