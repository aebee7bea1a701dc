/** Another node's databases as a stream of bytes, part by part: a part that does not come, or comes damaged, is asked for again. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { HAND_OVER_PATH, handOverToken, PART_CRC, PART_IS_LAST } from '../front/hand-over.js';

/** Without a byte for so long a connection is given up. */
const SILENCE_MS = 5000;
/** A peer whose parts do not come for so long is given up; he keeps the copy a little longer. */
const PATIENCE_MS = 20_000;
const PAUSE_MS = 200;
/** So often in a row, and he has nothing else. */
const DAMAGED_MAX = 3;

/** No other attempt would end otherwise. */
class Refused extends Error {}
class Damaged extends Error {}

interface Part {
  readonly bytes: AsyncIterable<Uint8Array> | readonly Uint8Array[];
  readonly isLast: boolean;
}

/** `node`: who asks. Throws when it cannot go on. */
export async function* copyOf(url: string, node: string, secret: string): AsyncGenerator<Uint8Array, void, void> {
  const copy = `${encodeURIComponent(node)}.${randomUUID()}`;
  for (let number = 0; ; number++) {
    const { bytes, isLast } = await insist(() => partOf(`${url}${HAND_OVER_PATH}?copy=${copy}&part=${number}`, secret), number > 0);
    yield* bytes;
    if (isLast) return;
  }
}

async function insist(ask: () => Promise<Part>, isOnItsWay: boolean): Promise<Part> {
  const endMs = performance.now() + PATIENCE_MS;
  for (let damaged = 0; ;) {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof Damaged) damaged++;
      // who cannot be reached at all is not waited for: there may be others
      const isHopeless = error instanceof Refused || damaged === DAMAGED_MAX || (damaged === 0 && !isOnItsWay);
      if (isHopeless || performance.now() > endMs) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

async function partOf(url: string, secret: string): Promise<Part> {
  const connecting = new AbortController();
  const timer = setTimeout(() => connecting.abort(new Error('no answer')), SILENCE_MS);
  const headers = { authorization: `Bearer ${handOverToken(secret, Date.now())}` };
  const response = await fetch(url, { headers, signal: connecting.signal }).finally(() => clearTimeout(timer));
  if (response.status !== 200 || response.body === null) throw new Refused(`answers ${response.status}`);
  const body = inTime(response.body);
  const crc = response.headers.get(PART_CRC);
  // the program before gives everything at once
  if (crc === null) return { bytes: body, isLast: true };
  const chunks: Uint8Array[] = [];
  let found = 0;
  for await (const chunk of body) {
    found = crc32(chunk, found);
    chunks.push(chunk);
  }
  if (found !== Number(crc)) throw new Damaged('sends damaged bytes');
  return { bytes: chunks, isLast: response.headers.get(PART_IS_LAST) === 'true' };
}

/** Fails when nothing comes for long. */
async function* inTime(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  const reader = stream[Symbol.asyncIterator]();
  for (;;) {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('it sends no more')), SILENCE_MS);
    });
    try {
      const next = await Promise.race([reader.next(), late]);
      if (next.done === true) return;
      yield next.value;
    } finally {
      clearTimeout(timer);
    }
  }
}
