/** Sockets that do not keep to the protocol of WebSockets: each is dropped or refused, and the exchange serves on. */
import { randomBytes } from 'node:crypto';
import { connect as connectTcp, type Socket } from 'node:net';
import t from 'tap';
import { connect } from '../../src/client/index.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
t.before(async () => {
  server = await startServer({ env: { WS_HEARTBEAT_SECS: '1', WS_TIMEOUT_SECS: '2' } });
});
t.teardown(() => server.kill());

const FINAL = 0x80;
const TEXT = 0x1;
const CONTINUATION = 0x0;

interface Raw {
  readonly socket: Socket;
  /** Everything that came behind the handshake. */
  received(): Buffer;
  /** Resolves when the exchange has ended the connection. */
  readonly closed: Promise<void>;
}

/** A TCP connection that has shaken hands, and follows no rule from there on. */
async function shakenHands(headers = ''): Promise<Raw> {
  const socket = connectTcp(server.port, '127.0.0.1');
  socket.on('error', () => undefined);
  const parts: Buffer[] = [];
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  const key = randomBytes(16).toString('base64');
  socket.write(
    `GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${headers}\r\n`,
  );
  await new Promise<void>((resolve, reject) => {
    socket.on('data', (part) => {
      parts.push(part);
      if (Buffer.concat(parts).includes('\r\n\r\n')) resolve();
    });
    socket.on('close', () => reject(new Error('closed in the handshake')));
  });
  const received = (): Buffer => {
    const all = Buffer.concat(parts);
    return all.subarray(all.indexOf('\r\n\r\n') + 4);
  };
  return { socket, received, closed };
}

/** A frame as the arguments say, right or wrong; masked with zeros unless `isMasked` is false. */
function frame(first: number, payload: Buffer, { isMasked = true, length = payload.length } = {}): Buffer {
  const mask = isMasked ? 0x80 : 0;
  const head = length < 126 ? Buffer.from([first, mask | length]) : Buffer.from([first, mask | 126, length >> 8, length & 0xff]);
  return Buffer.concat([head, isMasked ? Buffer.alloc(4) : Buffer.alloc(0), payload]);
}

async function answer(raw: Raw, wanted: string): Promise<boolean> {
  for (let tries = 0; tries < 1000 && !raw.received().includes(wanted) && !raw.socket.destroyed; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return raw.received().includes(wanted);
}

t.test('a message in fragments is one message, and pings may come between', async (t) => {
  const raw = await shakenHands();
  raw.socket.write(frame(TEXT, Buffer.from('{"type":')));
  raw.socket.write(frame(FINAL | 0x9, Buffer.from('between')));
  raw.socket.write(frame(CONTINUATION, Buffer.from('"pi')));
  for (const byte of frame(FINAL | CONTINUATION, Buffer.from('ng"}'))) {
    raw.socket.write(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.ok(await answer(raw, '"pong"'), 'byte by byte');
  raw.socket.destroy();
});

t.test('what breaks the rules ends the connection', async (t) => {
  const ping = Buffer.from('{"type":"ping"}');
  const faults: [string, Buffer][] = [
    ['invalid UTF-8', frame(FINAL | TEXT, Buffer.from([0x22, 0xc0, 0xaf, 0x22]))],
    ['a reserved opcode', frame(FINAL | 0x3, ping)],
    ['a reserved bit, as of a compressed message', frame(FINAL | 0x40 | TEXT, ping)],
    ['a continuation of nothing', frame(FINAL | CONTINUATION, ping)],
    ['a message within a fragmented one', Buffer.concat([frame(TEXT, ping), frame(FINAL | TEXT, ping)])],
    ['a fragmented ping', frame(0x9, Buffer.from('x'))],
    ['a ping that is too long', frame(FINAL | 0x9, Buffer.alloc(200))],
    ['a length beyond all bounds', Buffer.concat([Buffer.from([FINAL | TEXT, 0xff, 0x7f]), Buffer.alloc(7, 0xff), Buffer.alloc(4)])],
  ];
  for (const [name, bytes] of faults) {
    const raw = await shakenHands();
    raw.socket.write(bytes);
    await raw.closed;
    t.notOk(raw.received().includes('"pong"'), name);
  }
});

t.test('an unmasked message is not understood as another one', async (t) => {
  const raw = await shakenHands();
  raw.socket.write(frame(FINAL | TEXT, Buffer.from('{"type":"ping"}'), { isMasked: false }));
  await raw.closed;
  t.notOk(raw.received().includes('"pong"'));
});

t.test('no compression is agreed to: a bomb has no fuse', async (t) => {
  const raw = await shakenHands('Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n');
  raw.socket.write(frame(FINAL | 0x40 | TEXT, Buffer.from('ca2a492c4855b2522ac8cc4b57aa0500', 'hex')));
  await raw.closed;
  t.equal(raw.received().length, 0);
});

t.test('whoever begins a message and goes silent is dropped', async (t) => {
  const raw = await shakenHands();
  const whole = frame(FINAL | TEXT, Buffer.from('{"type":"ping"}'));
  raw.socket.write(whole.subarray(0, 9));
  await raw.closed;
  t.ok(raw.received().includes(Buffer.from([0x0f, 0xa8])), 'with 4008');
});

t.test('requests that drip in do not keep others waiting', async (t) => {
  const drips = Array.from({ length: 50 }, () => {
    const socket = connectTcp(server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET /ws HTTP/1.1\r\nHost: x\r\nX-');
    return socket;
  });
  const client = await connect(server.wsUrl);
  t.equal((await client.ping()).type, 'pong');
  await client.close();
  for (const socket of drips) socket.destroy();
});

t.test('the exchange is well after all of it', async (t) => {
  const client = await connect(server.wsUrl);
  t.equal((await client.ping()).type, 'pong');
  await client.close();
  t.equal(server.stderr().includes('"level":60'), false);
});
