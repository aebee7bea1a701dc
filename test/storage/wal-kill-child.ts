/** Writes through a WalWriter until it is killed; each line on stdout is the sequence of an event that a reader was told of. */
import { writeSync } from 'node:fs';
import { RingBuffer } from '../../src/ring/ring-buffer.js';
import { RingConsumer } from '../../src/ring/ring-consumer.js';
import { RingProducer } from '../../src/ring/ring-producer.js';
import { WakeSignal } from '../../src/ring/wake-signal.js';
import { openLog } from '../../src/storage/database.js';
import type { LogPosition } from '../../src/storage/log-block.js';
import { LogStore, type BlockSink } from '../../src/storage/log-store.js';
import { WalStatus } from '../../src/storage/wal-status.js';
import { WalWriter } from '../../src/storage/wal-writer.js';
import { frameSequence } from '../../src/wire/frame-header.js';
import { publishCommand } from './support.js';

const [folder, json] = process.argv.slice(2) as [string, string];
const { start, next } = JSON.parse(json) as { start: LogPosition; next: number[] };

const rings = next.map(() => RingBuffer.create(1 << 16));
const producers = rings.map((buffer) => new RingProducer(buffer));
const broadcast = RingBuffer.create(1 << 20);
const reader = new RingConsumer(broadcast);
const log = new LogStore(await openLog(folder));

/** Some commands of 1 to 5 events for each ring, each event with its number within the ring. */
function feed(): void {
  producers.forEach((producer, source) => {
    for (let turn = Math.random() * 20; turn > 0; turn--) {
      const frames = Array.from({ length: 1 + Math.floor(Math.random() * 5) }, (_, index) => ({ value: next[source] + index, source }));
      if (publishCommand(producer, frames)) next[source] += frames.length;
    }
  });
}

function tell(): void {
  let last = 0;
  for (let at = reader.next(); at >= 0; at = reader.next()) last = frameSequence(reader, at);
  reader.release();
  if (last > 0) writeSync(1, `${last}\n`);
}

/** New commands come in while a block is written; what was told before is known by then. */
const sink: BlockSink = {
  append: (block, firstSequence) => {
    tell();
    const written = log.append(block, firstSequence);
    feed();
    return written;
  },
};

feed();
const wake = new WakeSignal(WakeSignal.create());
const inputs = rings.map((buffer) => new RingConsumer(buffer));
const status = new WalStatus(WalStatus.create());
await new WalWriter({ inputs, output: new RingProducer(broadcast), wake, sink, status, start }).run();
