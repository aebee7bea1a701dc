/** Series that tests grow by hand. */
import type { SeriesItem, SeriesReading, SeriesSource } from '../../../src/front/diff/charts/series-source.js';

export class MemorySeries implements SeriesSource {
  private readonly items = new Map<string, SeriesItem[]>();
  private readonly listeners = new Map<string, Set<(item: SeriesItem) => void>>();

  /** Sets the item of that number, the next one or one that is there. */
  set(instrument: number, durationUs: number, item: SeriesItem): void {
    const name = `${instrument} ${durationUs}`;
    this.of(name)[item.id] = item;
    for (const listener of this.listeners.get(name) ?? []) listener(item);
  }

  watch(instrument: number, durationUs: number, onChange: (item: SeriesItem) => void): Promise<SeriesReading> {
    const name = `${instrument} ${durationUs}`;
    const items = this.of(name);
    const listeners = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, listeners.add(onChange));
    return Promise.resolve({
      get lastId() {
        return items.length - 1;
      },
      items: (fromId, toId) => Promise.resolve(items.slice(Math.max(0, fromId), toId + 1)),
      idAt: (timeUs) => Promise.resolve(items.findLastIndex((item) => item.timeUs <= timeUs)),
      close: () => {
        listeners.delete(onChange);
      },
    });
  }

  private of(name: string): SeriesItem[] {
    let items = this.items.get(name);
    if (items === undefined) this.items.set(name, (items = []));
    return items;
  }
}
