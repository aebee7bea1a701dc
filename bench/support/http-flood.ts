/** GET requests over plain sockets, as many at once as asked for: a client that costs little beside the server that it asks. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const HEAD_END = '\r\n\r\n';

export interface FloodOptions {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  readonly path: string;
  readonly token: string | undefined;
  readonly connections: number;
  /** Requests under way on each connection. */
  readonly window: number;
  readonly durationMs: number;
}

/** Answers a second. Throws when one of them is not 200. */
export async function flood(options: FloodOptions): Promise<number> {
  const connections = await Promise.all(Array.from({ length: options.connections }, () => Connection.open(options)));
  const begin = performance.now();
  for (const connection of connections) connection.start();
  await new Promise((resolve) => setTimeout(resolve, options.durationMs));
  const seconds = (performance.now() - begin) / 1000;
  const answers = connections.reduce((sum, connection) => sum + connection.close(), 0);
  return answers / seconds;
}

class Connection {
  private answers = 0;
  private rest: Buffer = Buffer.alloc(0);
  private fault: string | undefined;
  private readonly request: Buffer;

  private constructor(
    private readonly socket: Socket,
    { path, token, url }: FloodOptions,
    private readonly window: number,
  ) {
    const authorization = token === undefined ? '' : `authorization: Bearer ${token}\r\n`;
    this.request = Buffer.from(`GET ${path} HTTP/1.1\r\nhost: ${new URL(url).host}\r\n${authorization}\r\n`);
    socket.on('data', (chunk) => this.receive(chunk));
    socket.on('error', () => undefined);
  }

  static async open(options: FloodOptions): Promise<Connection> {
    const { hostname, port } = new URL(options.url);
    const socket = connect(Number(port), hostname).setNoDelay();
    await once(socket, 'connect');
    return new Connection(socket, options, options.window);
  }

  start(): void {
    this.socket.write(Buffer.concat(Array.from({ length: this.window }, () => this.request)));
  }

  /** How many answers have come. */
  close(): number {
    this.socket.destroy();
    if (this.fault !== undefined) throw new Error(`an answer is not as it should be: ${this.fault}`);
    return this.answers;
  }

  private receive(chunk: Buffer): void {
    const data = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    let at = 0;
    let ended = 0;
    for (let end = endOfAnswer(data, at); end !== -1; end = endOfAnswer(data, at)) {
      if (data.toString('latin1', at + 9, at + 12) !== '200') this.fault ??= data.toString('latin1', at, end);
      at = end;
      ended++;
    }
    this.rest = Buffer.from(data.subarray(at));
    this.answers += ended;
    if (ended > 0) this.socket.write(Buffer.concat(Array.from({ length: ended }, () => this.request)));
  }
}

/** Behind the answer that begins at `at`, or -1 when it is not all there. */
function endOfAnswer(data: Buffer, at: number): number {
  const head = data.indexOf(HEAD_END, at, 'latin1');
  if (head === -1) return -1;
  const length = /content-length: *(\d+)/i.exec(data.toString('latin1', at, head))?.[1] ?? '0';
  const end = head + HEAD_END.length + Number(length);
  return end <= data.length ? end : -1;
}
