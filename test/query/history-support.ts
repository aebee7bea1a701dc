/** A history of random trading days, and what a naive fold of the same events knows. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { AmendEntry, CancelEntry, EventHandler, OrderEntry, Trade } from '../../src/core/events.js';
import { HistoryEngine, type HistoryOptions, type HistoryPosition } from '../../src/query/history-engine.js';
import type { HistoryQuery } from '../../src/query/query-types.js';
import { readBlock, type LogBlock } from '../../src/storage/log-block.js';
import { EventDecoder } from '../../src/wire/event-decoder.js';
import { setSequence } from '../../src/wire/frame-header.js';
import { frameViews, HeaderAt } from '../../src/wire/frame-layout.js';
import { blocksOf } from '../storage/offline/recorded-folder.js';

/** When the venue of the tests opens. */
const BEGIN_US = 1_767_571_200_000_000;
const STEP_US = 200_000;

export function historyFolderFor(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'history [x] '));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'history');
}

export function blocksOfJournal(journal: readonly Uint8Array[], commands: number): LogBlock[] {
  return Array.from(blocksOf(journal, commands), ({ block }) => {
    const read = readBlock(block);
    if (typeof read === 'string') throw new Error(read);
    return read;
  });
}

/** The same events, a fifth of a second from one to the next. */
export function stretched(journal: readonly Uint8Array[]): Uint8Array[] {
  return journal.map((frame, index) => {
    const views = frameViews(Uint8Array.from(frame));
    views.doubles[HeaderAt.timeUs >> 3] = BEGIN_US + index * STEP_US;
    return views.bytes;
  });
}

/** Gives an engine the blocks that it has not had. */
export async function feed(engine: HistoryEngine, position: HistoryPosition | undefined, blocks: readonly LogBlock[]): Promise<void> {
  if (position === undefined) engine.begin(undefined, 0);
  for (const block of blocks) {
    if (block.lastSequence <= engine.sequence) continue;
    await engine.settled();
    engine.apply(block);
  }
}

export class OpenHistory {
  engine!: HistoryEngine;

  constructor(private readonly options: HistoryOptions) {}

  async open(blocks: readonly LogBlock[]): Promise<void> {
    const { engine, position } = await HistoryEngine.open(this.options);
    this.engine = engine;
    await feed(engine, position, blocks);
  }

  /** As a kill would: nothing is finished. */
  close(): void {
    this.engine.close();
  }

  async rows(query: HistoryQuery | string): Promise<unknown[][]> {
    return (await this.answer(query)).rows;
  }

  async answer(
    query: HistoryQuery | string,
  ): Promise<{ rows: unknown[][]; truncated: boolean; as_of: number; columns: { name: string }[] }> {
    const asked = typeof query === 'string' ? ({ kind: 'sql', sql: query } as const) : query;
    const { body } = await this.engine.query(asked, 'json', new AbortController().signal);
    return JSON.parse(Buffer.from(body).toString()) as {
      rows: unknown[][];
      truncated: boolean;
      as_of: number;
      columns: { name: string }[];
    };
  }
}

export interface NaiveTrade {
  trade_id: number;
  sequence: number;
  ts: number;
  instrument: number;
  price: number;
  volume: number;
  taker_side: string;
  buy_order_id: number;
  sell_order_id: number;
}

/** Written down event by event, without the fold. */
export class NaiveEvents implements EventHandler {
  readonly trades: NaiveTrade[] = [];
  readonly filled = new Map<number, number>();
  readonly kinds: Record<string, number> = {};

  constructor(journal: readonly Uint8Array[]) {
    const decoder = new EventDecoder(this);
    for (const [index, frame] of journal.entries()) {
      const views = frameViews(Uint8Array.from(frame));
      setSequence(views, 0, index + 1);
      decoder.decode(views, 0);
    }
  }

  orderAccepted(_event: OrderEntry): void {
    this.count('accepted');
  }
  orderRefused(_event: OrderEntry): void {
    this.count('refused');
  }
  trade({ stamp, instrument, price, volume, takerSide, buyOrderId, sellOrderId }: Trade): void {
    const { sequence, timeUs } = stamp;
    const taker = ['BUY', 'SELL', 'NONE'][takerSide];
    const orders = { buy_order_id: buyOrderId, sell_order_id: sellOrderId };
    this.trades.push({ trade_id: this.trades.length + 1, sequence, ts: timeUs, instrument, price, volume, taker_side: taker, ...orders });
    for (const order of [buyOrderId, sellOrderId]) this.filled.set(order, (this.filled.get(order) ?? 0) + volume);
  }
  orderCancelled(_event: CancelEntry): void {
    this.count('cancelled');
  }
  cancelRefused(_event: CancelEntry): void {
    this.count('cancel_refused');
  }
  orderAmended({ request }: AmendEntry): void {
    this.count(request === 0 ? 'rested' : 'amended');
  }
  amendRefused(_event: AmendEntry): void {
    this.count('amend_refused');
  }
  massCancelled(): void {}
  phaseChanged(): void {}
  orderDeclined(): void {
    this.count('declined');
  }
  rare(): void {}

  private count(kind: string): void {
    this.kinds[kind] = (this.kinds[kind] ?? 0) + 1;
  }
}
