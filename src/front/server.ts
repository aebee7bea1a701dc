/** The one port: HTTP and WebSocket on a uWebSockets.js app. */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import uWS from 'uWebSockets.js';
import type { TlsFiles } from './config.js';

/** Without it a second program could listen on the same port beside us. */
const EXCLUSIVE_PORT = 1;

/** The native method takes host and options together; its published type knows either one or the other. */
interface ListenWithOptions {
  listen(host: string, port: number, options: number, listening: (socket: uWS.us_listen_socket | false) => void): void;
}

/** An app for the port, with `tls` one that speaks TLS. Throws with one sentence when the files cannot be used for that. */
export function newApp(tls: TlsFiles | undefined): uWS.TemplatedApp {
  if (tls === undefined) return uWS.App();
  try {
    // the library only says that it failed
    createSecureContext({ cert: readFileSync(tls.cert), key: readFileSync(tls.key) });
  } catch (error) {
    throw new Error(`TLS_CERT and TLS_KEY cannot be used: ${error instanceof Error ? error.message : String(error)}`);
  }
  return uWS.SSLApp({ cert_file_name: tls.cert, key_file_name: tls.key });
}

export interface Listening {
  port: number;
  /** Takes no new connections; those that are open stay. */
  close(): void;
}

/** Listens, or throws with one sentence when the address cannot be used. */
export function listen(app: uWS.TemplatedApp, host: string, port: number): Promise<Listening> {
  const withOptions = app as unknown as ListenWithOptions;
  return new Promise((resolve, reject) => {
    withOptions.listen(host, port, EXCLUSIVE_PORT, (socket) => {
      if (socket === false) {
        reject(new Error(`The address ${host}:${port} is in use or cannot be listened on. Choose another with --http-port.`));
        return;
      }
      resolve({ port: uWS.us_socket_local_port(socket), close: () => uWS.us_listen_socket_close(socket) });
    });
  });
}

/** Answers while the state is being recovered: health says how far it is, everything else asks for patience. */
export function recoveringApp(progress: () => number, tls?: TlsFiles): uWS.TemplatedApp {
  const app = newApp(tls);
  app.get('/health', (response) => {
    const body = JSON.stringify({ status: 'recovering', service: 'qaexchange', sequence: 0, progress: progress() });
    response.writeStatus('503 Service Unavailable').writeHeader('content-type', 'application/json').end(body);
  });
  app.any('/*', (response) => {
    const error = { code: 9005, message: 'The exchange is recovering its state. Try again in a moment.' };
    const body = JSON.stringify({ success: false, data: null, error });
    response
      .writeStatus('503 Service Unavailable')
      .writeHeader('retry-after', '1')
      .writeHeader('content-type', 'application/json')
      .end(body);
  });
  return app;
}
