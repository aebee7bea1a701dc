/**
 * Reports of the private stream that left memory, for clients that come back: those of the trading day, and no longer.
 *
 *   reports/<account>/<sequence>   packed rows as ReportFold keeps them, oldest first; <sequence> is the watermark of the
 *                                  batch that wrote them
 *
 * They belong to the history batches (one writes both or neither) but are no history: a copy without them only means that
 * clients are told to start over.
 */
import type { Database, Operation } from './database.js';
import type { HistoryRows } from './history-store.js';
import { accountKey, afterPrefix, wideKey, wideKeyOf } from './keys.js';

const PREFIX = 'reports/';

/** What a batch does to the reports. */
export interface ReportBatch {
  rows: Iterable<HistoryRows>;
  /** The last event of the days before; what was written up to it goes. 0 when no day has ended since the last batch. */
  endedSequence: number;
}

export class ReportStore {
  constructor(private readonly database: Database) {}

  async operations({ rows, endedSequence }: ReportBatch, uptoSequence: number): Promise<Operation[]> {
    const operations: Operation[] = [];
    if (endedSequence > 0) {
      for (const key of await this.database.keys({ gte: PREFIX, lt: afterPrefix(PREFIX) })) {
        if (wideKeyOf(key) <= endedSequence) operations.push({ type: 'del', key });
      }
    }
    for (const { account, bytes } of rows) {
      operations.push({ type: 'put', key: prefixOf(account) + wideKey(uptoSequence), value: bytes });
    }
    return operations;
  }

  /** Rows of an account in pages, the newest page first; stop early at will. */
  async *pages(account: number): AsyncGenerator<DataView, void, void> {
    const prefix = prefixOf(account);
    for await (const [, value] of this.database.entries({ gte: prefix, lt: afterPrefix(prefix), reverse: true })) {
      yield new DataView(value.buffer, value.byteOffset, value.byteLength);
    }
  }
}

function prefixOf(account: number): string {
  return `${PREFIX}${accountKey(account)}/`;
}
