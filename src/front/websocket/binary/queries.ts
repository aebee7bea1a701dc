/** PingRequest and InstrumentsRequest. */
import { InstrumentStatus } from '../../../core/enums.js';
import { addInstrument, addPong } from '../../../wire/session-answers.js';
import { headRequest } from '../../../wire/session-head.js';
import { PingAt } from '../../../wire/session-layout.js';
import type { MessageContext } from '../messages/context.js';
import type { Session } from '../session.js';

const US_PER_MS = 1000;

export function handlePing({ wallMs }: MessageContext, session: Session, view: DataView, at: number): void {
  addPong(session.frames(), headRequest(view, at), view.getFloat64(at + PingAt.clientTimeUs, true), wallMs() * US_PER_MS);
}

/** All but delisted ones. */
export function handleInstruments({ exchange }: MessageContext, session: Session, view: DataView, at: number): void {
  const listed = [...exchange.state.instruments].filter(({ status }) => status !== InstrumentStatus.delisted);
  let remaining = listed.length;
  for (const instrument of listed) addInstrument(session.frames(), headRequest(view, at), instrument, --remaining);
}
