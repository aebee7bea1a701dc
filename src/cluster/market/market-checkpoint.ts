/** All that the engine of the market worker knows, to be put aside and taken up again. */
import { foldFromState, restoreFold, saveFold, type FoldCheckpoint } from '../../core/market-data/market-checkpoint.js';
import { restoreState } from '../../core/state-codec.js';
import type { MarketEngine } from './market-engine.js';

const VERSION = 1;

export interface MarketCheckpoint {
  version: number;
  sequence: number;
  fold: FoldCheckpoint;
  factors: ReturnType<MarketEngine['factors']['save']>;
  snapshots: ReturnType<MarketEngine['snapshots']['save']>;
}

/** Between two commands only. */
export function saveEngine({ fold, factors, snapshots }: MarketEngine): MarketCheckpoint {
  return { version: VERSION, sequence: fold.sequence, fold: saveFold(fold), factors: factors.save(), snapshots: snapshots.save() };
}

/** Fills an engine that has seen nothing; false, and nothing is changed, for a checkpoint of another version. */
export function restoreEngine(engine: MarketEngine, checkpoint: unknown): boolean {
  const { version, fold, factors, snapshots } = checkpoint as MarketCheckpoint;
  if (version !== VERSION) return false;
  restoreFold(engine.fold, fold);
  engine.factors.restore(factors);
  engine.snapshots.restore(snapshots);
  engine.begun();
  return true;
}

/** The same with a state of the exchange: bars and factors begin with it. */
export function beginEngine(engine: MarketEngine, state: Uint8Array): void {
  foldFromState(engine.fold, restoreState(state));
  for (const instrument of engine.fold.instruments) engine.simulatePast(instrument);
  engine.begun();
}
