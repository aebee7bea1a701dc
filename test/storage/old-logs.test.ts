/**
 * Logs of block formats before the present one can still be read: `samples/log-v1.bin` was written by the program of then
 * (two traders, a trade, an amended and a cancelled order, a conditional one, a halt, a settled day), and `samples/log-v2.bin`
 * and `samples/log-v3.bin` by later ones (two traders, a trade, two orders that wait).
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { recoverState } from '../../src/cli/running-exchange.js';
import { Side } from '../../src/core/enums.js';
import { evaluateSoundness } from '../../src/core/soundness/soundness.js';
import type { OrderEntry } from '../../src/core/events.js';
import { StateObserver } from '../../src/core/observer.js';
import { ExchangeState } from '../../src/core/state.js';
import { closeStorage, openStorage } from '../../src/storage/database.js';
import { BLOCK_HEADER_BYTES, readBlock, type LogBlock } from '../../src/storage/log-block.js';
import { LogStore } from '../../src/storage/log-store.js';
import { EventDecoder } from '../../src/wire/event-decoder.js';
import { frameLength } from '../../src/wire/frame-header.js';
import { pay, startExchange } from '../support/in-process-exchange.js';

const VERSION_AT = 4;

/** Length u32 and bytes of one block after the other. */
async function sampleBlocks(version: number): Promise<Buffer[]> {
  const file = await readFile(`test/storage/samples/log-v${version}.bin`);
  const blocks: Buffer[] = [];
  for (let at = 0; at < file.byteLength;) {
    const length = file.readUInt32LE(at);
    blocks.push(file.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return blocks;
}

/** What the program of then said of itself when the sample was made. */
function figuresOf(state: ExchangeState): Record<string, unknown> {
  const { orders } = state;
  const liveOrders: number[][] = [];
  for (const id of [1, 2, 3, 4, 5]) {
    const slot = orders.find(id);
    if (slot > 0) liveOrders.push([id, orders.side[slot], orders.price[slot], orders.leaves(slot)]);
  }
  return {
    users: state.users.count,
    instruments: [...state.instruments].map(({ instrumentId }) => instrumentId),
    tradingDay: state.tradingDay,
    balances: [1, 2].map((account) => state.ledger.balance(account)),
    liveOrders,
  };
}

const SAMPLE = {
  users: 3,
  instruments: ['CFFEX.IF', 'SHFE.rb', 'SHFE.cu', 'DCE.m'],
  tradingDay: 20261124,
  balances: [30_014_737_800, 19_861_281_100],
  liveOrders: [[5, Side.BUY, 37_950_000, 1]],
};

t.test('a log of version 1 is read, goes on in the present one, and both are read together', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'qaexchange-v1-'));
  t.teardown(() => rm(dataDir, { recursive: true, force: true }));
  const blocks = (await sampleBlocks(1)).map((bytes) => ({ bytes, block: readBlock(bytes) as LogBlock }));
  t.ok(blocks.every(({ bytes }) => bytes.readUInt16LE(VERSION_AT) === 1));
  const events = blocks.at(-1)!.block.lastSequence;

  let storage = await openStorage(dataDir);
  for (const { bytes, block } of blocks) await new LogStore(storage.log).append(bytes, block.firstSequence);
  const old = await recoverState(storage, () => undefined);
  await closeStorage(storage);
  t.match(old.end, { sequence: events, events, rejected: [] });
  t.notOk(old.end.cutTail);
  t.match(figuresOf(old.state), SAMPLE);
  t.same(
    evaluateSoundness(old.state).filter(({ ok }) => !ok),
    [],
  );

  const exchange = await startExchange(dataDir);
  await pay(exchange, 1, 10_000);
  t.equal(await exchange.stop(), true);

  storage = await openStorage(dataDir);
  t.teardown(() => closeStorage(storage));
  const versions = new Set<number>();
  for await (const [, value] of storage.log.entries({ gte: 'wal/', lt: 'wal0' }))
    versions.add(new DataView(value.buffer, value.byteOffset).getUint16(VERSION_AT, true));
  t.same([...versions], [1, 4]);
  for (const key of await storage.store.keys({ gte: 'snapmeta/', lt: 'snapmeta0' })) await storage.store.batch([{ type: 'del', key }]);
  const mixed = await recoverState(storage, () => undefined);
  t.match(mixed.end, { snapshotSequence: 0, events: mixed.end.sequence });
  t.match(figuresOf(mixed.state), { ...SAMPLE, balances: [SAMPLE.balances[0] + 10_000, SAMPLE.balances[1]] });
});

for (const version of [2, 3]) {
  t.test(`a log of version ${version} is read; its commands came from nowhere`, async (t) => {
    const state = new ExchangeState();
    const origins: number[] = [];
    state.observe(
      new (class extends StateObserver {
        override orderAccepted(_slot: number, { stamp }: OrderEntry): void {
          origins.push(stamp.origin);
        }
      })(),
    );
    const decoder = new EventDecoder(state);
    for (const bytes of await sampleBlocks(version)) {
      t.equal(bytes.readUInt16LE(VERSION_AT), version);
      const { views, endBytes } = readBlock(bytes) as LogBlock;
      for (let at = BLOCK_HEADER_BYTES; at < endBytes; at += frameLength(views, at)) decoder.decode(views, at);
    }
    t.match(figuresOf(state), {
      users: 2,
      instruments: SAMPLE.instruments,
      balances: [9_999_737_800, 9_999_737_800],
      liveOrders: [
        [3, Side.BUY, 37_950_000, 1],
        [4, Side.SELL, 38_100_000, 1],
      ],
    });
    t.same(origins, [0, 0, 0, 0]);
  });
}

for (const version of [1, 2, 3]) {
  t.test(`every flipped bit in a block of version ${version} is noticed`, async (t) => {
    const [block] = (await sampleBlocks(version)).map((bytes) => Uint8Array.from(bytes));
    const missed: number[] = [];
    for (let bit = 0; bit < block.byteLength * 8; bit++) {
      block[bit >> 3] ^= 1 << (bit & 7);
      if (typeof readBlock(block) !== 'string') missed.push(bit);
      block[bit >> 3] ^= 1 << (bit & 7);
    }
    t.same(missed, []);
  });
}
