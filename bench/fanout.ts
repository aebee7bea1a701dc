/**
 * How much of the bare server's speed is left when market data goes to a thousand subscribers?
 *
 * Ours: durable events through the market engine, its ring, the publisher and the sessions of `/ws` to every socket. The
 * yardstick publishes the very same frames by uWebSockets.js' own topics. Both are taken round by round; a round ends when the
 * sockets, in a process of their own, have every byte.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import uWS from 'uWebSockets.js';
import { listen } from '../src/front/server.js';
import { Channel, type MarketBatch } from '../src/front/publisher/market-event.js';
import { WebsocketHub } from '../src/front/websocket/hub.js';
import type { Session } from '../src/front/websocket/session.js';
import { Streams } from '../src/front/websocket/streams.js';
import { Offset, Side } from '../src/core/enums.js';
import { frameLength, isEndOfCommand } from '../src/wire/frame-header.js';
import { frameViews } from '../src/wire/frame-layout.js';
import { OneThreadMarket } from '../test/support/one-thread-market.js';
import { EventStream, MIDDLE, TICK } from './support/event-stream.js';
import { percentile, rowOf } from './support/figures.js';
import { orderRise, type RisePlan } from './support/order-rise.js';
import type { Row, Suite, SuiteOptions } from './support/suite.js';

const YARDSTICK = 'raw uWS publish';
/** Commands whose events go out as one frame. */
const BATCH = 16;

interface Plan extends RisePlan {
  batches: number;
}

const FULL: Plan = { subscribers: 1000, rounds: 5, batches: 60, rate: 200, roundMs: 3000 };
const SMOKE: Plan = { subscribers: 20, rounds: 1, batches: 5, rate: 50, roundMs: 200 };

export const fanout: Suite = {
  name: 'fanout',
  question: 'How much of raw publishing is left when market data goes to a thousand subscribers?',
  run: (options) => run(options.smoke ? SMOKE : FULL, options),
};

interface Connection {
  session?: Session;
}

async function run(plan: Plan, { progress }: SuiteOptions): Promise<Row[]> {
  const { rates, p99 } = await publish(plan, progress);
  const rises = await orderRise(plan, progress);
  const { subscribers } = plan;
  return [
    rowOf(`deliveries to ${subscribers} subscribers`, 'frames/s', rates.ours, { name: YARDSTICK, runs: rates.raw }),
    rowOf('events to bytes handed to all of them, p99', 'µs', p99.ours, { name: YARDSTICK, runs: p99.raw }),
    rowOf(`rise of an order's p99 with ${subscribers} subscribers`, 'µs', rises, { name: YARDSTICK, runs: p99.raw }),
  ];
}

interface Published {
  rates: { ours: number[]; raw: number[] };
  p99: { ours: number[]; raw: number[] };
}

async function publish(plan: Plan, progress: SuiteOptions['progress']): Promise<Published> {
  const stage = new Stage(plan);
  try {
    progress('connecting');
    await stage.open();
    const rates = { ours: [] as number[], raw: [] as number[] };
    const p99 = { ours: [] as number[], raw: [] as number[] };
    // the first round warms both up
    for (let round = 0; round <= plan.rounds; round++) {
      progress(`round ${round} of ${plan.rounds}`);
      const ours = await stage.ours();
      const raw = await stage.raw();
      if (round === 0) continue;
      rates.ours.push(ours.deliveries / ours.seconds);
      rates.raw.push(raw.deliveries / raw.seconds);
      p99.ours.push(percentile(ours.handedUs, 0.99));
      p99.raw.push(percentile(raw.handedUs, 0.99));
    }
    return { rates, p99 };
  } finally {
    stage.close();
  }
}

interface Outcome {
  deliveries: number;
  seconds: number;
  /** Per frame: from the events at hand until every socket has taken the bytes. */
  handedUs: number[];
}

class Stage {
  private readonly app = uWS.App();
  private readonly stream = new EventStream(10, 1);
  private readonly journal: Uint8Array[] = [];
  private readonly market = new OneThreadMarket(this.journal);
  private readonly hub: WebsocketHub;
  private readonly streams: Streams;
  private readonly clients: ChildProcess[] = [];
  /** Frames of the last round of ours. */
  private frames: Uint8Array[] = [];
  private nowMs = 0;
  private read = 0;
  private turn = 0;

  constructor(private readonly plan: Plan) {
    const { state } = this.stream;
    this.hub = new WebsocketHub({ orders: state.orders, budget: { take: () => 0 }, sessionsPerUserMax: Infinity, nowMs: () => this.nowMs });
    this.streams = new Streams(this.hub, state, this.market);
  }

  async open(): Promise<void> {
    this.app.ws<Connection>('/ours', {
      ...{ maxBackpressure: 0, idleTimeout: 0, compression: uWS.DISABLED },
      open: (socket) => {
        const session = this.hub.open(socket, '');
        socket.getUserData().session = session;
        session.subscriptions.add(1, Channel.orderbook | Channel.ticker);
      },
      drain: (socket) => socket.getUserData().session?.drained(),
      close: (socket) => {
        const { session } = socket.getUserData();
        if (session !== undefined) this.hub.remove(session);
      },
    });
    this.app.ws('/raw', { maxBackpressure: 0, idleTimeout: 0, compression: uWS.DISABLED, open: (socket) => void socket.subscribe('all') });
    const { port } = await listen(this.app, '127.0.0.1', 0);
    this.collect();
    this.market.follow(0);
    for (const path of ['ours', 'raw']) {
      const client = fork(fileURLToPath(new URL('./support/fanout-clients.js', import.meta.url)), [
        `ws://127.0.0.1:${port}/${path}`,
        String(this.plan.subscribers),
      ]);
      this.clients.push(client);
      await message(client, 'open');
    }
    const recorder = { isBinary: false, deliver: (batch: MarketBatch) => void this.frames.push(batch.frame) };
    this.streams.market.change(recorder, 1, undefined, { channels: Channel.orderbook | Channel.ticker, depth: 5, periods: 127 });
  }

  async ours(): Promise<Outcome> {
    this.frames = [];
    const handedUs: number[] = [];
    const batches = Array.from({ length: this.plan.batches }, () => this.trade());
    const begin = performance.now();
    for (const commands of batches) {
      this.nowMs += 20;
      const from = performance.now();
      this.market.follow(this.nowMs, commands);
      this.streams.take();
      while (this.hub.isMarketDue) await new Promise(setImmediate);
      handedUs.push((performance.now() - from) * 1000);
      await new Promise(setImmediate);
    }
    await this.received(0);
    return { deliveries: this.frames.length * this.plan.subscribers, seconds: (performance.now() - begin) / 1000, handedUs };
  }

  async raw(): Promise<Outcome> {
    const handedUs: number[] = [];
    const begin = performance.now();
    for (const frame of this.frames) {
      const from = performance.now();
      this.app.publish('all', frame, false);
      // topics are sent when the loop turns
      await new Promise(setImmediate);
      handedUs.push((performance.now() - from) * 1000);
    }
    await this.received(1);
    return { deliveries: this.frames.length * this.plan.subscribers, seconds: (performance.now() - begin) / 1000, handedUs };
  }

  close(): void {
    for (const client of this.clients) client.kill();
    this.app.close();
  }

  /** Orders and trades of one turn; how many events they are. */
  private trade(): number {
    const before = this.journal.length;
    for (let n = 0; n < BATCH; n++) {
      const buys = this.turn++ % 2 === 0;
      const price = MIDDLE + (buys ? 1 : -1) * (this.turn % 3) * TICK;
      this.stream.order(1 + (this.turn % 10), 1, buys ? Side.BUY : Side.SELL, Offset.OPEN, price, 1 + (this.turn % 4));
    }
    this.collect();
    return this.journal.length - before;
  }

  /** New events of the stream become entries of the journal. */
  private collect(): void {
    const views = frameViews(this.stream.bytes.subarray(0, this.stream.length));
    while (this.read < this.stream.length) {
      const start = this.read;
      this.read += frameLength(views, start);
      this.journal.push(Uint8Array.from(views.bytes.subarray(start, this.read)));
    }
    if (!isEndOfCommand(frameViews(this.journal[this.journal.length - 1]), 0)) throw new Error('whole commands only');
  }

  /** Until the clients of a path have every byte of the round. */
  private async received(index: number): Promise<void> {
    const bytes = this.frames.reduce((sum, frame) => sum + frame.length, 0) * this.plan.subscribers;
    const heard = message(this.clients[index], 'received');
    this.clients[index].send({ wanted: bytes });
    await heard;
  }
}

function message(child: ChildProcess, type: string): Promise<void> {
  return new Promise((resolve) => {
    const listen = (heard: { type: string }): void => {
      if (heard.type !== type) return;
      child.off('message', listen);
      resolve();
    };
    child.on('message', listen);
  });
}
