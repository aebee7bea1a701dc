/** A crash anywhere between the price that meets a condition and the acceptance of its order: it fires once, and once only. */
import t from 'tap';
import { ConditionalStatus } from '../../../src/core/enums.js';
import { HistoryFold } from '../../../src/core/history.js';
import { restoreState, serializeState } from '../../../src/core/state-codec.js';
import { EventDecoder } from '../../../src/wire/event-decoder.js';
import { frameViews } from '../../../src/wire/frame-layout.js';
import { ConditionalCircle } from '../../support/conditional-circle.js';

/** Three conditional orders; prices meet all of them, one waits because of a halt, one fails. */
async function day(): Promise<ConditionalCircle> {
  const circle = new ConditionalCircle();
  const x = circle.list({ instrumentId: 'SIM.x', multiplier: 10, priceTick: 10_000, preSettlement: 1_000_000 });
  const y = circle.list({ instrumentId: 'SIM.y', multiplier: 10, priceTick: 10_000, preSettlement: 1_000_000 });
  const [maker, other, trader, poor] = [1e6, 1e6, 1e6, 0].map((cash) => circle.trader(cash));
  await circle.place(trader, x, 'BUY OPEN 1@95', 'LE 99', { validUntilUs: circle.nowUs + 60_000_000 });
  await circle.place(trader, y, 'BUY OPEN 1@95', 'GT 99');
  await circle.place(poor, x, 'BUY OPEN 1@95', 'LT 100');
  await circle.place(trader, x, 'BUY OPEN 1@95', 'LE 91');
  for (const [instrument, price] of [
    [x, 99],
    [y, 101],
  ]) {
    circle.order(maker, instrument, `SELL OPEN 1@${price}`);
    circle.order(other, instrument, `BUY OPEN 1@${price}`);
  }
  circle.phase(y, 'BREAK');
  circle.conditionals.pump.run();
  circle.settle();
  await circle.durable();
  circle.phase(y, 'CONTINUOUS');
  await circle.work();
  return circle;
}

t.test('whatever part of the log survives, every met condition fires once', async (t) => {
  const first = await day();
  t.same([...first.ended].sort(), ['1 TRIGGERED', '2 TRIGGERED', '3 FAILED 1001']);
  const { journal } = first;
  const ordersOf = (circle: ConditionalCircle): number[] => [1, 2].map((n) => circle.journal.filter((f) => isAcceptanceOf(f, n)).length);
  t.same(ordersOf(first), [1, 1]);
  let resubmitted = 0;
  for (let length = journal.length; length > 0; length--) {
    // a block of the log never ends within a command
    if (!endsCommand(journal[length - 1])) continue;
    const circle = new ConditionalCircle(journal.slice(0, length));
    await circle.durable();
    circle.settle();
    const touched = circle.state.conditionals.touchedInOrder().map(({ conditional }) => conditional);
    // what the rest of the log would have brought: a phase that goes on
    for (const { instrument, phase } of circle.state.instruments) if (phase !== 5) circle.phase(instrument, 'CONTINUOUS');
    circle.conditionals.start();
    await circle.work();
    circle.conditionals.stop();
    t.same(circle.submitted, touched, `log of ${length}`);
    for (const number of [1, 2]) {
      const isMet = touched.includes(number) || ordersOf(circle)[number - 1] > 0;
      t.equal(ordersOf(circle)[number - 1], isMet ? 1 : 0, `log of ${length}: order of ${number}`);
    }
    t.equal(circle.state.conditionals.touchedCount, 0);
    resubmitted += touched.length;
  }
  t.ok(resubmitted > 3, `${resubmitted} were found touched without their order`);
});

t.test('the state of any place in the log is the same from a snapshot, and goes on the same', async (t) => {
  const { journal, state } = await day();
  const end = Buffer.from(serializeState(state));
  for (let length = 1; length < journal.length; length++) {
    const folded = new ConditionalCircle(journal.slice(0, length)).state;
    const bytes = Buffer.from(serializeState(folded));
    const restored = restoreState(bytes);
    if (!bytes.equals(Buffer.from(serializeState(restored)))) t.fail(`snapshot at ${length}`);
    t.same(restored.conditionals.touchedInOrder(), folded.conditionals.touchedInOrder());
    const decoder = new EventDecoder(restored);
    for (const frame of journal.slice(length)) decoder.decode(frameViews(frame), 0);
    if (!end.equals(Buffer.from(serializeState(restored)))) t.fail(`going on from ${length}`);
  }
});

t.test('history keeps what has ended, as it ended', async (t) => {
  const circle = new ConditionalCircle((await day()).journal.slice(0, 1));
  const history = new HistoryFold(circle.state);
  circle.state.observe(history);
  const decoder = new EventDecoder(circle.state);
  const { journal } = await day();
  for (const frame of journal.slice(1)) decoder.decode(frameViews(frame), 0);
  const kept = history.documents.filter(({ table }) => table === 'conditionals');
  t.same(kept.map(({ id, account }) => [id, account]).sort(), [
    [1, 3],
    [2, 3],
    [3, 4],
  ]);
  const failed = kept.find(({ id }) => id === 3)!;
  t.match(failed.record, { id: 3, conditional: 3, status: ConditionalStatus.FAILED, code: 1001, sequence: failed.sequence });
  t.match(kept.find(({ id }) => id === 1)!.record, { status: ConditionalStatus.TRIGGERED, resultOrderId: 5 });
});

function endsCommand(frame: Uint8Array): boolean {
  return (frame[7] & 1) === 1;
}

/** Whether the frame is the acceptance of the order of a conditional order. */
function isAcceptanceOf(frame: Uint8Array, conditional: number): boolean {
  const ACCEPTED = 32;
  const kind = new DataView(frame.buffer, frame.byteOffset).getUint16(4, true);
  return kind === ACCEPTED && Buffer.from(frame).includes(`COND_${String(conditional).padStart(12, '0')}`);
}
