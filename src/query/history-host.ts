/**
 * The process of the history, seen from inside: messages in, messages out. It is a process of its own so that a query can take
 * memory, time, or DuckDB itself down without the exchange noticing: then it is killed, and begins again where its last export
 * ended. It dies with its parent.
 */
import { readGoodBlocks } from '../storage/log-block.js';
import { StorageError, reasonOf } from '../storage/storage-error.js';
import { HistoryEngine } from './history-engine.js';
import type { FromHistory, ToHistory } from './messages.js';
import { faultOf } from './query-error.js';

/** So much is folded before the feeder hears of it: a message for each block would cost more than to read it. Less than the feeder waits for. */
const SAID_BYTES = 256 * 1024;

export class HistoryHost {
  private engine: HistoryEngine | undefined;
  private readonly running = new Map<number, AbortController>();
  private exporting = false;
  /** Folded since the feeder was told so last. */
  private unsaidBytes = 0;

  constructor(
    private readonly post: (message: FromHistory) => void,
    /** Whether the exchange lives that this process writes for. */
    private readonly isOwned: () => boolean,
  ) {}

  /** Throws what makes it useless to go on. */
  async handle(message: ToHistory): Promise<void> {
    if (message.type === 'open') {
      const { engine, position } = await HistoryEngine.open({
        folder: message.folder,
        holidays: message.holidays,
        factors: message.factors,
        mayPublish: this.isOwned,
      });
      this.engine = engine;
      this.post({ type: 'opened', exported: engine.exported, position });
      return;
    }
    const { engine } = this;
    if (engine === undefined) throw new StorageError('OPEN_FAILED', 'The history is not open.');
    switch (message.type) {
      case 'begin':
        engine.begin(message.state, message.crc);
        return;
      case 'blocks':
        await this.apply(engine, message.bytes);
        return;
      case 'query':
        void this.query(engine, message);
        return;
      case 'cancel':
        this.running.get(message.id)?.abort();
        return;
      case 'export':
        engine.pass(message.timeUs);
        void this.export(engine);
    }
  }

  private async apply(engine: HistoryEngine, bytes: Uint8Array): Promise<void> {
    // the thread that sends them has read them from the log, which checks them
    for (const block of readGoodBlocks(bytes)) {
      await engine.settled();
      engine.apply(block);
    }
    this.unsaidBytes += bytes.byteLength;
    if (this.unsaidBytes < SAID_BYTES) return;
    this.unsaidBytes = 0;
    this.post({ type: 'folded', sequence: engine.sequence });
  }

  private async query(engine: HistoryEngine, { id, query, format }: Extract<ToHistory, { type: 'query' }>): Promise<void> {
    const controller = new AbortController();
    this.running.set(id, controller);
    try {
      const { body, rows, truncated } = await engine.query(query, format, controller.signal, (share) => {
        this.post({ type: 'progress', id, share });
      });
      this.post({ type: 'answer', id, body, rows, truncated });
    } catch (error) {
      const { fault, message, position } = faultOf(error);
      this.post({ type: 'failure', id, fault, message, position });
    }
    this.running.delete(id);
  }

  private async export(engine: HistoryEngine): Promise<void> {
    if (this.exporting) return;
    this.exporting = true;
    try {
      await engine.export();
      this.post({ type: 'exported', sequence: engine.exported });
    } catch (error) {
      this.post({ type: 'notExported', message: reasonOf(error) });
    }
    this.exporting = false;
  }
}
