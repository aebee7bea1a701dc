/**
 * Where commands come from, for the audit: a small number that their frames have room for, and an event that says what it
 * means, ahead of the first frame that carries it.
 *
 * Each ring of events is told for itself, by the road that the commands take: so its events never overtake what they refer to,
 * nobody waits, and a number may be given to another place while events of the old one are still on their way. The number is
 * given again when there is no other left: to whoever comes, by whoever has not sent anything for longest.
 */
import { FrameKind, Stamp } from '../../core/events.js';
import { encodeRecord } from '../../wire/records.js';
import { ORIGIN_MAX } from '../../wire/frame-header.js';
import type { EventClock } from '../clock.js';
import type { Origin } from '../services/origin.js';

const USER_AGENT_CHARACTERS_MAX = 200;

/** A place that commands come from. Whoever holds one may go on using it for as long as he likes. */
export interface CommandOrigin extends Origin {
  /** Managed by `Origins`; 0 while it has none. */
  number: number;
}

/** Writes the frame of an event into the ring of a source, or of the shard that writes it. False when there is no room. */
export type TellSource = (source: number, frame: Uint8Array) => boolean;

export class Origins {
  private readonly byPlace = new Map<string, CommandOrigin>();
  /** By number. */
  private readonly places: (CommandOrigin | undefined)[] = [undefined];
  /** By number: it was used since the last look at it. */
  private readonly isInUse: Uint8Array;
  /** By number and source: the source knows what the number means. */
  private readonly isTold: Uint8Array;
  /** The number looked at next, when one is needed and none is left. */
  private hand = 1;
  private readonly stamp = new Stamp();

  /** Sources are the front's ring, 0, and those of the shards. */
  constructor(
    private readonly sources: number,
    private readonly clock: Pick<EventClock, 'nowUs'>,
    private readonly tell: TellSource,
    private readonly max = ORIGIN_MAX,
  ) {
    this.isInUse = new Uint8Array(max + 1);
    this.isTold = new Uint8Array((max + 1) * sources);
  }

  /** The same one for the same place. */
  of({ address, userAgent }: Origin): CommandOrigin {
    const place = placeOf(address, userAgent);
    let origin = this.byPlace.get(place);
    if (origin === undefined) {
      origin = { address, userAgent: userAgent.slice(0, USER_AGENT_CHARACTERS_MAX), number: 0 };
      this.assign(origin);
    }
    return origin;
  }

  /** What a frame of the source may carry from now on; 0 for nowhere, -1 when there is no room to say what it means. */
  numberFor(source: number, origin: CommandOrigin | undefined): number {
    if (origin === undefined) return 0;
    if (origin.number === 0) this.assign(origin);
    const { number } = origin;
    this.isInUse[number] = 1;
    const at = number * this.sources + source;
    if (this.isTold[at] === 0) {
      if (!this.tell(source, this.frameOf(origin))) return -1;
      this.isTold[at] = 1;
    }
    return number;
  }

  /** What a source was told may be lost. */
  forget(source: number): void {
    for (let number = 1; number <= this.max; number++) this.isTold[number * this.sources + source] = 0;
  }

  private frameOf({ number, address, userAgent }: CommandOrigin): Uint8Array {
    this.stamp.timeUs = this.clock.nowUs();
    return encodeRecord(FrameKind.OriginNoted, { origin: number, address, userAgent }, this.stamp);
  }

  private assign(origin: CommandOrigin): void {
    const number = this.places.length <= this.max ? this.places.length : this.takeNumber();
    this.isTold.fill(0, number * this.sources, (number + 1) * this.sources);
    this.isInUse[number] = 1;
    this.places[number] = origin;
    origin.number = number;
    this.byPlace.set(placeOf(origin.address, origin.userAgent), origin);
  }

  /** The first number that was not used since the hand came by. */
  private takeNumber(): number {
    while (this.isInUse[this.hand] === 1) {
      this.isInUse[this.hand] = 0;
      this.hand = (this.hand % this.max) + 1;
    }
    const number = this.hand;
    this.hand = (this.hand % this.max) + 1;
    const before = this.places[number]!;
    before.number = 0;
    const place = placeOf(before.address, before.userAgent);
    if (this.byPlace.get(place) === before) this.byPlace.delete(place);
    return number;
  }
}

function placeOf(address: string, userAgent: string): string {
  return `${address} ${userAgent.length <= USER_AGENT_CHARACTERS_MAX ? userAgent : userAgent.slice(0, USER_AGENT_CHARACTERS_MAX)}`;
}
