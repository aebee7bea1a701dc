/**
 * Feeds faulty messages to sessions of a whole exchange on one thread. Whatever comes: no exception, no error 5000, every
 * answer readable and with a code that exists, nothing left under way or reserved, and books that balance.
 */
import { refusalMessage, REFUSALS } from '../../src/core/refusal.js';
import { evaluateSoundness } from '../../src/core/soundness/soundness.js';
import { Random } from '../../src/cli/load/random.js';
import { framesOf } from '../../src/client/session-reader.js';
import { handleFrame } from '../../src/front/websocket/messages/router.js';
import { BinaryClient } from '../front/websocket/binary-client.js';
import { Floor } from '../front/websocket/floor.js';
import { corpus, type Message } from './corpus.js';
import { mutated } from './mutate.js';

/** Messages between two turns of the loop. */
const TURN = 50;
/** Messages on one exchange: what it remembers of them is forgotten then. */
const EXCHANGE = 20_000;

export interface FuzzResult {
  messages: number;
  /** Answers by their code; 0 for those that are no refusal. */
  codes: Map<number, number>;
  /** Orders that a book took all the same. */
  orders: number;
}

interface Client {
  readonly socket: { frames: string[]; binary: Uint8Array[]; closed: { code: number } | undefined };
  readonly session: BinaryClient['session'];
}

/** Throws at the first fault, naming the seed and the message. */
export async function fuzz(seed: number, count: number, progress: (done: number) => void = () => undefined): Promise<FuzzResult> {
  const random = new Random(seed);
  const result: FuzzResult = { messages: 0, codes: new Map(), orders: 0 };
  while (result.messages < count) {
    await fuzzExchange(random, Math.min(EXCHANGE, count - result.messages), result, seed);
    progress(result.messages);
  }
  return result;
}

async function fuzzExchange(random: Random, count: number, result: FuzzResult, seed: number): Promise<void> {
  const floor = new Floor();
  floor.list();
  const { accountId, account, user } = floor.trader(1_000_000_000);
  const right = corpus(user, account, accountId, floor.trader(1).account);
  const all = [...right.binary, ...right.json];
  let [binary, json] = [binaryClient(floor, user), jsonClient(floor, user)];
  for (let number = 1; number <= count; number++) {
    const isBinary = random.next() < 0.5;
    // a splice of both kinds now and then
    const message = mutated(random, random.next() < 0.05 ? all : isBinary ? right.binary : right.json);
    feed(floor, isBinary ? binary : json, message, seed);
    if (number % TURN === 0 || number === count) {
      floor.turn();
      await new Promise((resolve) => setImmediate(resolve));
      check(floor, account, seed);
      read(binary, result);
      read(json, result);
      if (binary.session.isClosed) binary = binaryClient(floor, user);
      if (json.session.isClosed) json = jsonClient(floor, user);
    }
  }
  result.messages += count;
  result.orders += floor.state.nextOrderId - 1;
  const unsound = evaluateSoundness(floor.state).filter(({ ok }) => !ok);
  if (unsound.length > 0) throw new Error(`SEED=${seed}: the books do not balance: ${JSON.stringify(unsound)}`);
}

function binaryClient(floor: Floor, user: number): Client {
  const client = new BinaryClient(floor);
  client.login(user);
  return client;
}

function jsonClient(floor: Floor, user: number): Client {
  const client = floor.connect();
  client.auth(user);
  return client;
}

function feed(floor: Floor, { session }: Client, { bytes, isBinary }: Message, seed: number): void {
  if (session.isClosed) return;
  const data = new ArrayBuffer(bytes.length);
  new Uint8Array(data).set(bytes);
  try {
    handleFrame(floor.context, session, data, isBinary);
  } catch (error) {
    throw new Error(`SEED=${seed}: ${isBinary ? 'binary' : 'text'} ${Buffer.from(bytes).toString('hex')} threw`, { cause: error });
  }
}

function check(floor: Floor, account: number, seed: number): void {
  if (floor.errors.length > 0) throw new Error(`SEED=${seed}: an internal error`, { cause: floor.errors[0] });
  const { gateway } = floor.circle;
  if (gateway.commandsUnderWay !== 0 || gateway.reservedMoney(account) !== 0) {
    throw new Error(`SEED=${seed}: ${gateway.commandsUnderWay} commands under way, ${gateway.reservedMoney(account)} reserved`);
  }
}

/** Reads what was answered, and forgets it. */
function read({ socket }: Client, { codes }: FuzzResult): void {
  const count = (code: unknown): void => {
    const known = code === null || code === undefined ? 0 : Number(code);
    if (known !== 0 && (!(known in REFUSALS) || refusalMessage(known) === '')) throw new Error(`no such code: ${known}`);
    codes.set(known, (codes.get(known) ?? 0) + 1);
  };
  for (const message of socket.binary) for (const frame of framesOf(message)) count(frame['code']);
  for (const text of socket.frames) {
    const parsed = JSON.parse(text) as Record<string, unknown>;
    if (!Array.isArray(parsed)) count(parsed['type'] === 'order_response' ? parsed['error_code'] : parsed['code']);
  }
  socket.binary.length = 0;
  socket.frames.length = 0;
}
