/** Notices to the person at the client (diff.md 6.5). Each stands alone in its patch: the client cuts out the whole of it. */
import { randomUUID } from 'node:crypto';
import { jsonText } from '../tree/diff-object.js';

/** Codes of the trade gateways that clients know. Other notices bear a refusal code. */
export const NotifyCode = {
  loggedIn: 324,
  passwordChanged: 326,
  transferDone: 327,
  orderAccepted: 328,
  cancelDone: 329,
  orderRefused: 330,
  fill: 331,
  repeatedLogin: 338,
  wrongLogin: 339,
  passwordNotChanged: 351,
  transferNotSent: 352,
  cancelForeign: 353,
  cancelUnknown: 354,
  cancelNotSent: 355,
  insertForeign: 356,
  insertDuplicate: 357,
  insertNotSent: 358,
  loginFailed: 403,
  announcement: 2000,
} as const;

export type NotifyLevel = 'INFO' | 'WARNING' | 'ERROR';

export function notifyPatch(code: number, level: NotifyLevel, content: string, type: 'MESSAGE' | 'TEXT' = 'MESSAGE'): string {
  return `{"notify":{"${randomUUID()}":{"type":"${type}","level":"${level}","code":${code},"content":${jsonText(content)}}}}`;
}
