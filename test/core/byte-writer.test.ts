import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { ByteReader, ByteWriter } from '../../src/core/byte-writer.js';

const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);

t.test(`texts and arrays come back as they were written, wherever they lie (SEED=${seed})`, async () => {
  const text = fc.oneof(fc.string({ maxLength: 40 }), fc.string({ unit: 'grapheme', maxLength: 40 }));
  const numbers = fc.array(fc.double({ noNaN: true }), { maxLength: 20 });
  fc.assert(
    fc.property(text, fc.array(text, { maxLength: 20 }), numbers, fc.uint8Array(), (single, many, doubles, bytes) => {
      const out = new ByteWriter();
      out.text(single);
      out.texts(many);
      out.values(Float64Array.from(doubles));
      out.values(bytes);
      out.values(Uint32Array.of(1, 2 ** 32 - 1));
      const input = new ByteReader(out.finish());
      const read = [
        input.text(),
        input.texts(many.length),
        [...input.values(new Float64Array(doubles.length))],
        [...input.values(new Uint8Array(bytes.length))],
        [...input.values(new Uint32Array(2))],
      ];
      input.end();
      return isDeepStrictEqual(read, [single, many, doubles, [...bytes], [1, 2 ** 32 - 1]]);
    }),
    { seed, numRuns: 300, verbose: 1 },
  );
});

t.test('what is read as another type or length than was written is noticed', async (t) => {
  const out = new ByteWriter();
  out.values(Float64Array.of(1, 2));
  const bytes = out.finish();
  t.throws(() => new ByteReader(bytes).values(new Uint32Array(2)));
  t.throws(() => new ByteReader(bytes).values(new Float64Array(3)));
  t.throws(() => new ByteReader(bytes).end());
});
