/** Another node's databases as a stream of bytes, part by part: a part that does not come, or comes damaged, is asked for again. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import type { Credentials } from '../replication/credentials.js';
import { HAND_OVER_PATH, handOverToken, PART_CRC, PART_IS_LAST } from '../front/hand-over.js';
import { ask } from './ask.js';

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

export interface Asker {
  readonly node: string;
  readonly secret: string;
  /** Whom it takes data from. */
  readonly credentials: Credentials;
}

/** Throws when it cannot go on. */
export async function* copyOf(url: string, asker: Asker): AsyncGenerator<Uint8Array, void, void> {
  const copy = `${encodeURIComponent(asker.node)}.${randomUUID()}`;
  const begin = (number: number): Promise<Part> => {
    const coming = insist(() => partOf(`${url}${HAND_OVER_PATH}?copy=${copy}&part=${number}`, asker), number > 0);
    // whoever waits for it hears of its failure
    coming.catch(() => undefined);
    return coming;
  };
  let coming = begin(0);
  for (let number = 1; ; number++) {
    const { bytes, isLast } = await coming;
    // the peer makes the next one while this one is taken in
    if (!isLast) coming = begin(number);
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

async function partOf(url: string, { secret, credentials }: Asker): Promise<Part> {
  const connecting = new AbortController();
  const timer = setTimeout(() => connecting.abort(new Error('no answer')), SILENCE_MS);
  const headers = { authorization: `Bearer ${handOverToken(secret, Date.now())}` };
  const response = await ask(url, { headers, signal: connecting.signal, ...credentials }).finally(() => clearTimeout(timer));
  if (response.statusCode !== 200) {
    response.destroy();
    throw new Refused(`answers ${response.statusCode ?? 'nothing'}`);
  }
  const body = inTime(response);
  const crc = response.headers[PART_CRC];
  // the program before gives everything at once
  if (crc === undefined) return { bytes: body, isLast: true };
  const chunks: Uint8Array[] = [];
  let found = 0;
  for await (const chunk of body) {
    found = crc32(chunk, found);
    chunks.push(chunk);
  }
  if (found !== Number(crc)) throw new Damaged('sends damaged bytes');
  return { bytes: chunks, isLast: response.headers[PART_IS_LAST] === 'true' };
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
