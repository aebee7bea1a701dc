/** Requests to the exchange, typed by its contract. */
import type { Operations } from '@contract';
import { ApiError } from '../../client/api-error.js';
import { place } from '../live/place.js';

export { ApiError };
export type OperationName = keyof Operations;
export type DataOf<K extends OperationName> = Operations[K]['data'];

export interface Input<K extends OperationName> {
  params?: Operations[K]['params'];
  query?: { [F in keyof Operations[K]['query']]?: Operations[K]['query'][F] | null | '' };
  body?: Operations[K]['body'];
  /** The request books something: sent again, it is booked once. */
  once?: string;
}

const TIMEOUT_MS = 30_000;
/** A busy or recovering exchange is asked again, this often at most. */
const RETRIES = 3;
const RETRY_MS_MAX = 4_000;
/** Nothing has happened when these come back. */
const TRANSIENT = [3003, 4001, 9005];

/** What a session gives to requests, set by its store. */
export const access = {
  token: '',
  /** Called for a 401: true when there is a new token to try once more with. */
  renew: async (): Promise<boolean> => false,
};

/** The data of the answer; throws ApiError for a refusal, with code 0 when there was no answer. */
export async function call<K extends OperationName>(name: K, input: Input<K> = {}): Promise<DataOf<K>> {
  const reads = name.startsWith('GET');
  for (let attempt = 0, renewed = false, moved = false; ; attempt++) {
    try {
      return await callOnce(name, input);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if ([9001, 9002].includes(error.code) && access.token !== '' && !renewed && (await access.renew())) {
        renewed = true;
        continue;
      }
      if (!moved && (await follow(error)) && (reads || error.code !== 0)) {
        moved = true;
        continue;
      }
      const isTransient = TRANSIENT.includes(error.code) || error.status === 429;
      if (!reads || !isTransient || attempt >= RETRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.min(RETRY_MS_MAX, 500 * 2 ** attempt)));
    }
  }
}

/** True when another node leads than the one that refused, by which nothing has happened, or did not answer. */
async function follow({ code, details }: ApiError): Promise<boolean> {
  if (code !== 9005 && code !== 0) return false;
  const told = Array.isArray(details) ? (details as readonly { field: string; reason: string }[]) : [];
  const leader = told.find(({ field }) => field === 'leader')?.reason;
  return leader === undefined ? await place.look() : place.follow(leader);
}

async function callOnce<K extends OperationName>(name: K, input: Input<K>): Promise<DataOf<K>> {
  const [method, path] = name.split(' ');
  const response = await send(method, urlOf(path, input.params ?? {}, input.query ?? {}), input.body, input.once);
  const text = await response.text();
  let envelope: { success?: boolean; data?: unknown; error?: { code: number; message: string; details?: unknown } | null };
  try {
    envelope = JSON.parse(text) as typeof envelope;
  } catch {
    throw new ApiError(0, `HTTP ${response.status}`, response.status);
  }
  if (envelope.success === true) return envelope.data;
  const { code, message, details } = envelope.error ?? { code: 0, message: `HTTP ${response.status}` };
  throw new ApiError(code, message, response.status, details);
}

/** The body of an answer without envelope, for a file to save. */
export async function download(path: string, query: Record<string, string>): Promise<Blob> {
  const response = await send('GET', urlOf(path, {}, query), undefined, undefined);
  if (response.ok) return await response.blob();
  throw new ApiError(0, `HTTP ${response.status}`, response.status);
}

async function send(method: string, url: string, body: unknown, once: string | undefined): Promise<Response> {
  const headers: Record<string, string> = {};
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (access.token !== '') headers['authorization'] = `Bearer ${access.token}`;
  if (once !== undefined) headers['idempotency-key'] = once;
  try {
    // a session is kept by the node that the page came from: its cookie is of that host
    return await fetch(url.startsWith('/api/auth/login') ? url : place.urlOf(url), {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    throw new ApiError(0, error instanceof Error ? error.message : String(error));
  }
}

function urlOf(path: string, params: object, query: object): string {
  const names = params as Record<string, unknown>;
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(names[name])));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query as Record<string, string | number | boolean | null | undefined>)) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value));
  }
  return search.size === 0 ? filled : `${filled}?${search.toString()}`;
}

/** A name for a request that must not be booked twice. */
export function onceKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
