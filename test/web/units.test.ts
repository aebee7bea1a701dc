/** Figures, estimates, the book and forms of the web application, without a browser. */
import t from 'tap';
import { webModules } from './support/web-modules.js';

interface Format {
  money: (value?: number | null) => string;
  signedMoney: (value: number) => string;
  whole: (value: number) => string;
  compact: (value: number) => string;
  percent: (value?: number) => string;
  price: (value?: number, tick?: number) => string;
  time: (ms: number) => string;
  dateTime: (ms: number) => string;
  date: (ms: number) => string;
  dayStart: (day: string) => number;
  onTick: (value: number, tick: number) => number;
  decimalsOf: (tick: number) => number;
  bytes: (value: number) => string;
}
interface Level {
  price: number;
  volume: number;
  order_count: number;
}
type Field = Record<string, unknown>;

const modules = webModules(t, [
  'format',
  'trade/estimate',
  'trade/closing',
  'live/book',
  'ui/form',
  'ui/save-file',
  'api/refusal',
  'api/call',
]);

t.test('figures and times', async (t) => {
  const format = (await modules)[0] as Format;
  t.same([1234567.5, 0.1234, -3, 0].map(format.money), ['1,234,567.50', '0.1234', '-3.00', '0.00']);
  t.same(
    [undefined, null, NaN].map((none) => format.money(none)),
    ['–', '–', '–'],
  );
  t.same([5, -5, 0].map(format.signedMoney), ['+5.00', '-5.00', '0.00']);
  t.equal(format.whole(1234567), '1,234,567');
  t.equal(format.compact(1_234_567), '1.23M');
  t.same(
    [0.12345, undefined].map((ratio) => format.percent(ratio)),
    ['12.35%', '–'],
  );
  t.same([0.2, 0.02, 1, 10, 0.005].map(format.decimalsOf), [1, 2, 0, 0, 3]);
  t.same([format.price(3800, 0.2), format.price(71230, 10), format.price(100.25)], ['3,800.0', '71,230', '100.25']);
  t.equal(format.onTick(0.1 + 0.2, 0.1), 0.3, 'no binary noise');
  t.equal(format.onTick(3800.31, 0.2), 3800.4);
  const ms = Date.UTC(2026, 0, 5, 16, 30, 5);
  t.same([format.time(ms), format.dateTime(ms), format.date(ms)], ['00:30:05', '2026-01-06 00:30:05', '2026-01-06'], 'in Shanghai');
  t.equal(format.dayStart('2026-01-06'), Date.UTC(2026, 0, 5, 16));
  t.same([512, 2048, 3 * 2 ** 30].map(format.bytes), ['512 B', '2.0 KiB', '3.0 GiB']);
});

t.test('what an order would take', async (t) => {
  const { estimate, freezePrice } = (await modules)[1] as {
    estimate: (terms: object, instrument: object, account: object, margin: object, fee: object) => Record<string, number>;
    freezePrice: (terms: object, instrument: object) => number;
  };
  const instrument = { contract_multiplier: 300, upper_limit: 4180, last_price: 3790, pre_settlement: 3800 };
  const account = { available: 1_000_000, margin: 100_000, balance: 1_100_000 };
  const margin = {
    long_margin_ratio_by_money: 0.12,
    long_margin_ratio_by_volume: 0,
    short_margin_ratio_by_money: 0.1,
    short_margin_ratio_by_volume: 5,
  };
  const fee = {
    ...{ open_ratio_by_money: 0.0001, open_ratio_by_volume: 1, close_ratio_by_money: 0.0002, close_ratio_by_volume: 0 },
    ...{ close_today_ratio_by_money: 0.001, close_today_ratio_by_volume: 0 },
  };
  const terms = { direction: 'BUY', offset: 'OPEN', orderType: 'LIMIT', price: 3800, volume: 2 };
  const close = (value: number, wanted: number, what: string) => t.ok(Math.abs(value - wanted) < 1e-6, `${what}: ${value}`);
  const opened = estimate(terms, instrument, account, margin, fee);
  close(opened['amount'], 2_280_000, 'amount');
  close(opened['margin'], 273_600, 'margin, long');
  close(opened['fee'], 230, 'by money and by lot');
  close(opened['availableAfter'], 1_000_000 - 273_600 - 230, 'what is left');
  close(opened['riskAfter'], 373_600 / (1_100_000 - 230), 'risk');
  close(estimate({ ...terms, direction: 'SELL' }, instrument, account, margin, fee)['margin'], 228_010, 'margin, short');
  close(estimate({ ...terms, offset: 'CLOSE' }, instrument, account, margin, fee)['margin'], 0, 'closing needs none');
  close(estimate({ ...terms, offset: 'CLOSETODAY' }, instrument, account, margin, fee)['fee'], 2280, 'closing of today costs its own');
  close(estimate(terms, instrument, { ...account, balance: 0 }, margin, fee)['riskAfter'], 999, 'nothing left');
  t.same(
    [
      freezePrice({ ...terms, orderType: 'MARKET' }, instrument),
      freezePrice({ ...terms, orderType: 'MARKET', direction: 'SELL' }, instrument),
    ],
    [4180, 3790],
  );
});

t.test('which orders close a holding', async (t) => {
  const { closable, closingOrders } = (await modules)[2] as {
    closable: (position: object | undefined, side: string) => number;
    closingOrders: (exchange: string, position: object | undefined, side: string, working: object[], volume: number) => object[];
  };
  const position = {
    ...{ account_id: 'A', instrument_id: 'SHFE.rb', volume_long: 8, volume_long_today: 3, volume_long_frozen: 2 },
    ...{ volume_short: 1, volume_short_today: 1, volume_short_frozen: 0 },
  };
  const today = { account_id: 'A', instrument_id: 'SHFE.rb', offset: 'CLOSETODAY', direction: 'SELL', remaining_volume: 2 };
  t.equal(closable(position, 'LONG'), 6);
  t.equal(closable(undefined, 'LONG'), 0);
  t.same(closingOrders('DCE', position, 'LONG', [], 6), [{ offset: 'CLOSE', volume: 6 }], 'one word for all lots');
  // 5 lots of earlier days, and 3 of today, 2 of which an order closes already
  t.same(closingOrders('SHFE', position, 'LONG', [today], 4), [{ offset: 'CLOSE', volume: 4 }]);
  t.same(closingOrders('SHFE', position, 'LONG', [today], 6), [
    { offset: 'CLOSE', volume: 5 },
    { offset: 'CLOSETODAY', volume: 1 },
  ]);
  // without it the two frozen lots are of earlier days
  t.same(closingOrders('INE', position, 'LONG', [{ ...today, account_id: 'B' }], 6), [
    { offset: 'CLOSE', volume: 3 },
    { offset: 'CLOSETODAY', volume: 3 },
  ]);
  t.same(closingOrders('SHFE', position, 'SHORT', [], 1), [{ offset: 'CLOSETODAY', volume: 1 }]);
});

t.test('a book that changes', async (t) => {
  const { changed } = (await modules)[3] as { changed: (levels: Level[], level: Level, sign: 1 | -1, depth: number) => Level[] };
  const at = (price: number, volume = 1): Level => ({ price, volume, order_count: 1 });
  const bids = [at(100), at(98)];
  t.same(
    changed(bids, at(99), -1, 5).map(({ price }) => price),
    [100, 99, 98],
    'bids fall',
  );
  t.same(
    changed(bids, at(101), -1, 2).map(({ price }) => price),
    [101, 100],
    'no more than are shown',
  );
  t.same(changed(bids, at(100, 7), -1, 5), [at(100, 7), at(98)], 'a level has another volume');
  t.same(changed(bids, at(100, 0), -1, 5), [at(98)], 'and none');
  t.same(
    changed([at(100), at(102)], at(103), 1, 5).map(({ price }) => price),
    [100, 102, 103],
    'asks rise',
  );
  t.same(bids, [at(100), at(98)], 'what is shown stays as it is');
});

t.test('forms and refusals', async (t) => {
  const form = (await modules)[4] as {
    faultOf: (field: Field, typed: string | boolean) => string;
    valuesOf: (fields: Field[], typed: Record<string, string | boolean>) => Record<string, unknown>;
    initialTexts: (fields: Field[]) => Record<string, string | boolean>;
  };
  const amount = { key: 'amount', kind: 'number', required: true, min: 0.01, max: 100 };
  const faults = ['', 'x', '0', '1e9', '5', '1,000'].map((text) => form.faultOf(amount, text) !== '');
  t.same(faults, [true, true, true, true, false, true]);
  t.not(form.faultOf({ key: 'n', kind: 'integer' }, '1.5'), '');
  t.not(form.faultOf({ key: 's', maxLength: 3 }, 'four'), '');
  const fields = [
    amount,
    { key: 'rate', kind: 'percent' },
    { key: 'at', kind: 'dateTime' },
    { key: 'yes', kind: 'check' },
    { key: 'none' },
  ];
  t.same(form.valuesOf(fields, { amount: '1,234.5', rate: '12.3', at: '2026-01-06T00:30', yes: true, none: '  ' }), {
    ...{ amount: 1234.5, rate: 0.123, at: Date.UTC(2026, 0, 5, 16, 30), yes: true },
  });
  t.same(form.initialTexts([{ key: 'a', initial: 3 }, { key: 'b', kind: 'check', initial: true }, { key: 'c' }]), {
    a: '3',
    b: true,
    c: '',
  });

  const { csvOf } = (await modules)[5] as { csvOf: (heads: string[], rows: string[][]) => Blob };
  t.equal(
    await csvOf(
      ['a', 'b'],
      [
        ['=1+1', 'x,"y"'],
        ['-5.5', '+2%'],
      ],
    ).text(),
    `a,b\r\n'=1+1,"x,""y"""\r\n-5.5,'+2%`,
  );

  const { refusalOf, refusalLine } = (await modules)[6] as {
    refusalOf: (error: unknown) => { code: number; fields: { field: string }[] };
    refusalLine: (error: unknown) => string;
  };
  const { ApiError } = (await modules)[7] as {
    ApiError: new (code: number, message: string, status?: number, details?: unknown) => Error;
  };
  t.match(refusalOf(new ApiError(1012, 'off the grid', 400)), { code: 1012, fields: [{ field: 'price' }] }, 'a code knows its field');
  t.match(refusalOf(new ApiError(9008, 'invalid', 400, [{ field: 'amount', reason: 'too much' }])), { fields: [{ field: 'amount' }] });
  t.match(refusalLine(new ApiError(9008, 'invalid', 400, [{ field: 'amount', reason: 'too much' }])), /^9008 · .* — amount: too much$/);
  t.match(refusalLine(new ApiError(0, 'fetch failed')), 'does not answer');
});
