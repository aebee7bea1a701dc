/** Where commands come from: each frame carries a number whose meaning stands before it in the events of its own source. */
import t from 'tap';
import { FrameKind, Stamp, type CancelEntry, type OrderEntry, type OriginNoted } from '../../../src/core/events.js';
import { StateObserver } from '../../../src/core/observer.js';
import { Origins } from '../../../src/front/gateway/origins.js';
import { NOWHERE } from '../../../src/front/services/origin.js';
import { frameViews } from '../../../src/wire/frame-layout.js';
import { readStamp } from '../../../src/wire/frame-header.js';
import { decodeRecord } from '../../../src/wire/records.js';
import { OneThreadCircle } from '../../support/one-thread-circle.js';

interface Told extends OriginNoted {
  readonly source: number;
}

/** Origins of sources 0 to 2, and what those were told. */
function bench(max?: number): { origins: Origins; told: Told[]; ring: { hasRoom: boolean } } {
  const told: Told[] = [];
  const ring = { hasRoom: true };
  const tell = (source: number, frame: Uint8Array): boolean => {
    if (!ring.hasRoom) return false;
    const stamp = new Stamp();
    readStamp(frameViews(frame), 0, stamp);
    t.match(stamp, { kind: FrameKind.OriginNoted, origin: 0, timeUs: 7, endOfCommand: true });
    told.push({ source, ...decodeRecord(FrameKind.OriginNoted, frame, 0) });
    return true;
  };
  return { origins: new Origins(3, { nowUs: () => 7 }, tell, max), told, ring };
}

const place = (address: string, userAgent = 'tests') => ({ address, userAgent });

t.test('a source is told once what a number means, before it carries it', async (t) => {
  const { origins, told, ring } = bench();
  const home = origins.of(place('10.0.0.1'));
  t.equal(origins.of(place('10.0.0.1')), home);
  t.same(told, [], 'nobody has sent anything');
  ring.hasRoom = false;
  t.equal(origins.numberFor(1, home), -1, 'not to be sent now');
  ring.hasRoom = true;
  const number = origins.numberFor(1, home);
  t.ok(number > 0);
  t.equal(origins.numberFor(1, home), number);
  t.equal(origins.numberFor(0, home), number);
  const other = origins.numberFor(1, origins.of(place('10.0.0.1', 'others')));
  t.not(other, number, 'another program there');
  const meaning = { origin: number, address: '10.0.0.1', userAgent: 'tests' };
  t.same(told, [
    { source: 1, ...meaning },
    { source: 0, ...meaning },
    { source: 1, origin: other, address: '10.0.0.1', userAgent: 'others' },
  ]);
  t.equal(origins.numberFor(2, undefined), 0, 'the exchange itself');
  origins.forget(1);
  origins.numberFor(0, home);
  t.equal(told.length, 3);
  origins.numberFor(1, home);
  t.same(told[3], { source: 1, ...meaning }, 'what it knew is lost');
  t.equal(origins.of({ ...NOWHERE, userAgent: 'x'.repeat(500) }).userAgent.length, 200);
});

t.test('numbers are bounded: one that is needed is taken from who has sent nothing for longest', async (t) => {
  const { origins, told } = bench(3);
  const places = ['a', 'b', 'c'].map((address) => origins.of(place(address)));
  const numbers = places.map((each) => origins.numberFor(1, each));
  t.same(new Set(numbers).size, 3);
  // all were used: the first look only notes that
  const fourth = origins.of(place('d'));
  origins.numberFor(1, fourth);
  origins.numberFor(1, places[1]);
  const fifth = origins.of(place('e'));
  origins.numberFor(1, fifth);
  t.equal(places[1].number, numbers[1], 'just used');
  t.same([places[0].number, places[2].number], [0, 0]);
  t.not(origins.of(place('a')), places[0], 'it is forgotten');
  const again = origins.numberFor(1, places[2]);
  t.match(told.at(-1), { source: 1, origin: again, address: 'c' }, 'who still holds it gets another, and that is told');
});

/** The addresses of accepted orders, as whoever folds the log finds them. */
class Finder extends StateObserver {
  readonly found: string[] = [];
  private readonly meanings = new Map<number, string>();

  override originNoted({ origin, address }: OriginNoted): void {
    this.meanings.set(origin, address);
  }

  override orderAccepted(_slot: number, { stamp }: OrderEntry): void {
    this.found.push(this.meanings.get(stamp.origin) ?? 'nowhere');
  }

  override orderCancelled(_slot: number, { stamp }: CancelEntry): void {
    this.found.push(this.meanings.get(stamp.origin) ?? 'nowhere');
  }
}

t.test('every event carries where its command came from, however often numbers change hands', async (t) => {
  const circle = new OneThreadCircle(undefined, [], 2);
  const account = circle.trader(1e7);
  const instrument = circle.list({ instrumentId: 'SIM.x', multiplier: 10, priceTick: 10_000, preSettlement: 1_000_000 });
  const finder = new Finder();
  circle.state.observe(finder);
  const wanted: string[] = [];
  for (let turn = 0; turn < 60; turn++) {
    const address = `10.0.0.${(turn * 7 + (turn >> 2)) % 4}`;
    circle.origin = turn % 9 === 8 ? undefined : circle.origins.of(place(address));
    // several are under way at once
    circle.submit(account, instrument, 'BUY OPEN 1@99');
    wanted.push(circle.origin?.address ?? 'nowhere');
    if (turn % 5 === 4) circle.settle();
  }
  circle.settle();
  t.same(finder.found, wanted);

  circle.origin = circle.origins.of(place('10.0.0.9'));
  circle.cancel(account, 1);
  circle.massCancel(account);
  t.same(finder.found.slice(wanted.length), Array(60).fill('10.0.0.9'), 'cancels and mass cancels, too');
});
