import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import t from 'tap';
import { readCases } from '../../src/cli/conformance/case-file.js';
import { runCase, type CaseResult } from '../../src/cli/conformance/run-case.js';
import { runStream } from '../../src/cli/conformance/stream.js';
import { repositoryRoot } from '../house/source-file.js';
import { playAuction, playContinuous, type AuctionCase, type ContinuousCase } from './naive.js';

const FOLDER = join(repositoryRoot(), 'test', 'conformance');
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
const SAMPLE = join(FOLDER, 'sample-stream.jsonl');
const PROGRAM = new URL('../../src/main.js', import.meta.url);

type AnyCase = ContinuousCase | AuctionCase;

const casesOf = (file: string): AnyCase[] => (JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as { cases: AnyCase[] }).cases;
const all = FILES.flatMap(casesOf);
const isAuction = (it: AnyCase): it is AuctionCase => 'reference' in it;
const continuous = all.filter((it): it is ContinuousCase => !isAuction(it));
const auctions = all.filter(isAuction);
const fileOf = (...cases: object[]): string => JSON.stringify({ version: 1, cases });

/** Runs one case as it would stand alone in a file. */
function run(it: object): CaseResult {
  return runCase('one.json', readCases('one.json', fileOf(it))[0]);
}

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** The whole program, in a thread: that starts in a tenth of the time of a process. */
async function program(...args: string[]): Promise<Ended> {
  const worker = new Worker(PROGRAM, { argv: ['conformance', ...args], stdout: true, stderr: true });
  const [[code], stdout, stderr] = await Promise.all([once(worker, 'exit') as Promise<[number]>, text(worker.stdout), text(worker.stderr)]);
  return { code, stdout, stderr };
}

/** Writes files into a folder that is gone when the test has ended, and returns their paths. */
function written(t: { teardown(action: () => void): void }, files: Record<string, string>): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'qaexchange-conformance-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return Object.entries(files).map(([name, text]) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  });
}

t.test('there are enough cases, each under a name of its own', async (t) => {
  t.ok(continuous.length >= 80, `${continuous.length} continuous cases`);
  t.ok(auctions.length >= 25, `${auctions.length} auction cases`);
  t.equal(new Set(all.map(({ name }) => name)).size, all.length);
});

t.test('a naive reading of the rules comes to what the cases expect', async (t) => {
  const sorted = (pairs: number[][]): number[][] => pairs.toSorted(([a], [b]) => a - b);
  for (const it of continuous) {
    const outcome = playContinuous(it);
    t.strictSame({ ...outcome, expired: sorted(outcome.expired) }, { ...it.expect, expired: sorted(it.expect.expired) }, it.name);
  }
  for (const it of auctions) {
    const outcome = playAuction(it);
    t.strictSame({ ...outcome, fills: sorted(outcome.fills) }, { ...it.expect, fills: sorted(it.expect.fills) }, it.name);
  }
});

t.test('the matching core passes every case', async (t) => {
  const { code, stdout } = await program('--json', ...FILES.map((file) => join(FOLDER, file)));
  const report = JSON.parse(stdout) as { passed: number; failed: number; skipped: number; cases: CaseResult[] };
  t.strictSame(
    report.cases.filter(({ ok }) => !ok),
    [],
  );
  t.match(report, { passed: all.length, failed: 0, skipped: 0 });
  t.equal(report.cases.length, all.length);
  t.equal(code, 0);
});

t.test('every case fails when one of its expectations is wrong', async (t) => {
  const survivors: string[] = [];
  let changes = 0;
  const wrong = (it: AnyCase, change: object): void => {
    changes++;
    const { ok, reason, expected, got } = run({ ...it, expect: { ...it.expect, ...change } });
    const isTold = reason?.startsWith(Object.keys(change)[0]) === true && expected !== undefined && got !== undefined;
    if (ok || !isTold) survivors.push(`${it.name}: ${JSON.stringify(change)}: ${reason}`);
  };
  const oneMore = (pairs: number[][]): number[][] => [...pairs.slice(1), ...pairs.slice(0, 1).map(([first, lots]) => [first, lots + 1])];
  for (const it of continuous) {
    const { trades, bids, asks, rejected, rejectedSteps, expired } = it.expect;
    wrong(it, { trades: [...trades, { maker: 1, taker: 2, price: 100, qty: 1 }] });
    wrong(it, { bids: [...bids, [-99, 1]] });
    wrong(it, { asks: [...asks, [99_999_999_999, 1]] });
    wrong(it, { rejected: [...rejected, 77] });
    wrong(it, { rejectedSteps: [...rejectedSteps, 77] });
    wrong(it, { expired: [...expired, [77, 1]] });
    if (trades.length > 0) {
      const [first, ...others] = trades;
      wrong(it, { trades: others });
      for (const key of ['price', 'qty'] as const) wrong(it, { trades: [{ ...first, [key]: first[key] + 1 }, ...others] });
      wrong(it, { trades: [{ ...first, maker: first.taker, taker: first.maker }, ...others] });
    }
    if (trades.length > 1) wrong(it, { trades: trades.toReversed() });
    if (bids.length > 0) wrong(it, { bids: oneMore(bids) });
    if (asks.length > 1) wrong(it, { asks: asks.toReversed() });
    if (rejected.length > 0) wrong(it, { rejected: [] });
    if (rejectedSteps.length > rejected.length) wrong(it, { rejectedSteps: [] });
    if (expired.length > 0) wrong(it, { expired: oneMore(expired) });
  }
  for (const it of auctions) {
    const { price, volume, imbalance, fills, bids } = it.expect;
    wrong(it, { price: price === null ? 100 : price + 1 });
    if (price !== null) wrong(it, { price: null });
    wrong(it, { volume: volume + 1 });
    if (price !== null) wrong(it, { imbalance: imbalance === 0 ? 1 : -imbalance });
    wrong(it, { fills: [...fills, [77, 1]] });
    wrong(it, { bids: [...bids, [-99, 1]] });
  }
  t.strictSame(survivors, []);
  t.ok(changes > 1000, `${changes} wrong expectations`);
});

t.test('what the format leaves open is accepted either way', async (t) => {
  const { name, steps } = continuous.find((it) => it.name === 'cancel-both takes both away')!;
  const base = {
    trades: [],
    bids: [],
    asks: [
      [100, 5],
      [101, 5],
    ],
  };
  t.ok(run({ name, steps, expect: { ...base, expired: [] } }).ok, 'what prevention took is not expired');
  t.ok(
    run({
      name,
      steps,
      expect: {
        ...base,
        expired: [
          [4, 12],
          [1, 5],
        ],
      },
    }).ok,
    'or is, in any order',
  );
  t.notOk(run({ name, steps, expect: { ...base, expired: [[4, 12]] } }).ok, 'but not by half');
  const late = { name, steps: [{ op: 'cancel', id: 1 }], expect: { rejected: [1], rejectedSteps: [0] } };
  t.ok(run(late).ok, 'a rejected cancel may stand in rejected');
  const short = {
    name,
    steps: [{ op: 'limit', id: 1, side: 'buy', price: 1, qty: 1, tif: 'FOK' }],
    expect: { rejected: [1], rejectedSteps: [] },
  };
  t.ok(run(short).ok, 'a rejected order need not stand in rejectedSteps');
});

t.test('unknown fields are ignored', async (t) => {
  const step = { op: 'limit', id: 1, side: 'buy', price: 1, qty: 1, tif: 'GTC', colour: 'red' };
  t.ok(run({ name: 'x', author: 'y', steps: [step], expect: { trades: [], bids: [[1, 1]], asks: [], mood: 1 } }).ok);
});

t.test('a case that cannot be understood fails with a clear reason', async (t) => {
  const step = { op: 'limit', id: 1, side: 'buy', price: 1, qty: 1, tif: 'GTC' };
  const expect = { trades: [] };
  const wrong: [it: object, reason: RegExp][] = [
    [{ steps: [{ op: 'iceberg', id: 1 }], expect }, /step 0 has the unknown op "iceberg"/],
    [{ steps: [step], features: ['pro-rata'], expect }, /unknown feature "pro-rata"/],
    [{ steps: [{ ...step, side: 'long' }], expect }, /step 0: side/],
    [{ steps: [{ ...step, price: 1.5 }], expect }, /price is not a whole number/],
    [{ steps: [{ ...step, price: undefined }], expect }, /price is not a whole number/],
    [{ steps: [{ ...step, qty: '5' }], expect }, /qty is not a whole number/],
    [{ steps: [{ ...step, qty: 2 ** 32 }], expect }, /qty is above/],
    [{ steps: [{ ...step, tif: 'DAY' }], expect }, /tif is "DAY", not one of GTC, IOC, FOK/],
    [{ steps: [{ ...step, stp: 'decrement' }], expect }, /stp is "decrement"/],
    [{ steps: [{ ...step, account: 1.5 }], expect }, /account is 1.5/],
    [{ steps: [7], expect }, /step 0 is not an object/],
    [{ steps: {}, expect }, /steps is not a list/],
    [{ steps: [step] }, /expect is not an object/],
    [{ steps: [step], expect: { trades: 3 } }, /trades is not a list/],
    [{ steps: [step], expect: { bids: [[1]] } }, /\[1\] in expect/],
    [{ reference: 'high', orders: [], expect: {} }, /reference is not a number/],
    [{ reference: 1, orders: [{ ...step, id: 'a' }], expect: {} }, /order 0: id/],
    [{ reference: 1, orders: [step, step], expect: {} }, /order 1 was refused/],
    [{ reference: 1, orders: [step, { ...step, id: 2, price: 2 ** 40 }], expect: {} }, /span more than/],
  ];
  for (const [it, reason] of wrong) {
    const result = run({ name: 'wrong', ...it });
    t.notOk(result.ok);
    t.match(result.reason, reason);
  }
});

t.test('a reference may lie between two ticks: the nearer one, half way the higher', async (t) => {
  const orders = [
    { id: 1, side: 'buy', price: 105, qty: 3 },
    { id: 2, side: 'sell', price: 101, qty: 3 },
  ];
  for (const [reference, price] of [
    [102.4, 102],
    [102.5, 103],
    [102.6, 103],
  ]) {
    t.strictSame(run({ name: 'x', reference, orders, expect: { price } }), { file: 'one.json', name: 'x', ok: true });
    t.notOk(run({ name: 'x', reference, orders, expect: { price: 205 - price } }).ok);
  }
});

t.test('any flow of steps ends as the naive reading says', async () => {
  const side = fc.constantFrom('buy', 'sell');
  const price = fc.integer({ min: -4, max: 6 });
  const qty = fc.integer({ min: 0, max: 9 });
  const id = fc.integer({ min: 1, max: 12 });
  const account = fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined });
  const stp = fc.option(fc.constantFrom('cancel-taker', 'cancel-maker', 'cancel-both'), { nil: undefined });
  const tif = fc.constantFrom('GTC', 'GTC', 'GTC', 'IOC', 'FOK');
  const entry = { id, side, qty, account, stp };
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ ...entry, op: fc.constant('limit'), price, tif }) },
    { weight: 1, arbitrary: fc.record({ ...entry, op: fc.constant('limit'), price, postOnly: fc.constant(true) }) },
    { weight: 1, arbitrary: fc.record({ ...entry, op: fc.constant('market') }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('cancel'), id, account }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant('amend'), id, account, qty, price }, { requiredKeys: ['op', 'id'] }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.boolean(), (steps, positiveOnly) => {
      const it = { name: 'random', features: positiveOnly ? ['positive-prices-only'] : [], steps };
      const result = run({ ...it, expect: playContinuous({ ...it, expect: undefined as never }) });
      if (!result.ok) throw new Error(result.reason);
    }),
    { seed: Number(process.env['SEED'] ?? Date.now() % 2 ** 31), numRuns: 2000, verbose: 1 },
  );
});

t.test('any auction ends as the naive reading says', async () => {
  const order = fc.record({
    side: fc.constantFrom('buy', 'sell'),
    price: fc.integer({ min: -3, max: 9 }),
    qty: fc.integer({ min: 1, max: 9 }),
  });
  fc.assert(
    fc.property(fc.array(order, { maxLength: 12 }), fc.integer({ min: -9, max: 15 }), (list, reference) => {
      const it = { name: 'random', reference, orders: list.map((each, index) => ({ id: index + 1, ...each })) };
      const result = run({ ...it, expect: playAuction({ ...it, expect: undefined as never }) });
      if (!result.ok) throw new Error(result.reason);
    }),
    { seed: Number(process.env['SEED'] ?? Date.now() % 2 ** 31), numRuns: 2000, verbose: 1 },
  );
});

t.test('a failed case is a line, and the exit code is 1', async (t) => {
  const good = { name: 'rests', steps: [{ op: 'limit', id: 1, side: 'buy', price: 1, qty: 1, tif: 'GTC' }], expect: { bids: [[1, 1]] } };
  const bad = { ...good, name: 'does not rest', features: ['amend'], expect: { bids: [] } };
  const [file] = written(t, { 'x.json': fileOf(good, bad) });
  const failing = await program(file);
  t.strictSame(failing, {
    code: 1,
    stdout: `FAILED ${file}: does not rest: bids: expected [], got [[1,1]]\n1 passed, 1 failed\n`,
    stderr: '',
  });
  const skipping = await program(file, '--skip-feature', 'stp', '--skip-feature', 'amend');
  t.match(skipping, { code: 0, stdout: '1 passed, 0 failed, 1 skipped\n' });
  const { stdout } = await program(file, '--json');
  t.match(JSON.parse(stdout), {
    ...{ passed: 1, failed: 1, skipped: 0 },
    cases: [
      { file, name: 'rests', ok: true },
      { file, name: 'does not rest', ok: false, reason: /^bids/, expected: { bids: [] }, got: { bids: [[1, 1]], trades: [] } },
    ],
  });
});

t.test('a file that is no case file is one clear sentence, and the exit code is 1', async (t) => {
  const [text, list, version, features] = written(t, {
    'text.json': 'hello',
    'list.json': '[]',
    'version.json': '{ "version": 2, "cases": [] }',
    'features.json': '{ "version": 1, "cases": [{ "features": "amend" }] }',
  });
  const wrong: [args: string[], sentence: RegExp][] = [
    [[text], /text.json is not JSON/],
    [[list], /list.json is not a conformance file/],
    [[version], /has version 2; known is 1/],
    [[features], /features of "case 0" are not a list/],
    [['absent.json'], /absent.json is not a file that can be read/],
    [['--stream', text], /text.json, line 1 is not a line of a stream/],
    [[], /--help/],
  ];
  for (const [args, sentence] of wrong) {
    const { code, stdout, stderr } = await program(...args);
    t.match({ code, stdout, stderr }, { code: 1, stdout: '', stderr: sentence });
    t.equal(stderr.trimEnd().split('\n').length, 1, stderr);
  }
  const help = await program('--help');
  t.match(help, { code: 0, stdout: /--skip-feature NAME.*"op": "limit".*bbo/s });
});

t.test('a stream is replayed and every line is checked', async (t) => {
  const lines = readFileSync(SAMPLE, 'utf8').trimEnd().split('\n');
  const result = await runStream(SAMPLE);
  t.match(result, { ok: true, lines: lines.length, different: 0, stepsPerSecond: Number });
  t.equal(result.firstDifference, undefined);
  t.match(await program('--stream', SAMPLE), {
    code: 0,
    stdout: new RegExp(`${lines.length} lines checked, 0 differ, \\d+ steps per second`),
  });
});

t.test('a stream names the first line that differs', async (t) => {
  const lines = readFileSync(SAMPLE, 'utf8').trimEnd().split('\n');
  const traded = lines.findIndex((line) => line.includes('"trades":[{'));
  const wrongBest = lines.with(5, lines[5].replace(/"bbo":\[(-?\d+)/, '"bbo":[7777'));
  const wrongTrade = lines.with(traded, lines[traded].replace(/"trades":\[.*\],"bbo"/, '"trades":[],"bbo"'));
  const [best, trade] = written(t, { 'best.jsonl': wrongBest.join('\n'), 'trade.jsonl': `\n${wrongTrade.join('\n')}\n` });
  t.match(await runStream(best), { ok: false, lines: lines.length, different: 1, firstDifference: /^line 6: expected .*7777/ });
  t.match((await runStream(trade)).firstDifference, new RegExp(`^line ${traded + 2}: expected {"trades":\\[\\]`));
  const { code, stdout } = await program('--stream', best, '--json');
  t.equal(code, 1);
  t.match(JSON.parse(stdout), { passed: 0, failed: 0, streams: [{ ok: false, different: 1 }] });
});
