import fc from 'fast-check';
import t from 'tap';
import { maskIdCard, TextSealer } from '../../src/auth/sealed-text.js';

const sealer = new TextSealer('a secret of the exchange, never changed');
const ID_CARD = '11010519491231002X';

t.test('opens what it sealed, also after a restart', async (t) => {
  const sealed = sealer.seal(ID_CARD, 'U0000000001');
  t.match(sealed, /^[A-Za-z0-9_-]+$/);
  t.equal(sealer.open(sealed, 'U0000000001'), ID_CARD);
  t.equal(new TextSealer('a secret of the exchange, never changed').open(sealed, 'U0000000001'), ID_CARD);
  t.not(sealer.seal(ID_CARD, 'U0000000001'), sealed, 'a new nonce each time');
  t.notMatch(Buffer.from(sealed, 'base64url').toString('latin1'), /1949/);
});

t.test('opens nothing for another secret or another record', async (t) => {
  const sealed = sealer.seal(ID_CARD, 'U0000000001');
  t.equal(sealer.open(sealed, 'U0000000002'), undefined);
  t.equal(new TextSealer('another secret').open(sealed, 'U0000000001'), undefined);
});

t.test('opens nothing that was changed by one bit or cut', async (t) => {
  const bytes = Buffer.from(sealer.seal(ID_CARD, 'U1'), 'base64url');
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    if (sealer.open(changed.toString('base64url'), 'U1') !== undefined) t.fail(`opened with bit ${bit} changed`);
  }
  for (let length = 0; length < bytes.length; length++) {
    if (sealer.open(bytes.subarray(0, length).toString('base64url'), 'U1') !== undefined) t.fail(`opened after ${length} bytes`);
  }
  t.equal(sealer.open('', 'U1'), undefined);
});

t.test('carries any text', async (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, context) => sealer.open(sealer.seal(text, context), context) === text),
    { seed: Number(process.env['SEED'] ?? Date.now() % 2 ** 31), verbose: 1 },
  );
  t.pass('every text came back');
});

t.test('shows only the first 3 and last 4 characters of an id card', async (t) => {
  t.equal(maskIdCard(ID_CARD), '110***********002X');
  t.equal(maskIdCard('12345678'), '123*5678');
  t.equal(maskIdCard('1234567'), '*******');
  t.equal(maskIdCard(''), '');
});
