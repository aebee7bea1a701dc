/** Settles the trading day of an exchange that is about to be killed, and looks afterwards whether that was done whole or not at all. */
import { HttpClient, type Instrument } from '../../src/client/index.js';
import { ADMIN_PASSWORD, ADMIN_USERNAME } from '../../src/cli/support/child-server.js';

interface Verdicts {
  ok: boolean;
}

export class SettlementWitness {
  /** Runs that were answered, and runs that had been done without an answer. */
  answered = 0;
  done = 0;
  untouched = 0;
  private token = '';
  private price = {};
  private day = '';
  private isAnswered = false;

  /** Everything that comes before the run itself. */
  async prepare(url: string): Promise<void> {
    const { token } = await new HttpClient(url).login(ADMIN_USERNAME, ADMIN_PASSWORD);
    this.token = token;
    const http = new HttpClient(url, token);
    const instruments = await http.call<Instrument[]>('GET', '/api/market/instruments');
    const prices = instruments.map((instrument) => ({
      instrument_id: instrument.instrument_id,
      // the middle of the limits: the next day has the same ones
      settlement_price: instrument.pre_settlement,
    }));
    await http.call('POST', '/admin/settlement/batch-set-prices', { prices });
    this.price = prices[0]!;
    this.day = await this.dayOf(http);
    this.isAnswered = false;
  }

  /** Resolves when the run is over or the exchange is gone. */
  async run(url: string): Promise<void> {
    await new HttpClient(url, this.token).call('POST', '/admin/settlement/execute', {}).then(
      () => {
        this.isAnswered = true;
        this.answered++;
      },
      () => undefined,
    );
  }

  /** After the restart. `accounts` had all traded or not: each has a statement of the day or none has. */
  async check(url: string, accounts: readonly { token: string; account: string }[]): Promise<string[]> {
    const http = new HttpClient(url, this.token);
    const isDone = (await this.dayOf(http)) !== this.day;
    if (isDone) this.done++;
    else this.untouched++;
    const faults: string[] = [];
    if (this.isAnswered && !isDone) faults.push(`the settlement of ${this.day} was acknowledged and is lost`);
    for (const { token, account } of accounts) {
      const path = `/api/data/settlement/statement?account_id=${account}&date=${this.day}`;
      const hasStatement = await new HttpClient(url, token).call('GET', path).then(
        () => true,
        () => false,
      );
      if (hasStatement !== isDone)
        faults.push(`${this.day} is ${isDone ? '' : 'not '}settled, but ${account} has ${hasStatement ? 'a' : 'no'} statement`);
    }
    const { ok } = await http.call<Verdicts>('GET', '/admin/soundness');
    if (!ok) faults.push(`the books do not balance after the settlement of ${this.day}`);
    return faults;
  }

  /** The answer to a price names the day that it is for. */
  private async dayOf(http: HttpClient): Promise<string> {
    return (await http.call<{ date: string }>('POST', '/admin/settlement/set-price', this.price)).date;
  }
}
