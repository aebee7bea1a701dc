/** The least that a log can do: bytes appended to a file that grows, then fdatasync, one after the other in one thread. */
import { closeSync, fdatasyncSync, openSync, unlinkSync, writeSync } from 'node:fs';

/** A file is begun anew after so much, as LevelDB does. */
const FILE_BYTES = 64 << 20;

export class RawLog {
  private file: number;
  private filled = 0;

  constructor(private readonly path: string) {
    this.file = openSync(path, 'w');
  }

  /** Returns when the bytes are durable. */
  append(bytes: Uint8Array): void {
    writeSync(this.file, bytes);
    fdatasyncSync(this.file);
    this.filled += bytes.byteLength;
    if (this.filled >= FILE_BYTES) this.beginAnew();
  }

  close(): void {
    closeSync(this.file);
    unlinkSync(this.path);
  }

  private beginAnew(): void {
    this.close();
    this.file = openSync(this.path, 'w');
    this.filled = 0;
  }
}
