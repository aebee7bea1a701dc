/** Pieces of JSON written by hand: the hot messages are templates, and whatever a client gave must be escaped in them. */

/** What needs no escape: printable ASCII but the quotation mark and the backslash. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** A text as a JSON string with its quotation marks. */
export function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}
