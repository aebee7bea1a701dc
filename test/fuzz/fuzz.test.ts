import t from 'tap';
import { fuzz } from './fuzz.js';

const COUNT = 100_000;
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));

t.test('faulty messages do no harm and get codes that exist', async (t) => {
  t.comment(`SEED=${seed}`);
  const { messages, codes, orders } = await fuzz(seed, COUNT);
  t.equal(messages, COUNT);
  t.ok(orders > 1000, `${orders} orders came through: the faults are not all alike`);
  for (const code of [9003, 9008, 1006, 9006, 3001]) t.ok(codes.has(code), `some were refused with ${code}`);
});
