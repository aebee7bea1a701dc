/**
 * What the generator reads of a server message. The kind is taken from the first bytes, where the exchange puts the type,
 * and only the needed fields are looked for in the text; a message that begins differently is parsed as JSON.
 */
export const AnswerKind = {
  Other: 0,
  OrderResponse: 1,
  OrderStatus: 2,
  Trade: 3,
  Error: 4,
  /** The request itself, sent back by an echo server. */
  Echo: 5,
} as const;
export type AnswerKind = (typeof AnswerKind)[keyof typeof AnswerKind];

/** `{"type":"` */
const TYPE_PREFIX = Buffer.from('{"type":"', 'latin1');
const KINDS: readonly (readonly [Buffer, AnswerKind])[] = (
  [
    ['order_response"', AnswerKind.OrderResponse],
    ['order_status"', AnswerKind.OrderStatus],
    ['trade"', AnswerKind.Trade],
    ['error"', AnswerKind.Error],
    ['submit_order"', AnswerKind.Echo],
    ['cancel_order"', AnswerKind.Echo],
  ] as const
).map(([name, kind]) => [Buffer.from(name, 'latin1'), kind]);

export function kindOf(bytes: Buffer, start: number, end: number): AnswerKind {
  if (!startsWith(bytes, start, end, TYPE_PREFIX)) return kindByParsing(bytes, start, end);
  const name = start + TYPE_PREFIX.length;
  for (const [text, kind] of KINDS) {
    if (startsWith(bytes, name, end, text)) return kind;
  }
  return AnswerKind.Other;
}

function startsWith(bytes: Buffer, start: number, end: number, text: Buffer): boolean {
  if (start + text.length > end) return false;
  for (let index = 0; index < text.length; index++) {
    if (bytes[start + index] !== text[index]) return false;
  }
  return true;
}

function kindByParsing(bytes: Buffer, start: number, end: number): AnswerKind {
  const value = JSON.parse(bytes.toString('utf8', start, end)) as { type?: unknown };
  const name = Buffer.from(`${String(value.type)}"`, 'latin1');
  return KINDS.find(([text]) => text.equals(name))?.[1] ?? AnswerKind.Other;
}

/** The text after `"field":"` up to the next quote, or '' when the field is absent or null. For texts without escapes. */
export function textField(text: string, key: string): string {
  const at = text.indexOf(key);
  if (at < 0) return '';
  const from = at + key.length;
  return text.slice(from, text.indexOf('"', from));
}

/** The whole number after `"field":`, or 0 when the field is absent or null. */
export function numberField(text: string, key: string): number {
  const at = text.indexOf(key);
  if (at < 0) return 0;
  let value = 0;
  for (let index = at + key.length; ; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (!(digit >= 0 && digit <= 9)) return value;
    value = value * 10 + digit;
  }
}
