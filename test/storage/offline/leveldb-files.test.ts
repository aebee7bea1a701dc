import t from 'tap';
import { crc32c, unmasked } from '../../../src/storage/offline/crc32c.js';
import { readLogFile } from '../../../src/storage/offline/leveldb-log.js';
import { readManifest } from '../../../src/storage/offline/leveldb-manifest.js';
import { tableFaults } from '../../../src/storage/offline/leveldb-table.js';
import { unsnappy } from '../../../src/storage/offline/snappy.js';

t.test('crc32c gives the published check values', async (t) => {
  const sum = (bytes: Uint8Array): number => crc32c(bytes, 0, bytes.length);
  t.equal(sum(Buffer.from('123456789')), 0xe3069283);
  // RFC 3720, B.4
  t.equal(sum(new Uint8Array(32)), 0x8a9136aa);
  t.equal(sum(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  t.equal(sum(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
  const turned = (((0x12345678 >>> 15) | (0x12345678 << 17)) + 0xa282ead8) >>> 0;
  t.equal(unmasked(turned), 0x12345678);
});

t.test('unsnappy reads literals and copies, also such as overlap themselves', async (t) => {
  // "abcd", then 8 bytes from 4 back, then 3 bytes from 1 back with a two-byte offset
  const block = Uint8Array.from([15, 3 << 2, 97, 98, 99, 100, (4 << 2) | 1, 4, (2 << 2) | 2, 1, 0]);
  t.equal(Buffer.from(unsnappy(block)!).toString(), 'abcdabcdabcdddd');
  const long = Buffer.concat([Uint8Array.from([100, 60 << 2, 99]), Buffer.alloc(100, 'x')]);
  t.equal(Buffer.from(unsnappy(long)!).toString(), 'x'.repeat(100));
  for (const broken of [[], [5], [5, 60 << 2], [4, 1, 9], [3, 2 << 2, 97, 98], [0x80, 0x80, 0x80, 0x80, 0x80, 1]]) {
    t.equal(unsnappy(Uint8Array.from(broken)), undefined, broken.join());
  }
});

t.test('files that are none are told, not read', async (t) => {
  t.strictSame(readLogFile(new Uint8Array(0)), { records: [], damagedAt: undefined });
  t.equal(readManifest(new Uint8Array(100)), 'no record');
  t.equal(tableFaults(new Uint8Array(10)).length, 1);
  t.match(tableFaults(new Uint8Array(1000))[0], { offset: 952, reason: 'has no footer' });
});
