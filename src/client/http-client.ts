/** Requests over HTTP: takes the answer out of its envelope and turns a refusal into an `ApiError`. */
import { ApiError } from './api-error.js';
import type { Login, Registration } from './types.js';

/** No request of the exchange takes longer than this by its own rules. */
const REQUEST_MS_MAX = 30_000;

interface Envelope {
  success: boolean;
  data: unknown;
  error: { code: number; message: string; details?: unknown } | null;
}

export class HttpClient {
  /** Sent with every request once there is one; `login` sets it. */
  token: string | undefined;
  readonly url: string;

  /** `url` is the address of the exchange without a path: `http://127.0.0.1:8094`. */
  constructor(url: string, token?: string) {
    this.url = url.replace(/\/$/, '');
    this.token = token;
  }

  async register(username: string, password: string): Promise<Registration> {
    return await this.call<Registration>('POST', '/api/auth/register', { username, password });
  }

  /** Logs in and keeps the token for all further requests. */
  async login(username: string, password: string): Promise<Login> {
    const login = await this.call<Login>('POST', '/api/auth/login', { username, password });
    this.token = login.token;
    return login;
  }

  /** The `data` of the answer. Throws `ApiError` for a refusal, and what `fetch` throws when there is no answer. */
  async call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(REQUEST_MS_MAX),
    });
    const text = await response.text();
    const envelope = parseEnvelope(text);
    if (envelope === undefined) throw new ApiError(0, `${method} ${path}: no envelope but: ${text.slice(0, 200)}`, response.status);
    if (envelope.success) return envelope.data as T;
    const { code, message, details } = envelope.error ?? { code: 0, message: 'refused without a reason' };
    throw new ApiError(code, message, response.status, details);
  }

  /** The body of an answer that has no envelope: `/health`, `/metrics`, contract files. */
  async text(path: string): Promise<{ status: number; body: string }> {
    const response = await fetch(this.url + path, {
      headers: this.token === undefined ? {} : { authorization: `Bearer ${this.token}` },
      signal: AbortSignal.timeout(REQUEST_MS_MAX),
    });
    return { status: response.status, body: await response.text() };
  }
}

function parseEnvelope(text: string): Envelope | undefined {
  try {
    const value = JSON.parse(text) as Envelope | null;
    return typeof value?.success === 'boolean' ? value : undefined;
  } catch {
    return undefined;
  }
}
