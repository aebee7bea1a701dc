/** Keeps connections busy with POST requests, one at a time each, and counts the answers. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface PostTarget {
  readonly port: number;
  readonly path: string;
  /** One a connection: sent with every request of it. */
  readonly tokens: readonly string[];
  /** The body of request `number` on connection `connection`. */
  readonly body: (connection: number, number: number) => string;
}

export interface PostResult {
  /** Answers a second. */
  rate: number;
  answered: number;
  /** Answers with another status than 200. */
  failed: number;
  /** The first of them, or ''. */
  failure: string;
}

const LENGTH = /content-length: (\d+)/i;

/** Throws when a connection is lost. */
export async function postLoad(target: PostTarget, durationMs: number): Promise<PostResult> {
  const counts = { answered: 0, failed: 0, failure: '' };
  const startMs = performance.now();
  const endMs = startMs + durationMs;
  await Promise.all(target.tokens.map((_, connection) => busy(target, connection, endMs, counts)));
  return { ...counts, rate: (counts.answered * 1000) / (performance.now() - startMs) };
}

async function busy(target: PostTarget, connection: number, endMs: number, counts: Omit<PostResult, 'rate'>): Promise<void> {
  const socket = connect(target.port, '127.0.0.1').setNoDelay(true);
  await once(socket, 'connect');
  await new Promise<void>((resolve, reject) => {
    let number = 0;
    let received = '';
    const next = (): void => {
      if (performance.now() < endMs) send(socket, target, connection, number++);
      else resolve();
    };
    socket.on('data', (part) => {
      received += part.toString('latin1');
      const head = received.indexOf('\r\n\r\n');
      if (head < 0 || received.length < head + 4 + Number(LENGTH.exec(received)?.[1] ?? 0)) return;
      counts.answered++;
      if (!received.startsWith('HTTP/1.1 200') && counts.failed++ === 0) counts.failure = received;
      received = '';
      next();
    });
    socket.on('close', () => reject(new Error('a connection was lost')));
    next();
  });
  socket.removeAllListeners('close').destroy();
}

function send(socket: Socket, { path, tokens, body }: PostTarget, connection: number, number: number): void {
  const text = body(connection, number);
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokens[connection]}\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
  );
}
