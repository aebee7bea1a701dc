/**
 * Pages of fund records, newest first, of one account or of the whole market. Ids are given in the order of time and
 * without gaps, so that a range of days is a range of ids, and what is not shown is read only where it must be counted.
 */
import type { FundRecord } from '../core/observer.js';
import type { ExchangeState } from '../core/state.js';
import type { HistoryQueries } from './history.js';
import { firstIdFrom } from './id-at-time.js';

/** Stands for all accounts. */
export const VENUE = 0;

export interface FundQuery {
  /** Or VENUE. */
  readonly account: number;
  /** `FundKind`; undefined for all. */
  readonly kind?: number | undefined;
  /** Bank transfers only. */
  readonly transfersOnly?: boolean;
  /** µs; from the first to before the second. */
  readonly fromUs: number;
  readonly behindUs: number;
}

export interface FundPage {
  readonly records: FundRecord[];
  readonly total: number;
}

export class FundHistory {
  constructor(
    private readonly state: ExchangeState,
    private readonly history: Pick<HistoryQueries, 'documents' | 'document'>,
  ) {}

  /** `count` records behind the first `skip`, and how many fit in all. */
  async page(query: FundQuery, skip: number, count: number): Promise<FundPage> {
    const idMin = await this.firstFrom(query.fromUs);
    const idMax = (await this.firstFrom(query.behindUs)) - 1;
    const isPlain = query.kind === undefined && query.transfersOnly !== true;
    if (query.account === VENUE && isPlain) return this.range(Math.max(idMin, idMax - skip - count + 1), idMax - skip, idMax - idMin + 1);
    const coversAll = idMin === 1 && idMax === this.state.fundCount;
    const known = coversAll ? this.knownTotal(query, isPlain) : undefined;
    const records: FundRecord[] = [];
    let total = 0;
    for await (const record of this.history.documents<FundRecord>('funds', query.account, idMin, idMax)) {
      if (query.kind !== undefined && record.kind !== query.kind) continue;
      if (query.transfersOnly === true && record.bank === '') continue;
      total++;
      if (total > skip && records.length < count) records.push(record);
      if (known !== undefined && (records.length === count || total === known)) break;
    }
    return { records, total: known ?? total };
  }

  /** The newest ones, `count` at most; what is older is neither read nor counted. */
  async newest(query: FundQuery, count: number): Promise<FundRecord[]> {
    const idMin = await this.firstFrom(query.fromUs);
    const idMax = (await this.firstFrom(query.behindUs)) - 1;
    const records: FundRecord[] = [];
    for await (const record of this.history.documents<FundRecord>('funds', query.account, idMin, idMax)) {
      if (records.push(record) === count) break;
    }
    return records;
  }

  private async range(idMin: number, idMax: number, total: number): Promise<FundPage> {
    const records: FundRecord[] = [];
    if (idMax < idMin) return { records, total };
    for await (const record of this.history.documents<FundRecord>('funds', VENUE, idMin, idMax)) records.push(record);
    return { records, total };
  }

  /** How many records fit, where that is counted anyway. */
  private knownTotal(query: FundQuery, isPlain: boolean): number | undefined {
    if (isPlain) return this.state.accounts.fundCount[query.account];
    return query.account === VENUE && query.transfersOnly !== true ? this.state.fundCounts[query.kind!] : undefined;
  }

  /** The id of the first record at `timeUs` or later; one more than the last id when there is none. */
  private firstFrom(timeUs: number): Promise<number> {
    const { fundCount, timeUs: stateTimeUs } = this.state;
    return firstIdFrom(timeUs, fundCount, stateTimeUs, async (id) => (await this.history.document<FundRecord>('funds', VENUE, id))?.timeUs);
  }
}
