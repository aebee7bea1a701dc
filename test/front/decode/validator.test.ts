import t from 'tap';
import Type from 'typebox';
import { InputValidator } from '../../../src/front/decode/validator.js';
import { amountUnits } from '../../../src/front/decode/amount.js';
import { parseDate } from '../../../src/front/decode/dates.js';
import { codeOf, detailsOf } from '../../support/services.js';

const validator = new InputValidator(
  Type.Object({
    name: Type.String({ minLength: 1 }),
    size: Type.Integer({ minimum: 1, maximum: 5 }),
    kind: Type.Optional(Type.Enum(['a', 'b'])),
    note: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    inner: Type.Optional(Type.Object({ x: Type.Number() })),
  }),
);

t.test('gives back what fits, with fields it does not know', (t) => {
  t.same(validator.parse({ name: 'n', size: 2, note: null, more: 1 }), { name: 'n', size: 2, note: null, more: 1 });
  t.end();
});

t.test('names each field that does not fit, once', async (t) => {
  t.equal(await codeOf(() => validator.parse({})), 9008);
  t.same(await detailsOf(() => validator.parse({})), ['name: is required', 'size: is required']);
  t.same(await detailsOf(() => validator.parse({ name: 'n', size: 2, kind: 'c' })), ['kind: must be one of a, b']);
  t.same(await detailsOf(() => validator.parse({ name: 'n', size: 2, inner: {} })), ['inner.x: is required']);
  t.same(await detailsOf(() => validator.parse({ name: 'n', size: 2, note: 5 })), ['note: must be string']);
  t.same(await detailsOf(() => validator.parse({ name: '', size: 9 })).then((all) => all.map((text) => text.split(':')[0])), [
    'name',
    'size',
  ]);
});

t.test('refuses numbers that are none', async (t) => {
  for (const size of [Infinity, NaN, 1.5, '2', null]) t.equal(await codeOf(() => validator.parse({ name: 'n', size })), 9008, String(size));
});

t.test('refuses what is no object', async (t) => {
  for (const input of [null, [], 'text', 5, undefined]) t.equal(await codeOf(() => validator.parse(input)), 9008, JSON.stringify(input));
});

t.test('reads amounts with at most two decimals within the bound', async (t) => {
  t.equal(amountUnits('amount', 0.01), 100);
  t.equal(amountUnits('amount', 1234.56), 12_345_600);
  t.equal(amountUnits('amount', 900_000_000_000), 9_000_000_000_000_000);
  for (const amount of [0.001, 0.015, 900_000_000_000.01, 1e300, Infinity, NaN]) {
    t.equal(await codeOf(() => amountUnits('amount', amount)), 9008, String(amount));
  }
});

t.test('reads dates that exist', (t) => {
  t.equal(parseDate('2024-02-29'), 20240229);
  for (const text of ['2026-02-29', '2026-13-01', '2026-00-10', '2026-01-00', '0000-01-01', ' 2026-01-01', '2026-01-01T00:00']) {
    t.equal(parseDate(text), 0, text);
  }
  t.end();
});
