/** A process of many sockets that only count the bytes they get, and say what they are told to: `node fanout-clients.js URL COUNT`. */
import { WebSocket } from 'ws';

const [url, count] = process.argv.slice(2);
let bytes = 0;
let opened = 0;
let wanted = Infinity;
/** Those that have heard nothing since they said something. */
let unanswered = new Set<WebSocket>();

function look(): void {
  if (bytes < wanted) return;
  bytes -= wanted;
  wanted = Infinity;
  process.send!({ type: 'received' });
}

const sockets = Array.from({ length: Number(count) }, () => new WebSocket(url, { perMessageDeflate: false }));
for (const socket of sockets) {
  socket.on('open', () => {
    if (++opened === Number(count)) process.send!({ type: 'open' });
  });
  // whoever waits for us must not wait for what cannot come
  socket.on('close', () => process.exit(1));
  socket.on('message', (data: Buffer) => {
    bytes += data.length;
    look();
    if (unanswered.delete(socket) && unanswered.size === 0) process.send!({ type: 'answered' });
  });
}

// Bytes of all sockets together, on top of what was wanted the last time; or a text for all of them to send.
process.on('message', (message: { wanted: number } | { say: string }) => {
  if ('say' in message) {
    unanswered = new Set(sockets);
    for (const socket of sockets) socket.send(message.say);
    return;
  }
  wanted = message.wanted;
  look();
});
process.on('disconnect', () => process.exit(0));
