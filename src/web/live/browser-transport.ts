/** The transport of a page: the browser's own socket, which answers the pings of the exchange by itself. */
import type { OpenTransport } from '../../client/transport.js';

export const openBrowserTransport: OpenTransport = (url, handlers) => {
  const socket = new WebSocket(url);
  socket.onopen = () => handlers.opened();
  socket.onmessage = ({ data }) => {
    if (typeof data === 'string') handlers.message(data);
  };
  socket.onclose = ({ code, reason }) => handlers.closed(code, reason);
  return {
    send: (message) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(typeof message === 'string' ? message : Uint8Array.from(message));
    },
    close: (code) => socket.close(code),
  };
};
