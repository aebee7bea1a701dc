/**
 * Positions: one per account and instrument, two sides each (long, short), never netted (ledger.md 3).
 *
 * Fields of a side have the index position × 2 + side (LONG 0, SHORT 1), those of its lots by day position × 4 + side × 2 +
 * bucket. A position is two records, and its number, a multiple of 8, the place of both, in words of the first:
 *
 *     32 bytes    u32  account, instrument, next of the account, -, last lot of each list
 *     128 bytes   f64  volume, basis, frozen margin, open lots, margin, open notional: long and short each
 *                 u32  lots and frozen lots of each list
 *
 * Working orders and marks touch the first 64 bytes of the second only, one cache line.
 *
 * Lots are the source of truth: each side keeps two FIFO lists, lots of earlier days and lots of today, and sums over
 * them, so that margins and profits are exact functions of the lots. A list is a ring: its last lot names the first.
 */
import { assert } from './assert.js';
import { doublesOf, type Field, grown, nextCapacity, recordMemory, wordsOf } from './columns.js';
import { IntMap } from './int-map.js';
import { LotSlab } from './lot-slab.js';

export const LONG = 0;
export const SHORT = 1;

/** The bucket of a lot list: earlier days or today. List columns have the index side index × 2 + bucket. */
export const HIS = 0;
export const TODAY = 1;

/** From one position to the next, and the first one. */
export const POSITION_STEP = 8;
const RECORD = POSITION_STEP;
const LINKS_BYTES = RECORD * 4;
const HOLDING_BYTES = RECORD * 16;
/** Doubles of a net record. */
const NET_RECORD = 3;
const CAPACITY_MIN = 64;

// words of the first record
const ACCOUNT = 0;
const INSTRUMENT = 1;
const NEXT = 2;
const LAST_LOT = 4;

// doubles of the second, per side
const VOLUME = 0;
const BASIS_NOTIONAL = 2;
const OPEN_FROZEN_MARGIN = 4;
const OPEN_LOTS = 6;
const MARGIN = 8;
const OPEN_NOTIONAL = 10;
// and its words, per side and bucket
const BUCKET_VOLUME = 24;
const FROZEN_VOLUME = 28;

/** Fields of a net record, in doubles and in words. */
export const NetDouble = { lots: 0, basis: 1 } as const;
export const NetWord = { instrument: 4, next: 5 } as const;

/** Where the net record of a position begins, in doubles. */
export function netPlace(position: number): number {
  return (position / RECORD) * NET_RECORD;
}

/** Accounts and instruments are below 2^20 and 2^31: one whole number names the pair. */
export function pairKey(account: number, instrument: number): number {
  return account * 0x100000 + instrument;
}

export class PositionTable {
  count = 0;
  private capacity = CAPACITY_MIN;
  private readonly byPair = new IntMap();

  private linkMemory = recordMemory(CAPACITY_MIN * LINKS_BYTES);
  private holdingMemory = recordMemory(CAPACITY_MIN * HOLDING_BYTES);
  /** Net lots and net basis of a position: all that its profit at a mark depends on, 24 bytes each at `netPlace`. */
  net = new Float64Array((CAPACITY_MIN + 1) * NET_RECORD);
  /**
   * The same memory, which also has instrument and next of the account: whoever walks over all positions of an account
   * waits for each step, and here the steps lie close together.
   */
  netWords = new Uint32Array(this.net.buffer);
  private links!: Uint32Array;
  private doubles!: Float64Array;
  private words!: Uint32Array;

  account!: Field;
  instrument!: Field;
  nextOfAccount!: Field;

  // per side
  volume!: Field;
  /** Σ open price × multiplier × lots and Σ basis × multiplier × lots. */
  openNotional!: Field;
  basisNotional!: Field;
  margin!: Field;
  /** Frozen margin of the live OPEN orders of this side. */
  openFrozenMargin!: Field;
  /** Open lots of the live OPEN orders of this side. */
  openLots!: Field;

  // per side and bucket
  bucketVolume!: Field;
  frozenVolume!: Field;

  /** What a lot holds, for those who walk over lots by `firstLotOf`. */
  readonly slab = new LotSlab();

  /** Out-parameters of `takeLots`: Σ over the taken slices, in 1/10000 × lots (without multiplier). */
  takenOpen = 0;
  takenBasis = 0;
  /** Out-parameters of `sumLots`. */
  sumHis = 0;
  sumToday = 0;

  constructor() {
    this.lay();
  }

  /** The position of the pair, or -1. */
  find(account: number, instrument: number): number {
    return this.byPair.get(pairKey(account, instrument));
  }

  /** The one made last. Whoever walks over all of them, all at once, counts up to here: a generator costs more than what is done. */
  get last(): number {
    return this.count * RECORD;
  }

  /** All positions, in the order of their making. */
  *numbers(): Generator<number> {
    for (let position = RECORD; position <= this.count * RECORD; position += RECORD) yield position;
  }

  /** Adds the position of a pair that has none and returns it. */
  add(account: number, instrument: number, nextOfAccount: number): number {
    if (++this.count >= this.capacity) this.grow();
    const position = this.count * RECORD;
    const { links } = this;
    links[position + ACCOUNT] = account;
    links[position + INSTRUMENT] = instrument;
    links[position + NEXT] = nextOfAccount;
    const place = netPlace(position);
    this.netWords[place * 2 + NetWord.instrument] = instrument;
    this.netWords[place * 2 + NetWord.next] = nextOfAccount;
    this.byPair.set(pairKey(account, instrument), position);
    return position;
  }

  /** Makes room for so many more at once. */
  reserve(positions: number): void {
    this.byPair.reserve(positions);
    if (this.count + positions >= this.capacity) this.grow(this.count + positions + 1);
  }

  /** Reads the position without a use for it: `LookAhead`. */
  touch(position: number): number {
    const { doubles } = this;
    return doubles[position * 2] + doubles[position * 2 + MARGIN] + this.links[position] + this.net[netPlace(position)];
  }

  /** Lots of a bucket that no working CLOSE order holds. */
  closable(sideIndex: number, bucket: number): number {
    const { words } = this;
    const index = sideIndex * 2 + bucket;
    return words[index + BUCKET_VOLUME] - words[index + FROZEN_VOLUME];
  }

  /** Live OPEN orders of a side hold so many lots and so much margin more. */
  addOpening(sideIndex: number, lots: number, margin: number): void {
    const { doubles } = this;
    doubles[sideIndex + OPEN_LOTS] += lots;
    doubles[sideIndex + OPEN_FROZEN_MARGIN] += margin;
  }

  /** Live CLOSE orders of a side hold so many lots of a bucket more. */
  addFrozen(sideIndex: number, bucket: number, lots: number): void {
    this.words[sideIndex * 2 + bucket + FROZEN_VOLUME] += lots;
  }

  /** Changes the sums over the lots of a side, its margin aside. */
  addSums(sideIndex: number, lots: number, openNotional: number, basisNotional: number): void {
    const { doubles, net } = this;
    const place = netPlace(sideIndex >> 1);
    const sign = (sideIndex & 1) === LONG ? 1 : -1;
    net[place + NetDouble.lots] += sign * lots;
    net[place + NetDouble.basis] += sign * basisNotional;
    doubles[sideIndex + VOLUME] += lots;
    doubles[sideIndex + OPEN_NOTIONAL] += openNotional;
    doubles[sideIndex + BASIS_NOTIONAL] += basisNotional;
  }

  /** Net lots and net basis from the sums of both sides, which have been written field by field. */
  restoreNet(position: number): void {
    const { volume, basisNotional, net } = this;
    const place = netPlace(position);
    const [long, short] = [position * 2 + LONG, position * 2 + SHORT];
    net[place + NetDouble.lots] = volume[long] - volume[short];
    net[place + NetDouble.basis] = basisNotional[long] - basisNotional[short];
  }

  /** Appends a lot; sums other than the bucket's volume are the ledger's business. */
  addLot(sideIndex: number, bucket: number, openPrice: number, basis: number, volume: number, tradeId: number, openDay: number): void {
    const { slab, links } = this;
    const lot = slab.allocate(openPrice, basis, volume, tradeId, openDay);
    const list = listOf(sideIndex, bucket);
    const last = links[list];
    if (last === 0) {
      slab.setNext(lot, lot);
    } else {
      slab.setNext(lot, slab.next(last));
      slab.setNext(last, lot);
    }
    links[list] = lot;
    this.words[sideIndex * 2 + bucket + BUCKET_VOLUME] += volume;
  }

  /** Takes `volume` lots off the front of a bucket; the sums of what was taken are left in takenOpen and takenBasis. */
  takeLots(sideIndex: number, bucket: number, volume: number): void {
    const { slab, links, words } = this;
    const list = listOf(sideIndex, bucket);
    const held = words[sideIndex * 2 + bucket + BUCKET_VOLUME];
    assert(held >= volume, 'a closing fill takes lots that are there');
    words[sideIndex * 2 + bucket + BUCKET_VOLUME] = held - volume;
    let open = 0;
    let basis = 0;
    let rest = volume;
    while (rest > 0) {
      const last = links[list];
      const lot = slab.next(last);
      const left = slab.volume(lot);
      const slice = Math.min(rest, left);
      open += slab.openPrice(lot) * slice;
      basis += slab.basis(lot) * slice;
      rest -= slice;
      if (slice < left) {
        slab.setVolume(lot, left - slice);
        continue;
      }
      if (lot === last) links[list] = 0;
      else slab.setNext(last, slab.next(lot));
      slab.release(lot);
    }
    this.takenOpen = open;
    this.takenBasis = basis;
  }

  /** All lots of a side become lots of earlier days on that basis, and so do the frozen ones; sums are the caller's business. */
  rollLots(sideIndex: number, basis: number): void {
    const { slab, links, words } = this;
    const his = sideIndex * 2 + HIS;
    const today = sideIndex * 2 + TODAY;
    const lastToday = links[listOf(sideIndex, TODAY)];
    if (lastToday !== 0) {
      const lastHis = links[listOf(sideIndex, HIS)];
      if (lastHis !== 0) {
        const first = slab.next(lastHis);
        slab.setNext(lastHis, slab.next(lastToday));
        slab.setNext(lastToday, first);
      }
      links[listOf(sideIndex, HIS)] = lastToday;
      links[listOf(sideIndex, TODAY)] = 0;
      words[his + BUCKET_VOLUME] += words[today + BUCKET_VOLUME];
      words[today + BUCKET_VOLUME] = 0;
      words[his + FROZEN_VOLUME] += words[today + FROZEN_VOLUME];
      words[today + FROZEN_VOLUME] = 0;
    }
    const list = listOf(sideIndex, HIS);
    for (let lot = this.firstLot(list); lot !== 0; lot = this.lotAfter(lot, list)) slab.setBasis(lot, basis);
  }

  /** Gives all lots of a side back; sums are the caller's business. */
  dropLots(sideIndex: number): void {
    for (const bucket of [HIS, TODAY]) {
      const list = listOf(sideIndex, bucket);
      for (let lot = this.firstLot(list); lot !== 0;) {
        const next = this.lotAfter(lot, list);
        this.slab.release(lot);
        lot = next;
      }
      this.links[list] = 0;
      this.words[sideIndex * 2 + bucket + BUCKET_VOLUME] = 0;
    }
  }

  /** Walks the lots of a side: takenOpen and takenBasis become the sums over all, sumHis and sumToday the volumes. */
  sumLots(sideIndex: number): void {
    this.takenOpen = 0;
    this.takenBasis = 0;
    this.sumHis = this.sumList(listOf(sideIndex, HIS));
    this.sumToday = this.sumList(listOf(sideIndex, TODAY));
  }

  private sumList(list: number): number {
    const { slab } = this;
    let sum = 0;
    for (let lot = this.firstLot(list); lot !== 0; lot = this.lotAfter(lot, list)) {
      const volume = slab.volume(lot);
      sum += volume;
      this.takenOpen += slab.openPrice(lot) * volume;
      this.takenBasis += slab.basis(lot) * volume;
    }
    return sum;
  }

  /** The lots of a bucket, oldest first (snapshots, statements, tests). */
  *lots(
    sideIndex: number,
    bucket: number,
  ): Generator<{ openPrice: number; basis: number; volume: number; tradeId: number; openDay: number }> {
    const { slab } = this;
    const list = listOf(sideIndex, bucket);
    for (let lot = this.firstLot(list); lot !== 0; lot = this.lotAfter(lot, list)) {
      yield {
        openPrice: slab.openPrice(lot),
        basis: slab.basis(lot),
        volume: slab.volume(lot),
        tradeId: slab.tradeId(lot),
        openDay: slab.openDay(lot),
      };
    }
  }

  /** The oldest lot of a bucket, 0 without any: for those who walk over so many that a generator costs more than what is done. */
  firstLotOf(sideIndex: number, bucket: number): number {
    return this.firstLot(listOf(sideIndex, bucket));
  }

  /** The lot behind one of a bucket, 0 behind the last. */
  lotBehind(lot: number, sideIndex: number, bucket: number): number {
    return this.lotAfter(lot, listOf(sideIndex, bucket));
  }

  /** The oldest lot of a list, 0 of an empty one. */
  private firstLot(list: number): number {
    const last = this.links[list];
    return last === 0 ? 0 : this.slab.next(last);
  }

  /** The lot behind one of a list, 0 behind the last. */
  private lotAfter(lot: number, list: number): number {
    return lot === this.links[list] ? 0 : this.slab.next(lot);
  }

  private grow(atLeast = 0): void {
    this.capacity = Math.max(nextCapacity(this.capacity), atLeast);
    this.net = grown(this.net, (this.capacity + 1) * NET_RECORD);
    this.netWords = new Uint32Array(this.net.buffer);
    this.linkMemory = recordMemory(this.capacity * LINKS_BYTES, this.linkMemory);
    this.holdingMemory = recordMemory(this.capacity * HOLDING_BYTES, this.holdingMemory);
    this.lay();
  }

  /** The fields over the memory as it is now. */
  private lay(): void {
    this.links = wordsOf(this.linkMemory);
    this.doubles = doublesOf(this.holdingMemory);
    this.words = wordsOf(this.holdingMemory);
    this.account = wordsOf(this.linkMemory, ACCOUNT);
    this.instrument = wordsOf(this.linkMemory, INSTRUMENT);
    this.nextOfAccount = wordsOf(this.linkMemory, NEXT);
    this.volume = doublesOf(this.holdingMemory, VOLUME);
    this.basisNotional = doublesOf(this.holdingMemory, BASIS_NOTIONAL);
    this.openFrozenMargin = doublesOf(this.holdingMemory, OPEN_FROZEN_MARGIN);
    this.openLots = doublesOf(this.holdingMemory, OPEN_LOTS);
    this.margin = doublesOf(this.holdingMemory, MARGIN);
    this.openNotional = doublesOf(this.holdingMemory, OPEN_NOTIONAL);
    this.bucketVolume = wordsOf(this.holdingMemory, BUCKET_VOLUME);
    this.frozenVolume = wordsOf(this.holdingMemory, FROZEN_VOLUME);
  }
}

/** Where the last lot of a bucket is named: the position, four words on, and one of four. */
function listOf(sideIndex: number, bucket: number): number {
  return (sideIndex >> 1) + LAST_LOT + (sideIndex & 1) * 2 + bucket;
}
