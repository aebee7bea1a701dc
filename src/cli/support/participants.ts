/** Simulated participants: users who trade over `/ws` like anybody else. */
import { connect, type JsonClient } from '../../client/index.js';
import { makeUsers } from '../load/load-accounts.js';

export interface Participant {
  readonly client: JsonClient;
  readonly accountId: string;
  readonly token: string;
}

/** Registers and funds them; the exchange must take deposits from owners, which it does in simulation mode only. */
export async function participants(httpUrl: string, wsUrl: string, count: number): Promise<Participant[]> {
  const users = await makeUsers(httpUrl, count, 1);
  return await Promise.all(
    users.map(async ({ token, accounts }) => ({ client: await connect(wsUrl, { token }), accountId: accounts[0], token })),
  );
}
