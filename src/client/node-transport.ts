/** The transport of a Node process; Node 20 has no WebSocket of its own. */
import { WebSocket } from 'ws';
import type { OpenTransport } from './transport.js';

const CONNECT_MS_MAX = 10_000;

export const openNodeTransport: OpenTransport = (url, handlers, protocol) => {
  const socket = new WebSocket(url, protocol === undefined ? [] : [protocol], {
    perMessageDeflate: false,
    handshakeTimeout: CONNECT_MS_MAX,
  });
  let failure = '';
  socket.on('open', () => handlers.opened());
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) handlers.binary?.(data);
    else handlers.message(data.toString('utf8'));
  });
  // 'close' always follows and is where the failure is reported.
  socket.on('error', (error) => (failure = error.message));
  socket.on('close', (code, reason) => handlers.closed(code, reason.toString('utf8') || failure));
  return {
    // what is not sent at once is copied first: the socket keeps a reference
    send: (message) => socket.send(typeof message === 'string' ? message : Uint8Array.from(message)),
    close: (code) => socket.close(code),
  };
};
