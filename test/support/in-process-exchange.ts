/** A whole exchange with all its threads inside the test's process, for tests that break one of its parts. */
import type { Worker } from 'node:worker_threads';
import { pino } from 'pino';
import { readStartOptions } from '../../src/cli/options.js';
import { recoverState, RunningExchange } from '../../src/cli/running-exchange.js';
import { FundKind, Offset } from '../../src/core/enums.js';
import { FrameKind, PLAIN_MOVE } from '../../src/core/events.js';
import { TradingCalendar } from '../../src/core/sessions.js';
import type { CommandWaiter } from '../../src/front/gateway/gateway.js';
import { OrderRequest } from '../../src/front/gateway/order-request.js';
import { listMissing, readInstrumentsFile } from '../../src/front/services/instruments-file.js';
import { openStorage } from '../../src/storage/database.js';

const ORIGIN = { address: '', userAgent: 'test' };

/** Two shards, the demo instruments, simulation mode. */
export async function startExchange(dataDir: string, args: string[] = []): Promise<RunningExchange> {
  const own = ['--data-dir', dataDir, '--simulation-mode', '--bcrypt-cost', '4', '--matching-workers', '2'];
  const { config } = readStartOptions([...own, ...args], {});
  const storage = await openStorage(dataDir);
  const recovered = await recoverState(storage, () => undefined);
  const exchange = new RunningExchange(config, pino({ level: 'silent' }), storage, recovered, new TradingCalendar());
  await exchange.start();
  await listMissing(readInstrumentsFile('schemas/demo-instruments.json'), exchange.state, exchange.instruments);
  return exchange;
}

/** Registers a user and pays into the account that every user gets. Returns the account. */
export async function addTrader(exchange: RunningExchange, username: string): Promise<number> {
  const { account } = await exchange.users.register({ username, password: 'seven-blue-boats' }, ORIGIN);
  await pay(exchange, account, 1e10);
  return account;
}

/** `amount` in 1/10000. */
export async function pay(exchange: RunningExchange, account: number, amount: number): Promise<void> {
  await exchange.proposer.propose(FrameKind.FundsMoved, { account, kind: FundKind.deposit, amount, method: '', remark: '', ...PLAIN_MOVE });
}

/** Submits one lot of CFFEX.IF and resolves to the code of the answer: 0 when the order is in the log. */
export function submit(exchange: RunningExchange, account: number, side: number, price: number): Promise<number> {
  const user = exchange.state.users.get(exchange.state.accounts.user[account])!;
  const request = new OrderRequest();
  request.account = account;
  request.instrument = exchange.state.instruments.find('CFFEX.IF')!.instrument;
  request.side = side;
  request.offset = Offset.OPEN;
  request.price = price * 10_000;
  request.volume = 1;
  return new Promise((resolve) => {
    const waiter: CommandWaiter = {
      accepted: () => undefined,
      completed: () => resolve(0),
      refused: (_token, _orderId, code) => resolve(code),
    };
    const code = exchange.gateway.submit({ user, tokenId: '', expiresAt: 0 }, request, waiter, 0);
    if (code !== 0) resolve(code);
  });
}

/** The thread itself, to be killed. */
export function threadOf(exchange: RunningExchange, name: 'wal' | 'snapshot'): Worker {
  return exchange['threads'][name] as Worker;
}
