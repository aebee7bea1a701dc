/** Settlement prices of the day and what was settled last, as bytes of a state snapshot and back. */
import type { ByteReader, ByteWriter } from '../byte-writer.js';
import { RATE_FIELDS, type Rates } from '../instrument.js';
import type { Settlement } from './settlement.js';

export function writeSettlement(out: ByteWriter, { lastDay, settledUs, lastTradeId, prices, forced, planned }: Settlement): void {
  out.u32(lastDay);
  out.f64(settledUs);
  out.f64(lastTradeId);
  const set = [...prices].sort(([a], [b]) => a - b);
  out.u32(set.length);
  for (const [instrument, price] of set) {
    out.u32(instrument);
    out.f64(price);
  }
  const accounts = [...forced].sort((a, b) => a - b);
  out.u32(accounts.length);
  for (const account of accounts) out.u32(account);
  const plans = [...planned].sort(([a], [b]) => a - b);
  out.u32(plans.length);
  for (const [instrument, rates] of plans) {
    out.u32(instrument);
    for (const field of RATE_FIELDS) out.f64(rates[field]);
  }
}

export function readSettlement(input: ByteReader, settlement: Settlement): void {
  settlement.lastDay = input.u32();
  settlement.settledUs = input.f64();
  settlement.lastTradeId = input.f64();
  for (let left = input.u32(); left > 0; left--) settlement.prices.set(input.u32(), input.f64());
  for (let left = input.u32(); left > 0; left--) settlement.forced.add(input.u32());
  for (let left = input.u32(); left > 0; left--) {
    const instrument = input.u32();
    settlement.planned.set(instrument, Object.fromEntries(RATE_FIELDS.map((field) => [field, input.f64()])) as unknown as Rates);
  }
}
