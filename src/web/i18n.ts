/** English and Chinese. A text is a pair, so that neither language can miss one. */
import { createI18n } from 'vue-i18n';
import { CODE_TEXTS } from './texts/codes.js';
import { FIELD_TEXTS } from './texts/fields.js';
import { PAGE_TEXTS } from './texts/pages.js';
import { VALUE_TEXTS } from './texts/values.js';

export type Locale = 'en' | 'zh';
export type Pairs = Readonly<Record<string, readonly [en: string, zh: string]>>;

const ALL: readonly (readonly [prefix: string, pairs: Pairs])[] = [
  ['', PAGE_TEXTS],
  ['f.', FIELD_TEXTS],
  ['e.', VALUE_TEXTS],
  ['code.', CODE_TEXTS],
];

function messages(language: 0 | 1): Record<string, string> {
  return Object.fromEntries(ALL.flatMap(([prefix, pairs]) => Object.entries(pairs).map(([key, pair]) => [prefix + key, pair[language]])));
}

export const i18n = createI18n({
  legacy: false,
  locale: 'en',
  fallbackLocale: 'en',
  flatJson: true,
  missingWarn: false,
  fallbackWarn: false,
  messages: { en: messages(0), zh: messages(1) },
});

/** The name of a field of the contract. */
export function fieldName(field: string): string {
  const texts = i18n.global;
  return texts.te(`f.${field}`) ? texts.t(`f.${field}`) : field.replaceAll('_', ' ');
}

/** A value of an enumeration of the contract, for people. */
export function valueName(value: unknown): string {
  if (value === undefined || value === null || value === '') return '–';
  const texts = i18n.global;
  const text = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : JSON.stringify(value);
  return texts.te(`e.${text}`) ? texts.t(`e.${text}`) : text;
}
