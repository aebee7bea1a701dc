/** The order book of one instrument as it is pushed: snapshots, and the changes between them; shown with the beat of the screen. */
import { onScopeDispose, shallowRef, watch, type Ref } from 'vue';
import { call } from '../api/call.js';
import type { ServerMessage } from '../../client/types.js';
import { live } from './connection.js';
import { poll } from './poll.js';
import { forgetBeat, withNextBeat } from './screen-beat.js';

export interface Level {
  readonly price: number;
  readonly volume: number;
  readonly order_count: number;
}
export interface Book {
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

const EMPTY: Book = { bids: [], asks: [] };
const POLL_MS = 3000;

export function useBook(instrument: Ref<string>, depth: Ref<number>) {
  const book = shallowRef<Book>(EMPTY);
  let next: Book = EMPTY;
  let leave = (): void => undefined;

  function draw(): void {
    book.value = next;
  }
  function show(changed: Book): void {
    next = changed;
    withNextBeat(draw);
  }

  const isOurs = (message: ServerMessage): boolean => message['instrument_id'] === instrument.value;
  const stops = [
    live.on('orderbook', (message) => {
      if (isOurs(message)) show(message as unknown as Book);
    }),
    live.on('order_book_update', (message) => {
      if (!isOurs(message)) return;
      const level = message as unknown as Level;
      if (message['side'] === 'bid') show({ ...next, bids: changed(next.bids, level, -1, depth.value) });
      else show({ ...next, asks: changed(next.asks, level, 1, depth.value) });
    }),
  ];

  async function load(): Promise<void> {
    const id = instrument.value;
    if (id === '') return;
    const loaded = await call('GET /api/market/orderbook/{instrument_id}', {
      params: { instrument_id: id },
      query: { depth: depth.value },
    });
    if (id === instrument.value) show(loaded);
  }

  watch(
    [instrument, depth],
    ([id, levels]) => {
      leave();
      show(EMPTY);
      leave = id === '' ? () => undefined : live.subscribe({ channel: 'orderbook', instrument: id, depth: levels });
      void load().catch(() => undefined);
    },
    { immediate: true },
  );
  poll(() => load().catch(() => undefined), POLL_MS, true);
  onScopeDispose(() => {
    leave();
    forgetBeat(draw);
    for (const stop of stops) stop();
  });
  return book;
}

/** The levels of one side with one of them changed; `sign` 1 for rising prices. */
export function changed(levels: readonly Level[], level: Level, sign: 1 | -1, depth: number): Level[] {
  const others = levels.filter(({ price }) => price !== level.price);
  if (level.volume === 0) return others;
  const at = others.findIndex(({ price }) => sign * (price - level.price) > 0);
  return others.toSpliced(at === -1 ? others.length : at, 0, level).slice(0, depth);
}
