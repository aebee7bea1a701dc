/** The instruments and what is known of each at this moment. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, triggerRef, watch } from 'vue';
import { call, type DataOf } from '../api/call.js';
import { live } from '../live/connection.js';
import { withNextBeat } from '../live/screen-beat.js';

export type Instrument = DataOf<'GET /api/market/instruments'>[number];

/** The newest of an instrument, of pushes or of the list. */
export interface Quote {
  last?: number | undefined;
  change?: number | undefined;
  changeRate?: number | undefined;
  bid?: number | undefined;
  ask?: number | undefined;
  volume?: number | undefined;
  turnover?: number | undefined;
  openInterest?: number | undefined;
  open?: number | undefined;
  high?: number | undefined;
  low?: number | undefined;
}

const POLL_MS = 3000;

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

export const useMarket = defineStore('market', () => {
  const instruments = shallowRef<Instrument[]>([]);
  const byId = computed(() => new Map(instruments.value.map((instrument) => [instrument.instrument_id, instrument])));
  const quotes = shallowRef(new Map<string, Quote>());
  const loaded = ref(false);
  const draw = (): void => triggerRef(quotes);

  async function load(): Promise<void> {
    instruments.value = await call('GET /api/market/instruments');
    for (const { instrument_id: id, last_price: last, pre_settlement: base } of instruments.value) {
      if (last !== undefined) note(id, { last, change: last - base, changeRate: base === 0 ? undefined : last / base - 1 });
    }
    loaded.value = true;
  }

  async function ensure(): Promise<void> {
    if (!loaded.value) await load();
  }

  /** Several quotes of one beat are shown together. */
  function note(id: string, quote: Quote): void {
    quotes.value.set(id, { ...quotes.value.get(id), ...quote });
    withNextBeat(draw);
  }

  live.on('market_snapshot', (message) => {
    const take = (field: string): number | undefined => numberOf(message[field]);
    note(String(message['instrument_id']), {
      ...{ last: take('last_price'), change: take('change_amount') },
      changeRate: take('change_percent') === undefined ? undefined : take('change_percent')! / 100,
      ...{ bid: take('bid_price1'), ask: take('ask_price1'), volume: take('volume'), turnover: take('turnover') },
      ...{ openInterest: take('open_interest'), open: take('open'), high: take('high'), low: take('low') },
    });
  });
  live.on('tick', (message) => {
    const id = String(message['instrument_id']);
    const last = numberOf(message['price']);
    const base = byId.value.get(id)?.pre_settlement;
    if (last === undefined || base === undefined) return;
    note(id, { last, change: last - base, changeRate: base === 0 ? undefined : last / base - 1 });
  });
  live.on('phase', (message) => {
    const id = String(message['instrument_id']);
    const phase = message['phase'];
    if (typeof phase !== 'string' || byId.value.get(id)?.phase === phase) return;
    instruments.value = instruments.value.map((each) => (each.instrument_id === id ? { ...each, phase } : each));
  });

  let pollTimer: ReturnType<typeof setInterval> | undefined;
  watch(live.state, (state) => {
    clearInterval(pollTimer);
    if (!['down', 'refused', 'paused'].includes(state)) return;
    pollTimer = setInterval(() => {
      if (!document.hidden) void load().catch(() => undefined);
    }, POLL_MS);
  });

  const tickOf = (id: string): number | undefined => byId.value.get(id)?.price_tick;

  return { instruments, byId, quotes, loaded, load, ensure, note, tickOf };
});
