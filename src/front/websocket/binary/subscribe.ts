/** SubscribeRequest and UnsubscribeRequest: as `subscribe` and `unsubscribe` of the JSON messages, by numbers. */
import { PERIODS } from '../../../core/market-data/periods.js';
import { Refusal } from '../../../core/refusal.js';
import { addSubscribeAnswer } from '../../../wire/session-answers.js';
import { headRequest } from '../../../wire/session-head.js';
import * as layout from '../../../wire/session-layout.js';
import { BINARY_CHANNELS } from '../../publisher/market-event.js';
import type { MessageContext } from '../messages/context.js';
import { activeInstruments } from '../messages/subscribe.js';
import { DEPTH_MAX, INSTRUMENTS_MAX } from '../schemas.js';
import type { Session } from '../session.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const { SUBSCRIBE_BYTES, SubscribeAt, UNSUBSCRIBE_BYTES, UnsubscribeAt } = layout;
const ALL_PERIODS = (1 << PERIODS.length) - 1;

interface Named {
  readonly instruments: Set<number>;
  /** Numbers that are no instrument's. */
  readonly rejected: number[];
}

export function handleSubscribe(context: MessageContext, session: Session, view: DataView, at: number): void {
  const channels = channelsOf(view.getUint32(at + SubscribeAt.channels, true));
  const periods = view.getUint32(at + SubscribeAt.periods, true);
  const depth = view.getUint8(at + SubscribeAt.depth);
  if (periods > ALL_PERIODS || depth > DEPTH_MAX) throw new Refusal(9003);
  const count = view.getUint16(at + SubscribeAt.instrumentCount, true);
  const { instruments, rejected } = named(context, view, at + SUBSCRIBE_BYTES, count, () => activeInstruments(context));
  const terms = { depth: depth === 0 ? undefined : depth, periods: periods === 0 ? undefined : periods };
  for (const instrument of instruments) session.subscriptions.add(instrument, channels, terms);
  answer(session, headRequest(view, at), channels, rejected);
  session.showAll(instruments, channels);
}

export function handleUnsubscribe(context: MessageContext, session: Session, view: DataView, at: number): void {
  const { subscriptions } = session;
  const channels = channelsOf(view.getUint32(at + UnsubscribeAt.channels, true));
  const count = view.getUint16(at + UnsubscribeAt.instrumentCount, true);
  const all = (): Set<number> => new Set(subscriptions.instrumentsOf(channels));
  const { instruments, rejected } = named(context, view, at + UNSUBSCRIBE_BYTES, count, all);
  for (const instrument of instruments) subscriptions.remove(instrument, channels);
  answer(session, headRequest(view, at), channels, rejected);
}

/** Throws 9008 for bits that stand for no channel, or none at all. */
function channelsOf(bits: number): number {
  if (bits === 0 || (bits & ~BINARY_CHANNELS) !== 0) throw new Refusal(9008);
  return bits;
}

/** The instruments whose numbers follow, `all` when none do. Throws 1007 when none of them exists. */
function named({ exchange }: MessageContext, view: DataView, at: number, count: number, all: () => Set<number>): Named {
  if (count === 0) return { instruments: all(), rejected: [] };
  if (count > INSTRUMENTS_MAX) throw new Refusal(9003);
  const instruments = new Set<number>();
  const rejected = new Set<number>();
  for (let n = 0; n < count; n++) {
    const instrument = view.getUint32(at + n * 4, true);
    if (instrument > 0 && instrument <= exchange.state.instruments.count) instruments.add(instrument);
    else rejected.add(instrument);
  }
  if (instruments.size === 0) throw new Refusal(1007);
  return { instruments, rejected: [...rejected] };
}

function answer(session: Session, request: number, channels: number, rejected: readonly number[]): void {
  addSubscribeAnswer(session.frames(), request, channels, session.subscriptions.instrumentsOf(channels).length, rejected);
}
