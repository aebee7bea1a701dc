/** Recordings of other markets as steps. */
import t from 'tap';
import { readJsonLines, readLobster } from '../../../src/cli/feed/order-stream.js';

t.test('LOBSTER messages: four kinds are steps, three are counted, prices are ticks from the first', async (t) => {
  const lines = [
    '34200.017459617,1,11,18,5853300,-1',
    '34200.189607670,1,12,5,5852100,1',
    '34200.5,2,11,3,5853300,-1',
    '34201.0,4,11,7,5853300,-1',
    '34201.0,5,0,1,5853000,1',
    '34201.5,3,12,5,5852100,1',
    '34202,7,0,0,-1,-1',
  ];
  const { steps, skipped } = readLobster(`${lines.join('\n')}\n`);
  t.equal(skipped, 2);
  t.match(steps, [
    { op: 'new', id: 11, side: 'SELL', ticks: 0, volume: 18, isImmediate: false },
    { op: 'new', id: 12, side: 'BUY', ticks: -12, volume: 5 },
    { op: 'reduce', id: 11, by: 3 },
    { op: 'take', side: 'BUY', ticks: 0, volume: 7 },
    { op: 'cancel', id: 12 },
  ]);
  t.equal(steps.length, 5);
  t.ok(Math.abs(steps[1].atMs - 34_200_189.60767) < 1e-6);
  t.throws(() => readLobster('time,type\n'), /line 1 is no LOBSTER message/);
});

t.test('JSON Lines of the conformance kit, with or without what is expected of them', async (t) => {
  const lines = [
    '{"step":{"op":"limit","id":1,"side":"buy","price":100,"qty":5,"tif":"GTC"},"trades":[]}',
    '{"op":"limit","id":2,"side":"sell","price":103,"qty":2,"tif":"IOC"}',
    '{"op":"amend","id":1,"qty":3}',
    '{"op":"market","id":3,"side":"sell","qty":2}',
    '{"op":"cancel","id":1}',
  ];
  const { steps, skipped } = readJsonLines(lines.join('\n'), 10);
  t.equal(skipped, 1);
  t.match(steps, [
    { op: 'new', id: 1, side: 'BUY', ticks: 0, volume: 5, isImmediate: false, atMs: 0 },
    { op: 'new', id: 2, side: 'SELL', ticks: 3, isImmediate: true, atMs: 10 },
    { op: 'amend', id: 1, open: 3 },
    { op: 'cancel', id: 1, atMs: 40 },
  ]);
});
