/**
 * The yardstick of socket figures: a bare uWebSockets.js server that sends every message back, or for each one a text of as
 * many bytes as its argument says; `to all` has that text sent to everybody. It runs as a process of its own, prints its port, and ends with its parent.
 */
import uWS from 'uWebSockets.js';

const ALL = 'all';
const TO_ALL = Buffer.from('to all');
const answerBytes = Number(process.argv[2] ?? 0);
const answer = answerBytes === 0 ? undefined : Buffer.alloc(answerBytes, 'x');

const app = uWS.App();
app
  .ws('/ws', {
    compression: uWS.DISABLED,
    maxPayloadLength: 64 * 1024,
    maxBackpressure: 64 * 1024 * 1024,
    open: (socket) => void socket.subscribe(ALL),
    message: (socket, message, isBinary) => {
      if (answer !== undefined && Buffer.from(message).equals(TO_ALL)) app.publish(ALL, answer);
      else socket.send(answer ?? message, isBinary);
    },
  })
  .post('/*', (response) => {
    let body = Buffer.alloc(0);
    response.onAborted(() => undefined);
    response.onData((part, isLast) => {
      body = Buffer.concat([body, Buffer.from(part)]);
      if (isLast) response.cork(() => response.writeHeader('content-type', 'application/json').end(body));
    });
  })
  .listen('127.0.0.1', 0, (listening) => {
    if (listening === false) throw new Error('no free port');
    process.stdout.write(`${uWS.us_socket_local_port(listening)}\n`);
  });

// The parent holds the other end of stdin.
process.stdin.resume().on('end', () => process.exit(0));
