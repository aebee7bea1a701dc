/** What a refusal says to people: code, reason in their language, and the fields that it concerns. */
import { i18n } from '../i18n.js';
import { ApiError } from './call.js';

export interface FieldFault {
  readonly field: string;
  readonly reason: string;
}

export interface RefusalText {
  readonly code: number;
  readonly text: string;
  readonly fields: readonly FieldFault[];
}

/** Fields that a code without details is about. */
const FIELD_OF_CODE: Readonly<Record<number, string>> = {
  1001: 'volume',
  1002: 'volume',
  1003: 'volume',
  1005: 'price',
  1007: 'instrument_id',
  1011: 'volume',
  1012: 'price',
  1013: 'price',
  2003: 'amount',
  2004: 'amount',
  2005: 'volume',
  2006: 'volume',
  2007: 'volume',
  2101: 'username',
  2102: 'phone',
  2103: 'email',
  2105: 'password',
  2202: 'amount',
  2204: 'amount',
  3101: 'trigger_price',
  3102: 'trigger_price',
  4011: 'post_only',
};

export function refusalOf(error: unknown): RefusalText {
  if (!(error instanceof ApiError)) return { code: 0, text: error instanceof Error ? error.message : String(error), fields: [] };
  const texts = i18n.global;
  if (error.code === 0) return { code: 0, text: error.status === 0 ? texts.t('error.unreachable') : error.message, fields: [] };
  const key = `code.${error.code}`;
  const text = texts.te(key) ? texts.t(key) : error.message;
  const details = Array.isArray(error.details) ? (error.details as FieldFault[]) : [];
  const field = FIELD_OF_CODE[error.code];
  const fields = details.length > 0 ? details : field === undefined ? [] : [{ field, reason: text }];
  return { code: error.code, text, fields };
}

/** One line: the reason, and the code to look it up by. */
export function refusalLine(error: unknown): string {
  const { code, text, fields } = refusalOf(error);
  const details = fields.filter(({ reason }) => reason !== text).map(({ field, reason }) => `${field}: ${reason}`);
  return [code === 0 ? text : `${code} · ${text}`, ...details].join(' — ');
}
