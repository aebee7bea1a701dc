/** Forms described by their fields: the server's own rules come back beside the field that they concern. */
import { reactive, ref } from 'vue';
import { refusalOf } from '../api/refusal.js';
import { i18n } from '../i18n.js';

export type FieldKind = 'text' | 'password' | 'number' | 'integer' | 'percent' | 'select' | 'date' | 'dateTime' | 'textarea' | 'check';

export interface FormField {
  readonly key: string;
  readonly label?: string;
  readonly kind?: FieldKind;
  readonly options?: readonly (string | { readonly value: string; readonly label: string })[];
  readonly required?: boolean;
  readonly initial?: unknown;
  readonly hint?: string;
  readonly min?: number;
  readonly max?: number;
  readonly maxLength?: number;
  readonly autocomplete?: string;
  readonly disabled?: boolean;
}

export type FormValues = Record<string, string | number | boolean | undefined>;

/** Texts as they were typed, by field. */
export type Typed = Record<string, string | boolean>;

export function initialTexts(fields: readonly FormField[]): Typed {
  return Object.fromEntries(
    fields.map(({ key, kind, initial }): [string, string | boolean] => {
      if (kind === 'check') return [key, initial === true];
      return [key, initial === undefined || initial === null ? '' : typeof initial === 'string' ? initial : JSON.stringify(initial)];
    }),
  );
}

/** What is wrong with a text, before the server is asked; '' when nothing is. */
export function faultOf(field: FormField, typed: string | boolean): string {
  const { t } = i18n.global;
  if (typeof typed === 'boolean') return '';
  const text = typed.trim();
  if (text === '') return field.required === true ? t('form.required') : '';
  if (field.kind === 'number' || field.kind === 'integer' || field.kind === 'percent') {
    const number = Number(text.replaceAll(',', ''));
    if (!Number.isFinite(number)) return t('form.number');
    if (field.kind === 'integer' && !Number.isInteger(number)) return t('form.integer');
    if (field.min !== undefined && number < field.min) return t('form.min', { min: field.min });
    if (field.max !== undefined && number > field.max) return t('form.max', { max: field.max });
  }
  if (field.maxLength !== undefined && text.length > field.maxLength) return t('form.long', { max: field.maxLength });
  return '';
}

/** Values for the request; what was left empty is left out. */
export function valuesOf(fields: readonly FormField[], typed: Typed): FormValues {
  const values: FormValues = {};
  for (const { key, kind } of fields) {
    const value = typed[key];
    if (typeof value === 'boolean') values[key] = value;
    else if (value === undefined || value.trim() === '') continue;
    else if (kind === 'number' || kind === 'integer') values[key] = Number(value.replaceAll(',', ''));
    else if (kind === 'percent') values[key] = Number((Number(value) / 100).toPrecision(12));
    else if (kind === 'dateTime') values[key] = Date.parse(`${value}:00+08:00`);
    else values[key] = kind === 'password' || kind === 'textarea' ? value : value.trim();
  }
  return values;
}

/** One action at a time, with what came of it: a second click does nothing. */
export function useAction() {
  const busy = ref(false);
  const faults = reactive<Record<string, string>>({});
  const message = ref('');

  function clear(): void {
    for (const key of Object.keys(faults)) Reflect.deleteProperty(faults, key);
    message.value = '';
  }

  /** True when it was done. `known` are the fields that the form shows; everything else is said above it. */
  async function run(action: () => Promise<unknown>, known: readonly string[] = []): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    clear();
    try {
      await action();
      return true;
    } catch (error) {
      const { code, text, fields } = refusalOf(error);
      const elsewhere: string[] = [];
      for (const { field, reason } of fields) {
        const name = field.split(/[./]/).at(-1) ?? field;
        if (known.includes(name)) faults[name] = code === 0 ? reason : `${code} · ${reason}`;
        else if (reason !== text) elsewhere.push(`${field}: ${reason}`);
      }
      message.value = [code === 0 ? text : `${code} · ${text}`, ...elsewhere].join(' — ');
      return false;
    } finally {
      busy.value = false;
    }
  }

  return { busy, faults, message, run, clear };
}
