/**
 * The history at work: blocks of the log in, rows out, files now and then, answers to queries. It knows nothing of where blocks
 * come from; the process beside the exchange and the command on a data folder both use it.
 */
import type { FactorDefinition } from '../core/market-data/factors/factor-set.js';
import { reasonOf, StorageError } from '../storage/storage-error.js';
import type { LogBlock } from '../storage/log-block.js';
import { Exporter } from './exporter.js';
import { HistoryDatabase, type DatabaseLimits } from './history-database.js';
import { HistoryFold } from './history-fold.js';
import { QueryRunner, type FileFormat, type OnProgress, type QueryAnswer, type QueryLimits } from './query-runner.js';
import type { HistoryQuery, QueryFormat } from './query-types.js';

/** Rows that wait in the fold at most before DuckDB takes them, when nothing is exported. */
const SHOWN_ROWS = 60_000;

export interface HistoryOptions {
  folder: string;
  holidays: readonly number[];
  /** Factors that the operator has named; as in the last export when left out. */
  factors?: readonly FactorDefinition[];
  /** Nothing is written: somebody else exports. */
  isReader?: boolean;
  /** Asked before files are made known. */
  mayPublish?: () => boolean;
  database?: DatabaseLimits;
  /** Files of answers may be written there, too. */
  outFolder?: string;
  queries?: QueryLimits;
}

/** Where the fold stands. */
export interface HistoryPosition {
  sequence: number;
  /** CRC of the block that ends there, 0 when it is not known. */
  crc: number;
}

export class HistoryEngine {
  private readonly runner: QueryRunner;
  /** Last event whose rows can be seen, and how many rows had been made by then. */
  private shown = -1;
  private rowsShown = 0;
  private showing: Promise<void> = Promise.resolve();
  private beginsBehind = 0;

  private constructor(
    private readonly fold: HistoryFold,
    private readonly exporter: Exporter,
    private readonly database: HistoryDatabase,
    queries: QueryLimits | undefined,
    private readonly isReader: boolean,
  ) {
    this.runner = new QueryRunner(database, queries);
  }

  /** Undefined position: there is nothing to go on from, `begin` comes next. Throws StorageError. */
  static async open(options: HistoryOptions): Promise<{ engine: HistoryEngine; position: HistoryPosition | undefined }> {
    const fold = new HistoryFold(options.holidays, options.factors);
    const exporter = new Exporter(options.folder, options.isReader, options.mayPublish);
    const isRestored = restore(fold, exporter);
    const database = await HistoryDatabase.open(options.folder, exporter.files, options.database, options.outFolder, options.isReader);
    const engine = new HistoryEngine(fold, exporter, database, options.queries, options.isReader === true);
    return { engine, position: isRestored ? { sequence: fold.sequence, crc: fold.crc } : undefined };
  }

  /** Last event in the files. */
  get exported(): number {
    return this.exporter.sequence;
  }

  get sequence(): number {
    return this.fold.sequence;
  }

  /**
   * Begins behind a snapshot of the exchange, or with the first event without one. It must not lie behind what is exported
   * already: what the files hold is folded and forgotten.
   */
  begin(state: Uint8Array | undefined, crc: number): void {
    if (state !== undefined) this.fold.begin(state, crc);
    this.beginsBehind = this.fold.sequence;
    if (this.exported === 0) return;
    if (this.fold.sequence > this.exported) {
      const message = `The history ends at event ${this.exported}, and the log no longer reaches back to it.`;
      throw new StorageError('CORRUPT', message, this.exported + 1);
    }
    this.fold.dropRows();
  }

  apply(block: LogBlock): void {
    this.fold.apply(block);
    if (block.lastSequence <= this.exported) this.fold.dropRows();
    else if (this.isReader && this.fold.rowCount >= SHOWN_ROWS) void this.show();
  }

  /** Resolves when the fold may go on: the database takes what it has made. Throws what that threw. */
  async settled(): Promise<void> {
    await this.showing;
  }

  /** No event before this time is to be expected any more, µs: bars that are over are finished. */
  pass(timeUs: number): void {
    this.fold.pass(timeUs);
  }

  /** What has been applied is seen by the query. Throws QueryError. */
  async query(query: HistoryQuery, format: QueryFormat, signal: AbortSignal, onProgress?: OnProgress): Promise<QueryAnswer> {
    await this.show();
    return await this.runner.run(query, format, signal, onProgress);
  }

  /** The same as a file in a folder that was named when this was opened. */
  async save(query: HistoryQuery, path: string, format: FileFormat, signal: AbortSignal, onProgress?: OnProgress): Promise<number> {
    await this.show();
    return await this.runner.save(query, path, format, signal, onProgress);
  }

  /** Writes everything that has been applied to files. Throws StorageError WRITE_FAILED; then everything is as before. */
  async export(): Promise<void> {
    // all of one moment: rows, place and checkpoint
    const { sequence, rows } = this.fold;
    if (sequence === this.exported) return;
    const checkpoint = this.fold.save();
    const openDay = this.fold.state.tradingDay;
    const generation = this.database.freeze(rows);
    const names = this.fold.instrumentNames();
    const cut = { generation, sequence, checkpoint, beginsBehind: this.beginsBehind, openDay, names };
    try {
      await this.exporter.export(this.database, rows, cut);
    } catch (error) {
      throw new StorageError('WRITE_FAILED', `The history could not be written: ${reasonOf(error)}.`, undefined, error);
    }
  }

  close(): void {
    this.exporter.close();
    this.database.close();
  }

  private show(): Promise<void> {
    const { rows, sequence } = this.fold;
    if (sequence !== this.shown || this.fold.rowsMade !== this.rowsShown) {
      this.shown = sequence;
      this.rowsShown = this.fold.rowsMade;
      this.showing = this.database.show(rows, this.fold.instrumentNames(), sequence);
      // whoever awaits it hears of a failure; until then nobody may
      this.showing.catch(() => undefined);
    }
    return this.showing;
  }
}

/** From the last export; false when there is none, or none that can be used: then the log is folded again. */
function restore(fold: HistoryFold, exporter: Exporter): boolean {
  try {
    const checkpoint = exporter.checkpoint();
    return checkpoint !== undefined && fold.restore(checkpoint);
  } catch (error) {
    if (error instanceof StorageError) return false;
    throw error;
  }
}
