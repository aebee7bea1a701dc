import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import assert from 'node:assert/strict';
import t from 'tap';
import { RingBuffer } from '../../src/ring/ring-buffer.js';
import { RingConsumer } from '../../src/ring/ring-consumer.js';
import { RingProducer } from '../../src/ring/ring-producer.js';
import { WakeSignal } from '../../src/ring/wake-signal.js';
import { BLOCK_HEADER_BYTES, readBlock, type LogBlock } from '../../src/storage/log-block.js';
import type { BlockSink } from '../../src/storage/log-store.js';
import { WalState, WalStatus } from '../../src/storage/wal-status.js';
import { WalWriter, type WalWriterOptions } from '../../src/storage/wal-writer.js';
import { frameLength, frameSequence, frameSource, isEndOfCommand } from '../../src/wire/frame-header.js';
import type { FrameViews } from '../../src/wire/frame-layout.js';
import { START, publishCommand, valuesIn, valueOf, type TestFrame } from './support.js';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);

interface Seen {
  sequence: number;
  source: number;
  value: number;
  end: boolean;
}

function seen(views: FrameViews, at: number): Seen {
  return { sequence: frameSequence(views, at), source: frameSource(views, at), value: valueOf(views, at), end: isEndOfCommand(views, at) };
}

/** Keeps checked blocks in memory. */
class MemorySink implements BlockSink {
  readonly blocks: LogBlock[] = [];
  readonly bytes: Uint8Array[] = [];

  async append(block: Uint8Array, firstSequence: number): Promise<void> {
    const read = readBlock(Uint8Array.from(block));
    if (typeof read === 'string') throw new Error(read);
    assert.equal(read.firstSequence, firstSequence);
    this.blocks.push(read);
    this.bytes.push(block);
    await new Promise(setImmediate);
  }

  events(): Seen[] {
    return this.blocks.flatMap((block) => {
      const events: Seen[] = [];
      for (let at = BLOCK_HEADER_BYTES; at < block.endBytes; at += frameLength(block.views, at)) events.push(seen(block.views, at));
      return events;
    });
  }
}

interface Setup {
  producers: RingProducer[];
  consumers: RingConsumer[];
  broadcast: RingConsumer;
  status: WalStatus;
  writer: WalWriter;
  wake: WakeSignal;
}

function setUp(
  sink: BlockSink,
  options: Partial<WalWriterOptions> & { rings?: number; ringBytes?: number; outputBytes?: number } = {},
): Setup {
  const { rings = 1, ringBytes = 1 << 20, outputBytes = 1 << 20, ...rest } = options;
  const buffers = Array.from({ length: rings }, () => RingBuffer.create(ringBytes));
  const output = RingBuffer.create(outputBytes);
  const statusBuffer = WalStatus.create();
  const consumers = buffers.map((buffer) => new RingConsumer(buffer));
  const wake = new WakeSignal(WakeSignal.create());
  const producer = new RingProducer(output);
  const status = new WalStatus(statusBuffer);
  const writer = new WalWriter({ inputs: consumers, output: producer, wake, sink, status, start: START, retryMs: 1, ...rest });
  const broadcast = new RingConsumer(output);
  return {
    producers: buffers.map((buffer) => new RingProducer(buffer)),
    consumers,
    broadcast,
    status: new WalStatus(statusBuffer),
    writer,
    wake,
  };
}

function drain(consumer: RingConsumer): Seen[] {
  const events: Seen[] = [];
  for (let at = consumer.next(); at >= 0; at = consumer.next()) events.push(seen(consumer, at));
  consumer.release();
  return events;
}

/** The writer works off what is in the rings and ends. */
function runToEnd(writer: WalWriter): Promise<boolean> {
  writer.stop();
  return writer.run();
}

function command(length: number, value: number, source = 0): TestFrame[] {
  return Array.from({ length }, (_, index) => ({ value: value + index / 1e6, source }));
}

t.test('numbers events gapless from where the log ends and chains its blocks', async (t) => {
  const sink = new MemorySink();
  const { producers, writer, broadcast, status } = setUp(sink, {
    start: { sequence: 41, crc: 99, epoch: 3 },
    caps: { events: 2, bytes: 1 << 20 },
  });
  for (const value of [1, 2, 3]) publishCommand(producers[0], command(1, value));
  t.equal(await runToEnd(writer), true);
  t.match(sink.blocks, [
    { firstSequence: 42, lastSequence: 43, previousCrc: 99, epoch: 3 },
    { firstSequence: 44, lastSequence: 44, previousCrc: sink.blocks[0].crc, epoch: 3 },
  ]);
  t.same(
    drain(broadcast).map(({ sequence, value }) => [sequence, value]),
    [
      [42, 1],
      [43, 2],
      [44, 3],
    ],
  );
  t.match(status.figures(), { state: WalState.STOPPED, durableSequence: 44, blocks: 2, events: 3, failures: 0 });
});

t.test('keeps every command whole, in order, in one block, within the caps', async () => {
  const commands = fc.array(fc.record({ ring: fc.nat(2), frames: fc.integer({ min: 1, max: 12 }), words: fc.nat(10) }), { maxLength: 120 });
  const caps = { events: 8, bytes: 700 };
  await fc.assert(
    fc.asyncProperty(commands, async (commands) => {
      const sink = new MemorySink();
      const { producers, writer, broadcast } = setUp(sink, { rings: 3, caps });
      const sent: Seen[][] = [[], [], []];
      for (const [index, { ring, frames, words }] of commands.entries()) {
        const list = command(frames, index, ring).map((frame) => ({ ...frame, length: 40 + words * 8 }));
        assert(publishCommand(producers[ring], list));
        list.forEach(({ value }, at) => sent[ring].push({ sequence: 0, source: ring, value, end: at === list.length - 1 }));
      }
      await runToEnd(writer);
      const events = sink.events();
      // Nothing lost, nothing twice, each ring in its own order.
      for (const ring of [0, 1, 2]) {
        const got = events.filter(({ source }) => source === ring).map((event) => ({ ...event, sequence: 0 }));
        assert.deepEqual(got, sent[ring]);
      }
      // Commands are contiguous: a command's frames share the whole part of their value.
      for (let at = 1; at < events.length; at++) {
        if (!events[at - 1].end) assert.equal(Math.floor(events[at].value), Math.floor(events[at - 1].value));
      }
      for (const block of sink.blocks) {
        const oneCommand = new Set(valuesIn(block).map(Math.floor)).size === 1;
        assert(oneCommand || (block.count <= caps.events && block.endBytes <= caps.bytes), 'caps');
      }
      assert.deepEqual(drain(broadcast), events);
    }),
    { seed: SEED, verbose: 1, numRuns: 40 },
  );
});

t.test('tells nobody of a block before its write has resolved', async (t) => {
  const sink = new MemorySink();
  const early: number[] = [];
  const durable: number[] = [];
  const guard: BlockSink = {
    append: async (block, firstSequence) => {
      await sleep(5);
      early.push(drain(setup.broadcast).filter(({ sequence }) => sequence >= firstSequence).length);
      durable.push(setup.status.durableSequence());
      if (firstSequence === 1) publishCommand(setup.producers[0], command(2, 2));
      await sink.append(block, firstSequence);
    },
  };
  const setup = setUp(guard);
  publishCommand(setup.producers[0], command(3, 1));
  await runToEnd(setup.writer);
  t.same(early, [0, 0]);
  t.same(durable, [0, 3], 'nor does the status');
  t.equal(sink.blocks.length, 2, 'what came during the write made the next block');
  t.equal(drain(setup.broadcast).length, 2);
});

t.test('publishes nothing while a write fails, tries the same block again, and goes on', async (t) => {
  const sink = new MemorySink();
  const attempts: string[] = [];
  const states: WalState[] = [];
  const told: string[] = [];
  const failing: BlockSink = {
    append: async (block, firstSequence) => {
      attempts.push(Buffer.from(block).toString('hex'));
      states.push(setup.status.state());
      t.equal(drain(setup.broadcast).length, 0);
      t.equal(setup.status.durableSequence(), 0);
      if (attempts.length === 1) publishCommand(setup.producers[0], command(1, 2));
      if (attempts.length <= 3) throw new Error(attempts.length <= 2 ? 'no space left' : 'nor a file');
      return sink.append(block, firstSequence);
    },
  };
  const setup = setUp(
    { append: (block, first) => (first === 1 ? failing.append(block, first) : sink.append(block, first)) },
    { onFailure: (reason) => told.push(reason), onRecovered: () => told.push('recovered') },
  );
  publishCommand(setup.producers[0], command(2, 1));
  const running = setup.writer.run();
  while (setup.status.durableSequence() < 3) await sleep(1);
  setup.writer.stop();
  t.equal(await running, true);
  t.equal(attempts.length, 4);
  t.equal(new Set(attempts).size, 1);
  t.same(states, [WalState.RUNNING, WalState.FAILED, WalState.FAILED, WalState.FAILED]);
  t.same(told, ['no space left', 'nor a file', 'recovered'], 'each reason once');
  t.same(
    drain(setup.broadcast).map(({ sequence }) => sequence),
    [1, 2, 3],
  );
  t.match(setup.status.figures(), { state: WalState.STOPPED, failures: 3, blocks: 2 });
});

t.test('gives up at the end when the last block cannot be written, and has told nobody of it', async (t) => {
  const setup = setUp({ append: () => Promise.reject(new Error('gone')) }, { retryMs: 60_000 });
  publishCommand(setup.producers[0], command(2, 1));
  const running = setup.writer.run();
  while (setup.status.state() !== WalState.FAILED) await sleep(1);
  setup.writer.stop();
  t.equal(await running, false);
  t.equal(drain(setup.broadcast).length, 0);
  t.equal(setup.status.state(), WalState.FAILED);
});

t.test('waits for the end of a command that is published in pieces, without mixing in others', async (t) => {
  const sink = new MemorySink();
  const setup = setUp(sink, { rings: 2 });
  publishCommand(setup.producers[0], command(1, 1));
  publishCommand(setup.producers[0], [
    { value: 2, end: false },
    { value: 2.1, end: false },
  ]);
  publishCommand(setup.producers[1], command(1, 3, 1));
  const running = setup.writer.run();
  while (setup.status.durableSequence() < 1) await sleep(1);
  await sleep(5);
  t.equal(setup.status.durableSequence(), 1);
  publishCommand(setup.producers[0], [{ value: 2.2 }]);
  setup.wake.notify();
  setup.writer.stop();
  await running;
  t.same(
    sink.events().map(({ value }) => value),
    [1, 2, 2.1, 2.2, 3],
  );
});

t.test('writes a command beyond all caps as one block and gives it to slow readers', async (t) => {
  const sink = new MemorySink();
  const setup = setUp(sink, { rings: 2, ringBytes: 1 << 12, outputBytes: 1 << 12, caps: { events: 16, bytes: 1 << 12 } });
  const [first, second] = setup.producers as [RingProducer, RingProducer];
  publishCommand(second, command(20, 9000, 1));
  const got: Seen[] = [];
  const frames = command(400, 1);
  let sent = 0;
  const pump = setInterval(() => {
    while (sent < frames.length && publishCommand(first, [{ ...frames[sent], end: sent === frames.length - 1 }])) sent++;
    got.push(...drain(setup.broadcast));
    if (sent === frames.length && got.length === 420) setup.writer.stop();
  }, 1);
  t.equal(await setup.writer.run(), true);
  clearInterval(pump);
  got.push(...drain(setup.broadcast));
  t.same(got, sink.events());
  t.same(new Set(sink.blocks.map(({ count }) => count)), new Set([400, 20]));
});

t.test('does other work between blocks, never during a write', async (t) => {
  let writing = false;
  let calls = 0;
  const sink = new MemorySink();
  const setup = setUp(
    {
      append: async (block, first) => {
        writing = true;
        await sink.append(block, first);
        writing = false;
      },
    },
    {
      housekeeping: () => {
        t.notOk(writing);
        if (++calls === 5) setup.writer.stop();
        else publishCommand(setup.producers[0], command(1, calls));
        return Promise.resolve(true);
      },
    },
  );
  await setup.writer.run();
  t.equal(calls, 5);
  t.equal(sink.events().length, 4);
});
