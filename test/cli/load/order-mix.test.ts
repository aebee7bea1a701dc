import t from 'tap';
import { loadInstrument, OrderMix, RequestKind, WIDTH_TICKS } from '../../../src/cli/load/order-mix.js';
import { Random } from '../../../src/cli/load/random.js';

const REQUESTS = 4000;
const ACCOUNTS = ['ACC_1', 'ACC_2', 'ACC_3', 'ACC_4'];
const MID = 3800;
const INSTRUMENTS = [loadInstrument('CFFEX.IF', MID, 0.2, 3420, 4180), loadInstrument('DCE.m', MID, 1, 3534, 4066)];

interface Request {
  type: string;
  request_id: string;
  account_id: string;
  instrument_id: string;
  order_id: string;
  direction: string;
  offset: string;
  time_condition: string;
  volume: number;
  price: number;
  client_order_id?: string;
}

/** Every order is acknowledged at once; `filled` says whether it is also filled. */
function flow(seed: number, filled: (order: Request) => boolean = () => false): Request[] {
  const mix = new OrderMix({ random: new Random(seed), accounts: ACCOUNTS, instruments: INSTRUMENTS, clientOrderPrefix: 'c' });
  const requests: Request[] = [];
  for (let number = 1; number <= REQUESTS; number++) {
    const request = JSON.parse(mix.next(number)) as Request;
    requests.push(request);
    if (mix.kind === RequestKind.SubmitDeep) mix.rests(mix.account, `O${number}`);
    else if (mix.kind === RequestKind.Submit && filled(request)) {
      const buys = request.direction === 'BUY';
      if (request.offset === 'OPEN') mix.opened(request.account_id, request.instrument_id, buys, request.volume);
    }
  }
  return requests;
}

t.test('the same seed gives the same flow, another seed another one', async (t) => {
  const text = (seed: number): string => JSON.stringify(flow(seed));
  t.ok(text(5) === text(5));
  t.ok(text(5) !== text(6));
});

t.test('about 30 % are cancels, each of a resting order, none twice', async (t) => {
  const requests = flow(1);
  const cancels = requests.filter(({ type }) => type === 'cancel_order');
  const share = cancels.length / requests.length;
  t.ok(share > 0.25 && share < 0.35, `${Math.round(share * 100)} %`);
  t.equal(new Set(cancels.map(({ order_id }) => order_id)).size, cancels.length);
  for (const { order_id, account_id } of cancels) {
    const order = requests[Number(order_id.slice(1)) - 1];
    if (order.account_id !== account_id) t.fail(`${order_id} is cancelled by another account`);
  }
});

t.test('makers rest on their side of the mid and takers never rest, so that no account meets itself', async (t) => {
  const makers = new Set<string>();
  const takers = new Set<string>();
  for (const { type, account_id, direction, price, time_condition } of flow(2)) {
    if (type !== 'submit_order') continue;
    const isThrough = direction === 'BUY' ? price > MID : price < MID;
    if (isThrough !== (time_condition === 'IOC')) t.fail(`${direction} ${price} ${time_condition}`);
    (time_condition === 'IOC' ? takers : makers).add(account_id);
  }
  t.ok(makers.size > 0 && takers.size > 0, 'there are both');
  t.ok(
    [...makers].every((account) => !takers.has(account)),
    'and nobody is both',
  );
});

t.test('closes what it holds, never more', async (t) => {
  const held = new Map<string, number>();
  let closed = 0;
  const requests = flow(3, () => true);
  for (const { type, account_id, instrument_id, direction, offset, volume, price } of requests) {
    const isDeep = type === 'submit_order' && Math.abs(price - MID) > (instrument_id === 'DCE.m' ? 10 : 2);
    if (type !== 'submit_order' || isDeep) continue;
    const side = (offset === 'OPEN') === (direction === 'BUY') ? 'long' : 'short';
    const key = `${account_id} ${instrument_id} ${side}`;
    const lots = (held.get(key) ?? 0) + (offset === 'OPEN' ? volume : -volume);
    if (lots < 0) t.fail(`${key} is closed beyond what was opened`);
    if (offset !== 'OPEN') closed++;
    held.set(key, lots);
  }
  t.ok(closed > REQUESTS / 10, `${closed} closing orders`);
});

t.test('prices are on the tick, within the limits, and written without rounding noise', async (t) => {
  const { prices } = loadInstrument('CFFEX.IF', 3800, 0.2, 3420, 4180);
  t.equal(prices.length, 2 * WIDTH_TICKS + 1);
  t.strictSame([prices[0], prices[WIDTH_TICKS], prices[WIDTH_TICKS + 1]], ['3792', '3800', '3800.2']);
  t.throws(() => loadInstrument('NARROW', 100, 1, 95, 105), /ticks/);
});
