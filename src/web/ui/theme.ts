/** The component library in the colours of the pages. */
import { darkTheme, dateZhCN, zhCN, type GlobalThemeOverrides } from 'naive-ui';
import { computed } from 'vue';
import { usePrefs } from '../stores/prefs.js';

const COMMON = { borderRadius: '6px', fontSize: '14px' };
const LIGHT: GlobalThemeOverrides = {
  common: { ...COMMON, primaryColor: '#1f5fd0', primaryColorHover: '#184fb0', primaryColorPressed: '#14428f', errorColor: '#c62b36' },
};
const DARK: GlobalThemeOverrides = {
  common: {
    ...COMMON,
    ...{ primaryColor: '#6aa9ff', primaryColorHover: '#8fbfff', primaryColorPressed: '#4d8fe6', errorColor: '#ff7a80' },
    ...{ modalColor: '#161d26', cardColor: '#161d26', bodyColor: '#0e1319' },
  },
};

export function useLibraryTheme() {
  const prefs = usePrefs();
  return computed(() => ({
    theme: prefs.isDark ? darkTheme : null,
    themeOverrides: prefs.isDark ? DARK : LIGHT,
    locale: prefs.locale === 'zh' ? zhCN : null,
    dateLocale: prefs.locale === 'zh' ? dateZhCN : null,
  }));
}
