/** A history that begins late: a long log behind it is exported in parts, and a query waits for all of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { HistoryFeeder } from '../../src/query/history-feeder.js';
import { historyFolder, readManifest } from '../../src/query/manifest.js';
import type { HistoryReport } from '../../src/query/messages.js';
import { closeStorage, openStorage } from '../../src/storage/database.js';
import { HistoryStatus } from '../../src/storage/history-status.js';
import { WalStatus } from '../../src/storage/wal-status.js';
import { newFolder, recordFolder, smallVenue } from '../storage/offline/recorded-folder.js';

const PART_EVENTS = 80;

t.test('a long log is exported in parts', async (t) => {
  t.setTimeout(120_000);
  const dataDir = newFolder(t);
  const venue = smallVenue(60);
  const events = venue.state.sequence;
  await recordFolder(dataDir, venue.journal, { blockCommands: 4 });
  const storage = await openStorage(dataDir);
  const wal = new WalStatus(WalStatus.create());
  wal.start(events);
  const reports: HistoryReport[] = [];
  const feeder = new HistoryFeeder({
    storage,
    dataDir,
    wal,
    status: new HistoryStatus(HistoryStatus.create()),
    holidays: [],
    factors: [],
    report: (report) => void reports.push(report),
    limits: { exportEvents: PART_EVENTS, exportMs: 600_000 },
  });
  feeder.handle({ type: 'query', id: 1, query: { kind: 'sql', sql: 'SELECT count(*) FROM trades' }, format: 'json' });
  const running = feeder.run();
  while (!reports.some(({ type }) => type !== 'progress')) await sleep(20);
  const [answer] = reports.filter(({ type }) => type !== 'progress');
  t.equal(answer.type, 'answer', JSON.stringify(answer));
  if (answer.type === 'answer')
    t.match(JSON.parse(Buffer.from(answer.body).toString()), { rows: [[venue.state.tradeCount]], as_of: events });
  const manifest = (): ReturnType<typeof readManifest> => readManifest(historyFolder(dataDir));
  while ((manifest()?.sequence ?? 0) < events - PART_EVENTS) await sleep(20);
  const ends = manifest()!.tables.order_events.map(({ from, to }) => to - from);
  t.ok(ends.length > 1, 'several files');
  t.ok(
    ends.every((length) => length < 3 * PART_EVENTS),
    'none of which is of more events than may wait',
  );
  feeder.handle({ type: 'stop' });
  await running;
  await closeStorage(storage);
});
