/**
 * What kills and pauses do not show: a leader that is cut off, one that hears nothing, and the power gone from everything at
 * once. In a network of its own, so as a program of its own: `npm run cluster -- --faults ...`.
 */
import t from 'tap';
import { SKIP } from '../replication/support.js';
import { networkMissing } from './network.js';
import { nothingIsLost } from './program.js';

const TIMEOUT_MS = 240_000;
const FAULTS = 'cutLeader,deafLeader,powerCut';

t.test(
  'a cluster whose surroundings fail loses nothing',
  { skip: SKIP || (process.env['CI'] !== 'true' && networkMissing()) },
  async (t) => {
    t.setTimeout(TIMEOUT_MS);
    await nothingIsLost(t, ['--faults', FAULTS], ['leader cut off', 'leader hears nothing', 'power cut of all']);
  },
);
