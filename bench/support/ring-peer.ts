/** The other end of the rings of the ring bench: sends back what it gets, waiting in one of the ways, or fills a ring. */
import { parentPort, workerData } from 'node:worker_threads';
import { EventLoopPump } from '../../src/ring/event-loop-pump.js';
import { RingConsumer } from '../../src/ring/ring-consumer.js';
import { RingProducer } from '../../src/ring/ring-producer.js';
import { WakeSignal } from '../../src/ring/wake-signal.js';
import { FRAME_BYTES, NUMBER_AT, type PeerMode, type RingPeer } from './ring-link.js';

const peer = workerData as RingPeer;
const requests = new RingConsumer(peer.requests);
const answers = new RingProducer(peer.answers);
const signal = new WakeSignal(peer.requestSignal);
const answerSignal = new WakeSignal(peer.answerSignal);
answers.onPublish = () => void answerSignal.notify();
let ended = false;

/** Answers everything that has come; true when there was anything. */
function answer(): boolean {
  let count = 0;
  for (let offset = requests.next(); offset !== -1; offset = requests.next()) {
    const number = requests.doubles[(offset + NUMBER_AT) >> 3];
    if (number === 0) ended = true;
    else write(number);
    count++;
  }
  if (count === 0) return false;
  answers.publish();
  requests.release();
  return true;
}

function write(number: number): void {
  let offset = answers.claim(FRAME_BYTES);
  if (offset === -1) {
    answers.publish();
    while (offset === -1) {
      answers.waitForSpace(FRAME_BYTES, 1000);
      offset = answers.claim(FRAME_BYTES);
    }
  }
  answers.words[offset >> 2] = FRAME_BYTES;
  answers.doubles[(offset + NUMBER_AT) >> 3] = number;
}

function produce(): void {
  for (let number = 1; number <= peer.frames; number++) {
    write(number);
    if (number % peer.batch === 0) answers.publish();
  }
  answers.publish();
}

function answerOnEventLoop(): void {
  const drain = (): boolean => {
    const worked = answer();
    if (ended) pump.stop();
    return worked;
  };
  const pump = new EventLoopPump({ signal, port: parentPort!, drain });
  pump.start();
}

const ways: Record<PeerMode, () => void> = {
  spin: () => {
    while (!ended) answer();
  },
  blocking: () => {
    while (!ended) if (!answer()) signal.wait(1000, () => !requests.isEmpty());
  },
  'event-loop': answerOnEventLoop,
  message: () => {
    parentPort!.on('message', (message: { number: number }) => {
      if (message.number === 0) parentPort!.close();
      else parentPort!.postMessage(message);
    });
  },
  produce,
};
// The message is posted before anything blocks this thread: whoever gets it knows that we listen.
parentPort!.postMessage({ number: 0 });
ways[peer.mode]();
