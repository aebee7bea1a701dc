/**
 * etcd as a node reaches it, by messages: what `EtcdStore` is to real members. A call that gets no answer ends with its deadline
 * and has happened or not; a watch is a stream from one member, which breaks, falls silent, or is cancelled.
 */
import type { Condition, KeyStore, Outcome, Range, RangeOptions, Watch, WatchHandlers } from '../../../src/replication/key-store.js';
import type { Lane, VirtualTime } from '../virtual-time.js';
import { EtcdError, type Puts } from './sim-etcd.js';
import type { SimLink } from './sim-link.js';
import { MEMBERS, type SimMembers } from './sim-members.js';
import { SimWatch } from './sim-watch.js';

export interface SimStoreParts {
  readonly time: VirtualTime;
  readonly members: SimMembers;
  readonly link: SimLink;
  /** The process whose store it is. */
  readonly lane: Lane;
  readonly node: string;
  readonly deadlineMs: number;
}

export class SimStore implements KeyStore {
  private current: number;
  private isClosed = false;

  constructor(
    private readonly parts: SimStoreParts,
    first: number,
  ) {
    this.current = first % MEMBERS;
  }

  range(from: string, to: string, options?: RangeOptions): Promise<Range> {
    return this.call(() => this.etcd.range(from, to, options));
  }

  commit(conditions: readonly Condition[], puts: Puts, elseKey?: string): Promise<Outcome> {
    // the bytes as they are now: their memory may be used again
    const kept = puts.map(([key, value]) => [key, Buffer.from(value)] as const);
    return this.call(() => this.etcd.commit(this.parts.node, conditions, kept, elseKey));
  }

  remove(from: string, to: string): Promise<number> {
    return this.call(() => this.etcd.remove(this.parts.node, from, to));
  }

  compact(revision: number): Promise<void> {
    return this.call(() => this.etcd.compact(revision));
  }

  usage(): Promise<{ bytes: number }> {
    return this.call(() => ({ bytes: this.etcd.bytes }));
  }

  watch(prefix: string, fromRevision: number, handlers: WatchHandlers): Watch {
    return new SimWatch({ ...this.parts, member: this.current, prefix, fromRevision, handlers });
  }

  rotate(): void {
    this.current = (this.current + 1) % MEMBERS;
  }

  close(): void {
    this.isClosed = true;
  }

  private get etcd(): SimMembers['etcd'] {
    return this.parts.members.etcd;
  }

  private async call<T>(apply: () => T): Promise<T> {
    const asked = this.current;
    try {
      return await this.send(asked, apply);
    } catch (error) {
      if (this.current === asked) this.rotate();
      throw error;
    }
  }

  private send<T>(member: number, apply: () => T): Promise<T> {
    const { time, members, link, lane, deadlineMs } = this.parts;
    if (this.isClosed) return Promise.reject(new EtcdError('the client is closed'));
    return new Promise<T>((resolve, reject) => {
      const deadline = time.after(deadlineMs * 1000, () => reject(new EtcdError('4 DEADLINE_EXCEEDED')), lane);
      /** The way back, in the node's own time. */
      const answer = (settle: () => void): void => {
        if (link.isCutBack || link.doesBreak()) return;
        time.after(
          link.delayUs(),
          () => {
            time.cancel(deadline);
            settle();
          },
          lane,
        );
      };
      const refuse = (error: Error): void => answer(() => reject(error));
      if (link.isCutThere) return;
      if (link.doesBreak()) {
        refuse(new EtcdError('14 UNAVAILABLE: read ECONNRESET'));
        return;
      }
      const arrive = (): void => {
        members.request(
          member,
          () => {
            let result: T;
            try {
              result = apply();
            } catch (error) {
              if (!(error instanceof EtcdError)) throw error;
              refuse(error);
              return;
            }
            answer(() => resolve(result));
          },
          refuse,
        );
      };
      time.after(link.delayUs(), arrive, time.world);
    });
  }
}
