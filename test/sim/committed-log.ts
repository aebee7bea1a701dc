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
  /** Where the frames end and their checksums begin. */
  endBytes: number;
}

/** What stands in the header of a block, or undefined for bytes that are no whole block. */
export function headOf(block: Uint8Array): BlockHead | undefined {
  if (block.byteLength <= HEADER_BYTES) return undefined;
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const head = {
    epoch: view.getUint32(8, true),
    count: view.getUint32(12, true),
    endBytes: HEADER_BYTES + view.getUint32(16, true),
    crc: view.getUint32(20, true),
    previousCrc: view.getUint32(24, true),
    version: view.getUint16(4, true),
    first: view.getFloat64(32, true),
    last: view.getFloat64(40, true),
  };
  const isFirstVersion = head.version === 1;
  const isWhole = block.byteLength === head.endBytes + (isFirstVersion ? 0 : (head.count * 4 + 7) & ~7);
  if (!isWhole || checksumOf(block, head, isFirstVersion ? HEADER_BYTES : head.endBytes) !== head.crc) return undefined;
  return isFirstVersion || haveTheirChecksums(block, view, head) ? head : undefined;
}

function checksumOf(block: Uint8Array, { previousCrc }: BlockHead, fromBytes: number): number {
  const head = crc32(block.subarray(24, HEADER_BYTES), crc32(block.subarray(0, 20), previousCrc));
  return crc32(block.subarray(fromBytes), head);
}

/** Behind the frames stands the checksum of each. */
function haveTheirChecksums(block: Uint8Array, view: DataView, { endBytes, count }: BlockHead): boolean {
  let offset = HEADER_BYTES;
  for (let frame = 0; frame < count; frame++) {
    const length = offset < endBytes ? view.getUint32(offset, true) : 0;
    if (length < 8 || length > endBytes - offset) return false;
    if (crc32(block.subarray(offset, offset + length)) !== view.getUint32(endBytes + frame * 4, true)) return false;
    offset += length;
  }
  return offset === endBytes;
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
  readonly blockEnds = new Map<number, BlockHead>([
    [0, { epoch: 0, count: 0, first: 0, last: 0, crc: 0, previousCrc: 0, version: 0, endBytes: 0 }],
  ]);
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
    const head = headOf(block);
    demand(head !== undefined, `a block behind ${this.lastSequence} is damaged and was written so`);
    demand(head.first === this.lastSequence + 1, `block ${head.first} was written behind event ${this.lastSequence}`);
    demand(head.previousCrc === this.blockEnds.get(this.lastSequence)!.crc, `block ${head.first} is not chained to the one before it`);
    demand(head.epoch >= this.epoch, `block ${head.first} has epoch ${head.epoch} behind ${this.epoch}`);
    if (isNew) demand(head.epoch > this.earlierEpoch, `block ${head.first} has epoch ${head.epoch} of an earlier process`);
    this.epoch = head.epoch;
    this.addFrames(block.slice(), head);
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

  private addFrames(block: Uint8Array, head: BlockHead): void {
    const views = frameViews(block);
    let source = -1;
    for (let offset = HEADER_BYTES; offset < head.endBytes;) {
      const length = frameLength(views, offset);
      const sequence = frameSequence(views, offset);
      demand(sequence === this.lastSequence + 1, `event ${sequence} stands in block ${head.first} behind event ${this.lastSequence}`);
      demand(source === -1 || source === frameSource(views, offset), `event ${sequence} stands inside a command of another ring`);
      source = isEndOfCommand(views, offset) ? -1 : frameSource(views, offset);
      this.frames.push(block.subarray(offset, offset + length));
      this.note(views, offset);
      offset += length;
    }
    demand(source === -1, `block ${head.first} ends in the middle of a command`);
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
