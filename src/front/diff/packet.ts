/**
 * The `rtn_data` packet that is being made: bytes put together from pieces that many connections share, each encoded once.
 * One is in the making at a time, so all connections write theirs into the same memory.
 */
const HEAD = Buffer.from('{"aid":"rtn_data","data":[');
const TAIL = Buffer.from(']}');
const BYTES_AT_FIRST = 64 * 1024;
/** A longer packet takes memory of its own, which is not kept. */
const KEPT_BYTES_MAX = 4 * 1024 * 1024;
/** UTF-8 of one UTF-16 unit. */
const UNIT_BYTES_MAX = 3;
const COMMA = 0x2c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

export class Packet {
  private bytes = Buffer.allocUnsafeSlow(BYTES_AT_FIRST);
  private length = 0;
  private hasMembers = false;

  begin(): void {
    if (this.bytes.length > KEPT_BYTES_MAX) this.bytes = Buffer.allocUnsafeSlow(BYTES_AT_FIRST);
    this.length = 0;
    this.append(HEAD);
  }

  get isEmpty(): boolean {
    return this.length === HEAD.length;
  }

  /** A whole patch as JSON text. */
  patch(text: string): void {
    this.comma();
    this.text(text);
  }

  /** Members that follow belong to one patch, which there is none of without members. */
  beginPatch(): void {
    this.hasMembers = false;
  }

  endPatch(): void {
    if (this.hasMembers) this.byte(CLOSE);
  }

  /** `"name":value` as JSON text. */
  member(text: string): void {
    this.nextMember();
    this.text(text);
  }

  /** `"name":` and an object, whose members are pieces in pairs: `"name":` and value. */
  group(name: Uint8Array, pieces: readonly Uint8Array[]): void {
    if (pieces.length === 0) return;
    this.nextMember();
    this.append(name);
    for (let n = 0; n < pieces.length; n += 2) {
      this.byte(n === 0 ? OPEN : COMMA);
      this.append(pieces[n]);
      this.append(pieces[n + 1]);
    }
    this.byte(CLOSE);
  }

  /** The packet, to be used before the next one begins. */
  end(): Uint8Array {
    this.append(TAIL);
    return this.bytes.subarray(0, this.length);
  }

  private nextMember(): void {
    if (this.hasMembers) {
      this.byte(COMMA);
      return;
    }
    this.comma();
    this.byte(OPEN);
    this.hasMembers = true;
  }

  private comma(): void {
    if (this.length > HEAD.length) this.byte(COMMA);
  }

  private text(text: string): void {
    this.reserve(text.length * UNIT_BYTES_MAX);
    this.length += this.bytes.write(text, this.length, 'utf8');
  }

  private append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  private byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  private reserve(bytes: number): void {
    const wanted = this.length + bytes;
    if (wanted <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(wanted, this.bytes.length * 2));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
}
