/**
 * Reports of the private stream that were sent already, for sessions that come back: what finished lately from memory, the
 * rest of the trading day from the tables (storage/report-store.ts).
 */
import { REPORT_AT, REPORT_STRIDE, type ReportFold } from '../storage/report-fold.js';
import type { ReportStore } from '../storage/report-store.js';
import { OrderReportAt } from '../wire/session-layout.js';

/** Reports that are sent again at most: a client that missed more starts over. */
export const REPLAY_MAX = 100_000;

/** A kept report: a frame of the binary protocol at `at` in `view`. */
export interface KeptReport {
  readonly view: DataView;
  readonly at: number;
}

export function reportSeqOf({ view, at }: KeptReport): number {
  return view.getFloat64(at + OrderReportAt.reportSeq, true);
}

export class ReportLog {
  constructor(
    readonly fold: ReportFold,
    private readonly store: Pick<ReportStore, 'pages'>,
    /** Every report up to this event is in the tables. */
    private readonly watermark: () => number,
  ) {}

  /** Forgets what has reached the tables. */
  dropStored(): void {
    this.fold.journal.dropUpTo(this.watermark());
  }

  /**
   * The reports of an account behind number `after`, oldest first and without a gap up to the newest; undefined when memory
   * does not hold them all.
   */
  recentSince(account: number, after: number, last: number): KeptReport[] | undefined {
    const found: KeptReport[] = [];
    if (after === last) return found;
    this.fold.journal.visit(account, (view, record) => {
      const report = { view, at: record + REPORT_AT };
      if (reportSeqOf(report) <= after) return false;
      found.push(report);
      return true;
    });
    return found.length === last - after ? found.reverse() : undefined;
  }

  /** As `recentSince`, from memory and tables; what happens meanwhile may be missing at the end. Undefined when the tables lack some too. */
  async since(account: number, after: number, last: number): Promise<KeptReport[] | undefined> {
    if (after > last || last - after > REPLAY_MAX) return undefined;
    const found = new Map<number, KeptReport>();
    this.fold.journal.visit(account, (view, record) => keep(found, after, { view, at: record + REPORT_AT }));
    if (!found.has(after + 1)) {
      for await (const page of this.store.pages(account)) {
        for (let record = page.byteLength - REPORT_STRIDE; record >= 0; record -= REPORT_STRIDE) {
          keep(found, after, { view: page, at: record + REPORT_AT });
        }
        if (found.has(after + 1)) break;
      }
    }
    const reports: KeptReport[] = [];
    for (let number = after + 1; number <= last; number++) {
      const report = found.get(number);
      if (report === undefined) return undefined;
      reports.push(report);
    }
    return reports;
  }
}

/** False when the report, and so every older one, is not wanted. */
function keep(found: Map<number, KeptReport>, after: number, report: KeptReport): boolean {
  const number = reportSeqOf(report);
  if (number <= after) return false;
  found.set(number, report);
  return true;
}
