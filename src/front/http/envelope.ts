/** The one form of every JSON answer (rest.md 1). */
import { REFUSALS, type Refusal, type RefusalDetail } from '../../core/refusal.js';

export interface ErrorBody {
  code: number;
  message: string;
  details?: RefusalDetail[];
}

/** With DURABILITY=memory an answer says that it may be lost with the power. */
const NOT_DURABLE = ',"durable":false';

export function successText(data: unknown, isDurable = true): string {
  return successJson(JSON.stringify(data), isDurable);
}

/** As `successText` for data that are JSON already. */
export function successJson(data: string, isDurable = true): string {
  return `{"success":true,"data":${data},"error":null${isDurable ? '' : NOT_DURABLE}}`;
}

/** As `successJson` for bytes. */
export function successBytes(data: Uint8Array, isDurable = true): Uint8Array {
  return Buffer.concat([Buffer.from('{"success":true,"data":'), data, Buffer.from(`,"error":null${isDurable ? '' : NOT_DURABLE}}`)]);
}

export function refusalText(refusal: Refusal, isDurable = true): string {
  const error: ErrorBody = { code: refusal.code, message: refusal.message };
  if (refusal.details !== undefined) error.details = refusal.details;
  return `{"success":false,"data":null,"error":${JSON.stringify(error)}${isDurable ? '' : NOT_DURABLE}}`;
}

export function refusalStatus(refusal: Refusal): number {
  return REFUSALS[refusal.code].http;
}
