/**
 * The state as bytes and back: what snapshots hold and state hashes are taken of.
 *
 * The form is canonical: it depends on what the state says, not on which slots or slabs it lies in, so a state folded
 * from the first event and one restored from a snapshot and folded on give the same bytes.
 */
import { readAnnouncements, writeAnnouncements } from './announcements.js';
import { assert } from './assert.js';
import { ByteReader, ByteWriter } from './byte-writer.js';
import { readConditionalKeys, readConditionals, writeConditionalKeys, writeConditionals } from './conditionals/conditional-codec.js';
import type { Instrument } from './instrument.js';
import { RECENT_TRADES } from './market.js';
import { readCounts, writeCounts } from './counts-codec.js';
import { readRisk, writeRisk } from './risk-codec.js';
import type { FundRecord } from './observer.js';
import { readSettlement, writeSettlement } from './settlement/settlement-codec.js';
import { readClientOrderIdRows, readOrderRows, readPositionRows } from './state-rows.js';
import { readClientOrderIds, readOrders, readPositions, writeClientOrderIds, writeOrders, writePositions } from './state-tables.js';
import { ExchangeState } from './state.js';
import type { User } from './users.js';

export { liveSlots } from './state-tables.js';

const FORMAT = 7;
/** The last without the keys of conditional orders. It is still written, for hashes that programs of then compare. */
export const FORMAT_WITHOUT_KEYS = 6;
/** The last whose tables stand record by record. */
const FORMAT_OF_ROWS = 5;
/** The oldest that can still be read: it has neither announcements nor counts, which begin at 0. */
const FORMAT_MIN = 4;

const COUNTERS = [
  'sequence',
  'timeUs',
  'tradingDay',
  'nextOrderId',
  'shardSequence',
  'tradeCount',
  'fundCount',
  'auditCount',
  'acceptedOrders',
  'feeAccount',
  'defaultFund',
] as const;

const WIDE_SUMS = [
  (state: ExchangeState) => state.totalDeposits,
  (state: ExchangeState) => state.totalWithdrawals,
  (state: ExchangeState) => state.carried.fees,
  (state: ExchangeState) => state.carried.closeProfitByTrade,
];

const USER_FIELDS = [
  'user',
  'username',
  'passwordHash',
  'phone',
  'email',
  'realName',
  'idCardSealed',
  'roles',
  'status',
  'tokenVersion',
  'accounts',
  'createdUs',
  'updatedUs',
] as const satisfies readonly (keyof User)[];

const INSTRUMENT_FIELDS = [
  'instrument',
  'instrumentId',
  'name',
  'productId',
  'instrumentType',
  'exchange',
  'multiplier',
  'priceTick',
  'longMarginRatio',
  'shortMarginRatio',
  'longMarginPerLot',
  'shortMarginPerLot',
  'feeOpenByMoney',
  'feeCloseByMoney',
  'feeCloseTodayByMoney',
  'feeOpenByLot',
  'feeCloseByLot',
  'feeCloseTodayByLot',
  'limitUpRate',
  'limitDownRate',
  'minLimitVolume',
  'maxLimitVolume',
  'minMarketVolume',
  'maxMarketVolume',
  'lotStep',
  'preSettlement',
  'listDate',
  'expireDate',
  'sessionTemplate',
  'profile',
  'marginMode',
  'marginGroup',
  'phase',
  'status',
  'upperLimit',
  'lowerLimit',
  'preClose',
  'preOpenInterest',
  'createdUs',
  'updatedUs',
  'phaseUs',
  'phaseReason',
] as const satisfies readonly (keyof Instrument)[];

const ACCOUNT_COLUMNS = [
  'user',
  'type',
  'status',
  'preBalance',
  'deposit',
  'withdraw',
  'closeProfit',
  'closeProfitByTrade',
  'commission',
  'tradesToday',
  'margin',
  'frozenMargin',
  'frozenCommission',
  'reportSequence',
  'createdUs',
  'freezeType',
  'statusUs',
  'statusUser',
  'mustChangePassword',
  'fundCount',
] as const;

const ACCOUNT_TEXTS = ['name', 'tradingPasswordHash', 'fundPasswordHash', 'statusReason'] as const;

const FUND_FIELDS = [
  'id',
  'account',
  'user',
  'kind',
  'amount',
  'method',
  'remark',
  'bank',
  'idempotencyKey',
  'requestHash',
  'balanceBefore',
  'balanceAfter',
  'availableAfter',
  'timeUs',
  'sequence',
] as const satisfies readonly (keyof FundRecord)[];

const MARKET_COLUMNS = [
  'lastPrice',
  'openPrice',
  'highPrice',
  'lowPrice',
  'volume',
  'turnoverHigh',
  'turnoverLow',
  'tradeCount',
  'openInterest',
  'lastTradeUs',
] as const;

const RECENT_COLUMNS = ['recentTradeId', 'recentPrice', 'recentTimeUs', 'recentVolume', 'recentSide'] as const;

/** `format`: the present one, or FORMAT_WITHOUT_KEYS. */
export function serializeState(state: ExchangeState, format = FORMAT): Uint8Array {
  const out = new ByteWriter();
  out.u32(format);
  for (const counter of COUNTERS) out.f64(state[counter]);
  for (const sumOf of WIDE_SUMS) {
    out.f64(sumOf(state).high);
    out.f64(sumOf(state).low);
  }
  out.u32(state.users.count);
  for (const user of state.users) out.text(JSON.stringify(USER_FIELDS.map((field) => user[field])));
  out.u32(state.instruments.count);
  for (const instrument of state.instruments) writeInstrument(out, state, instrument);
  out.u32(state.accounts.count);
  for (let account = 1; account <= state.accounts.count; account++) {
    for (const text of ACCOUNT_TEXTS) out.text(state.accounts[text][account]);
    for (const column of ACCOUNT_COLUMNS) out.f64(state.accounts[column][account]);
  }
  writePositions(out, state);
  writeOrders(out, state);
  writeClientOrderIds(out, state);
  writeConditionals(out, state.conditionals);
  writeRisk(out, state);
  writeSettlement(out, state.settlement);
  out.u32(state.revokedTokens.size);
  for (const [tokenId, expiresAt] of state.revokedTokens) {
    out.text(tokenId);
    out.f64(expiresAt);
  }
  for (const count of state.fundCounts) out.f64(count);
  out.u32(state.repeatKeys.size);
  for (const record of state.repeatKeys) out.text(JSON.stringify(FUND_FIELDS.map((field) => record[field])));
  writeAnnouncements(out, state.announcements);
  writeCounts(out, state);
  if (format > FORMAT_WITHOUT_KEYS) writeConditionalKeys(out, state.conditionalKeys);
  return out.finish();
}

/** The state that `serializeState` gave these bytes of. Throws on another format. */
export function restoreState(bytes: Uint8Array): ExchangeState {
  const input = new ByteReader(bytes);
  const format = input.u32();
  assert(format >= FORMAT_MIN && format <= FORMAT, `a state snapshot has format ${FORMAT_MIN} to ${FORMAT}`);
  const state = new ExchangeState();
  for (const counter of COUNTERS) state[counter] = input.f64();
  for (const sumOf of WIDE_SUMS) {
    sumOf(state).high = input.f64();
    sumOf(state).low = input.f64();
  }
  for (let left = input.u32(); left > 0; left--) state.users.add(readFields(input.text(), USER_FIELDS) as unknown as User);
  for (let left = input.u32(); left > 0; left--) readInstrument(input, state);
  const accountCount = input.u32();
  for (let account = 1; account <= accountCount; account++) {
    state.accounts.add(account);
    for (const text of ACCOUNT_TEXTS) state.accounts[text][account] = input.text();
    for (const column of ACCOUNT_COLUMNS) state.accounts[column][account] = input.f64();
  }
  const hasRows = format <= FORMAT_OF_ROWS;
  (hasRows ? readPositionRows : readPositions)(input, state);
  state.ledger.restoreGroups();
  (hasRows ? readOrderRows : readOrders)(input, state);
  (hasRows ? readClientOrderIdRows : readClientOrderIds)(input, state);
  readConditionals(input, state.conditionals);
  readRisk(input, state);
  readSettlement(input, state.settlement);
  for (let left = input.u32(); left > 0; left--) state.revokedTokens.set(input.text(), input.f64());
  for (const kind of state.fundCounts.keys()) state.fundCounts[kind] = input.f64();
  for (let left = input.u32(); left > 0; left--) state.repeatKeys.add(readFields(input.text(), FUND_FIELDS) as unknown as FundRecord);
  if (format > FORMAT_MIN) {
    readAnnouncements(input, state.announcements);
    readCounts(input, state);
  }
  if (format > FORMAT_WITHOUT_KEYS) readConditionalKeys(input, state.conditionalKeys);
  input.end();
  return state;
}

function readFields(text: string, fields: readonly string[]): Record<string, unknown> {
  const values = JSON.parse(text) as unknown[];
  const record: Record<string, unknown> = {};
  for (let i = 0; i < fields.length; i++) record[fields[i]] = values[i];
  return record;
}

function writeInstrument(out: ByteWriter, state: ExchangeState, instrument: Instrument): void {
  out.text(JSON.stringify(INSTRUMENT_FIELDS.map((field) => instrument[field])));
  const number = instrument.instrument;
  for (const column of MARKET_COLUMNS) out.f64(state.market[column][number]);
  for (const column of RECENT_COLUMNS) {
    const first = number * RECENT_TRADES;
    for (let i = first; i < first + RECENT_TRADES; i++) out.f64(state.market[column][i]);
  }
}

function readInstrument(input: ByteReader, state: ExchangeState): void {
  const instrument = readFields(input.text(), INSTRUMENT_FIELDS) as unknown as Instrument;
  const number = instrument.instrument;
  state.instruments.add(instrument);
  state.market.ensure(number);
  for (const column of MARKET_COLUMNS) state.market[column][number] = input.f64();
  for (const column of RECENT_COLUMNS) {
    const first = number * RECENT_TRADES;
    for (let i = first; i < first + RECENT_TRADES; i++) state.market[column][i] = input.f64();
  }
}
