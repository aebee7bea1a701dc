/** Slows the guessing of passwords: 5 failures of one name, or 20 from one address, within 15 minutes. */
import { usernameProblem } from './credentials.js';
import { FailureWindow } from './failure-window.js';

export interface LoginThrottleOptions {
  /** Default 5; 0 lifts the limit. */
  readonly failuresPerNameMax?: number;
  /** Default 20; 0 lifts the limit. */
  readonly failuresPerAddressMax?: number;
  readonly windowMs?: number;
  /** Names, and addresses, remembered; the oldest are forgotten first. */
  readonly keysMax?: number;
}

export type LoginAdmission =
  { readonly admitted: true; readonly attempt: LoginAttempt } | { readonly admitted: false; readonly retryAfterSeconds: number };

export class LoginThrottle {
  readonly #names: FailureWindow;
  readonly #addresses: FailureWindow;

  constructor(options: LoginThrottleOptions = {}) {
    const windowMs = options.windowMs ?? 15 * 60_000;
    const keysMax = options.keysMax ?? 10_000;
    this.#names = new FailureWindow({ failuresMax: options.failuresPerNameMax ?? 5, windowMs, keysMax });
    this.#addresses = new FailureWindow({ failuresMax: options.failuresPerAddressMax ?? 20, windowMs, keysMax });
  }

  /**
   * Asks whether this login may be tried now. If so it counts as under way until its attempt is told the outcome, so
   * that a burst sent at once gets no more tries than the same tries one by one.
   */
  begin(username: string, address: string, nowMs: number): LoginAdmission {
    // Names that cannot exist share one entry: blocking them harms nobody, and no long text is kept.
    const name = usernameProblem(username) === undefined ? username.toLowerCase() : '';
    const waitMs = Math.max(this.#names.retryAfterMs(name, nowMs), this.#addresses.retryAfterMs(address, nowMs));
    if (waitMs > 0) return { admitted: false, retryAfterSeconds: Math.ceil(waitMs / 1000) };
    return { admitted: true, attempt: new LoginAttempt(this.#names, this.#addresses, name, address) };
  }
}

/** One admitted login. Exactly one of the three outcomes counts; later ones are ignored. */
export class LoginAttempt {
  #open = true;

  constructor(
    private readonly names: FailureWindow,
    private readonly addresses: FailureWindow,
    private readonly name: string,
    private readonly address: string,
  ) {
    names.begin(name);
    addresses.begin(address);
  }

  /** Wrong name or password. */
  fail(nowMs: number): void {
    if (!this.#close()) return;
    this.names.fail(this.name, nowMs);
    this.addresses.fail(this.address, nowMs);
  }

  /** Right password: forgives the name, but not the address, which may be guessing other names in between. */
  succeed(): void {
    if (!this.#close()) return;
    this.names.clear(this.name);
    this.addresses.abandon(this.address);
  }

  /** The password was never checked, say because the pool was busy. */
  abandon(): void {
    if (!this.#close()) return;
    this.names.abandon(this.name);
    this.addresses.abandon(this.address);
  }

  #close(): boolean {
    const wasOpen = this.#open;
    this.#open = false;
    return wasOpen;
  }
}
