import { Worker } from 'node:worker_threads';
import t from 'tap';
import { SharedNumbers } from '../../src/storage/shared-numbers.js';

t.test('carries whole numbers up to 2^53', async (t) => {
  const buffer = SharedNumbers.create(6);
  const values = Float64Array.of(0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1);
  new SharedNumbers(buffer).write(values);
  t.same([...new SharedNumbers(buffer).read(new Float64Array(6))], [...values]);
});

t.test('is never read half-written', async (t) => {
  const buffer = SharedNumbers.create(4);
  const writer = new Worker(
    `const { workerData, parentPort } = require('node:worker_threads');
     import(workerData.module).then(({ SharedNumbers }) => {
       const shared = new SharedNumbers(workerData.buffer);
       for (let n = 1; n <= 300000; n++) shared.write(Float64Array.of(n, n * 65537, n * 2 ** 20, n));
     });`,
    { eval: true, workerData: { buffer, module: new URL('../../src/storage/shared-numbers.js', import.meta.url).href } },
  );
  let ended = false;
  const exit = new Promise((resolve) => writer.once('exit', resolve)).then(() => (ended = true));
  const shared = new SharedNumbers(buffer);
  const values = new Float64Array(4);
  let torn = 0;
  let seen = 0;
  while (!ended) {
    for (let turn = 0; turn < 2000; turn++) {
      const [a, b, c, d] = shared.read(values) as unknown as [number, number, number, number];
      if (b !== a * 65537 || c !== a * 2 ** 20 || d !== a || a < seen) torn++;
      seen = a;
    }
    await new Promise(setImmediate);
  }
  await exit;
  t.equal(torn, 0);
  t.equal(shared.read(values)[0], 300000);
});
