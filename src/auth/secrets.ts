/** Secrets that the program makes for itself on its first start and keeps in files only their owner may read. */
import { randomBytes, randomInt } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AuthError } from './auth-error.js';

const PRIVATE_MODE = 0o600;
const SECRET_CHARACTERS_MIN = 32;

/**
 * The secret kept in `folder`/`name`; made of `bytes` random bytes (base64url text) when the file does not exist.
 * Throws AUTH_SECRET_PERMISSIONS when others may read the file, AUTH_SECRET_INVALID when it holds no usable secret.
 */
export function loadOrCreateSecret(folder: string, name: string, bytes = 48): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, name);
  const existing = readPrivateFile(path);
  if (existing !== undefined) return checkedSecret(existing, path);
  const fresh = checkedSecret(randomBytes(bytes).toString('base64url'), path);
  if (createPrivateFile(path, `${fresh}\n`)) return fresh;
  // Somebody else created it in between: theirs counts, so that both use one secret.
  return checkedSecret(readPrivateFile(path) ?? '', path);
}

/**
 * Writes a file of mode 0600 that is either complete or absent, also after a power cut. Returns false, and changes
 * nothing, when `path` exists.
 */
export function createPrivateFile(path: string, text: string): boolean {
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const file = openSync(draft, 'wx', PRIVATE_MODE);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
    // Unlike a rename, a link never replaces a file that is already there.
    linkSync(draft, path);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    return false;
  } finally {
    closeSync(file);
    unlinkSync(draft);
  }
  syncFolder(dirname(path));
  return true;
}

/** Alphabet without the characters people mix up (i, l, o, 0, 1). */
const READABLE = 'abcdefghjkmnpqrstuvwxyz23456789';

/** A random password of 20 characters in three groups, easy to type, about 89 bits. */
export function generatePassword(): string {
  const group = (): string => Array.from({ length: 6 }, () => READABLE.charAt(randomInt(READABLE.length))).join('');
  return `${group()}-${group()}-${group()}`;
}

/** Content of a private file without the line end; undefined when it does not exist. */
function readPrivateFile(path: string): string | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const mode = fstatSync(file).mode & 0o777;
    // Windows knows no such bits. Elsewhere a secret that others could read may be known already: the operator decides.
    if (process.platform !== 'win32' && (mode & ~PRIVATE_MODE) !== 0) {
      throw new AuthError(
        'AUTH_SECRET_PERMISSIONS',
        `${path} may be read by others (mode ${mode.toString(8)}): run chmod 600 on it, or delete it to have a new one made.`,
      );
    }
    return readFileSync(file, 'utf8').trimEnd();
  } finally {
    closeSync(file);
  }
}

function checkedSecret(text: string, path: string): string {
  if (text.length < SECRET_CHARACTERS_MIN) {
    throw new AuthError('AUTH_SECRET_INVALID', `${path} holds no secret of at least ${SECRET_CHARACTERS_MIN} characters.`);
  }
  return text;
}

/** Makes the name of a new file durable, not only its content. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
