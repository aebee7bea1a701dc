/**
 * What the disk has promised to keep: every event of every block whose sync succeeded or that survived a crash, in order.
 * All that anybody is told must be in here, and whatever is recovered must be this and nothing else.
 *
 * Blocks are read here with code of its own, so that a fault in the reader of the program does not blind both.
 */
import { crc32 } from 'node:zlib';
import { CancelEntry, FrameKind, OrderEntry } from '../../src/core/events.js';
import { readCancel } from '../../src/wire/cancel-frame.js';
import { frameKind, frameLength, frameOrigin, frameSequence, frameSource, isEndOfCommand } from '../../src/wire/frame-header.js';
import { frameViews, type FrameViews } from '../../src/wire/frame-layout.js';
import { readOrder } from '../../src/wire/order-frame.js';
import { decodeRecord } from '../../src/wire/records.js';
import { demand } from './violation.js';

const HEADER_BYTES = 48;

export interface BlockHead {
  epoch: number;
  count: number;
  first: number;
  last: number;
  crc: number;
  previousCrc: number;
  version: number;
}

/** What stands in the header of a block, and its frames one behind the other; undefined for bytes that are no whole block. */
function readWhole(block: Uint8Array): { head: BlockHead; frames: Uint8Array } | undefined {
  if (block.byteLength <= HEADER_BYTES) return undefined;
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const head = {
    epoch: view.getUint32(8, true),
    count: view.getUint32(12, true),
    crc: view.getUint32(20, true),
    previousCrc: view.getUint32(24, true),
    version: view.getUint16(4, true),
    first: view.getFloat64(32, true),
    last: view.getFloat64(40, true),
  };
  const isFirstVersion = head.version === 1;
  const storedEnd = HEADER_BYTES + view.getUint32(head.version > 3 ? 28 : 16, true);
  const isWhole = block.byteLength === (isFirstVersion ? storedEnd : (storedEnd + head.count * 4 + 7) & ~7);
  if (!isWhole || checksumOf(block, head.previousCrc, isFirstVersion ? HEADER_BYTES : storedEnd) !== head.crc) return undefined;
  const frames = framesOf(block, view, head, storedEnd);
  return frames?.byteLength === view.getUint32(16, true) ? { head, frames } : undefined;
}

/** Its header alone. */
export function headOf(block: Uint8Array): BlockHead | undefined {
  return readWhole(block)?.head;
}

function checksumOf(block: Uint8Array, previousCrc: number, fromBytes: number): number {
  const head = crc32(block.subarray(24, HEADER_BYTES), crc32(block.subarray(0, 20), previousCrc));
  return crc32(block.subarray(fromBytes), head);
}

/** What is stored of frames, each with its checksum behind them all, as frames; undefined where a checksum is wrong. */
function framesOf(
  block: Uint8Array,
  view: DataView,
  { version, count }: Pick<BlockHead, 'version' | 'count'>,
  end: number,
): Uint8Array | undefined {
  const frames: Buffer[] = [];
  let offset = HEADER_BYTES;
  while (offset < end) {
    const length = version > 3 ? storedEnd(view, offset) - offset : view.getUint32(offset, true);
    if (length < 8 || length > end - offset) return undefined;
    const stored = block.subarray(offset, offset + length);
    if (version > 1 && (frames.length >= count || crc32(stored) !== view.getUint32(end + frames.length * 4, true))) return undefined;
    frames.push(version > 3 ? decoded(stored, frames) : Buffer.from(stored));
    offset += length;
  }
  return Buffer.concat(frames);
}

/** Where a coded frame ends. */
export function storedEnd(view: DataView, offset: number): number {
  const masksEnd = offset + 4 + 4 * Math.ceil((view.getUint32(offset, true) >>> 8) / 16);
  let halves = 0;
  for (let at = offset + 4; at < masksEnd; at++) halves += view.getUint8(at).toString(2).split('1').length - 1;
  return (masksEnd + 2 * halves + 3) & ~3;
}

/** Half a word after the other: as it is stored where its bit is set, else as the last frame of the kind has it. */
function decoded(coded: Uint8Array, before: readonly Buffer[]): Buffer {
  const view = Buffer.from(coded);
  const words = view.readUInt32LE(0) >>> 8;
  const like = before.findLast((frame) => frame[4] === view[0]) ?? Buffer.alloc(0);
  const frame = Buffer.alloc(words * 4);
  let at = 4 + 4 * Math.ceil(words / 16);
  for (let half = 0; half < words * 2; half++) {
    const isStored = (view.readUInt32LE(4 + 4 * (half >> 5)) >>> half) & 1;
    if (isStored === 1) {
      frame.writeUInt16LE(view.readUInt16LE(at), half * 2);
      at += 2;
    } else if (half * 2 < like.byteLength) {
      frame.writeUInt16LE(like.readUInt16LE(half * 2), half * 2);
    }
  }
  return frame;
}

/** Where the orders of an account come from, in the simulations. */
export function addressOf(account: number): string {
  return `10.0.0.${account}`;
}

/** An order as its event has it. */
export interface CommittedOrder {
  readonly orderId: number;
  readonly account: number;
  readonly clientOrderId: string;
  /** 0, or why it was refused. */
  readonly code: number;
  readonly sequence: number;
  /** Number of the trading day, from 0. */
  readonly day: number;
}

export class CommittedLog {
  /** By sequence; the first is not used. */
  readonly frames: Uint8Array[] = [new Uint8Array(0)];
  /** The block that ends at a sequence. */
  readonly blockEnds = new Map<number, BlockHead>([[0, { epoch: 0, count: 0, first: 0, last: 0, crc: 0, previousCrc: 0, version: 0 }]]);
  /** Last event of the block that starts at a sequence. */
  readonly lastOf = new Map<number, number>();
  readonly orders = new Map<number, CommittedOrder>();
  readonly cancelled = new Set<number>();
  /** Sequences of movements of money, by the key of the client. */
  readonly keys = new Map<string, number>();
  conditionals = 0;
  days = 0;

  private readonly clientOrderIds = new Set<string>();
  /** Addresses by source and number. */
  private readonly origins = new Map<string, string>();
  private readonly order = new OrderEntry();
  private readonly cancel = new CancelEntry();
  /** The largest epoch of any block of an earlier process. */
  private earlierEpoch = 0;
  private epoch = 0;

  get lastSequence(): number {
    return this.frames.length - 1;
  }

  /** Blocks of a new process follow. */
  beginProcess(): void {
    this.earlierEpoch = this.epoch;
  }

  /** Another block is durable. `isNew`: written by the process that runs. Throws when it is not the next one. */
  add(block: Uint8Array, isNew: boolean): void {
    const whole = readWhole(block);
    demand(whole !== undefined, `a block behind ${this.lastSequence} is damaged and was written so`);
    const { head, frames } = whole;
    demand(head.first === this.lastSequence + 1, `block ${head.first} was written behind event ${this.lastSequence}`);
    demand(head.previousCrc === this.blockEnds.get(this.lastSequence)!.crc, `block ${head.first} is not chained to the one before it`);
    demand(head.epoch >= this.epoch, `block ${head.first} has epoch ${head.epoch} behind ${this.epoch}`);
    if (isNew) demand(head.epoch > this.earlierEpoch, `block ${head.first} has epoch ${head.epoch} of an earlier process`);
    this.epoch = head.epoch;
    this.addFrames(frames, head.first);
    demand(
      this.lastSequence === head.last && head.count === head.last - head.first + 1,
      `block ${head.first} does not hold ${head.count} events`,
    );
    this.blockEnds.set(head.last, head);
    this.lastOf.set(head.first, head.last);
  }

  /** Throws unless the frame is the committed event of its place. */
  demandCommitted(views: FrameViews, offset: number): void {
    const sequence = frameSequence(views, offset);
    demand(sequence <= this.lastSequence, `event ${sequence} was told, but only ${this.lastSequence} are durable`);
    const told = views.bytes.subarray(offset, offset + frameLength(views, offset));
    demand(Buffer.compare(told, this.frames[sequence]) === 0, `event ${sequence} was told and is not the one in the log`);
  }

  /** Whether the client order id has become an order today. */
  isTaken(account: number, clientOrderId: string): boolean {
    return this.clientOrderIds.has(`${this.days} ${account} ${clientOrderId}`);
  }

  private addFrames(frames: Uint8Array, first: number): void {
    const views = frameViews(frames);
    let source = -1;
    for (let offset = 0; offset < views.bytes.byteLength;) {
      const length = frameLength(views, offset);
      const sequence = frameSequence(views, offset);
      demand(sequence === this.lastSequence + 1, `event ${sequence} stands in block ${first} behind event ${this.lastSequence}`);
      demand(source === -1 || source === frameSource(views, offset), `event ${sequence} stands inside a command of another ring`);
      source = isEndOfCommand(views, offset) ? -1 : frameSource(views, offset);
      this.frames.push(views.bytes.subarray(offset, offset + length));
      this.note(views, offset);
      offset += length;
    }
    demand(source === -1, `block ${first} ends in the middle of a command`);
  }

  private note(views: FrameViews, offset: number): void {
    const kind = frameKind(views, offset);
    const sequence = this.lastSequence;
    if (kind === FrameKind.OrderAccepted || kind === FrameKind.OrderRefused) this.noteOrder(views, offset);
    else if (kind === FrameKind.OrderCancelled) {
      readCancel(views, offset, this.cancel);
      this.cancelled.add(this.cancel.orderId);
    } else if (kind === FrameKind.OriginNoted) {
      const { origin, address } = decodeRecord(kind, views.bytes, offset);
      this.origins.set(`${frameSource(views, offset)} ${origin}`, address);
    } else if (kind === FrameKind.ConditionalPlaced) this.noteConditional(decodeRecord(kind, views.bytes, offset).idempotencyKey);
    else if (kind === FrameKind.DaySettled) this.days++;
    else if (kind === FrameKind.FundsMoved) {
      const { idempotencyKey } = decodeRecord(kind, views.bytes, offset);
      if (idempotencyKey === '') return;
      demand(!this.keys.has(idempotencyKey), `the money of key ${idempotencyKey} was moved twice, the second time by event ${sequence}`);
      this.keys.set(idempotencyKey, sequence);
    }
  }

  private noteConditional(key: string): void {
    this.conditionals++;
    if (key === '') return;
    demand(!this.keys.has(key), `the conditional order of key ${key} was placed twice, the second time as the ${this.conditionals}.`);
    this.keys.set(key, this.lastSequence);
  }

  private noteOrder(views: FrameViews, offset: number): void {
    readOrder(views, offset, this.order);
    const { orderId, account, clientOrderId, code } = this.order;
    const { days: day, lastSequence: sequence } = this;
    const origin = frameOrigin(views, offset);
    const address = this.origins.get(`${frameSource(views, offset)} ${origin}`);
    const isRight = origin === 0 || address === addressOf(account);
    demand(isRight, `event ${sequence} says that the order of account ${account} came from ${address}`);
    demand(!this.orders.has(orderId), `order ${orderId} was given twice, the second time by event ${sequence}`);
    this.orders.set(orderId, { orderId, account, clientOrderId, code, sequence, day });
    if (clientOrderId === '' || code !== 0) return;
    const key = `${day} ${account} ${clientOrderId}`;
    demand(!this.clientOrderIds.has(key), `client order id ${clientOrderId} became two orders, the second is ${orderId}`);
    this.clientOrderIds.add(key);
  }
}
