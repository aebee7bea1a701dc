/** `qaexchange replay DATA_DIR`: the state at any event, and what would have become of the orders under other rules. */
import { stateHash, replayState } from '../../storage/offline/state-replay.js';
import { viewFolder } from '../../storage/offline/folder-view.js';
import type { ExchangeState } from '../../core/state.js';
import { accountView } from '../../front/views/account-view.js';
import { parseAccountId } from '../../front/views/ids.js';
import { positionViews } from '../../front/views/position-view.js';
import type { Storage } from '../../storage/database.js';
import { UsageError, type Flags } from '../args.js';
import { bookOf, ordersOf, printAccounts, printBook, printOrders, printPositions, venueOf } from './state-views.js';
import { positional, runTool, sequenceFlag, type Output, type Tool } from './tool.js';
import { parseVariation } from './what-if/variation.js';
import { whatIf } from './what-if/what-if.js';
import { printWhatIf, whatIfJson } from './what-if-report.js';

const HELP = `qaexchange replay: the state of the exchange at any event of its log, also while an exchange runs on the folder

Usage: npm run replay -- DATA_DIR [--to S] [--hash] [--account ACC_...] [--book INSTRUMENT] [--json]
       npm run replay -- DATA_DIR --what-if CHANGE [--what-if CHANGE] [--instrument I] [--from S] [--to S] [--json]

The state is folded from the nearest snapshot at or below S, or from the first event where the log goes back that far.

  --to S             the last event to apply (default: the end of the log)
  --hash             print only the canonical hash: equal states have equal hashes
  --account ID       the account, its positions and live orders at that event
  --book INSTRUMENT  the order book at that event

What if: the same orders, cancels and amends, those that the front had refused among them, go once more through the real
gate, books and ledger, twice: with the rules as they were, and with a change. The report compares both runs.

  --what-if fee=x2          all fees times two; fee=0.0001 is a rate of the amount, without fees by lot
  --what-if margin=x1.5     margins times 1.5; margin=0.2 is 20 % of the amount
  --what-if stp=MODE        self-trade prevention of every order: REJECT, CANCEL_INCOMING, CANCEL_RESTING, CANCEL_BOTH, DECREMENT, OFF
  --what-if price-rule=cn   trade price, auctions and self-trade groups of the domestic rules; sim for those of the simulation
  --instrument ID           only this instrument is changed; may be given several times
  --from S                  begin behind this event (default: the earliest place that there is)

Deposits, listings, phases, settlements and forced liquidations happen as they did; conditional orders come when they
came. What clients would have done otherwise nobody knows. Refused orders are in the log unless LOG_REFUSED was off.

  --json   JSON instead of text
  --help   this text

Examples:
  npm run replay -- ./data --hash
  npm run replay -- ./data --to 52017 --account ACC_0000000001
  npm run replay -- ./data --to 52017 --book CFFEX.IF
  npm run replay -- ./data --what-if margin=x1.5 --instrument CFFEX.IF
`;

export function replay(args: readonly string[]): Promise<number> {
  return runTool(TOOL, args);
}

const TOOL: Tool = {
  help: HELP,
  flags: { to: 'string', from: 'string', hash: 'boolean', account: 'string', book: 'string', 'what-if': 'list', instrument: 'list' },
  async run(flags, out) {
    const dataDir = positional(flags, 0, 'DATA_DIR');
    const isWhatIf = flags.list('what-if').length > 0;
    if (!isWhatIf && (flags.has('from') || flags.list('instrument').length > 0))
      throw new UsageError('--from and --instrument go with --what-if.');
    const variation = parseVariation(flags.list('what-if'));
    const view = await viewFolder(dataDir);
    try {
      return isWhatIf ? await runWhatIf(view.storage, variation, flags, out) : await showState(view.storage, flags, out);
    } finally {
      await view.close();
    }
  },
};

async function showState(storage: Storage, flags: Flags, out: Output): Promise<number> {
  const bar = out.progress('replaying');
  const to = flags.has('to') ? { to: sequenceFlag(flags, 'to', 0) } : {};
  const { state, from, events } = await replayState(storage, { ...to, onProgress: (share) => bar.update(share) });
  bar.done();
  const hash = stateHash(state);
  if (flags.has('hash')) {
    out.show({ sequence: state.sequence, state_hash: hash }, () => out.text(hash));
    return 0;
  }
  const parts = partsOf(state, flags);
  const shown = { ...venueOf(state), state_hash: hash, replayed: { from, events }, ...parts };
  out.show(shown, () => {
    out.title(`State at event ${state.sequence}`);
    out.pairs([
      ['folded', `${events} events behind ${from === 0 ? 'the beginning' : `snapshot ${from}`}`],
      ['hash', hash],
      ...Object.entries(venueOf(state)),
    ]);
    if (parts.account !== undefined) printAccounts([parts.account], out);
    if (parts.positions !== undefined) printPositions(parts.positions, out);
    if (parts.orders !== undefined) printOrders(parts.orders, out);
    if (parts.book !== undefined) printBook(parts.book, out);
  });
  return 0;
}

function partsOf(state: ExchangeState, flags: Flags) {
  const parts: {
    account?: ReturnType<typeof accountView>;
    positions?: ReturnType<typeof positionViews>;
    orders?: ReturnType<typeof ordersOf>;
    book?: ReturnType<typeof bookOf>;
  } = {};
  if (flags.has('account')) {
    const id = flags.string('account', '');
    const account = parseAccountId(id);
    if (!state.accounts.has(account)) throw new UsageError(`There is no account '${id}' at event ${state.sequence}.`);
    parts.account = accountView(state, account);
    parts.positions = positionViews(state, account);
    parts.orders = ordersOf(state, account);
  }
  if (flags.has('book')) parts.book = bookOf(state, instrumentOf(state, flags.string('book', '')));
  return parts;
}

function instrumentOf(state: ExchangeState, id: string): number {
  const found = state.instruments.find(id);
  if (found !== undefined) return found.instrument;
  const known = [...state.instruments].map(({ instrumentId }) => instrumentId).join(', ');
  throw new UsageError(`There is no instrument '${id}' at event ${state.sequence}; there are ${known === '' ? 'none' : known}.`);
}

async function runWhatIf(storage: Storage, variation: ReturnType<typeof parseVariation>, flags: Flags, out: Output): Promise<number> {
  const instruments = flags.list('instrument');
  const bar = out.progress('running the orders again');
  const { report, baseline } = await whatIf(storage, {
    variation,
    ...(instruments.length > 0 ? { instruments: new Set(instruments) } : {}),
    ...(flags.has('from') ? { from: sequenceFlag(flags, 'from', 0) } : {}),
    ...(flags.has('to') ? { to: sequenceFlag(flags, 'to', 0) } : {}),
    onProgress: (share) => bar.update(share),
  });
  bar.done();
  for (const id of instruments) instrumentOf(baseline.state, id);
  const name = (instrument: number): string => baseline.state.instruments.get(instrument).instrumentId;
  const changes = flags.list('what-if');
  out.show(whatIfJson(report, changes, name), () => printWhatIf(report, changes, name, out));
  return 0;
}
