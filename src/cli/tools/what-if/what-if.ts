/** Runs the orders of a log twice, once as it was and once varied, and says what became different. */
import { serializeState } from '../../../core/state-codec.js';
import { toDecimal } from '../../../core/units.js';
import { accountId } from '../../../front/views/ids.js';
import { averagePrice } from '../../../front/views/numbers.js';
import type { Storage } from '../../../storage/database.js';
import { BLOCK_HEADER_BYTES } from '../../../storage/log-block.js';
import { LogStore } from '../../../storage/log-store.js';
import { earliestStart, replayState, type ReplayStart } from '../../../storage/offline/state-replay.js';
import { reasonOf } from '../../../storage/storage-error.js';
import { EventDecoder } from '../../../wire/event-decoder.js';
import { frameLength, frameSequence } from '../../../wire/frame-header.js';
import { UsageError } from '../../args.js';
import { OrderStream, type Decision } from './order-stream.js';
import { RerunVenue } from './rerun-venue.js';
import type { Variation } from './variation.js';

const PROGRESS_BLOCKS = 64;

export interface WhatIfOptions {
  variation: Variation;
  /** Ids of the varied instruments; all for undefined. */
  instruments?: ReadonlySet<string>;
  /** The state to begin with is that behind this event; the earliest that there is when left out. */
  from?: number;
  to?: number;
  onProgress?: (share: number) => void;
}

/** A figure of the run without a change, and of the varied one. */
type Both = readonly [baseline: number, varied: number];

export interface AccountDifference {
  account_id: string;
  trades: Both;
  volume: Both;
  fees: Both;
  profit: Both;
  margin: Both;
  available: Both;
}

export interface InstrumentDifference {
  instrument_id: string;
  trades: Both;
  volume: Both;
  average_price: Both;
  open_interest: Both;
}

export interface WhatIfReport {
  from: number;
  to: number;
  stream: { orders: number; cancels: number; amends: number; declined: number; not_noted: number };
  /** How true to the log the run without a change is. */
  fidelity: {
    decided_otherwise: number;
    trades: readonly [log: number, baseline: number];
    volume: readonly [log: number, baseline: number];
  };
  totals: { trades: Both; volume: Both; fees: Both; margin: Both };
  orders: { accepted_now: number; refused_now: number; refused_otherwise: number };
  instruments: InstrumentDifference[];
  /** Those with a difference only. */
  accounts: AccountDifference[];
  decisions: Decision[];
}

export async function whatIf(
  storage: Storage,
  options: WhatIfOptions,
): Promise<{ report: WhatIfReport; baseline: RerunVenue; varied: RerunVenue }> {
  const start = await startOf(storage, options.from);
  const snapshot = serializeState(start.state);
  const baseline = new RerunVenue(snapshot);
  const varied = new RerunVenue(snapshot, options.variation, options.instruments);
  await baseline.open();
  await varied.open();
  const stream = new OrderStream(baseline, varied);
  const to = await feed(storage, stream, start.sequence, options);
  return { report: reportOf(stream, baseline, varied, start.sequence, to), baseline, varied };
}

/** The state behind `from`, or the earliest that the log goes on behind. */
async function startOf(storage: Storage, from: number | undefined): Promise<ReplayStart> {
  return from === undefined ? earliestStart(storage) : replayState(storage, { to: from });
}

/** Gives the last event that was fed. */
async function feed(storage: Storage, stream: OrderStream, from: number, { to = Infinity, onProgress }: WhatIfOptions): Promise<number> {
  const log = new LogStore(storage.log);
  const first = await log.startOfBlockWith(from + 1);
  const last = Math.min(to, (await log.lastBlockSequence()) ?? 0);
  if (first === undefined) return from;
  const decoder = new EventDecoder(stream);
  let [reached, blocks] = [from, 0];
  for await (const { views, endBytes } of log.blocks(first)) {
    for (let at = BLOCK_HEADER_BYTES; at < endBytes; at += frameLength(views, at)) {
      const sequence = frameSequence(views, at);
      if (sequence <= from) continue;
      if (sequence > to) return reached;
      try {
        decoder.decode(views, at);
      } catch (error) {
        throw new UsageError(
          `The run ended at event ${sequence}, which cannot follow what was decided otherwise before: ${reasonOf(error)}.`,
        );
      }
      reached = sequence;
    }
    if (++blocks % PROGRESS_BLOCKS !== 0) continue;
    onProgress?.(Math.min(1, (reached - from) / Math.max(1, last - from)));
    await new Promise(setImmediate);
  }
  onProgress?.(1);
  return reached;
}

function reportOf(stream: OrderStream, baseline: RerunVenue, varied: RerunVenue, from: number, to: number): WhatIfReport {
  const both = (figure: (venue: RerunVenue) => number): Both => [figure(baseline), figure(varied)];
  const accounts = accountNumbers(baseline).map((account) => accountDifference(account, both));
  const sum = (figure: (tally: { trades: number; volume: number }) => number) =>
    both(({ tally }) => tally.instruments.reduce((total, each) => total + figure(each), 0));
  const [trades, volume] = [sum((tally) => tally.trades), sum((tally) => tally.volume)];
  const money = (figure: (venue: RerunVenue, account: number) => number): Both =>
    both((venue) => toDecimal(accountNumbers(venue).reduce((total, account) => total + figure(venue, account), 0)));
  return {
    from,
    to,
    stream: {
      orders: stream.orders,
      cancels: stream.cancels,
      amends: stream.amends,
      declined: stream.declined,
      not_noted: stream.notNoted,
    },
    fidelity: { decided_otherwise: stream.unfaithful, trades: [stream.trades, trades[0]], volume: [stream.volume, volume[0]] },
    totals: {
      trades,
      volume,
      fees: money(({ tally }, account) => tally.of(account).fees),
      margin: money(({ state }, account) => state.accounts.margin[account]),
    },
    orders: { accepted_now: stream.acceptedNow, refused_now: stream.refusedNow, refused_otherwise: stream.refusedOtherwise },
    instruments: [...baseline.state.instruments].map(({ instrument, instrumentId }) => ({
      instrument_id: instrumentId,
      trades: both(({ tally }) => tally.ofInstrument(instrument).trades),
      volume: both(({ tally }) => tally.ofInstrument(instrument).volume),
      average_price: both(({ tally }) => averageOf(tally.ofInstrument(instrument))),
      open_interest: both(({ state }) => state.market.openInterest[instrument]),
    })),
    accounts: accounts.filter(({ account_id: _id, ...figures }) => Object.values(figures).some(([before, now]) => before !== now)),
    decisions: stream.decisions,
  };
}

function accountDifference(account: number, both: (figure: (venue: RerunVenue) => number) => Both): AccountDifference {
  return {
    account_id: accountId(account),
    trades: both(({ tally }) => tally.of(account).trades),
    volume: both(({ tally }) => tally.of(account).volume),
    fees: both(({ tally }) => toDecimal(tally.of(account).fees)),
    profit: both(({ tally }) => toDecimal(tally.profit(account))),
    margin: both(({ state }) => toDecimal(state.accounts.margin[account])),
    available: both(({ state }) => toDecimal(state.ledger.available(account))),
  };
}

function accountNumbers({ state }: RerunVenue): number[] {
  return Array.from({ length: state.accounts.count }, (_, index) => index + 1);
}

function averageOf({ notional, volume }: { notional: number; volume: number }): number {
  return volume === 0 ? 0 : averagePrice(notional, volume);
}
