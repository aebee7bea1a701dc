import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import t from 'tap';
import { FrameSocket } from '../../../src/cli/load/frame-socket.js';

/** A server that shakes hands and then leaves the bytes to the test. */
async function bareServer(t: { teardown(run: () => void): void }): Promise<{ url: string; accepted: Promise<Socket> }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const accepted = once(server, 'connection').then(async ([socket]: Socket[]) => {
    await once(socket, 'data');
    socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n');
    return socket;
  });
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`, accepted };
}

function textFrame(text: string): Buffer {
  const { length } = text;
  const head = length < 126 ? [0x81, length] : length < 65_536 ? [0x81, 126, length >> 8, length & 255] : undefined;
  const long = Buffer.alloc(10);
  long.writeUInt16BE(0x817f, 0);
  long.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head === undefined ? long : Buffer.from(head), Buffer.from(text, 'latin1')]);
}

t.test('joins messages of any length from pieces of any size', async (t) => {
  const server = await bareServer(t);
  const texts = ['', 'short', 'x'.repeat(125), 'y'.repeat(126), 'z'.repeat(70_000), 'last'];
  const seen: string[] = [];
  const done = new Promise<number>((resolve) => {
    void FrameSocket.connect(server.url, {
      text: (bytes, start, end) => seen.push(bytes.toString('latin1', start, end)),
      readDone: () => undefined,
      closed: resolve,
    });
  });
  const socket = await server.accepted;
  const bytes = Buffer.concat([...texts.map(textFrame), Buffer.from([0x88, 2, 0x10, 0x01])]);
  const sizes = [1, 1, 1, 2, 3, 5, 8, 130, 131, 9000];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length];
    socket.write(bytes.subarray(at, at + size));
    at += size;
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.equal(await done, 0x1001, 'the code of the close frame');
  t.strictSame(seen, texts);
});

t.test('sends masked text frames and answers pings', async (t) => {
  const server = await bareServer(t);
  const frames = await FrameSocket.connect(server.url, { text: () => undefined, readDone: () => undefined, closed: () => undefined });
  const socket = await server.accepted;
  frames.queueText('hello');
  frames.queueText('w'.repeat(300));
  frames.flush();
  socket.write(Buffer.from([0x89, 3, 1, 2, 3]));
  const wanted = Buffer.concat([
    Buffer.from([0x81, 0x85, 0, 0, 0, 0]),
    Buffer.from('hello'),
    Buffer.from([0x81, 0xfe, 1, 44, 0, 0, 0, 0]),
    Buffer.from('w'.repeat(300)),
    Buffer.from([0x8a, 0x83, 0, 0, 0, 0, 1, 2, 3]),
  ]);
  let sent = Buffer.alloc(0);
  while (sent.length < wanted.length) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    sent = Buffer.concat([sent, chunk]);
  }
  t.ok(sent.equals(wanted));
  socket.destroy();
});

t.test('a server that does not upgrade, or is not there, is an error', async (t) => {
  const { createServer: createHttpServer } = await import('node:http');
  const server = createHttpServer((_request, response) => response.writeHead(404).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const handlers = { text: () => undefined, readDone: () => undefined, closed: () => undefined };
  await t.rejects(FrameSocket.connect(`ws://127.0.0.1:${port}/ws`, handlers), /404/);
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
  await t.rejects(FrameSocket.connect(`ws://127.0.0.1:${port}/ws`, handlers), /ECONNREFUSED/);
});
