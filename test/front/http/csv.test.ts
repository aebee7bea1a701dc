import fc from 'fast-check';
import t from 'tap';
import { csvText } from '../../../src/front/http/csv.js';

const seed = Number(process.env['SEED'] ?? Date.now() & 0xffff);

/** A plain reader of RFC 4180. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (let at = 0; at < text.length;) {
    let cell = '';
    if (text[at] === '"') {
      for (at++; text[at] !== '"' || text[at + 1] === '"'; at++) {
        if (text[at] === '"') at++;
        cell += text[at];
      }
      at++;
    } else {
      while (at < text.length && text[at] !== ',' && text[at] !== '\r') cell += text[at++];
    }
    row.push(cell);
    if (text[at] === ',') at++;
    else {
      at += 2;
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

t.test('numbers stay numbers, what is absent is empty', (t) => {
  t.equal(
    csvText(
      ['a', 'b', 'c'],
      [
        { a: -1.5, b: true },
        { a: 'x', c: 0 },
      ],
    ),
    'a,b,c\r\n-1.5,true,\r\nx,,0\r\n',
  );
  t.equal(csvText(['a'], []), 'a\r\n');
  t.end();
});

t.test('no text is taken for a formula', (t) => {
  for (const text of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '=HYPERLINK("x","y")']) {
    const [, [cell]] = parseCsv(csvText(['a'], [{ a: text }]));
    t.equal(cell, `'${text}`, text);
  }
  t.end();
});

t.test(`whatever a text holds, a reader gets it back (SEED=${seed})`, (t) => {
  const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\r', '\n', '=', '-', ' ', '中') });
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { minLength: 1 }), (pairs) => {
      const rows = parseCsv(
        csvText(
          ['a', 'b'],
          pairs.map(([a, b]) => ({ a, b })),
        ),
      ).slice(1);
      const strip = (cell: string, sent: string): string => (/^[=+\-@\t\r]/.test(sent) ? cell.slice(1) : cell);
      return (
        rows.length === pairs.length &&
        rows.every(([a, b], i) => strip(a, pairs[i][0]) === pairs[i][0] && strip(b, pairs[i][1]) === pairs[i][1])
      );
    }),
    { seed },
  );
  t.end();
});
