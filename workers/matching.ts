/** A matching thread: commands of its shard in, events out. The books live here and nowhere else. */
import { parentPort } from 'node:worker_threads';
import { compileForMatching } from '../src/cluster/matching-code.js';
import { receiveData } from '../src/cluster/receive-data.js';
import { Shard } from '../src/cluster/shard.js';
import { TracedShard } from '../src/cluster/traced-shard.js';
import type { MatchingThread, ThreadReport, ThreadRequest } from '../src/cluster/thread-data.js';
import { warmShard } from '../src/cluster/warm-shard.js';
import { SharedHistogram } from '../src/metrics/shared-histogram.js';
import { RingConsumer } from '../src/ring/ring-consumer.js';
import { RingProducer } from '../src/ring/ring-producer.js';
import { WakeSignal } from '../src/ring/wake-signal.js';

/** How often an idle thread looks for a request to stop. */
const IDLE_MS = 200;

compileForMatching();
warmShard();
parentPort!.postMessage({ type: 'warm' } satisfies ThreadReport);
const thread = await receiveData<MatchingThread>();
const commands = new RingConsumer(thread.commandRing);
const events = new RingProducer(thread.eventRing);
const signal = new WakeSignal(thread.signal);
const walSignal = new WakeSignal(thread.walSignal);
events.onPublish = () => void walSignal.notify();

// Whoever had this shard before may have left commands behind; they have been given up (the front sends none until we are ready).
commands.detach();
commands.attach();

const times = new SharedHistogram(thread.matchTimes);
const traced = thread.isTraced ? new TracedShard(commands, events, thread.source) : undefined;
const shard = traced ?? new Shard(commands, events, thread.source);

let stopping = false;
parentPort!.on('message', (request: ThreadRequest) => {
  if (request.type === 'stop') stopping = true;
});

/** Works until idle, then lets the event loop see a request to stop, then blocks. */
function turn(): void {
  for (let begin = performance.now(); shard.drain(); begin = performance.now()) {
    times.record((performance.now() - begin) * 1000);
    if (traced !== undefined) tell(traced.takeDone());
  }
  if (stopping) {
    parentPort!.postMessage({ type: 'stopped' });
    parentPort!.close();
    return;
  }
  signal.wait(IDLE_MS, () => !commands.isEmpty());
  setImmediate(turn);
}

function tell(commands: readonly number[]): void {
  const atMs = performance.timeOrigin + performance.now();
  parentPort!.postMessage({ type: 'worked', work: { atMs, commands } } satisfies ThreadReport);
}

parentPort!.postMessage({ type: 'ready' });
turn();
