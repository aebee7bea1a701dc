/** Makes the users, accounts and money of a load run through the public HTTP interface. */
import { randomBytes } from 'node:crypto';
import { ApiError, HttpClient, type Instrument } from '../../client/index.js';
import { loadInstrument, type LoadInstrument } from './order-mix.js';

/** More accounts of one user than this would make every private push long; the exchange sets no limit. */
export const ACCOUNTS_PER_USER_MAX = 20;
/** The mix needs one account that makes and one that takes. */
export const ACCOUNTS_PER_USER_MIN = 2;
/** Money of each account: enough that neither funds nor the share of one instrument stop an order. */
export const CASH = 10_000_000_000;
/** Password hashing is the slow part and has few threads. */
const USERS_AT_ONCE = 4;
/** Too many requests: registering is rated per address. Not available: a node of a cluster that waits for its quorum. */
const TRIED_AGAIN: readonly number[] = [9004, 9005];
const RETRY_MS = 500;
const RETRIES_MAX = 120;

export interface LoadUser {
  readonly username: string;
  readonly password: string;
  readonly userId: string;
  readonly token: string;
  readonly accounts: readonly string[];
}

/** `http://host:port` of a socket address. */
export function httpUrlOf(wsUrl: string): string {
  const url = new URL(wsUrl);
  return `${url.protocol === 'wss:' ? 'https:' : 'http:'}//${url.host}`;
}

/** `userCount` users with `accountsPerUser` funded accounts each. `made` is called after each user. */
export async function makeUsers(
  httpUrl: string,
  userCount: number,
  accountsPerUser: number,
  made: (count: number) => void = () => undefined,
): Promise<LoadUser[]> {
  // Names must be new on an exchange that has seen earlier runs.
  const run = randomBytes(5).toString('hex');
  const users: LoadUser[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < userCount) {
      const index = next++;
      users[index] = await makeUser(httpUrl, `load_${run}_${index}`, accountsPerUser);
      made(users.filter(Boolean).length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(USERS_AT_ONCE, userCount) }, work));
  return users;
}

async function makeUser(httpUrl: string, username: string, accountCount: number): Promise<LoadUser> {
  const http = new HttpClient(httpUrl);
  const password = `Load-${randomBytes(9).toString('base64url')}`;
  const { user_id: userId, account_id: first } = await retrying(() => http.register(username, password));
  const { token } = await retrying(() => http.login(username, password));
  const accounts = [first];
  while (accounts.length < accountCount) {
    const body = { account_name: `load ${accounts.length + 1}`, init_cash: 0, account_type: 'individual' };
    const answer = await retrying(() => http.call<{ account_id: string }>('POST', `/api/user/${userId}/account/create`, body));
    accounts.push(answer.account_id);
  }
  for (const account of accounts) {
    await retrying(() => http.call('POST', '/api/account/deposit', { account_id: account, amount: CASH }));
  }
  return { username, password, userId, token, accounts };
}

/** The instruments to trade: those named, or every active one. */
export async function loadInstruments(httpUrl: string, wanted: readonly string[]): Promise<LoadInstrument[]> {
  const listed = await new HttpClient(httpUrl).call<Instrument[]>('GET', '/api/market/instruments');
  const missing = wanted.find((id) => !listed.some(({ instrument_id }) => instrument_id === id));
  if (missing !== undefined) throw new Error(`the exchange lists no instrument ${missing}`);
  const chosen = listed.filter(({ instrument_id, status }) => (wanted.length === 0 ? status === 'active' : wanted.includes(instrument_id)));
  if (chosen.length === 0) throw new Error('the exchange lists no active instrument');
  return chosen.map((each) => loadInstrument(each.instrument_id, each.pre_settlement, each.price_tick, each.lower_limit, each.upper_limit));
}

async function retrying<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ApiError) || !TRIED_AGAIN.includes(error.code) || tries === RETRIES_MAX) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
