/** What a snapshot holds. */
import { restoreState } from '../../core/state-codec.js';
import { viewFolder } from '../../storage/offline/folder-view.js';
import { SnapshotStore, type LoadedSnapshot } from '../../storage/snapshot-store.js';
import { UsageError } from '../args.js';
import {
  accountsOf,
  conditionalsOf,
  instrumentsOf,
  ordersOf,
  positionsOf,
  printAccounts,
  printOrders,
  printPositions,
  usersOf,
  venueOf,
} from './state-views.js';
import { sequenceOf, timeOf, type Output } from './tool.js';

export async function inspectSnapshot(dataDir: string, text: string, out: Output): Promise<number> {
  const sequence = sequenceOf(text, 'SEQUENCE');
  const view = await viewFolder(dataDir);
  try {
    const store = new SnapshotStore(view.storage.store);
    const sequences = await store.sequences();
    if (!sequences.includes(sequence))
      throw new UsageError(`There is no snapshot ${sequence}; there are ${sequences.length === 0 ? 'none' : sequences.join(', ')}.`);
    const loaded = await store.load(sequence);
    if (typeof loaded === 'string') throw new UsageError(`Snapshot ${sequence} cannot be used: ${loaded}.`);
    const contents = contentsOf(loaded);
    out.show(contents, () => print(contents, out));
    return 0;
  } finally {
    await view.close();
  }
}

type Contents = ReturnType<typeof contentsOf>;

function contentsOf({ bytes, manifest }: LoadedSnapshot) {
  const state = restoreState(bytes);
  const { sequence, sha256, timeUs, epoch } = manifest;
  return {
    snapshot: { sequence, bytes: manifest.bytes, sha256, taken: timeOf(timeUs), epoch },
    venue: venueOf(state),
    users: usersOf(state),
    instruments: instrumentsOf(state),
    accounts: accountsOf(state),
    positions: positionsOf(state),
    orders: ordersOf(state),
    conditionals: conditionalsOf(state),
  };
}

function print(contents: Contents, out: Output): void {
  const { snapshot, venue, users, instruments, accounts, positions, orders, conditionals } = contents;
  out.title(`Snapshot ${snapshot.sequence}`);
  out.pairs([['taken', snapshot.taken], ['bytes', snapshot.bytes], ['content hash', snapshot.sha256], ...Object.entries(venue)]);
  out.title('Users');
  out.table(
    ['user', 'name', 'roles', 'status', 'accounts'],
    users.map((user) => [user.user_id, user.username, user.roles.join(', '), user.status, user.accounts.join(', ')]),
  );
  out.title('Instruments');
  out.table(
    ['instrument', 'phase', 'status', 'pre-settlement', 'last', 'lower limit', 'upper limit', 'volume', 'open interest'],
    instruments.map((i) => [
      ...[i.instrument_id, i.phase, i.status, i.pre_settlement, i.last_price],
      ...[i.lower_limit, i.upper_limit, i.volume, i.open_interest],
    ]),
  );
  printAccounts(accounts, out);
  printPositions(positions, out);
  printOrders(orders, out);
  if (conditionals.length === 0) return;
  out.title('Conditional orders');
  out.table(
    ['id', 'account', 'instrument', 'lots', 'trigger price'],
    conditionals.map((c) => [c.conditional_id, c.account_id, c.instrument_id, c.volume, c.trigger_price]),
  );
}
