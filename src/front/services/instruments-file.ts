/** Instruments that are listed at the start when they are not known yet: a JSON list of A2 bodies. */
import { readFileSync } from 'node:fs';
import Type from 'typebox';
import { Refusal } from '../../core/refusal.js';
import type { ExchangeState } from '../../core/state.js';
import { InputValidator } from '../decode/validator.js';
import { InstrumentListingSchema, listedFrom, type InstrumentListing } from './instrument-listing.js';
import type { InstrumentService } from './instrument-service.js';

const ORIGIN = { address: '', userAgent: 'instruments file' };

/** Reads and checks the whole file before anything is listed; throws an Error whose message says what is wrong. */
export function readInstrumentsFile(path: string): InstrumentListing[] {
  const validator = new InputValidator(Type.Array(InstrumentListingSchema));
  try {
    const listings = validator.parse(JSON.parse(readFileSync(path, 'utf8')));
    for (const listing of listings) listedFrom(listing, 0);
    return listings;
  } catch (cause) {
    throw new Error(`Instruments file ${path}: ${listFault(cause)}`, { cause });
  }
}

/** Lists what the state does not know yet, in the order of the file, with so many simulated bars each; returns the ids. */
export async function listMissing(
  listings: readonly InstrumentListing[],
  state: ExchangeState,
  service: InstrumentService,
  simulatedBars = 0,
): Promise<string[]> {
  const listed: string[] = [];
  for (const listing of listings) {
    if (state.instruments.find(listing.instrument_id) !== undefined) continue;
    await service.create(listing, 0, ORIGIN, simulatedBars);
    listed.push(listing.instrument_id);
  }
  return listed;
}

/** What is wrong with a list that was read from a file. */
export function listFault(error: unknown): string {
  if (error instanceof Refusal && error.details !== undefined) {
    return error.details.map(({ field, reason }) => `${field === '' ? 'the list' : field} ${reason}`).join('; ');
  }
  return error instanceof Error ? error.message : String(error);
}
