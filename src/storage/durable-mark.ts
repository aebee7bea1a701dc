/**
 * How far the log is durable, told apart from the log: 32 bytes beside the databases.
 *
 * LevelDB passes over damaged records of its newest file without a word, so a log that has lost its end looks like a log
 * that ended there. The mark is written after each commit and never synced: it may be behind, never ahead. It survives the
 * death of the process, and a power cut but for the last seconds; a log that ends before it has lost what was acknowledged.
 *
 *   0 magic u32 | 4 crc u32 of what follows | 8 last sequence f64 | 16 block crc u32 | 20 zeros
 */
import { closeSync, constants, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

const MARK_BYTES = 32;
/** "QEND" */
const MAGIC = 0x444e4551;
const At = { magic: 0, crc: 4, sequence: 8, blockCrc: 16 } as const;

export interface DurableEnd {
  /** Last event of a durable block. */
  sequence: number;
  /** CRC of that block. */
  crc: number;
}

export class DurableMark {
  private readonly bytes = new DataView(new ArrayBuffer(MARK_BYTES));
  private file: number | undefined;

  /** Fails never: without its file the mark is merely behind. */
  constructor(dataDir: string) {
    this.bytes.setUint32(At.magic, MAGIC, true);
    try {
      this.file = openSync(pathOf(dataDir), constants.O_RDWR | constants.O_CREAT, 0o600);
    } catch {
      this.file = undefined;
    }
  }

  /** The log is durable up to here. */
  note(end: DurableEnd): void {
    if (this.file === undefined) return;
    const { bytes } = this;
    bytes.setFloat64(At.sequence, end.sequence, true);
    bytes.setUint32(At.blockCrc, end.crc, true);
    bytes.setUint32(At.crc, checksum(bytes), true);
    try {
      writeSync(this.file, bytes, 0, MARK_BYTES, 0);
    } catch {
      // a full disk, an I/O error: the mark stays behind
    }
  }

  close(): void {
    if (this.file === undefined) return;
    try {
      fsyncSync(this.file);
    } finally {
      closeSync(this.file);
      this.file = undefined;
    }
  }
}

/** The mark as it was left; 'unreadable' when it is damaged, undefined when there is none. */
export function readDurableMark(dataDir: string): DurableEnd | 'unreadable' | undefined {
  let file: Buffer;
  try {
    file = readFileSync(pathOf(dataDir));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : 'unreadable';
  }
  // Made, and nothing was committed yet.
  if (file.byteLength === 0) return undefined;
  const bytes = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const isWhole = file.byteLength === MARK_BYTES && bytes.getUint32(At.magic, true) === MAGIC;
  if (!isWhole || bytes.getUint32(At.crc, true) !== checksum(bytes)) return 'unreadable';
  return { sequence: bytes.getFloat64(At.sequence, true), crc: bytes.getUint32(At.blockCrc, true) };
}

function checksum(bytes: DataView): number {
  return crc32(new Uint8Array(bytes.buffer, bytes.byteOffset + At.sequence, MARK_BYTES - At.sequence));
}

function pathOf(dataDir: string): string {
  return join(dataDir, 'db', 'durable');
}
