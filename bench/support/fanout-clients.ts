/** A process of many sockets that only count the bytes they get: `node fanout-clients.js URL COUNT`. */
import { WebSocket } from 'ws';

const [url, count] = process.argv.slice(2);
let bytes = 0;
let opened = 0;
let wanted = Infinity;

function look(): void {
  if (bytes < wanted) return;
  bytes -= wanted;
  wanted = Infinity;
  process.send!({ type: 'received' });
}

for (let n = 0; n < Number(count); n++) {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  socket.on('open', () => {
    if (++opened === Number(count)) process.send!({ type: 'open' });
  });
  socket.on('message', (data: Buffer) => {
    bytes += data.length;
    look();
  });
}

// Bytes of all sockets together, on top of what was wanted the last time.
process.on('message', (message: { wanted: number }) => {
  wanted = message.wanted;
  look();
});
process.on('disconnect', () => process.exit(0));
