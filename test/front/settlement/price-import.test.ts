import t from 'tap';
import { parsePrices } from '../../../src/front/settlement/price-import.js';
import { detailsOf } from '../../support/services.js';

t.test('takes headings, quotes, blank lines and any line end', (t) => {
  const csv = '\ufeffInstrument_ID,Settlement_Price\r\n"CFFEX.IF", 3801.4\n\nSHFE.rb,"3500"\rIF2601,0.5\n';
  t.same(
    parsePrices(csv).map(({ instrumentId, price, field }) => [instrumentId, price, field]),
    [
      ['CFFEX.IF', 3801.4, 'csv line 2'],
      ['SHFE.rb', 3500, 'csv line 4'],
      ['IF2601', 0.5, 'csv line 5'],
    ],
  );
  t.same(parsePrices(''), []);
  t.end();
});

t.test('names the lines that are not right', async (t) => {
  const csv = 'x,1\nx\nx,\nx,1,2\n,1\nx,-1\nx,1e3\nx,0x10\nx,NaN\nx,1.2.3\nx;1';
  const lines = (await detailsOf(() => parsePrices(csv))).map((detail) => detail.split(':')[0]);
  t.same(
    lines,
    Array.from({ length: 10 }, (_, i) => `csv line ${i + 2}`),
  );
  t.equal((await detailsOf(() => parsePrices('x\n'.repeat(1000)))).length, 20);
});
