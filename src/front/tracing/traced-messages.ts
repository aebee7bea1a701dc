/** Messages of sockets as requests: each one gets an id of ours, and a line that says under which id its sender knows it. */
import type { Logger } from 'pino';
import { userId } from '../views/ids.js';
import { inRequest, isTraced, newRequestId } from './request-scope.js';

/** Longer ones are named by their length alone. */
const READ_BYTES_MAX = 64 * 1024;

type Handle<C, S> = (context: C, sender: S, data: ArrayBuffer, isBinary: boolean) => void;

/** `handle` itself, unless requests are traced. */
export function tracedMessages<C, S extends { readonly budgetKey: string | number }>(log: Logger, handle: Handle<C, S>): Handle<C, S> {
  if (!isTraced(log)) return handle;
  return (context, sender, data, isBinary) => {
    inRequest(newRequestId(), () => {
      const { budgetKey: key } = sender;
      const from = typeof key === 'number' ? { user: userId(key) } : { session: key };
      log.debug({ ...from, bytes: data.byteLength, ...(isBinary ? {} : namesOf(data)) }, 'message');
      handle(context, sender, data, isBinary);
    });
  };
}

function namesOf(data: ArrayBuffer): Record<string, unknown> {
  if (data.byteLength > READ_BYTES_MAX) return {};
  try {
    const { type, aid, request_id: clientRequestId } = JSON.parse(Buffer.from(data).toString()) as Record<string, unknown>;
    return { type, aid, clientRequestId };
  } catch {
    return {};
  }
}
