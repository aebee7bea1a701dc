/** A venue in which every refusal can be had: instruments of every status, traders, frozen and closed accounts. */
import type { HttpAnswer, Trader } from '../../support/http-client.js';
import type { ContractClient } from './contract-client.js';
import { order } from './examples.js';

export const UNKNOWN = {
  account: 'ACC_0000009999',
  user: 'U0000009999',
  instrument: 'CFFEX.XX',
  order: 'O9000000000000000',
  transaction: 'TXN999999999999',
} as const;

const LISTING = {
  ...{ instrument_name: 'x', instrument_type: 'commodity_future', exchange: 'SIM', contract_multiplier: 1, price_tick: 1 },
  ...{ reference_price: 100, margin_rate: 0.1, commission_rate: 0, limit_up_rate: 0.1, limit_down_rate: 0.1 },
};

export class Venue {
  constructor(
    readonly contract: ContractClient,
    readonly admin: string,
    readonly alice: Trader,
    readonly bob: Trader,
  ) {}

  /** Fails the test when staff is refused. */
  async staff(id: string, call: { params?: Record<string, string>; body?: unknown }): Promise<HttpAnswer> {
    const answer = await this.contract.call(id, { token: this.admin, ...call });
    if (answer.code !== 0) this.contract.problems.push(`${id} should be done for staff: ${answer.text}`);
    return answer;
  }

  async list(name: string, fields: object = {}): Promise<string> {
    const id = `SIM.${name}`;
    await this.staff('A2', { body: { ...LISTING, instrument_id: id, ...fields } });
    return id;
  }

  /** Suspends an instrument and ends it. */
  async delist(id: string): Promise<void> {
    await this.staff('A6', { params: { instrument_id: id }, body: { status: 'suspended' } });
    await this.staff('A4', { params: { instrument_id: id } });
  }

  phase(id: string, phase: string): Promise<HttpAnswer> {
    return this.staff('A26', { body: { instrument_id: id, phase } });
  }

  limit(change: object): Promise<HttpAnswer> {
    return this.staff('A14-set', { body: change });
  }

  orderOf(trader: Trader, instrument: string, fields: object = {}): object {
    return { ...order(trader, 100), instrument_id: instrument, ...fields };
  }

  submit(trader: Trader, instrument: string, fields: object = {}): Promise<HttpAnswer> {
    return this.contract.call('U5', { token: trader.token, body: this.orderOf(trader, instrument, fields) });
  }

  /** A trade of one lot at a price. */
  async trade(instrument: string, price: number): Promise<void> {
    await this.submit(this.alice, instrument, { price });
    await this.submit(this.bob, instrument, { price, direction: 'SELL' });
  }
}
