/** The instrument that a person looks at: the same one on every page, and whichever a link names. */
import { computed, watch, type WritableComputedRef } from 'vue';
import { useRoute } from 'vue-router';
import { useMarket } from '../stores/market.js';
import { usePrefs } from '../stores/prefs.js';

export function useInstrument(): WritableComputedRef<string> {
  const route = useRoute();
  const market = useMarket();
  const prefs = usePrefs();
  watch(
    () => route.query['instrument'],
    (wanted) => {
      if (typeof wanted === 'string') prefs.instrument = wanted;
    },
    { immediate: true },
  );
  return computed({
    get: () => (market.byId.has(prefs.instrument) ? prefs.instrument : (market.instruments[0]?.instrument_id ?? '')),
    set: (id) => (prefs.instrument = id),
  });
}
