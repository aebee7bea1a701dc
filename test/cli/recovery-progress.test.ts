/** A recovery says how far it is, and a terminal shows it. */
import t from 'tap';
import { ProgressBar } from '../../src/cli/progress-bar.js';
import { recoverState } from '../../src/cli/running-exchange.js';
import { closeStorage, openStorage } from '../../src/storage/database.js';
import { newFolder, recordFolder, smallVenue } from '../storage/offline/recorded-folder.js';

t.test('the share grows from the snapshot to the end of the log', async (t) => {
  const folder = newFolder(t);
  const venue = smallVenue(80);
  await recordFolder(folder, venue.journal, { blockCommands: 1, snapshotsAfter: [20] });
  const storage = await openStorage(folder);
  const shares: number[] = [];
  const { state, end } = await recoverState(storage, (share) => shares.push(share));
  await closeStorage(storage);
  t.equal(state.sequence, venue.state.sequence);
  t.ok(end.snapshotSequence > 0 && end.events === state.sequence - end.snapshotSequence);
  t.ok(shares.length > 3, `${shares.length} reports`);
  t.ok(shares[0] > 0 && shares[0] < 1, 'the first one comes on the way');
  t.strictSame(
    [...shares].sort((a, b) => a - b),
    shares,
  );
  t.equal(shares.at(-1), 1);
});

t.test('the bar is drawn on a terminal and nowhere else', async (t) => {
  const draw = (isTTY: boolean): string => {
    let drawn = '';
    const bar = new ProgressBar('recovering', { isTTY, write: (text: string) => (drawn += text) } as unknown as NodeJS.WriteStream);
    bar.update(0.5);
    bar.update(1);
    bar.done();
    return drawn;
  };
  t.match(draw(true), /^\rrecovering \[█{15}░{15}\] {2}50 %\rrecovering \[█{30}\] 100 %\n$/);
  t.equal(draw(false), '');
});
