/**
 * Password hashing off the main thread. bcrypt costs a quarter of a second by design, so it has threads of its own, few
 * of them, with a bounded queue: a storm of logins is refused instead of stalling the trading that shares the machine.
 */
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { AuthError } from './auth-error.js';
import { PASSWORD_BYTES_MAX } from './password-policy.js';
import type { PasswordResult, PasswordTask } from './password-task.js';

const WORKER_FILE = fileURLToPath(new URL('../../workers/password.js', import.meta.url));

/** Bounds of bcrypt itself. */
const COST_MIN = 4;
const COST_MAX = 31;

/** On Linux a nice value belongs to one thread; elsewhere it would slow the whole process down. */
const NICE_INCREMENT = process.platform === 'linux' ? 10 : 0;

export interface PasswordPoolOptions {
  /** bcrypt cost of new hashes and of the dummy check, 4..31. */
  readonly cost: number;
  /** Threads at most; the first is kept, the others end when idle. Default 1. */
  readonly threadsMax?: number;
  /** Tasks that may wait for a thread; one more is refused. Default 64, about 16 seconds of work for one thread at cost 12. */
  readonly queueMax?: number;
  /** Told what a thread has done, by whoever asked for it. */
  readonly onDone?: ((kind: PasswordTask['kind']) => void) | undefined;
  /** Told when a thread dies while idle; the pool replaces it. */
  readonly onError: (error: Error) => void;
}

/** The queue is full and nothing was done: try again later. */
export class PoolBusyError extends AuthError {
  override readonly name = 'PoolBusyError';

  constructor() {
    super('AUTH_POOL_BUSY', 'too many passwords are being checked at once');
  }
}

export class PasswordPool {
  readonly #pool: Piscina<PasswordTask, PasswordResult>;
  readonly #cost: number;
  readonly #pendingMax: number;
  readonly #dummyHash: string;
  readonly #onDone: PasswordPoolOptions['onDone'];
  #pendingCount = 0;
  #closing: Promise<void> | undefined;

  constructor(options: PasswordPoolOptions) {
    const threadsMax = options.threadsMax ?? 1;
    checkCost(options.cost);
    this.#cost = options.cost;
    this.#onDone = options.onDone;
    this.#pendingMax = threadsMax + (options.queueMax ?? 64);
    this.#dummyHash = dummyHash(options.cost);
    this.#pool = new Piscina<PasswordTask, PasswordResult>({
      filename: WORKER_FILE,
      minThreads: 1,
      maxThreads: threadsMax,
      idleTimeout: 10_000,
      niceIncrement: NICE_INCREMENT,
      recordTiming: false,
    });
    this.#pool.on('error', options.onError);
  }

  /** Tasks running or waiting. */
  get pendingCount(): number {
    return this.#pendingCount;
  }

  /** bcrypt text of a password of at most 72 bytes. Rejects with PoolBusyError when the queue is full. */
  async hash(password: string, cost = this.#cost): Promise<string> {
    checkCost(cost);
    if (Buffer.byteLength(password) > PASSWORD_BYTES_MAX) {
      throw new RangeError(`password is longer than ${PASSWORD_BYTES_MAX} bytes`);
    }
    return String(await this.#run({ kind: 'hash', password, cost }));
  }

  /** Whether `password` fits `hash`; false for a malformed hash. Rejects with PoolBusyError when the queue is full. */
  async verify(password: string, hash: string): Promise<boolean> {
    // bcrypt would compare only the first 72 bytes. Such a password can never be right, but takes as long as any other.
    if (Buffer.byteLength(password) > PASSWORD_BYTES_MAX) {
      await this.#run({ kind: 'verify', password: '', hash });
      return false;
    }
    return (await this.#run({ kind: 'verify', password, hash })) === true;
  }

  /** Takes the time of a check and is always false: the answer for an unknown name, so that time tells nothing. */
  async verifyDummy(): Promise<false> {
    await this.#run({ kind: 'verify', password: '', hash: this.#dummyHash });
    return false;
  }

  /** Ends the threads. What still waits or runs rejects with AUTH_POOL_CLOSED, as does every later call. */
  async close(): Promise<void> {
    this.#closing ??= this.#pool.destroy();
    await this.#closing;
  }

  async #run(task: PasswordTask): Promise<PasswordResult> {
    if (this.#closing) throw closedError();
    if (this.#pendingCount >= this.#pendingMax) throw new PoolBusyError();
    this.#pendingCount += 1;
    try {
      const result = await this.#pool.run(task);
      this.#onDone?.(task.kind);
      return result;
    } catch (cause) {
      throw this.#closing ? closedError() : new AuthError('AUTH_POOL_FAILED', 'the password thread failed', { cause });
    } finally {
      this.#pendingCount -= 1;
    }
  }
}

/** A well-formed hash, so that bcrypt takes the full time of its cost; no password is known that fits it. */
export function dummyHash(cost: number): string {
  return `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`;
}

function closedError(): AuthError {
  return new AuthError('AUTH_POOL_CLOSED', 'the password pool is closed');
}

function checkCost(cost: number): void {
  // bcrypt itself would silently use another cost for some of these.
  if (!Number.isInteger(cost) || cost < COST_MIN || cost > COST_MAX) throw new RangeError(`bcrypt cost must be ${COST_MIN} to ${COST_MAX}`);
}
