/**
 * etcd by gRPC. One client for each endpoint: which member answers is for us to say, and one that does not is left for the
 * next at once. Neither the client's circuit breakers nor its retries are used: they kept a healthy cluster away for seconds.
 */
import { Etcd3, type IOptions, type IPutRequest, type IResponseOp, type IWatchResponse } from 'etcd3';
import { etcdCredentials, type EtcdFiles } from './credentials.js';
import type { Change, Condition, Entry, KeyStore, Outcome, Range, RangeOptions, Watch, WatchHandlers } from './key-store.js';

export interface EtcdSettings extends EtcdFiles {
  /** http://host:port or https://host:port. */
  readonly endpoints: readonly string[];
  /** A member that takes longer for an answer is dead or cut off; the next one is asked. */
  readonly deadlineMs: number;
}

/** For members whose figures are only for show. */
const USAGE_DEADLINE_MS = 1000;

type Policy = NonNullable<NonNullable<IOptions['faultHandling']>['global']>;

/** Runs the call and nothing else; asynchronous, for the client waits for a promise also where the call throws. */
const NO_POLICY = {
  execute: async (call: (context: { signal: AbortSignal }) => unknown) => await call({ signal: new AbortController().signal }),
  onSuccess: () => ({ dispose: () => undefined }),
  onFailure: () => ({ dispose: () => undefined }),
} as unknown as Policy;

const GRPC_OPTIONS = {
  'grpc.keepalive_time_ms': 500,
  'grpc.keepalive_timeout_ms': 400,
  'grpc.keepalive_permit_without_calls': 0,
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc.initial_reconnect_backoff_ms': 20,
  'grpc.min_reconnect_backoff_ms': 20,
  'grpc.max_reconnect_backoff_ms': 200,
};

export class EtcdStore implements KeyStore {
  private readonly clients: Etcd3[];
  private readonly deadlineMs: number;
  private current: number;

  /** Throws with one sentence when a file cannot be used. Connects with the first call, to the member `first`. */
  constructor(settings: EtcdSettings, first = 0) {
    const credentials = credentialsOf(settings);
    this.deadlineMs = settings.deadlineMs;
    this.current = first % settings.endpoints.length;
    this.clients = settings.endpoints.map(
      (host) =>
        new Etcd3({
          hosts: host,
          ...(credentials === undefined ? {} : { credentials }),
          grpcOptions: GRPC_OPTIONS,
          faultHandling: { host: () => NO_POLICY, global: NO_POLICY },
          // a watch has no end
          defaultCallOptions: (context) => (context.isStream ? {} : { deadline: Date.now() + this.deadlineMs }),
        }),
    );
  }

  async range(from: string, to: string, options: RangeOptions = {}): Promise<Range> {
    const response = await this.call(({ kv }) =>
      kv.range({
        key: Buffer.from(from),
        range_end: Buffer.from(to),
        limit: options.limit ?? 0,
        keys_only: options.keysOnly ?? false,
        ...(options.isDescending === true ? { sort_order: 'Descend', sort_target: 'Key' } : {}),
      }),
    );
    return { entries: response.kvs.map(entryOf), revision: Number(response.header.revision), more: response.more };
  }

  async commit(
    conditions: readonly Condition[],
    puts: readonly (readonly [string, Uint8Array | string])[],
    elseKey?: string,
  ): Promise<Outcome> {
    const response = await this.call(({ kv }) =>
      kv.txn({
        compare: conditions.map(({ key, revision }) => ({
          key: Buffer.from(key),
          target: 'Mod',
          result: 'Equal',
          mod_revision: String(revision),
        })),
        success: puts.map(([key, value]) => ({ request_put: putOf(key, value) })),
        failure: elseKey === undefined ? [] : [{ request_range: { key: Buffer.from(elseKey) } }],
      }),
    );
    const kvs = response.succeeded ? undefined : (response.responses[0] as IResponseOp | undefined)?.response_range.kvs[0];
    return {
      succeeded: response.succeeded,
      revision: Number(response.header.revision),
      found: kvs === undefined ? undefined : entryOf(kvs),
    };
  }

  async remove(from: string, to: string): Promise<number> {
    const response = await this.call(({ kv }) => kv.deleteRange({ key: Buffer.from(from), range_end: Buffer.from(to) }));
    return Number(response.deleted);
  }

  async compact(revision: number): Promise<void> {
    await this.call(({ kv }) => kv.compact({ revision: String(revision) }));
  }

  async usage(): Promise<{ bytes: number }> {
    const options = { deadline: Date.now() + USAGE_DEADLINE_MS };
    const answers = await Promise.allSettled(this.clients.map(({ maintenance }) => maintenance.status(options)));
    const sizes = answers.flatMap((answer) => (answer.status === 'fulfilled' ? Number(answer.value.dbSize) : []));
    if (sizes.length === 0) throw (answers[0] as PromiseRejectedResult).reason;
    return { bytes: Math.max(...sizes) };
  }

  watch(prefix: string, fromRevision: number, handlers: WatchHandlers): Watch {
    return new EtcdWatch(this.clients[this.current], prefix, fromRevision, handlers);
  }

  rotate(): void {
    this.current = (this.current + 1) % this.clients.length;
  }

  close(): void {
    for (const client of this.clients) client.close();
  }

  private async call<T>(work: (client: Etcd3) => Promise<T>): Promise<T> {
    const asked = this.current;
    try {
      return await work(this.clients[asked]);
    } catch (error) {
      // several calls may fail together: one step for all of them
      if (this.current === asked) this.rotate();
      throw error;
    }
  }
}

type WatchStream = Awaited<ReturnType<Etcd3['watchClient']['watch']>>;
/** A gRPC stream is a stream of Node; the published type of the client leaves that out. */
type Flow = WatchStream & { pause(): void; resume(): void; cancel(): void };

class EtcdWatch implements Watch {
  private stream: Flow | undefined;
  private isOver = false;

  constructor(
    client: Etcd3,
    prefix: string,
    fromRevision: number,
    private readonly handlers: WatchHandlers,
  ) {
    client.watchClient.watch().then(
      (stream) => {
        this.begin(stream as Flow, prefix, fromRevision);
      },
      (error: unknown) => {
        this.end(textOf(error), false);
      },
    );
  }

  pause(): void {
    this.stream?.pause();
  }

  resume(): void {
    this.stream?.resume();
  }

  close(): void {
    this.isOver = true;
    this.stream?.cancel();
  }

  private begin(stream: Flow, prefix: string, fromRevision: number): void {
    this.stream = stream;
    stream.on('data', (response: IWatchResponse) => {
      this.take(response);
    });
    stream.on('error', (error: unknown) => {
      this.end(textOf(error), false);
    });
    stream.on('end', () => {
      this.end('the stream ended', false);
    });
    if (this.isOver) {
      stream.cancel();
      return;
    }
    const range = { key: Buffer.from(prefix), range_end: Buffer.from(`${prefix.slice(0, -1)}0`) };
    stream.write({ create_request: { ...range, start_revision: String(fromRevision) } });
  }

  private take(response: IWatchResponse): void {
    if (this.isOver) return;
    if (response.canceled) {
      this.end(response.cancel_reason, Number(response.compact_revision) > 0);
      this.stream?.cancel();
      return;
    }
    const changes = response.events.map(({ type, kv }): Change => ({
      key: kv.key.toString(),
      // with string enums etcd's PUT is 'Put', and DELETE 'Delete'
      value: type.toLowerCase() === 'delete' ? undefined : kv.value,
      revision: Number(kv.mod_revision),
    }));
    this.handlers.changed(changes);
  }

  private end(reason: string, isCompacted: boolean): void {
    if (this.isOver) return;
    this.isOver = true;
    this.handlers.ended(reason, isCompacted);
  }
}

function credentialsOf(files: EtcdFiles): IOptions['credentials'] {
  const { ca: rootCertificate, cert: certChain, key: privateKey } = etcdCredentials(files);
  if (rootCertificate === undefined) return undefined;
  return { rootCertificate, ...(certChain === undefined || privateKey === undefined ? {} : { certChain, privateKey }) };
}

function putOf(key: string, value: Uint8Array | string): IPutRequest {
  const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return { key: Buffer.from(key), value: bytes };
}

function entryOf(kv: { key: Buffer; value: Buffer; mod_revision: string }): Entry {
  return { key: kv.key.toString(), value: kv.value, revision: Number(kv.mod_revision) };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
