/** The same port with a certificate: HTTP and both protocols of `/ws` over TLS. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { WebSocket } from 'ws';
import { binary, framesOf } from '../../src/client/index.js';
import { runProgram } from '../../src/cli/support/child-server.js';
import { FrameBuffer } from '../../src/wire/frame-buffer.js';
import { addPing } from '../../src/wire/session-requests.js';
import { startServerFor } from '../support/server.js';

const folder = mkdtempSync(join(tmpdir(), 'qaexchange-tls-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
const skip = hasCertificate() ? false : 'needs openssl to make a certificate';

function hasCertificate(): boolean {
  const wanted = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const algorithm = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  try {
    execFileSync('openssl', ['req', '-x509', ...algorithm, '-keyout', key, '-out', cert, '-days', '2', ...wanted], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function health(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/health`, { ca: readFileSync(cert) }, (response) => {
      let body = '';
      response.on('data', (part) => (body += String(part)));
      response.on('end', () => resolve(body));
    });
    sent.on('error', reject).end();
  });
}

/** Sends one message over a fresh connection and gives the answer. */
function ask(url: string, message: string | Uint8Array, protocols: string[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, protocols, { ca: readFileSync(cert), perMessageDeflate: false });
    socket.on('open', () => socket.send(message));
    socket.on('error', reject);
    socket.on('message', (data: Buffer) => {
      socket.close();
      resolve(data);
    });
  });
}

t.test('HTTP and WebSocket go over TLS, and not without', { skip }, async (t) => {
  const server = await startServerFor(t, { env: { TLS_CERT: cert, TLS_KEY: key } });
  t.match(server.url, /^https:\/\/127\.0\.0\.1:\d+$/);
  t.match(server.wsUrl, /^wss:/);
  t.match(JSON.parse(await health(server.url)), { status: 'ok' });
  t.match(JSON.parse(String(await ask(server.wsUrl, '{"type":"ping"}', []))), { type: 'pong' });
  const out = new FrameBuffer();
  addPing(out, 7, 1);
  t.match(framesOf(await ask(server.wsUrl, out.message(), [binary.BINARY_SUBPROTOCOL])), [{ kind: binary.SessionKind.PONG, request: 7 }]);
  await t.rejects(fetch(server.url.replace('https', 'http')), 'plain HTTP is not served');
});

t.test('files that cannot be used stop the start with a sentence', { skip }, async (t) => {
  const bad = join(folder, 'bad.pem');
  writeFileSync(bad, 'no certificate');
  const start = ['start', '--simulation-mode', '--http-port', '0', '--data-dir', join(folder, 'data')];
  for (const [args, reason] of [
    [['--tls-cert', bad, '--tls-key', key], /TLS_CERT and TLS_KEY cannot be used/],
    [['--tls-cert', cert], /TLS_CERT and TLS_KEY belong together/],
  ] as const) {
    const exit = await runProgram([...start, ...args]);
    t.equal(exit.code, 1);
    t.match(exit.stderr, reason);
  }
});
