/**
 * Lets one action at a time through, in order of arrival.
 *
 * Users, accounts and instruments are numbered without gaps in log order, and names must be unique. Whoever takes the
 * next number or a name looks, proposes and waits for the event inside the turnstile, so that nobody else can look in
 * between, and a refused proposal leaves no gap behind.
 */
export class Turnstile {
  private last: Promise<unknown> = Promise.resolve();

  pass<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.last.then(action, action);
    this.last = turn;
    return turn;
  }
}
