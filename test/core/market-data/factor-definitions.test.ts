/** Texts of expressions: what they mean, and what is said of those that mean nothing. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { FactorError } from '../../../src/core/market-data/factors/factor-error.js';
import { FactorSet, type FactorDefinition } from '../../../src/core/market-data/factors/factor-set.js';
import { FactorStream, STANDARD_NAMES, standardValue } from '../../../src/core/market-data/factors/factor-stream.js';
import { parse, type Expression } from '../../../src/core/market-data/factors/parser.js';
import { readFactorsFile } from '../../../src/front/services/factors-file.js';

const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
t.comment(`SEED=${seed}`);

/** All brackets written. */
function written(expression: Expression): string {
  switch (expression.kind) {
    case 'number':
      return String(expression.value);
    case 'name':
      return expression.name;
    case 'call':
      return `${expression.name}(${expression.args.map(written).join(',')})`;
    case 'unary':
      return `(${expression.operator}${written(expression.operand)})`;
    case 'binary':
      return `(${written(expression.left)}${expression.operator}${written(expression.right)})`;
  }
}

function refusalOf(definitions: FactorDefinition[]): string {
  try {
    new FactorSet(definitions);
    return '';
  } catch (error) {
    if (error instanceof FactorError) return error.message;
    throw error;
  }
}

const one = (expression: string): FactorDefinition[] => [{ name: 'x', expression }];

t.test('operators bind as everywhere', async (t) => {
  const cases = [
    ['1+2*3', '(1+(2*3))'],
    ['1-2-3', '((1-2)-3)'],
    ['a||b&&c==d+1', '(a||(b&&(c==(d+1))))'],
    ['!a&&-b*c', '((!a)&&((-b)*c))'],
    ['(1+2)*3 % .5', '(((1+2)*3)%0.5)'],
    [' f ( a , g(1e2) ) ', 'f(a,g(100))'],
    ['macd.signal>=0', '(macd.signal>=0)'],
  ];
  for (const [text, tree] of cases) t.equal(written(parse(text)), tree, text);
});

t.test('whatever is written is an expression or refused, and nothing else', async () => {
  const words = [
    'ma',
    'close',
    '(',
    ')',
    ',',
    '+',
    '-',
    '!',
    '&&',
    '|',
    '1',
    '.5',
    '1e',
    'macd.',
    'x',
    '\u{1f600}',
    '\n',
    '__proto__',
    'constructor',
  ];
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.constantFrom(...words)).map((parts) => parts.join('')),
  );
  const property = fc.property(texts, (text) => refusalOf(one(text)) === '' || /^Factors? ./.test(refusalOf(one(text))));
  fc.assert(property, { seed, numRuns: 700 });
});

t.test('what cannot be meant is refused in a sentence', async (t) => {
  const cases: [definitions: FactorDefinition[], message: RegExp][] = [
    [one('ma(close'), /at 9: expected an operator, "," or "\)", found the end$/],
    [one('1 +'), /at 4: expected a number, a name or "\(", found the end$/],
    [one('close 5'), /at 7: expected an operator or the end, found "5"$/],
    [one('close # 5'), /at 7: "#" means nothing here$/],
    [one('1 < 2 < 3'), /at 7: comparisons do not chain/],
    [one('1e999'), /at 1: 1e999 is too large$/],
    [one('nothing + 1'), /at 1: nothing is called nothing/],
    [one('toString(close)'), /at 1: there is no function toString/],
    [one('macd'), /macd has parts: write macd\.macd or macd\.signal or macd\.histogram$/],
    [one('rank'), /rank is a function: write rank\(x\)$/],
    [one('ma(close)'), /at 1: ma is written ma\(x, n\)$/],
    [one('ma(close, 501)'), /at 11: expected a whole number of bars from 1 to 500$/],
    [one('ma(close, 2.5)'), /expected a whole number of bars/],
    [one('ma(close, volume)'), /expected a whole number of bars/],
    [one('max(close, 0)'), /max of a number and a value has the number first$/],
    [one(`${'('.repeat(65)}1${')'.repeat(65)}`), /at 65: nothing may be nested more than 64 deep$/],
    [one('-'.repeat(100)), /nothing may be nested/],
    [one('1+'.repeat(500) + '1'), /more than 1000 characters/],
    [one(Array.from({ length: 20 }, (_, n) => `ma(close+${n},500)`).join('+')), /remember \d+ values, and 8192 are possible/],
    [one(Array.from({ length: 50 }, (_, n) => `ma(close,${451 + n})`).join('+')), /windows .* have \d+ values, and 20000 are possible/],
    [[{ name: '1x', expression: '1' }], /name is a letter .* not "1x"/],
    [[{ name: '__proto__', expression: '1' }], /name is a letter/],
    [[{ name: 'ma5', expression: '1' }], /taken by a factor that is always there/],
    [[{ name: 'macd', expression: '1' }], /taken by a factor that is always there/],
    [[{ name: 'oi', expression: '1' }], /taken by a column of bars/],
    [[{ name: 'ema', expression: '1' }], /taken by a function/],
    [[...one('1'), ...one('2')], /Factor x is defined twice/],
    [one('x + 1'), /refer to each other in a ring: x → x\.$/],
    [
      [
        { name: 'a', expression: 'b + 1' },
        { name: 'b', expression: 'ma(c, 2)' },
        { name: 'c', expression: 'close - b' },
      ],
      /in a ring: b → c → b\.$/,
    ],
    [
      [
        { name: 'a', expression: 'b', periods: ['1m', '30m'] },
        { name: 'b', expression: '1' },
      ],
      /Factor a is for 30m, but b, which it refers to, is not/,
    ],
    [[{ name: 'a', expression: '1', periods: ['4'] }], /there is no period "4"/],
    [Array.from({ length: 65 }, (_, n) => ({ name: `x${n}`, expression: '1' })), /may be 64 factors, not 65/],
  ];
  for (const [definitions, message] of cases) t.match(refusalOf(definitions), message);
});

t.test('deep texts of functions that look at their value twice are compiled once', async (t) => {
  t.equal(refusalOf(one(`${'macd_hist('.repeat(60)}close${')'.repeat(60)}`)), '');
});

t.test('names of the standard factors are those that they have', async (t) => {
  const stream = new FactorStream();
  for (let n = 0; n < 130; n++) stream.add({ high: n + 1, low: n, close: n });
  const names = Object.entries(stream.values()).flatMap(([name, value]) =>
    value !== null && typeof value === 'object' ? Object.keys(value).map((part) => `${name}.${part}`) : [name],
  );
  t.same([...STANDARD_NAMES].sort(), names.sort());
  for (const name of STANDARD_NAMES) t.ok(Number.isFinite(standardValue(stream.values(), name)), name);
});

t.test('a file is read as a whole or refused with its path', async (t) => {
  const path = join(t.testdir(), 'factors.json');
  const readText = (text: string): readonly FactorDefinition[] => {
    writeFileSync(path, text);
    return readFactorsFile(path);
  };
  t.match(readText('[{"name":"a","expression":"b * 2","periods":["1m"]},{"name":"b","expression":"close"}]'), [
    { name: 'a' },
    { name: 'b' },
  ]);
  for (const [text, reason] of [
    ['{', /JSON/],
    ['{}', /the list/],
    ['[{"name":"a"}]', /expression/],
    ['[{"name":"a","expression":"1","extra":1}]', /extra/],
    ['[{"name":"a","expression":"1","periods":["7m"]}]', /periods/],
    ['[{"name":"a","expression":"a"}]', /in a ring: a → a\.$/],
  ] as const)
    t.throws(() => readText(text), { message: new RegExp(`^Factors file .*factors\\.json: .*${reason.source}`) }, text);
});
