/** subscribe and unsubscribe (websocket.md 5). */
import { InstrumentStatus } from '../../../core/enums.js';
import { periodOf } from '../../../core/market-data/periods.js';
import { Channel, type ChannelName } from '../../publisher/market-event.js';
import { SubscribeSchema, UnsubscribeSchema } from '../schemas.js';
import type { Session } from '../session.js';
import type { Fields, MessageContext } from './context.js';
import { MessageShape } from './message-shape.js';

const subscribe = new MessageShape(SubscribeSchema);
const unsubscribe = new MessageShape(UnsubscribeSchema);

/** What of a request could not be taken, and why. */
type Rejected = { instrument: string; code: number } | { channel: string; code: number };

interface Channels {
  names: ChannelName[];
  /** Bits of `Channel`. */
  bits: number;
}

export function handleSubscribe(context: MessageContext, session: Session, fields: Fields, requestId: string | undefined): void {
  const { channels: wanted, instruments: ids, depth, period } = subscribe.parse(fields);
  const periods = period?.reduce((bits, id) => bits | (1 << periodOf(id)), 0);
  const rejected: Rejected[] = [];
  const channels = channelsOf(wanted, session, rejected);
  const instruments = ids.length === 0 ? activeInstruments(context) : instrumentsOf(context, ids, rejected);
  if (channels.bits !== 0) for (const instrument of instruments) session.subscriptions.add(instrument, channels.bits, { depth, periods });
  answer(context, session, channels, 'Subscribed', rejected, requestId);
  session.showAll(instruments, channels.bits);
}

export function handleUnsubscribe(context: MessageContext, session: Session, fields: Fields, requestId: string | undefined): void {
  const { channels: wanted, instruments: ids } = unsubscribe.parse(fields);
  const rejected: Rejected[] = [];
  const channels = channelsOf(wanted, session, rejected);
  const { subscriptions } = session;
  const instruments = ids.length === 0 ? subscriptions.instrumentsOf(channels.bits) : instrumentsOf(context, ids, rejected);
  for (const instrument of instruments) subscriptions.remove(instrument, channels.bits);
  answer(context, session, channels, 'Unsubscribed', rejected, requestId);
}

function answer(
  { exchange }: MessageContext,
  session: Session,
  channels: Channels,
  message: string,
  rejected: Rejected[],
  requestId: string | undefined,
): void {
  const remaining = session.subscriptions.instrumentsOf(channels.bits);
  const success = channels.bits !== 0 && (rejected.length === 0 || remaining.length > 0);
  session.push(
    JSON.stringify({
      type: 'subscribe_response',
      success,
      channels: channels.names,
      instruments: remaining.map((instrument) => exchange.state.instruments.get(instrument).instrumentId),
      message: success ? message : `Not ${message.toLowerCase()}: see rejected.`,
      rejected,
      request_id: requestId,
    }),
  );
}

/** Unknown names are rejected with 9008, private ones without a login with 9002. */
function channelsOf(names: readonly string[], session: Session, rejected: Rejected[]): Channels {
  const channels: Channels = { names: [], bits: 0 };
  for (const name of new Set(names)) {
    if (!isChannel(name)) rejected.push({ channel: name, code: 9008 });
    else if (Channel[name] === Channel.trade && session.caller === undefined) rejected.push({ channel: name, code: 9002 });
    else {
      channels.names.push(name);
      channels.bits |= Channel[name];
    }
  }
  return channels;
}

function isChannel(name: string): name is ChannelName {
  return Object.hasOwn(Channel, name);
}

export function activeInstruments({ exchange }: MessageContext): Set<number> {
  const active = new Set<number>();
  for (const { instrument, status } of exchange.state.instruments) if (status !== InstrumentStatus.delisted) active.add(instrument);
  return active;
}

function instrumentsOf({ exchange }: MessageContext, ids: readonly string[], rejected: Rejected[]): Set<number> {
  const found = new Set<number>();
  for (const id of new Set(ids)) {
    const instrument = exchange.state.instruments.find(id);
    if (instrument === undefined) rejected.push({ instrument: id, code: 1007 });
    else found.add(instrument.instrument);
  }
  return found;
}
