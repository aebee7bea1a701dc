/**
 * Public market data to subscribers (websocket.md 5, 6): frames of the market worker, each encoded once, go to the groups that
 * want them. Nothing of the market is decided or encoded here.
 */
import type { RingConsumer } from '../../ring/ring-consumer.js';
import { marketBody, newMarketFrame, readMarketFrame } from '../../wire/market/market-frame.js';
import { Form, FORMS } from '../../wire/market/market-layout.js';
import type { MarketRequest } from '../../wire/market/market-request.js';
import { MarketBatch, type MarketEvent } from './market-event.js';
import { InstrumentGroups, type Interest, type MarketSubscriber } from './market-group.js';

/** A stream that sent something this short a time ago gathers a batch first; an idle one sends at once. */
const FLUSH_MS = 10;
/** Frames between two looks at the sockets. */
const TURN_MAX = 2048;

/** Who takes the frames. */
export interface FrameTaker {
  /** Takes frames, a bounded number; true when there were any. */
  take(): boolean;
  /** Last event of the log of which a frame was taken. */
  lastSequence(): number;
  /** All that a worker must be asked which takes the place of one that died. */
  requests(): MarketRequest[];
}

/** The market worker as the front sees it. */
export interface MarketLink {
  readonly frames: RingConsumer;
  post(request: MarketRequest): void;
  onFrames(taker: FrameTaker): void;
}

/** Something asked of the worker, for everybody who asked before its first frame came. */
interface Asked {
  readonly request: Extract<MarketRequest, { token: number }>;
  readonly key: string;
  readonly subscribers: Set<MarketSubscriber>;
}

export class MarketPublisher {
  /** Sums since the start of the process. */
  readonly counters = { frames: 0, events: 0 };
  private readonly byInstrument = new Map<number, InstrumentGroups>();
  /** What the worker knows of the interest in each instrument and form. */
  private readonly told = new Map<string, string>();
  private readonly asked = new Map<number, Asked>();
  private readonly askedByKey = new Map<string, Asked>();
  private nextToken = 1;
  /** Instruments with events that wait for their 10 ms to pass, or for the end of the loop turn. */
  private readonly waiting = new Set<InstrumentGroups>();
  private readonly frame = newMarketFrame();
  /** Last event of the log of which a frame was taken. */
  lastSequence = 0;
  private flushTimer: NodeJS.Timeout | undefined;

  /**
   * `nowMs` is a clock that never goes back; `delivered` is called after a timer has handed batches to subscribers, so
   * that they are sent.
   */
  constructor(
    private readonly link: MarketLink,
    private readonly nowMs: () => number,
    private readonly delivered: () => void,
  ) {}

  close(): void {
    clearTimeout(this.flushTimer);
  }

  /**
   * Changes what a subscriber wants of an instrument; undefined stands for nothing. What was under way goes to the former
   * subscribers first.
   */
  change(subscriber: MarketSubscriber, instrument: number, before: Interest | undefined, after: Interest | undefined): void {
    let groups = this.byInstrument.get(instrument);
    if (groups === undefined) {
      if (after === undefined) return;
      groups = new InstrumentGroups(instrument);
      this.byInstrument.set(instrument, groups);
    }
    groups.flush(this.nowMs());
    if (before !== undefined) groups.leave(subscriber, before);
    if (after !== undefined) groups.join(subscriber, after);
    this.tellInterest(groups);
    if (groups.isEmpty) {
      this.byInstrument.delete(instrument);
      this.waiting.delete(groups);
    }
  }

  /**
   * Asks for the book as it is: it comes as a batch of its own with `isPicture`, after everything older and before
   * everything newer.
   */
  askPicture(subscriber: MarketSubscriber, instrument: number, depth: number): void {
    const form = formOf(subscriber);
    this.ask(subscriber, `picture/${instrument}/${depth}/${form}`, (token) => ({ type: 'picture', instrument, form, depth, token }));
  }

  /** Asks for the newest state of channels that tell changes only. */
  askCurrent(subscriber: MarketSubscriber, instrument: number, channels: number): void {
    const form = formOf(subscriber);
    this.ask(subscriber, `current/${instrument}/${channels}/${form}`, (token) => ({ type: 'current', instrument, form, channels, token }));
  }

  /** Takes the frames at hand, a bounded number; true when there were any. */
  drain(): boolean {
    const { frames } = this.link;
    let count = 0;
    for (let offset = frames.next(); offset !== -1; offset = frames.next()) {
      readMarketFrame(frames, offset, this.frame);
      if (this.frame.sequence > this.lastSequence) this.lastSequence = this.frame.sequence;
      if (this.frame.token !== 0) this.answer(offset);
      else this.spread(offset);
      if (++count === TURN_MAX) break;
    }
    if (count === 0) return false;
    frames.release();
    this.counters.frames += count;
    return true;
  }

  /** Called when the frames at hand are taken: sends what need not wait. */
  afterTurn(): void {
    if (this.waiting.size === 0) return;
    const now = this.nowMs();
    for (const groups of this.waiting) {
      let rest = false;
      for (const group of groups) {
        if (now - group.flushedMs >= FLUSH_MS) group.flush(now);
        else rest ||= group.isWaiting;
      }
      if (!rest) this.waiting.delete(groups);
    }
    if (this.waiting.size > 0) this.armFlush();
  }

  /** Everything that the worker was asked and has not answered for good. */
  requests(): MarketRequest[] {
    const interests = [...this.byInstrument.values()].flatMap((groups) =>
      FORMS.map((form): MarketRequest => ({ type: 'interest', instrument: groups.instrument, form, ...groups.interestIn(form) })),
    );
    return [...interests, ...Array.from(this.asked.values(), ({ request }) => request)];
  }

  private ask(subscriber: MarketSubscriber, key: string, requestOf: (token: number) => Asked['request']): void {
    const under = this.askedByKey.get(key);
    if (under !== undefined) {
      under.subscribers.add(subscriber);
      return;
    }
    const token = this.nextToken++;
    const asked = { request: requestOf(token), key, subscribers: new Set([subscriber]) };
    this.asked.set(token, asked);
    this.askedByKey.set(key, asked);
    this.link.post(asked.request);
  }

  private answer(offset: number): void {
    const { token, instrument, channels } = this.frame;
    const asked = this.asked.get(token);
    if (asked === undefined) return;
    // Whoever asks from now on has missed this frame.
    this.askedByKey.delete(asked.key);
    if (channels === 0) {
      this.asked.delete(token);
      return;
    }
    this.byInstrument.get(instrument)?.flush(this.nowMs());
    const batch = new MarketBatch(instrument, [this.event(offset)], asked.request.type === 'picture');
    for (const subscriber of asked.subscribers) subscriber.deliver(batch);
  }

  private spread(offset: number): void {
    const { instrument, channels, detail, isWhole, isBinary } = this.frame;
    const groups = this.byInstrument.get(instrument);
    if (groups === undefined) return;
    let event: MarketEvent | undefined;
    const now = this.nowMs();
    for (const group of groups) {
      if (group.isBinary !== isBinary || !group.wants(channels, detail)) continue;
      event ??= this.event(offset);
      group.add(event, now);
      // It is made of what came before, and waited for.
      if (isWhole) group.flush(now);
    }
    if (event !== undefined) this.waiting.add(groups);
  }

  private event(offset: number): MarketEvent {
    this.counters.events++;
    const { instrument, channels, detail, keeping, sequence, timeUs, isBinary } = this.frame;
    return { instrument, channels, detail, keeping, sequence, timeUs, isBinary, bytes: marketBody(this.link.frames, offset) };
  }

  private tellInterest(groups: InstrumentGroups): void {
    const { instrument } = groups;
    for (const form of FORMS) {
      const interest = groups.interestIn(form);
      const key = `${instrument}/${form}`;
      const text = interest.channels === 0 ? undefined : JSON.stringify(interest);
      if (this.told.get(key) === text) continue;
      if (text === undefined) this.told.delete(key);
      else this.told.set(key, text);
      this.link.post({ type: 'interest', instrument, form, ...interest });
    }
  }

  private armFlush(): void {
    this.flushTimer ??= setTimeout(() => {
      this.flushTimer = undefined;
      this.afterTurn();
      this.delivered();
    }, FLUSH_MS);
  }
}

function formOf({ isBinary }: MarketSubscriber): Form {
  return isBinary ? Form.binary : Form.text;
}
