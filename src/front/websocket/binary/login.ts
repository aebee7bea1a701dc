/** LoginRequest: as `auth` of the JSON messages. */
import { Refusal } from '../../../core/refusal.js';
import { addLoginAnswer } from '../../../wire/session-answers.js';
import { headLength, headRequest, readText } from '../../../wire/session-head.js';
import type { ResumePoint } from '../../../wire/session-requests.js';
import { LOGIN_BYTES, LoginAt, RESUME_POINT_BYTES, ResumePointAt } from '../../../wire/session-layout.js';
import { addAccountState } from '../../../wire/session-reports.js';
import type { Caller } from '../../caller.js';
import { authenticate } from '../messages/auth.js';
import type { MessageContext } from '../messages/context.js';
import type { Session } from '../session.js';

const US_PER_SECOND = 1_000_000;

export function handleLogin(context: MessageContext, session: Session, view: DataView, at: number): void {
  const request = headRequest(view, at);
  const token = readText(view, at + LOGIN_BYTES, view.getUint16(at + LoginAt.tokenLength, true));
  const resume = resumePoints(view, at);
  let caller: Caller;
  try {
    caller = authenticate(context, session, token, undefined, resume);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    addLoginAnswer(session.frames(), request, 0, 0, 0, error.code);
    return;
  }
  const { user, expiresAt } = caller;
  addLoginAnswer(session.frames(), request, expiresAt * US_PER_SECOND, user.user, user.accounts.length, 0);
  session.cancelsOnDisconnect = view.getUint8(at + LoginAt.cancelOnDisconnect) !== 0;
  for (const account of user.accounts) addAccountState(session.frames(), context.exchange.state, account);
  for (const { account, reportSeq } of resume) context.resumption.start(session, account, reportSeq);
}

function resumePoints(view: DataView, at: number): ResumePoint[] {
  const count = view.getUint16(at + LoginAt.resumeCount, true);
  const first = at + headLength(view, at) - count * RESUME_POINT_BYTES;
  return Array.from({ length: count }, (_, index) => {
    const point = first + index * RESUME_POINT_BYTES;
    return {
      account: view.getUint32(point + ResumePointAt.account, true),
      reportSeq: view.getFloat64(point + ResumePointAt.reportSeq, true),
    };
  });
}
