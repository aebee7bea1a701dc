/** Two rings between this thread and a peer (ring-peer.ts), and what both must know of them. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { messageWaker } from '../../src/ring/event-loop-pump.js';
import { RingBuffer } from '../../src/ring/ring-buffer.js';
import { RingConsumer } from '../../src/ring/ring-consumer.js';
import { RingProducer } from '../../src/ring/ring-producer.js';
import { WakeSignal } from '../../src/ring/wake-signal.js';

/** How the peer waits for the next frame; `message` uses no ring at all, `produce` writes instead of answering. */
export type PeerMode = 'spin' | 'blocking' | 'event-loop' | 'message' | 'produce';

export interface RingPeer {
  mode: PeerMode;
  requests: SharedArrayBuffer;
  requestSignal: SharedArrayBuffer;
  answers: SharedArrayBuffer;
  answerSignal: SharedArrayBuffer;
  /** Of `produce`: frames in all, and frames between two publishes. */
  frames: number;
  batch: number;
}

export const FRAME_BYTES = 64;
/** Byte of a frame at which its number lies; a request numbered 0 asks the peer to end. */
export const NUMBER_AT = 8;

const RING_BYTES = 1 << 20;
/** A thread that says nothing for so long is lost. */
export const SILENCE_MS = 10_000;

/** A peer with two rings, and this thread's ends of them. */
export class Link {
  readonly worker: Worker;
  readonly requests: RingProducer;
  readonly answers: RingConsumer;
  readonly signal: WakeSignal;
  private readonly requestSignal: WakeSignal;

  constructor(mode: PeerMode, frames = 0, batch = 1) {
    const data: RingPeer = {
      mode,
      requests: RingBuffer.create(RING_BYTES),
      requestSignal: WakeSignal.create(),
      answers: RingBuffer.create(RING_BYTES),
      answerSignal: WakeSignal.create(),
      frames,
      batch,
    };
    this.worker = new Worker(new URL('./ring-peer.js', import.meta.url), { workerData: data });
    this.requests = new RingProducer(data.requests);
    this.answers = new RingConsumer(data.answers);
    this.signal = new WakeSignal(data.answerSignal);
    this.requestSignal = new WakeSignal(data.requestSignal);
    this.requests.onPublish =
      mode === 'event-loop' ? messageWaker(this.requestSignal, this.worker) : () => void this.requestSignal.notify();
  }

  async ready(): Promise<void> {
    await once(this.worker, 'message');
  }

  send(number: number): void {
    const offset = this.requests.claim(FRAME_BYTES);
    this.requests.words[offset >> 2] = FRAME_BYTES;
    this.requests.doubles[(offset + NUMBER_AT) >> 3] = number;
    this.requests.publish();
  }

  /** Blocks this thread (or spins) until the answer is there, and returns its number. */
  receive(spins: boolean): number {
    const deadlineMs = performance.now() + SILENCE_MS;
    for (let offset = this.answers.next(); ; offset = this.answers.next()) {
      if (offset !== -1) {
        const number = this.answers.doubles[(offset + NUMBER_AT) >> 3];
        this.answers.release();
        return number;
      }
      if (!spins) this.signal.wait(100, () => !this.answers.isEmpty());
      if (performance.now() > deadlineMs) throw new Error('the other thread does not answer');
    }
  }

  /** Asks the peer to end and waits for it. */
  async stop(): Promise<void> {
    const exited = once(this.worker, 'exit');
    this.send(0);
    await exited;
  }
}
