/** A plain client of the HTTP interface: one keep-alive connection, so that a test sees whether it survives. */
import { Agent, request, type IncomingHttpHeaders } from 'node:http';

export interface CallOptions {
  token?: string | undefined;
  /** Sent as JSON; a text or bytes go out as they are. */
  body?: unknown;
  headers?: Record<string, string>;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** Of the envelope; undefined when the answer has none. */
  success: boolean | undefined;
  /** 0 without an error. */
  code: number;
  details: { field: string; reason: string }[];
  /** Empty when there is none. */
  data: Record<string, unknown>;
  /** The connection had served another request before. */
  reused: boolean;
}

interface Envelope {
  success?: boolean;
  data?: HttpAnswer['data'];
  error?: { code: number; details?: HttpAnswer['details'] } | null;
}

export class HttpClient {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(private readonly url: string) {}

  close(): void {
    this.agent.destroy();
  }

  async call(method: string, path: string, options: CallOptions = {}): Promise<HttpAnswer> {
    const headers: Record<string, string> = { ...options.headers };
    if (options.token !== undefined) headers['authorization'] = `Bearer ${options.token}`;
    const payload = bytesOf(options.body);
    if (payload !== undefined) headers['content-length'] = String(payload.length);
    return await new Promise((resolve, reject) => {
      const sent = request(`${this.url}${path}`, { method, headers, agent: this.agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ ...parse(text), status: response.statusCode!, headers: response.headers, text, reused: sent.reusedSocket });
        });
      });
      sent.on('error', reject);
      sent.end(payload);
    });
  }

  /** Registers a user, logs him in and pays into his account. */
  async trader(username: string, cash = 0, password = 'correct horse 7'): Promise<Trader> {
    const registered = await this.call('POST', '/api/auth/register', { body: { username, password } });
    if (registered.code !== 0) throw new Error(`cannot register ${username}: ${registered.text}`);
    const token = await this.login(username, password);
    const trader = { token, userId: String(registered.data['user_id']), accountId: String(registered.data['account_id']) };
    if (cash > 0) await this.call('POST', '/api/account/deposit', { token, body: { account_id: trader.accountId, amount: cash } });
    return trader;
  }

  async login(username: string, password: string): Promise<string> {
    const answer = await this.call('POST', '/api/auth/login', { body: { username, password } });
    if (answer.code !== 0) throw new Error(`cannot log ${username} in: ${answer.text}`);
    return String(answer.data['token']);
  }
}

export interface Trader {
  token: string;
  userId: string;
  accountId: string;
}

function bytesOf(body: unknown): Buffer | undefined {
  if (body === undefined) return undefined;
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

function parse(text: string): Pick<HttpAnswer, 'success' | 'code' | 'details' | 'data'> {
  let envelope: Envelope = {};
  try {
    envelope = JSON.parse(text) as Envelope;
  } catch {
    // metrics and empty answers are no JSON
  }
  const { success, data, error } = envelope;
  return { success, code: error?.code ?? 0, details: error?.details ?? [], data: data ?? {} };
}
