/**
 * The yardstick of HTTP figures: a bare uWebSockets.js server that answers GET /0, /1 ... with the headers and bodies that its first line
 * on stdin gives as JSON. It runs as a process of its own, prints its port, and ends with its parent.
 */
import { createInterface } from 'node:readline';
import uWS from 'uWebSockets.js';

export interface FixedAnswer {
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

const lines = createInterface({ input: process.stdin });
lines.once('line', (line) => {
  const answers = JSON.parse(line) as FixedAnswer[];
  const app = uWS.App();
  for (const [i, { headers, body }] of answers.entries()) {
    app.get(`/${i}`, (response) => {
      response.cork(() => {
        response.writeStatus('200 OK');
        for (const [name, value] of headers) response.writeHeader(name, value);
        response.end(body);
      });
    });
  }
  app.listen('127.0.0.1', 0, (listening) => {
    if (listening === false) throw new Error('no free port');
    process.stdout.write(`${uWS.us_socket_local_port(listening)}\n`);
  });
});
lines.on('close', () => process.exit(0));
