/** What the exchange, the thread that feeds the history, and the process of the history say to each other. */
import type { FactorDefinition } from '../core/market-data/factors/factor-set.js';
import type { QueryFault } from './query-error.js';
import type { HistoryQuery, QueryFormat } from './query-types.js';

export interface QueryOutcome {
  body: Uint8Array;
  rows: number;
  truncated: boolean;
}

export interface QueryFailure {
  fault: QueryFault;
  message: string;
  position?: number | undefined;
}

/** The thread to the process. Whatever comes later is done later. */
export type ToHistory =
  | { type: 'open'; folder: string; holidays: readonly number[]; factors: readonly FactorDefinition[] }
  /** Only when `opened` had no position: the state to begin with, none for the first event. */
  | { type: 'begin'; state: Uint8Array | undefined; crc: number }
  /** One behind the other. */
  | { type: 'blocks'; bytes: Uint8Array }
  | { type: 'query'; id: number; query: HistoryQuery; format: QueryFormat }
  | { type: 'cancel'; id: number }
  /** Bars that were over before this are finished, µs; then everything goes into files. */
  | { type: 'export'; timeUs: number };

export type FromHistory =
  | { type: 'opened'; exported: number; position: { sequence: number; crc: number } | undefined }
  | { type: 'folded'; sequence: number }
  | ({ type: 'answer'; id: number } & QueryOutcome)
  | ({ type: 'failure'; id: number } & QueryFailure)
  /** How far a query is, from 0 to 1. */
  | { type: 'progress'; id: number; share: number }
  | { type: 'exported'; sequence: number }
  /** The export failed and may be tried again. */
  | { type: 'notExported'; message: string };

/** The exchange to the thread. */
export type HistoryRequest =
  { type: 'query'; id: number; query: HistoryQuery; format: QueryFormat } | { type: 'cancel'; id: number } | { type: 'stop' };

export type HistoryReport =
  | ({ type: 'answer'; id: number } & QueryOutcome)
  | ({ type: 'failure'; id: number } & QueryFailure)
  | { type: 'progress'; id: number; share: number }
  /** Something of the history does not work; an empty message: it works again. */
  | { type: 'failed'; message: string };

export interface HistoryThreadData {
  dataDir: string;
  walStatus: SharedArrayBuffer;
  /** `HistoryStatus` */
  status: SharedArrayBuffer;
  holidays: readonly number[];
  /** Factors that the operator has named. */
  factors: readonly FactorDefinition[];
  /** With changes, an export at the latest after so long. */
  exportMs: number;
}
