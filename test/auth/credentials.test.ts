import fc from 'fast-check';
import t from 'tap';
import { emailProblem, idCardProblem, phoneProblem, realNameProblem, usernameProblem } from '../../src/auth/credentials.js';

interface Rule {
  readonly name: string;
  readonly problem: (value: string) => string | undefined;
  readonly good: readonly string[];
  readonly bad: readonly string[];
}

const rules: readonly Rule[] = [
  {
    name: 'usernames',
    problem: usernameProblem,
    good: ['abc', 'A_1', '___', 'a'.repeat(20)],
    bad: ['', 'ab', 'a'.repeat(21), 'a b', 'a-b', 'abc\n', '\u00fcser', 'a.b', '\u0430bc'],
  },
  {
    name: 'phones',
    problem: phoneProblem,
    good: ['13000000000', '19912345678'],
    bad: ['', '12000000000', '1300000000', '130000000000', '+8613000000000', '13000000000\n', '1300000000x', '\uff11\uff13000000000'],
  },
  {
    name: 'mail addresses',
    problem: emailProblem,
    good: ['a@b.co', 'first.last+tag@mail.example.com', `${'a'.repeat(64)}@example.com`, `a@${'b'.repeat(63)}.com`],
    bad: [
      '',
      'a',
      'a@b',
      '@b.co',
      'a@.co',
      'a@b..co',
      'a@-b.co',
      'a@b-.co',
      'a b@c.co',
      'a@b.co\n',
      'a@b@c.co',
      `${'a'.repeat(65)}@example.com`,
      `a@${'b'.repeat(64)}.com`,
      `a@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.${'e'.repeat(60)}.${'f'.repeat(20)}.com`,
    ],
  },
  {
    name: 'real names',
    problem: realNameProblem,
    good: ['Ann', '\u5f20\u4e09', 'x'.repeat(64), '\u{20000}'.repeat(64)],
    bad: ['', '   ', 'x'.repeat(65), '\u{20000}'.repeat(65), 'a\u0000b', 'a\nb', 'x'.repeat(1_000_000)],
  },
  {
    name: 'id cards',
    problem: idCardProblem,
    // The two worked examples of the standard (GB 11643).
    good: ['11010519491231002X', '11010519491231002x', '440524188001010014'],
    bad: [
      '',
      '110105194912310021',
      '44052418800101001X',
      '440524188001010015',
      '11010519491231002',
      '11010519491231002XX',
      'A1010519491231002X',
    ],
  },
];

for (const { name, problem, good, bad } of rules) {
  t.test(`accepts good ${name} and gives a reason for bad ones`, async (t) => {
    for (const value of good) t.equal(problem(value), undefined, value.slice(0, 40));
    for (const value of bad) t.type(problem(value), 'string', JSON.stringify(value.slice(0, 40)));
  });
}

t.test('never repeats the value in the reason', async (t) => {
  const marked = 'Zq9!secret value';
  for (const { problem } of rules) t.notMatch(problem(`${marked}\n`), /Zq9/);
});

t.test('notices every single wrong digit and every swap of neighbours in an id card', async (t) => {
  const card = '440524188001010014';
  const digit = fc.integer({ min: 0, max: 17 });
  fc.assert(
    fc.property(digit, fc.integer({ min: 1, max: 9 }), (index, step) => {
      const changed = String((Number(card[index]) + step) % 10);
      return idCardProblem(card.slice(0, index) + changed + card.slice(index + 1)) !== undefined;
    }),
    { seed: Number(process.env['SEED'] ?? Date.now() % 2 ** 31), verbose: 1 },
  );
  for (let index = 0; index < 17; index++) {
    const swapped = card.slice(0, index) + card.charAt(index + 1) + card.charAt(index) + card.slice(index + 2);
    if (swapped !== card) t.type(idCardProblem(swapped), 'string', swapped);
  }
});
