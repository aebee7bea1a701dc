/** All that the engine of the market worker knows, to be put aside and taken up again. */
import { foldFromState, restoreFold, saveFold, type FoldCheckpoint } from '../../core/market-data/market-checkpoint.js';
import { restoreState } from '../../core/state-codec.js';
import type { SavedFactors } from '../../core/market-data/factors/factor-board.js';
import type { MarketEngine } from './market-engine.js';

const VERSION = 2;
/** Before there were expressions. */
const STANDARD_FACTORS_VERSION = 1;

export interface MarketCheckpoint {
  version: number;
  sequence: number;
  fold: FoldCheckpoint;
  factors: SavedFactors;
  snapshots: ReturnType<MarketEngine['snapshots']['save']>;
}

/** Between two commands only. */
export function saveEngine({ fold, factors, snapshots }: MarketEngine): MarketCheckpoint {
  return { version: VERSION, sequence: fold.sequence, fold: saveFold(fold), factors: factors.save(), snapshots: snapshots.save() };
}

/** Fills an engine that has seen nothing; false, and nothing is changed, for a checkpoint of another version. */
export function restoreEngine(engine: MarketEngine, checkpoint: unknown): boolean {
  const { version, fold, snapshots } = checkpoint as MarketCheckpoint;
  if (version !== VERSION && version !== STANDARD_FACTORS_VERSION) return false;
  restoreFold(engine.fold, fold);
  engine.factors.restore(savedFactors(checkpoint as MarketCheckpoint));
  engine.snapshots.restore(snapshots);
  engine.begun();
  return true;
}

export function savedFactors({ version, factors }: MarketCheckpoint): SavedFactors {
  if (version === VERSION) return factors;
  return { definitions: [], keys: [], entries: factors as unknown as SavedFactors['entries'] };
}

/** The same with a state of the exchange: bars and factors begin with it. */
export function beginEngine(engine: MarketEngine, state: Uint8Array): void {
  foldFromState(engine.fold, restoreState(state));
  for (const instrument of engine.fold.instruments) engine.simulatePast(instrument);
  engine.begun();
}
