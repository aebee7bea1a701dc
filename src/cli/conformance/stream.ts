/** Replays a stream, JSON Lines of steps with what each must cause, through one book. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { CaseBook } from './case-book.js';
import { CaseError, CaseFileError, isRecord, readStep, readTrade, type CaseTrade, type Step } from './case-file.js';
import { PriceMap } from './price-map.js';
import { pricesOf } from './run-case.js';

/** Prices that stand for an empty side. */
const NO_ASK = 9_999_999_999;
const NO_BID = -9_999_999_999;
/** Lines that are read ahead of executing them, so that only executing is timed. */
const CHUNK = 4096;

type BestPrices = [askPrice: number, askQty: number, bidPrice: number, bidQty: number];

interface StreamLine {
  number: number;
  step: Step;
  trades: CaseTrade[];
  bbo: BestPrices;
}

export interface StreamResult {
  file: string;
  ok: boolean;
  lines: number;
  /** Lines that differ. */
  different: number;
  firstDifference?: string;
  /** Reading the file left out. */
  stepsPerSecond: number;
}

/** Throws CaseFileError when a line is none of a stream. */
export async function runStream(file: string): Promise<StreamResult> {
  // A book has one band, so all prices must be known before the first step.
  const prices = new Set<number>();
  for await (const { step } of linesOf(file)) for (const price of pricesOf([step], false)) prices.add(price);
  const book = new CaseBook({ prices: priceMapOf(file, prices) });
  const result: StreamResult = { file, ok: true, lines: 0, different: 0, stepsPerSecond: 0 };
  let elapsedMs = 0;
  let chunk: StreamLine[] = [];
  const replay = (): void => {
    const start = performance.now();
    for (const line of chunk) replayLine(book, line, result);
    elapsedMs += performance.now() - start;
    chunk = [];
  };
  for await (const line of linesOf(file)) {
    if (chunk.push(line) === CHUNK) replay();
  }
  replay();
  if (result.lines === 0) throw new CaseFileError(`${file} has no line.`);
  result.stepsPerSecond = Math.round((result.lines / elapsedMs) * 1000);
  return result;
}

function priceMapOf(file: string, prices: Iterable<number>): PriceMap {
  try {
    return new PriceMap(prices, true);
  } catch (error) {
    throw error instanceof CaseError ? new CaseFileError(`${file}: ${error.message}.`) : error;
  }
}

function replayLine(book: CaseBook, { number, step, trades, bbo }: StreamLine, result: StreamResult): void {
  book.clear();
  book.step(step);
  result.lines++;
  const [ask, bid] = [book.depth('sell', 1)[0] ?? [NO_ASK, 0], book.depth('buy', 1)[0] ?? [NO_BID, 0]];
  const sameBest = ask[0] === bbo[0] && ask[1] === bbo[1] && bid[0] === bbo[2] && bid[1] === bbo[3];
  if (sameBest && sameTrades(book.trades, trades)) return;
  result.ok = false;
  if (result.different++ > 0) return;
  const got = { trades: book.trades, bbo: [...ask, ...bid] };
  result.firstDifference = `line ${number}: expected ${JSON.stringify({ trades, bbo })}, got ${JSON.stringify(got)}`;
}

function sameTrades(ours: readonly CaseTrade[], theirs: readonly CaseTrade[]): boolean {
  if (ours.length !== theirs.length) return false;
  return ours.every((trade, index) => {
    const other = theirs[index];
    return trade.maker === other.maker && trade.taker === other.taker && trade.price === other.price && trade.qty === other.qty;
  });
}

async function* linesOf(file: string): AsyncGenerator<StreamLine> {
  const input = createReadStream(file, 'utf8');
  let number = 0;
  try {
    for await (const text of createInterface({ input, crlfDelay: Infinity })) {
      number++;
      if (text.trim() !== '') yield readLine(file, number, text);
    }
  } finally {
    input.destroy();
  }
}

function readLine(file: string, number: number, text: string): StreamLine {
  try {
    const line: unknown = JSON.parse(text);
    if (!isRecord(line)) throw new CaseError('it is not an object');
    const { trades, bbo } = line;
    if (!Array.isArray(trades)) throw new CaseError('trades is not a list');
    if (!Array.isArray(bbo) || bbo.length !== 4 || !bbo.every(Number.isSafeInteger)) throw new CaseError('bbo is not four whole numbers');
    return {
      number,
      step: readStep(line['step'], 'step'),
      trades: trades.map((trade: unknown) => readTrade(trade, 'a trade')),
      bbo: bbo as BestPrices,
    };
  } catch (error) {
    throw new CaseFileError(`${file}, line ${number} is not a line of a stream: ${(error as Error).message}.`);
  }
}
