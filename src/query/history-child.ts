/** The process of the history, seen from the thread that feeds it. */
import { fork, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { QueryError } from './query-error.js';
import type { FromHistory, ToHistory } from './messages.js';
import { BackgroundProcess } from './process-priority.js';

const PROCESS_FILE = fileURLToPath(new URL('../../workers/history-process.js', import.meta.url));
/** Blocks that the process was given and has not folded, at most. */
const WINDOW_BYTES = 8 << 20;
/** Blocks of a quiet exchange are small: a message for each would cost more than what is in it. */
const MESSAGE_BYTES = 256 * 1024;
const PAGE_BYTES = 4096;
const ERROR_CHARACTERS_MAX = 500;
const WATCH_MS = 1000;

export class HistoryChild {
  /** Last event that it was given. */
  sequence = 0;
  crc = 0;
  exported = 0;

  private readonly process: ChildProcess;
  private readonly sent: { sequence: number; bytes: number }[] = [];
  private sentBytes = 0;
  /** Blocks of the next message. */
  private gathered: Uint8Array[] = [];
  private gatheredBytes = 0;
  private wake: (() => void) | undefined;
  private errors = '';
  private watching: NodeJS.Timeout | undefined;

  /** `onMessage` hears what is not about opening and feeding; `onEnd` once, when it is gone, with what it said last. */
  constructor(
    private readonly onMessage: (message: FromHistory) => void,
    private readonly onEnd: (reason: string) => void,
  ) {
    this.process = fork(PROCESS_FILE, [], {
      // secrets of the exchange are none of its business
      env: {},
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.process.on('message', (message: FromHistory) => this.receive(message));
    this.process.on('error', (error) => (this.errors = error.message));
    this.process.stderr?.on('data', (text: Buffer) => (this.errors = (this.errors + text.toString()).slice(-ERROR_CHARACTERS_MAX)));
    this.process.once('close', (code, signal) => {
      this.isGone = true;
      clearInterval(this.watching);
      this.wake?.();
      this.onEnd(this.errors.trim() || `ended by ${signal ?? `code ${code}`}`);
    });
    if (this.process.pid !== undefined) this.watch(this.process.pid);
  }

  isGone = false;

  /** Behind everything that it was fed. */
  send(message: ToHistory): void {
    this.sendGathered();
    this.post(message);
  }

  private post(message: ToHistory): void {
    if (!this.isGone) this.process.send(message, () => undefined);
  }

  kill(): void {
    this.process.kill('SIGKILL');
  }

  /**
   * The next block; waits while too much is on its way. It goes with those behind it, at the latest before the next message.
   * Throws QueryError `unavailable` when the process is gone.
   */
  async feed(block: { bytes: Uint8Array; sequence: number; crc: number }): Promise<void> {
    this.gathered.push(block.bytes);
    this.gatheredBytes += block.bytes.byteLength;
    if (this.gatheredBytes >= MESSAGE_BYTES) this.sendGathered();
    this.sequence = block.sequence;
    this.crc = block.crc;
    this.sent.push({ sequence: block.sequence, bytes: block.bytes.byteLength });
    this.sentBytes += block.bytes.byteLength;
    while (this.sentBytes > WINDOW_BYTES && !this.isGone) await new Promise<void>((resolve) => (this.wake = resolve));
    if (this.isGone) throw new QueryError('unavailable', 'the history is started again');
  }

  /** What it was fed and has not been sent. */
  sendGathered(): void {
    const { gathered } = this;
    if (gathered.length === 0) return;
    this.gathered = [];
    this.gatheredBytes = 0;
    this.post({ type: 'blocks', bytes: gathered.length === 1 ? gathered[0] : Buffer.concat(gathered) });
  }

  /** Resident memory, where the system tells. */
  residentBytes(): number {
    try {
      return Number(readFileSync(`/proc/${this.process.pid}/statm`, 'latin1').split(' ')[1]) * PAGE_BYTES;
    } catch {
      return 0;
    }
  }

  /** It stands back behind everything else, as long as anything is left for it. */
  private watch(pid: number): void {
    const background = new BackgroundProcess(pid);
    this.watching = setInterval(() => background.look(), WATCH_MS).unref();
  }

  private receive(message: FromHistory): void {
    if (message.type === 'folded') {
      while (this.sent.length > 0 && this.sent[0].sequence <= message.sequence) this.sentBytes -= this.sent.shift()!.bytes;
      this.wake?.();
      return;
    }
    if (message.type === 'exported') this.exported = message.sequence;
    this.onMessage(message);
  }
}
