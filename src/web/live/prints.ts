/** The newest trades of an instrument. */
import type { Schemas } from '@contract';
import { onScopeDispose, shallowRef, watch, type Ref } from 'vue';
import { call } from '../api/call.js';
import { live } from './connection.js';
import { poll } from './poll.js';
import { forgetBeat, withNextBeat } from './screen-beat.js';

export type Print = Pick<Schemas['PublicTrade'], 'trade_id' | 'price' | 'volume' | 'direction' | 'timestamp'>;

const KEPT = 60;
const POLL_MS = 3000;

export function usePrints(instrument: Ref<string>) {
  const prints = shallowRef<readonly Print[]>([]);
  let waiting: Print[] = [];
  let leave = (): void => undefined;

  function draw(): void {
    const known = new Set(prints.value.map(({ trade_id: id }) => id));
    prints.value = [...waiting.filter(({ trade_id: id }) => !known.has(id)), ...prints.value].slice(0, KEPT);
    waiting = [];
  }

  const stop = live.on('tick', (message) => {
    if (message['instrument_id'] !== instrument.value) return;
    waiting.unshift(message as unknown as Print);
    withNextBeat(draw);
  });

  async function load(): Promise<void> {
    const id = instrument.value;
    if (id === '') return;
    const loaded = await call('GET /api/market/trades/{instrument_id}', { params: { instrument_id: id }, query: { limit: KEPT } });
    if (id === instrument.value) prints.value = loaded;
  }

  watch(
    instrument,
    (id) => {
      leave();
      [prints.value, waiting] = [[], []];
      leave = id === '' ? () => undefined : live.subscribe({ channel: 'tick', instrument: id });
      void load().catch(() => undefined);
    },
    { immediate: true },
  );
  poll(() => load().catch(() => undefined), POLL_MS, true);
  onScopeDispose(() => {
    leave();
    stop();
    forgetBeat(draw);
  });
  return prints;
}
