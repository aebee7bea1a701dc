/** What a thread works on, as the thread gets it: with its start, or as its first message when it was started early. */
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';

/** The type is the caller's promise: both sides name the same one of `thread-data.ts`. */
export async function receiveData<T>(): Promise<T> {
  const early: unknown = workerData;
  if (early !== undefined && early !== null) return early as T;
  const [data] = (await once(parentPort!, 'message')) as [T];
  return data;
}
