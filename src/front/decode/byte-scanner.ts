/**
 * Reads flat JSON objects from bytes, as far as they have the usual form: printable ASCII without escapes, whole numbers or
 * decimals without exponents, blanks at most between tokens. Whatever else is valid JSON is left to `JSON.parse`: a method
 * that meets it says so, and the bytes have not been changed.
 */
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BLANK = 0x20;
const DIGIT_0 = 0x30;
const POINT = 0x2e;

/** Digits that a double holds whatever they are. */
const DIGITS_MAX = 11;
/** 10^(4 − decimals) */
const SCALES = [10_000, 1000, 100, 10, 1];

export class ByteScanner {
  bytes: Buffer = Buffer.alloc(0);
  /** Where the next token is read. */
  position = 0;
  /** The text read last lies from `start` to `end`. */
  start = 0;
  end = 0;
  /** The number read last. */
  number = 0;

  open(bytes: Buffer): void {
    this.bytes = bytes;
    this.position = 0;
  }

  /** Skips blanks and takes one character; false when another one is there. */
  take(character: number): boolean {
    const { bytes } = this;
    let { position } = this;
    while (bytes[position] === BLANK) position++;
    if (bytes[position] !== character) return false;
    this.position = position + 1;
    return true;
  }

  /** Skips blanks; the character there, or undefined at the end. */
  peek(): number | undefined {
    const { bytes } = this;
    while (bytes[this.position] === BLANK) this.position++;
    return bytes[this.position];
  }

  /** A string: `start` to `end` are its characters. False for one with escapes or beyond ASCII, and for anything else. */
  text(): boolean {
    if (!this.take(QUOTE)) return false;
    const { bytes } = this;
    const from = this.position;
    for (let at = from; at < bytes.length; at++) {
      const character = bytes[at];
      if (character === QUOTE) {
        this.start = from;
        this.end = at;
        this.position = at + 1;
        return true;
      }
      if (character < BLANK || character > 0x7e || character === BACKSLASH) return false;
    }
    return false;
  }

  /** A whole number of few digits in `number`. */
  whole(): boolean {
    this.peek();
    const digits = this.digits();
    return digits > 0 && !isNumberPart(this.bytes[this.position]);
  }

  /** A decimal of at most four places in `number`, in 1/10000. */
  decimal(): boolean {
    this.peek();
    if (this.digits() === 0) return false;
    const whole = this.number;
    if (this.bytes[this.position] !== POINT) {
      this.number = whole * SCALES[0];
      return !isNumberPart(this.bytes[this.position]);
    }
    let fraction = 0;
    let places = 0;
    for (let at = this.position + 1; ; at++) {
      const digit = this.bytes[at] - DIGIT_0;
      if (!(digit >= 0 && digit <= 9)) {
        this.position = at;
        break;
      }
      if (++places > 4) return false;
      fraction = fraction * 10 + digit;
    }
    if (places === 0 || isNumberPart(this.bytes[this.position])) return false;
    this.number = whole * SCALES[0] + fraction * SCALES[places];
    return true;
  }

  /** Whether the text read last is `expected`. */
  is(expected: Uint8Array): boolean {
    const { bytes, start } = this;
    if (this.end - start !== expected.length) return false;
    for (let index = 0; index < expected.length; index++) if (bytes[start + index] !== expected[index]) return false;
    return true;
  }

  /** The number of an id: `prefix` and exactly `digits` digits. 0 when the text read last is none. */
  id(prefix: Uint8Array, digits: number): number {
    const { bytes, start, end } = this;
    if (end - start !== prefix.length + digits) return 0;
    for (let index = 0; index < prefix.length; index++) if (bytes[start + index] !== prefix[index]) return 0;
    let number = 0;
    for (let at = start + prefix.length; at < end; at++) {
      const digit = bytes[at] - DIGIT_0;
      if (digit < 0 || digit > 9) return 0;
      number = number * 10 + digit;
    }
    return number <= Number.MAX_SAFE_INTEGER ? number : 0;
  }

  /** The text read last as a string. */
  string(): string {
    const { bytes, start, end } = this;
    if (end - start > SHORT) return bytes.toString('latin1', start, end);
    let text = '';
    for (let at = start; at < end; at++) text += CHARACTERS[bytes[at]];
    return text;
  }

  /** Digits of a whole number as JSON writes it; 0 for none or too many. */
  private digits(): number {
    const { bytes } = this;
    const from = this.position;
    let number = 0;
    let at = from;
    for (; ; at++) {
      const digit = bytes[at] - DIGIT_0;
      if (!(digit >= 0 && digit <= 9)) break;
      number = number * 10 + digit;
    }
    const count = at - from;
    if (count === 0 || count > DIGITS_MAX || (count > 1 && bytes[from] === DIGIT_0)) return 0;
    this.position = at;
    this.number = number;
    return count;
  }
}

/** Up to here a call into the runtime costs more than joining characters. */
const SHORT = 10;
const CHARACTERS: readonly string[] = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

/** A sign, a point, an exponent: the number goes on in a way that is not read here. */
function isNumberPart(character: number | undefined): boolean {
  return character === POINT || character === 0x65 || character === 0x45 || character === 0x2b || character === 0x2d;
}

/** The bytes of an ASCII text, to compare with. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}
