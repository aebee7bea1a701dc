/** Counts since the venue was opened, as bytes and back. Nothing is decided by them: they are what lists and figures show. */
import type { ByteReader, ByteWriter } from './byte-writer.js';
import type { ExchangeState } from './state.js';

const ACCOUNT_COUNTS = ['orderCount', 'tradeCount'] as const;

export function writeCounts(out: ByteWriter, state: ExchangeState): void {
  const { accounts, carried } = state;
  out.f64(state.filledOrders);
  out.f64(carried.volume);
  out.f64(carried.turnover.high);
  out.f64(carried.turnover.low);
  for (const column of ACCOUNT_COUNTS) for (let account = 1; account <= accounts.count; account++) out.f64(accounts[column][account]);
}

/** The accounts of the state must be there already. */
export function readCounts(input: ByteReader, state: ExchangeState): void {
  const { accounts, carried } = state;
  state.filledOrders = input.f64();
  carried.volume = input.f64();
  carried.turnover.high = input.f64();
  carried.turnover.low = input.f64();
  for (const column of ACCOUNT_COUNTS) for (let account = 1; account <= accounts.count; account++) accounts[column][account] = input.f64();
}
