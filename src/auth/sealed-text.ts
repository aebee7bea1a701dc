/**
 * Short personal texts (id cards) as they may lie in a log: AES-256-GCM, key derived from a secret by HKDF.
 *
 *   base64url of: version u8 = 1 | nonce 12 bytes | ciphertext | tag 16 bytes
 *
 * A random nonce is safe for about 2^32 texts of one key. The context (say, the user id) is authenticated with the text,
 * so that the sealed text of one record cannot be moved to another.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

export class TextSealer {
  readonly #key: Buffer;

  /** What was sealed under one secret cannot be opened under another: use a secret that is never changed. */
  constructor(secret: string) {
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', 'sealed-text 1', 32));
  }

  seal(text: string, context: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(context, 'utf8'));
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([Buffer.of(VERSION), nonce, body, cipher.getAuthTag()]).toString('base64url');
  }

  /** The text, or undefined when it was sealed with another secret or context, or was changed. */
  open(sealed: string, context: string): string | undefined {
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes.length < 1 + NONCE_BYTES + TAG_BYTES || bytes[0] !== VERSION) return undefined;
    const bodyEnd = bytes.length - TAG_BYTES;
    const decipher = createDecipheriv(CIPHER, this.#key, bytes.subarray(1, 1 + NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(context, 'utf8'));
    decipher.setAuthTag(bytes.subarray(bodyEnd));
    const body = decipher.update(bytes.subarray(1 + NONCE_BYTES, bodyEnd));
    try {
      return Buffer.concat([body, decipher.final()]).toString('utf8');
    } catch {
      return undefined;
    }
  }
}

/** An id card as it may be shown: the first 3 and last 4 characters; a shorter text shows nothing. */
export function maskIdCard(idCard: string): string {
  const hiddenCount = idCard.length - 7;
  return hiddenCount > 0 ? idCard.slice(0, 3) + '*'.repeat(hiddenCount) + idCard.slice(-4) : '*'.repeat(idCard.length);
}
