/**
 * The yardstick of a restart, as a process of its own: Node.js and uWebSockets.js come up, and everything that the exchange
 * reads of a data folder (the newest snapshot, the log behind it) is read from LevelDB and thrown away. Prints its port then.
 */
import uWS from 'uWebSockets.js';
import { closeStorage, openStorage } from '../../src/storage/database.js';

/** Bytes read ahead of the reader. */
const READ_AHEAD_BYTES = 4 << 20;

const storage = await openStorage(process.argv[2]);
const from = process.argv[3];
let bytes = 0;
for await (const [, value] of storage.store.entries({ gte: 'snap/', lt: 'snap0' }, READ_AHEAD_BYTES)) bytes += value.byteLength;
for await (const [, value] of storage.log.entries({ gte: `wal/${from}`, lt: 'wal0' }, READ_AHEAD_BYTES)) bytes += value.byteLength;
await closeStorage(storage);

uWS
  .App()
  .any('/*', (response) => void response.end(String(bytes)))
  .listen('127.0.0.1', 0, (listening) => {
    if (listening === false) throw new Error('no free port');
    process.stdout.write(`${uWS.us_socket_local_port(listening)}\n`);
  });

// The parent holds the other end of stdin.
process.stdin.resume().on('end', () => process.exit(0));
