/** Something loaded for a page: its value, whether it is on its way, and why it did not come. */
import { onMounted, ref, shallowRef, watch, type WatchSource } from 'vue';
import { refusalLine } from '../api/refusal.js';

export function useLoaded<T>(load: () => Promise<T>, again: WatchSource[] = []) {
  const value = shallowRef<T>();
  const loading = ref(false);
  const fault = ref('');
  let newest = 0;

  async function reload(): Promise<void> {
    const mine = ++newest;
    loading.value = true;
    try {
      const loaded = await load();
      if (mine !== newest) return;
      value.value = loaded;
      fault.value = '';
    } catch (error) {
      if (mine === newest) fault.value = refusalLine(error);
    } finally {
      if (mine === newest) loading.value = false;
    }
  }

  onMounted(reload);
  if (again.length > 0) watch(again, () => void reload());
  return { value, loading, fault, reload };
}
