import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { dataFiles, diskUsage } from '../../../src/front/monitoring/data-files.js';
import { LoadMeter } from '../../../src/front/monitoring/load-meter.js';
import { displayOf } from '../../../src/front/views/monitoring-view.js';
import { combined, percentileMicros } from '../../../src/metrics/percentile.js';
import { SharedHistogram } from '../../../src/metrics/shared-histogram.js';

t.test('a rate is what was counted over the time between', (t) => {
  let [nowMs, orders, cpuMicros] = [1000, 0, 0];
  const meter = new LoadMeter({ nowMs: () => nowMs, orders: () => orders, cpuMicros: () => cpuMicros });
  t.equal(meter.ordersPerSecond(), 0, 'no time has passed');
  nowMs += 4000;
  orders += 100;
  cpuMicros += 2_000_000;
  t.equal(meter.ordersPerSecond(), 25);
  t.equal(meter.cpuCores(), 0.5);
  t.end();
});

t.test('a percentile is the bound of its bucket', (t) => {
  const [one, other] = [new SharedHistogram(SharedHistogram.create()), new SharedHistogram(SharedHistogram.create())];
  t.equal(percentileMicros(one.snapshot(), 0.5), undefined);
  for (let i = 0; i < 98; i++) one.record(3);
  one.record(100);
  other.record(1_000_000_000);
  t.equal(percentileMicros(one.snapshot(), 0.5), 3);
  t.equal(percentileMicros(one.snapshot(), 1), 112);
  const both = combined([one.snapshot(), other.snapshot()]);
  t.equal(both.count, 100);
  t.equal(percentileMicros(both, 0.99), 112);
  t.equal(percentileMicros(both, 1), Infinity);
  t.equal(percentileMicros(combined([]), 0.5), undefined);
  t.end();
});

t.test('files are counted as they lie on the disk', async (t) => {
  const folder = t.testdir();
  for (const [name, file, bytes] of [
    ['log', '000003.log', 10],
    ['log', '000002.ldb', 5],
    ['store', '000001.ldb', 7],
  ] as const) {
    mkdirSync(join(folder, 'db', name), { recursive: true });
    writeFileSync(join(folder, 'db', name, file), Buffer.alloc(bytes));
  }
  t.same(await dataFiles(folder), { log: { files: 2, bytes: 15 }, tables: { files: 2, bytes: 12 }, all: { files: 3, bytes: 22 } });
  const usage = await diskUsage(folder);
  t.ok(usage >= 0 && usage <= 1);
});

t.test('times for people', (t) => {
  t.equal(displayOf(59), '0d 0h 0m');
  t.equal(displayOf(90_061), '1d 1h 1m');
  t.end();
});
