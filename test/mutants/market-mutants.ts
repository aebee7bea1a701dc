/** Named faults of market data; see `mutants.ts`. */
import type { Mutant } from './mutants.js';

export const MARKET_MUTANTS: readonly Mutant[] = [
  {
    name: 'a bar takes the trade at its end',
    file: 'core/market-data/bar-fold',
    from: 'startUs > b[at + START]',
    to: 'startUs > b[at + START] + 60_000_000',
  },
  {
    name: 'bar numbers begin anew with every bar',
    file: 'core/market-data/bar-fold',
    from: 'b[at + STATE] === NONE ? 0 : b[at + BAR_NO] + 1',
    to: '0',
  },
  {
    name: 'the auction opens no bar',
    file: 'core/market-data/bar-fold',
    from: 'this.waiting.set(instrument, [print]);',
    to: '',
  },
  {
    name: 'turnover forgets the multiplier',
    file: 'core/market-data/market-fold',
    from: 'const amount = price * terms.multiplier * volume;',
    to: 'const amount = price * volume;',
  },
  {
    name: 'open interest counts every trade',
    file: 'core/market-data/market-fold',
    from: 'buyOpens !== this.orders.opens[sell] ? 0 : buyOpens === 1 ? volume : -volume',
    to: 'volume',
  },
  {
    name: 'md_seq skips what only trades',
    file: 'core/market-data/public-book',
    from: 'this.changeCount > 0 || this.hasTraded',
    to: 'this.changeCount > 1',
  },
  {
    name: 'a delta shows what left the level',
    file: 'cluster/market/market-teller',
    from: 'const volume = book.changeVolume[n];',
    to: 'const volume = book.changeOrders[n];',
  },
  {
    name: 'levels that come into the shown depth are forgotten',
    file: 'cluster/market/market-teller',
    from: 'if (bidsGone + asksGone === 0)',
    to: 'if (bidsGone + asksGone < 1e9)',
  },
  {
    name: 'changes are sent before the picture',
    file: 'front/websocket/market-queue',
    from: 'const kept = isStale ? withoutBook(batch) : batch;',
    to: 'const kept = batch;',
  },
  {
    name: 'given up books get no picture',
    file: 'front/websocket/market-queue',
    from: 'this.stale.set(instrument, false);',
    to: '',
  },
  {
    name: 'a worker that begins again tells everything twice',
    file: 'cluster/market/market-engine',
    from: 'if (this.isMuted)\n            return;\n        this.newest.changed(instrument, fold.printCount > 0);',
    to: 'this.newest.changed(instrument, fold.printCount > 0);',
  },
  {
    name: 'a checkpoint forgets the orders',
    file: 'core/market-data/market-checkpoint',
    from: 'const slots = [...orders];',
    to: 'const slots = [];',
  },
  {
    name: 'a factor counts a bar that is told again twice',
    file: 'core/market-data/factors/factor-board',
    from: 'state.set(entry.before);',
    to: '',
  },
  {
    name: 'bars are filled in outside of trading hours',
    file: 'core/market-data/session-slots',
    from: 'isAlwaysOpen(template) ? { fromUs: from, toUs: beforeUs }',
    to: 'isAlwaysOpen(template) || true ? { fromUs: from, toUs: beforeUs }',
  },
];
