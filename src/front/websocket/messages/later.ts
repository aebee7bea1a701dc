/** Answers that need the history tables: they come when they come and send themselves. */
import { Refusal } from '../../../core/refusal.js';
import type { Session } from '../session.js';
import type { MessageContext } from './context.js';

/** As `answerLater`, for answers of the binary protocol, which carry their refusals themselves. */
export async function answerOrLog({ exchange }: MessageContext, session: Session, answer: () => Promise<void>): Promise<void> {
  try {
    await answer();
  } catch (error) {
    exchange.log.error({ err: error }, 'a frame could not be answered');
    session.problem(5000);
  }
  session.flush();
}

export async function answerLater(
  { exchange }: MessageContext,
  session: Session,
  requestId: string | undefined,
  answer: () => Promise<void>,
): Promise<void> {
  try {
    await answer();
  } catch (error) {
    if (!(error instanceof Refusal)) exchange.log.error({ err: error }, 'a message could not be answered');
    session.refuse(error instanceof Refusal ? error.code : 5000, requestId);
  }
  session.flush();
}
