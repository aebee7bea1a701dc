/** Wakes the one thread that waits for any of several rings; any number of threads may notify. */

const AWAKE = 0;
/** The owner blocks in Atomics.wait or is about to. */
const SLEEPING = 1;
/** The owner runs an event loop, does not poll any more, and wants a message. */
const ARMED = 2;

/**
 * Looks before going to sleep: a few hundred nanoseconds, the time in which a batch under way usually ends. More would
 * take the core from the thread that is waited for.
 */
const SPINS = 32;

export class WakeSignal {
  private readonly state: Int32Array<SharedArrayBuffer>;

  /** A line of its own, so that looking at the flag does not disturb neighbours. Zero means awake. */
  static create(): SharedArrayBuffer {
    return new SharedArrayBuffer(128);
  }

  /** Changes nothing in shared memory: whoever comes first may notify or wait. */
  constructor(buffer: SharedArrayBuffer) {
    this.state = new Int32Array(buffer, 0, 1);
  }

  /**
   * Blocks the owner until `ready()` is true or somebody notifies or the time is over; may return early, so look again.
   * `ready` must load what the notifier stores with Atomics (RingConsumer.isEmpty does).
   */
  wait(timeoutMs: number, ready: () => boolean): void {
    for (let spin = 0; spin < SPINS; spin++) if (ready()) return;
    // Set by the owner, then it looks at the rings again; a notifier stores its tail, then looks at the flag. All are
    // sequentially consistent, so at least one of the two sees the other and no wake-up is lost.
    Atomics.store(this.state, 0, SLEEPING);
    // Returns at once when a notifier has taken the flag meanwhile.
    if (!ready()) Atomics.wait(this.state, 0, SLEEPING, timeoutMs);
    Atomics.store(this.state, 0, AWAKE);
  }

  /** As `wait`, for an owner whose event loop must go on meanwhile. Something else must keep that alive. */
  async waitAsync(timeoutMs: number, ready: () => boolean): Promise<void> {
    for (let spin = 0; spin < SPINS; spin++) if (ready()) return;
    // The same order as in `wait`: flag first, then the rings.
    Atomics.store(this.state, 0, SLEEPING);
    if (!ready()) await Atomics.waitAsync(this.state, 0, SLEEPING, timeoutMs).value;
    Atomics.store(this.state, 0, AWAKE);
  }

  /**
   * Tells an event-loop owner's notifiers to send a message. Look at the rings again afterwards: what was published
   * before the flag was set sends none.
   */
  arm(): void {
    // The same order as in `wait`: flag first, then the rings.
    Atomics.store(this.state, 0, ARMED);
  }

  /** Takes `arm` back. A message may be on its way all the same. */
  disarm(): void {
    // Written by the owner; a notifier that took the flag before us sends a message that finds nothing to do.
    Atomics.store(this.state, 0, AWAKE);
  }

  /**
   * Called after publishing; one load when nobody sleeps. True when the caller must post a message to the owner's
   * port: it is the only one who took the armed flag.
   */
  notify(): boolean {
    // Loaded after the caller's Atomics.store of its tail.
    if (Atomics.load(this.state, 0) === AWAKE) return false;
    // Exchanged, so that of several notifiers exactly one takes the flag.
    const taken = Atomics.exchange(this.state, 0, AWAKE);
    if (taken === SLEEPING) Atomics.notify(this.state, 0);
    return taken === ARMED;
  }
}
