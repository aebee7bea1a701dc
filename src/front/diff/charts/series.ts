/** The bars or ticks of an instrument as all charts share them: what has become of the newest, by version. */
import { DiffObject } from '../tree/diff-object.js';
import type { VersionClock } from '../tree/version-clock.js';
import type { SeriesItem, SeriesReading, SeriesSource } from './series-source.js';

/** Items that are remembered with what has changed in them. A chart that is further behind reads them anew. */
const RECENT_ITEMS = 16;

export interface SeriesReader {
  seriesChanged(): void;
}

export class Series {
  readonly readers = new Set<SeriesReader>();
  private reading: SeriesReading | undefined;
  private readonly recent = new Map<number, DiffObject>();
  private readonly opening: Promise<SeriesReading>;

  constructor(
    readonly instrument: number,
    readonly durationUs: number,
    source: SeriesSource,
    private readonly clock: VersionClock,
  ) {
    this.opening = source.watch(instrument, durationUs, (item) => {
      this.changed(item);
    });
  }

  /** The version that whoever reads items now has seen at least. */
  get version(): number {
    return this.clock.current - 1;
  }

  async open(): Promise<SeriesReading> {
    this.reading = await this.opening;
    return this.reading;
  }

  get lastId(): number {
    return this.reading?.lastId ?? -1;
  }

  /** Number of the oldest item of which changes are known; all before it are final. */
  get recentId(): number {
    const first = this.recent.keys().next();
    return first.done === true ? this.lastId + 1 : first.value;
  }

  /** Members `"id":{...}` of what has changed in a window since `seen`; items behind `sentId` are whole. */
  changesSince(seen: number, sentId: number, fromId: number, toId: number): string {
    let text = '';
    for (const [id, item] of this.recent) {
      if (id < fromId || id > toId) continue;
      const patch = item.patchSince(id > sentId ? 0 : seen);
      if (patch !== '') text += `${text === '' ? '' : ','}"${id}":${patch}`;
    }
    return text;
  }

  close(): void {
    void this.opening.then((reading) => {
      reading.close();
    });
  }

  private changed({ id, fields }: SeriesItem): void {
    let item = this.recent.get(id);
    if (item === undefined) {
      this.recent.set(id, (item = new DiffObject(this.clock)));
      if (this.recent.size > RECENT_ITEMS) this.recent.delete(this.recent.keys().next().value!);
    }
    if (!item.update(fields)) return;
    for (const reader of this.readers) reader.seriesChanged();
  }
}
