/**
 * Feeds faulty aids to connections of `/ws/diff`. Whatever comes: no exception, packets that are JSON and in turn, nothing
 * left under way or reserved, books that balance, and never a word of somebody else's account.
 */
import { evaluateSoundness } from '../../src/core/soundness/soundness.js';
import { Random } from '../../src/cli/load/random.js';
import { DiffFloor, type DiffClient, type Packet } from '../front/diff/diff-floor.js';
import type { Message } from './corpus.js';
import { mutated } from './mutate.js';

/** Aids between two turns of the loop. */
const TURN = 50;
/** Aids on one exchange: what it remembers of them is forgotten then. */
const EXCHANGE = 10_000;
const NESTING = 3000;
const QUERY = 'query ($ids:[String]=[]) {__proto__:multi_symbol_info(instrument_id:$ids){...f}} fragment f on basic{trading_time{day}}';

const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  0.5,
  1e308,
  '1e999',
  '',
  'x',
  '__proto__',
  '\u0000',
  [],
  {},
  [[1]],
  { aid: 'ping' },
];

export interface DiffFuzzResult {
  aids: number;
  /** Codes of the notices that came. */
  codes: Set<number>;
  /** Orders that were handed to a book. */
  orders: number;
}

/** Throws at the first fault, naming the seed. */
export async function fuzzDiff(seed: number, count: number): Promise<DiffFuzzResult> {
  const random = new Random(seed);
  const result: DiffFuzzResult = { aids: 0, codes: new Set(), orders: 0 };
  while (result.aids < count) {
    const part = Math.min(EXCHANGE, count - result.aids);
    try {
      await fuzzExchange(random, part, result);
    } catch (error) {
      throw new Error(`SEED=${seed}: ${String(error)}`, { cause: error });
    }
    result.aids += part;
  }
  return result;
}

async function fuzzExchange(random: Random, count: number, result: DiffFuzzResult): Promise<void> {
  const floor = new DiffFloor();
  try {
    const victim = await floor.trader();
    const { account, userName, client: first } = await floor.trader(1_000_000_000);
    let client = first;
    const right = corpus(userName, victim.userName);
    for (let number = 1; number <= count; number++) {
      const { bytes, isBinary } = random.next() < 0.3 ? oddMessage(random, right) : mutated(random, right);
      if (!client.connection.isClosed) client.raw(bytes, isBinary);
      if (number % TURN !== 0 && number !== count) continue;
      await floor.turn();
      check(floor, account);
      read(client, victim.userName, result);
      if (client.connection.isClosed) {
        client = floor.connect();
        await client.login(userName);
      }
    }
    result.orders += floor.state.nextOrderId - 1;
    const unsound = evaluateSoundness(floor.state).filter(({ ok }) => !ok);
    if (unsound.length > 0) throw new Error(`the books do not balance: ${JSON.stringify(unsound)}`);
  } finally {
    floor.close();
  }
}

/** Aids that are right, but for those that name somebody else. */
function corpus(userName: string, foreignName: string): Message[] {
  const order = {
    aid: 'insert_order',
    user_id: userName,
    order_id: 'fuzz',
    exchange_id: 'SIM',
    instrument_id: 'x',
    direction: 'BUY',
    offset: 'OPEN',
    volume: 1,
    price_type: 'LIMIT',
    limit_price: 99,
    volume_condition: 'ANY',
    time_condition: 'GFD',
  };
  const { order_id: _, ...unnamed } = order;
  const aids: Record<string, unknown>[] = [
    order,
    unnamed,
    { ...unnamed, direction: 'SELL', limit_price: 100 },
    { ...unnamed, user_id: foreignName },
    { aid: 'cancel_order', user_id: userName, order_id: 'fuzz' },
    { aid: 'cancel_order', user_id: foreignName, order_id: 'fuzz' },
    { aid: 'subscribe_quote', ins_list: 'SIM.x,SIM.none' },
    { aid: 'set_chart', chart_id: 'c', ins_list: 'SIM.x', duration: 60_000_000_000, view_width: 200 },
    { aid: 'set_chart', chart_id: 'ticks', ins_list: 'SIM.x', duration: 0, view_width: 10 },
    { aid: 'subscribe_trading_status', ins_list: 'SIM.x,SIM.none' },
    { aid: 'ins_query', query_id: 'q', query: QUERY, variables: { ids: ['SIM.x'] } },
    { aid: 'ins_query', query_id: 'q', query: '' },
    { aid: 'peek_message' },
    { aid: 'peek_message' },
    { aid: 'ping' },
    { aid: 'confirm_settlement', user_id: userName },
    { aid: 'qry_settlement_info', user_id: userName, trading_day: '20260701' },
    { aid: 'qry_account_info', user_id: userName },
    { aid: 'req_transfer', user_id: userName, bank_id: '1', future_password: 'p', bank_password: 'q', currency: 'CNY', amount: 5 },
    { aid: 'change_password', user_id: userName, old_password: 'a', new_password: 'b' },
    { aid: 'req_login', bid: 'qaexchange', user_name: foreignName, password: 'wrong' },
  ];
  return aids.map(messageOf);
}

function messageOf(fields: unknown): Message {
  return { bytes: Buffer.from(JSON.stringify(fields)), isBinary: false };
}

/** JSON as it should be, with a field that is something else, missing, or nested without sense. */
function oddMessage(random: Random, corpus: readonly Message[]): Message {
  const { bytes } = corpus[random.between(0, corpus.length - 1)];
  const fields = JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>;
  const names = Object.keys(fields);
  const name = names[random.between(0, names.length - 1)];
  const kind = random.between(0, 9);
  if (kind === 0) fields[name] = undefined;
  else if (kind === 1) return { bytes: Buffer.from(`{"aid":${'['.repeat(NESTING)}${']'.repeat(NESTING)}}`), isBinary: false };
  else fields[name] = ODD_VALUES[random.between(0, ODD_VALUES.length - 1)];
  return messageOf(fields);
}

function check(floor: DiffFloor, account: number): void {
  const { gateway } = floor.circle;
  if (gateway.commandsUnderWay !== 0 || gateway.reservedMoney(account) !== 0) {
    throw new Error(`${gateway.commandsUnderWay} commands under way, ${gateway.reservedMoney(account)} reserved`);
  }
}

/** Takes what was sent. */
function read(client: DiffClient, foreignName: string, { codes }: DiffFuzzResult): void {
  const { socket } = client;
  for (const frame of socket.frames) {
    const packet = JSON.parse(frame) as Packet;
    for (const patch of (packet.data ?? []) as Record<string, Record<string, unknown> | undefined>[]) {
      if (patch['trade']?.[foreignName] !== undefined) throw new Error(`somebody else's account was sent: ${frame.slice(0, 500)}`);
      for (const notice of Object.values(patch['notify'] ?? {})) codes.add((notice as { code: number }).code);
    }
  }
  socket.frames.length = 0;
}
