/** What a data folder of a node that does not run says: how far it goes, and the hash of the state there. */
import { createHash } from 'node:crypto';
import { serializeState } from '../../src/core/state-codec.js';
import { recoverState } from '../../src/cli/recovered-state.js';
import { closeStorage, openStorage } from '../../src/storage/database.js';

export interface FolderState {
  readonly sequence: number;
  readonly epoch: number;
  readonly hash: string;
}

/** Reads every block of the folder's log behind its snapshot; throws when one does not follow the other. */
export async function stateOf(dataDir: string): Promise<FolderState> {
  const storage = await openStorage(dataDir);
  try {
    const { state, end } = await recoverState(storage, () => undefined);
    return { sequence: end.sequence, epoch: end.epoch, hash: createHash('sha256').update(serializeState(state)).digest('hex') };
  } finally {
    await closeStorage(storage);
  }
}
