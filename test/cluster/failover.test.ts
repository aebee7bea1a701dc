/**
 * Real nodes over real members of etcd, which all speak TLS and know each other by certificates: what is lost when a leader dies,
 * etcd itself is away, or a node comes back with an empty folder. Nothing. How soon another node leads is measured elsewhere.
 */
import t from 'tap';
import { opensslMissing } from '../../src/cli/support/authority.js';
import { SKIP } from '../replication/support.js';
import { nothingIsLost } from './program.js';

const TIMEOUT_MS = 240_000;

t.test('a cluster loses nothing', { skip: SKIP || (process.env['CI'] !== 'true' && opensslMissing()) }, async (t) => {
  t.setTimeout(TIMEOUT_MS);
  const names = ['leader killed', 'two members of etcd killed', 'a standby lost its folder'];
  await nothingIsLost(t, ['--tls', '--faults', 'killLeader,killMajority,wipeStandby'], names);
});
