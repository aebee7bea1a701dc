/** What a person has chosen for this browser. No secret is kept here. */
import { defineStore } from 'pinia';
import { computed, ref, watch } from 'vue';
import { i18n, type Locale } from '../i18n.js';

const KEY = 'qaexchange.prefs';

interface Kept {
  locale?: Locale;
  theme?: 'light' | 'dark';
  redUp?: boolean;
  favourites?: string[];
  instrument?: string;
  accounts?: Record<string, string>;
  depth?: number;
  read?: string[];
}

function kept(): Kept {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Kept;
  } catch {
    return {};
  }
}

export const usePrefs = defineStore('prefs', () => {
  const initial = kept();
  const locale = ref<Locale>(initial.locale ?? (navigator.language.startsWith('zh') ? 'zh' : 'en'));
  const theme = ref<'light' | 'dark'>(initial.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'));
  /** In China what rises is red. */
  const redUp = ref(initial.redUp ?? true);
  const favourites = ref<string[]>(initial.favourites ?? []);
  const instrument = ref(initial.instrument ?? '');
  /** By user, the account that he looked at last. */
  const accounts = ref<Record<string, string>>(initial.accounts ?? {});
  const depth = ref(initial.depth ?? 5);
  /** Announcements that were seen. */
  const read = ref<string[]>(initial.read ?? []);
  const isDark = computed(() => theme.value === 'dark');

  watch(
    [locale, theme, redUp, favourites, instrument, accounts, depth, read],
    () => {
      const all: Kept = {
        ...{ locale: locale.value, theme: theme.value, redUp: redUp.value, favourites: favourites.value, depth: depth.value },
        ...{ instrument: instrument.value, accounts: accounts.value, read: read.value.slice(-500) },
      };
      try {
        localStorage.setItem(KEY, JSON.stringify(all));
      } catch {
        // a browser that keeps nothing: the choice lasts as long as the page
      }
    },
    { deep: true },
  );
  watch(
    [locale, theme, redUp],
    () => {
      i18n.global.locale.value = locale.value;
      const root = document.documentElement;
      root.lang = locale.value === 'zh' ? 'zh-CN' : 'en';
      root.dataset['theme'] = theme.value;
      root.dataset['rise'] = redUp.value ? 'red' : 'green';
    },
    { immediate: true },
  );

  return { locale, theme, redUp, favourites, instrument, accounts, depth, read, isDark };
});
