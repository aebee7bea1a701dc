/** Recorded order streams: JSON Lines of the conformance kit, or CSV in the layout of LOBSTER message files. */

/** Prices in ticks from the first price of the file, so that any recording fits any instrument. */
export type StreamStep =
  | { op: 'new'; atMs: number; id: number; side: 'BUY' | 'SELL'; ticks: number; volume: number; isImmediate: boolean }
  | { op: 'reduce'; id: number; atMs: number; by: number }
  | { op: 'amend'; id: number; atMs: number; open: number }
  | { op: 'cancel'; id: number; atMs: number }
  /** A recorded execution: somebody took so many lots from that side's opposite. */
  | { op: 'take'; atMs: number; side: 'BUY' | 'SELL'; ticks: number; volume: number };

export interface Recorded {
  steps: StreamStep[];
  /** Lines that say nothing to an order book. */
  skipped: number;
}

/** LOBSTER prices are 1/10000 of a dollar on a tick of a cent. */
const LOBSTER_TICK = 100;

/** time, type, order id, size, price, direction: types 1 new, 2 reduced, 3 deleted, 4 executed; 5 to 7 are of no book. */
export function readLobster(text: string): Recorded {
  const recorded: Recorded = { steps: [], skipped: 0 };
  let first: number | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const [seconds, type, id, volume, price, direction] = line.split(',').map(Number);
    if ([seconds, type, id, volume, price, direction].some((value) => !Number.isFinite(value))) {
      throw new Error(`line ${index + 1} is no LOBSTER message: ${line.slice(0, 60)}`);
    }
    if (type < 1 || type > 4) {
      recorded.skipped++;
      continue;
    }
    first ??= price;
    const [atMs, ticks] = [seconds * 1000, Math.round((price - first) / LOBSTER_TICK)];
    const side = direction === 1 ? 'BUY' : 'SELL';
    if (type === 1) recorded.steps.push({ op: 'new', atMs, id, side, ticks, volume, isImmediate: false });
    else if (type === 2) recorded.steps.push({ op: 'reduce', atMs, id, by: volume });
    else if (type === 3) recorded.steps.push({ op: 'cancel', atMs, id });
    else recorded.steps.push({ op: 'take', atMs, side: side === 'BUY' ? 'SELL' : 'BUY', ticks, volume });
  }
  return recorded;
}

interface JsonStep {
  op?: string;
  id?: number;
  side?: string;
  price?: number;
  qty?: number;
  tif?: string;
}

/** Lines without times: `stepMs` apart. Market orders, and what is no step, are skipped. */
export function readJsonLines(text: string, stepMs: number): Recorded {
  const recorded: Recorded = { steps: [], skipped: 0 };
  let first: number | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const parsed = JSON.parse(line) as JsonStep & { step?: JsonStep };
    const { op, id = 0, side, price, qty = 0, tif } = parsed.step ?? parsed;
    const atMs = index * stepMs;
    if (op === 'limit' && price !== undefined) {
      first ??= price;
      const isImmediate = tif === 'IOC' || tif === 'FOK';
      recorded.steps.push({ op: 'new', atMs, id, side: side === 'sell' ? 'SELL' : 'BUY', ticks: price - first, volume: qty, isImmediate });
    } else if (op === 'cancel') recorded.steps.push({ op, atMs, id });
    else if (op === 'amend' && qty > 0) recorded.steps.push({ op, atMs, id, open: qty });
    else recorded.skipped++;
  }
  return recorded;
}
