/** Memory that frames are gathered in, one behind the other, until they are sent as one message. Grows, and is used again. */
const BYTES_MIN = 4096;

export class FrameBuffer {
  bytes!: Uint8Array<ArrayBuffer>;
  view!: DataView<ArrayBuffer>;
  /** Bytes in use. */
  length = 0;
  /** Frames in use. */
  count = 0;

  constructor(capacityBytes = BYTES_MIN) {
    this.allocate(capacityBytes);
  }

  /** Offset of `bytes` more of it, for one frame. The views may be others afterwards. */
  claim(bytes: number): number {
    this.count++;
    return this.extend(bytes);
  }

  /** The same for the trailer of the frame claimed last. */
  extend(bytes: number): number {
    const offset = this.length;
    if (offset + bytes > this.bytes.length) this.grow(offset + bytes);
    this.length = offset + bytes;
    return offset;
  }

  /** Copies a frame of `bytes` (a multiple of 8) from another memory. */
  add(from: DataView, at: number, bytes: number): number {
    const offset = this.claim(bytes);
    const { view } = this;
    for (let word = 0; word < bytes; word += 4) view.setInt32(offset + word, from.getInt32(at + word, true), true);
    return offset;
  }

  /** Forgets all frames. */
  clear(): void {
    this.length = 0;
    this.count = 0;
  }

  /** All frames as one message, in memory that is written anew after `clear`. */
  message(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }

  private grow(needed: number): void {
    const old = this.bytes;
    this.allocate(Math.max(needed, old.length * 2));
    this.bytes.set(old);
  }

  private allocate(bytes: number): void {
    this.bytes = new Uint8Array(bytes);
    this.view = new DataView(this.bytes.buffer);
  }
}
