import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { AuditResult, Exchange, Phase } from '../../../src/core/enums.js';
import { dailyLimits } from '../../../src/core/instrument.js';
import { listedFrom, type InstrumentListing } from '../../../src/front/services/instrument-listing.js';
import { listMissing, readInstrumentsFile } from '../../../src/front/services/instruments-file.js';
import { codeOf, detailsOf, ORIGIN, TestServices } from '../../support/services.js';

/** The compiled test lies in dist/test/front/services. */
const DEMO_FILE = fileURLToPath(new URL('../../../../schemas/demo-instruments.json', import.meta.url));

const LISTING: InstrumentListing = {
  instrument_id: 'SHFE.rb2605',
  instrument_name: 'Steel rebar',
  instrument_type: 'commodity_future',
  exchange: 'SHFE',
  contract_multiplier: 10,
  price_tick: 1,
  reference_price: 3333,
  margin_rate: 0.1,
  commission_rate: 0.0001,
  limit_up_rate: 0.05,
  limit_down_rate: 0.05,
};

t.test('turns rates and prices into exact integers', (t) => {
  const listed = listedFrom(LISTING, 7);
  t.match(listed, {
    instrument: 7,
    instrumentId: 'SHFE.rb2605',
    productId: 'rb',
    exchange: Exchange.SHFE,
    multiplier: 10,
    priceTick: 10_000,
    longMarginRatio: 100_000,
    shortMarginRatio: 100_000,
    feeOpenByMoney: 10_000,
    feeCloseByMoney: 10_000,
    feeCloseTodayByMoney: 10_000,
    feeOpenByLot: 0,
    limitUpRate: 50_000,
    preSettlement: 33_330_000,
    listDate: 0,
    expireDate: 0,
    phase: Phase.CONTINUOUS,
  });
  t.same(dailyLimits(listed), { upperLimit: 34_990_000, lowerLimit: 31_670_000 }, 'trading-rules.md 1.4');
  t.end();
});

t.test('takes rates of each side and fee class before the common ones', (t) => {
  const listed = listedFrom(
    {
      ...LISTING,
      long_margin_ratio_by_money: 0.08,
      short_margin_ratio_by_volume: 12.5,
      close_today_ratio_by_money: 0.000345,
      open_ratio_by_volume: 1.5,
      list_date: '2026-01-05',
      expire_date: '2026-05-15',
    },
    1,
  );
  t.match(listed, { longMarginRatio: 80_000, shortMarginRatio: 100_000, shortMarginPerLot: 125_000 });
  t.match(listed, { feeOpenByMoney: 10_000, feeOpenByLot: 15_000, feeCloseTodayByMoney: 34_500 });
  t.match(listed, { listDate: 20260105, expireDate: 20260515 });
  t.end();
});

t.test('knows no default for margins and fees', async (t) => {
  const { margin_rate: _margin, ...noMargin } = LISTING;
  t.same(await detailsOf(() => listedFrom(noMargin, 1)), ['margin_rate: is required, or a ratio of each side']);
  t.equal(await codeOf(() => listedFrom({ ...noMargin, long_margin_ratio_by_money: 0.1 }, 1)), 9008, 'one side is not enough');
  const { commission_rate: _fee, ...noFee } = LISTING;
  t.equal(await codeOf(() => listedFrom(noFee, 1)), 9008);
  t.equal(
    await codeOf(() => listedFrom({ ...noFee, open_ratio_by_volume: 1, close_ratio_by_volume: 1 }, 1)),
    9008,
    'close_today is missing',
  );
  const byLot = { open_ratio_by_volume: 1, close_ratio_by_volume: 1, close_today_ratio_by_money: 0 };
  t.equal(await codeOf(() => listedFrom({ ...noFee, ...byLot }, 1)), 0);
});

t.test('names every field that does not fit', async (t) => {
  const fields = async (changes: Partial<InstrumentListing>) =>
    (await detailsOf(() => listedFrom({ ...LISTING, ...changes }, 1))).map((text) => text.split(':')[0]);
  t.same(await fields({ exchange: 'DCE' }), ['instrument_id']);
  t.same(await fields({ price_tick: 0.00001 }), ['price_tick']);
  t.same(await fields({ margin_rate: 0.1234567 }), ['margin_rate']);
  t.same(await fields({ commission_rate: 0.000000001 }), ['commission_rate']);
  t.same(await fields({ reference_price: 1.00001, limit_up_rate: 0.0000001 }), ['limit_up_rate', 'reference_price']);
  t.same(await fields({ list_date: '2026-02-30' }), ['list_date']);
  t.same(await fields({ list_date: '2026-05-15', expire_date: '2026-05-15' }), ['expire_date']);
  t.same(await fields({ open_ratio_by_money: 1 }), ['open_ratio_by_money']);
  t.same(await fields({ price_tick: 500, limit_up_rate: 0.01, limit_down_rate: 0.01 }), ['reference_price'], 'no price left in the band');
  t.same(await fields({ price_tick: 0.0001, reference_price: 100_000 }), ['price_tick'], 'a ladder beyond memory');
});

t.test('lists an instrument once, also when asked for at once', async (t) => {
  const services = new TestServices(t);
  const create = (listing: InstrumentListing) => codeOf(() => services.instruments.create(listing, 5, ORIGIN));
  const other = { ...LISTING, instrument_id: 'SHFE.rb2610' };
  t.same((await Promise.all([create(LISTING), create(LISTING), create(other)])).sort(), [0, 0, 7001]);
  t.equal(services.state.instruments.find('SHFE.rb2610')?.instrument, 2);
  const records = await services.auditRecords();
  t.match(records[0], { user: 5, logType: 'INSTRUMENT_CHANGE' });
  t.same(records.map((record) => record.result).sort(), [AuditResult.SUCCESS, AuditResult.SUCCESS, AuditResult.FAILED]);
});

t.test('the packaged instruments are listed once, with their real terms', async (t) => {
  const services = new TestServices(t);
  const listings = readInstrumentsFile(DEMO_FILE);
  t.same(await listMissing(listings, services.state, services.instruments), ['CFFEX.IF', 'SHFE.rb', 'SHFE.cu', 'DCE.m']);
  t.same(await listMissing(listings, services.state, services.instruments), [], 'known at the second start');
  t.match(services.state.instruments.find('CFFEX.IF'), {
    multiplier: 300,
    priceTick: 2000,
    preSettlement: 38_000_000,
    longMarginRatio: 120_000,
  });
  t.match(services.state.instruments.find('CFFEX.IF'), {
    feeOpenByMoney: 2300,
    feeCloseTodayByMoney: 34_500,
    expireDate: 0,
    productId: 'IF',
  });
  t.match(services.state.instruments.find('SHFE.rb'), { multiplier: 10, preSettlement: 35_000_000, upperLimit: 37_800_000 });
  t.match(services.state.instruments.find('SHFE.cu'), { multiplier: 5, priceTick: 100_000, preSettlement: 750_000_000 });
  t.match(services.state.instruments.find('DCE.m'), { multiplier: 10, feeOpenByLot: 15_000, feeOpenByMoney: 0, preSettlement: 30_000_000 });
});

t.test('a bad file is refused as a whole, in one sentence', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'qaexchange-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'instruments.json');
  const read = (content: string) => () => {
    writeFileSync(path, content);
    readInstrumentsFile(path);
  };
  t.throws(read('[{'), { message: /^Instruments file .*instruments\.json: .+/ });
  t.throws(read('{}'), { message: /the list must be array/ });
  t.throws(read(JSON.stringify([LISTING, { ...LISTING, price_tick: undefined }])), { message: /1\.price_tick is required/ });
  t.throws(read(JSON.stringify([{ ...LISTING, exchange: 'DCE' }])), { message: /instrument_id must begin with the exchange/ });
  t.throws(() => readInstrumentsFile(join(folder, 'missing.json')), { message: /ENOENT/ });
  t.end();
});
