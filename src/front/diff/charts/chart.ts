/** One chart of one connection: its window on a series, and what of it the client has (diff.md 5.4, 6.2, 6.4). */
import type { Series } from './series.js';
import type { SeriesItem, SeriesReading } from './series-source.js';
import { DiffObject, jsonOf, jsonText } from '../tree/diff-object.js';
import { VersionClock } from '../tree/version-clock.js';
import type { ChartRequest } from './chart-request.js';

/** A main series and those shown beside it, under the names that were asked for. */
export interface NamedSeries {
  readonly symbol: string;
  readonly series: Series;
}

export class Chart {
  leftId = -1;
  rightId = -1;
  /** The client has all items of the window up to this one, each as it was at the version. */
  private sentId = -1;
  private seen = 0;
  private isLoaded = false;
  private isLoading = false;
  private isGone = false;

  constructor(
    readonly request: ChartRequest,
    readonly shown: readonly NamedSeries[],
    private readonly currentDayUs: () => number,
    private readonly push: (patch: string) => void,
  ) {}

  /** Reads the window, or what the client lacks of it, and gives it to him; other charts and data go on meanwhile. */
  async load(): Promise<void> {
    if (this.isLoading || this.isGone) return;
    this.isLoading = true;
    try {
      const main = this.shown[0].series;
      const reading = await main.open();
      for (const { series } of this.shown.slice(1)) await series.open();
      const seen = main.version;
      await this.place(reading);
      const from = Math.max(this.leftId, this.sentId);
      const items = from < 0 ? [] : await reading.items(from, Math.min(this.rightId, reading.lastId));
      const bindings = await this.bindings(items);
      if (this.isGone) return;
      this.sentId = Math.max(this.sentId, items.at(-1)?.id ?? -1);
      this.seen = seen;
      this.push(this.dataPatch(items.map(memberOf).join(','), bindings));
      this.push(this.chartPatch());
      this.isLoaded = true;
    } finally {
      this.isLoading = false;
    }
  }

  /** The patches owed. */
  patches(version: number): string[] {
    if (!this.isLoaded || this.isLoading) return [];
    const { series } = this.shown[0];
    const { kind } = this.request.window;
    if (kind === 'newest') this.scroll(series.lastId);
    const isBehind = this.sentId < Math.min(this.rightId, series.lastId) && (this.sentId + 1 < series.recentId || this.shown.length > 1);
    if (isBehind || (kind === 'days' && series.lastId > this.rightId)) {
      void this.load();
      return [];
    }
    const members = series.changesSince(this.seen, this.sentId, this.leftId, this.rightId);
    this.seen = version;
    if (members === '') return [];
    const isNew = series.lastId > this.sentId;
    this.sentId = Math.min(this.rightId, series.lastId);
    const data = this.dataPatch(members, '');
    return isNew && kind === 'newest' ? [data, this.chartPatch()] : [data];
  }

  remove(): void {
    this.isGone = true;
  }

  /** Where the window lies. One of days ends at the newest item until the days are over. */
  private async place(reading: SeriesReading): Promise<void> {
    const { window } = this.request;
    if (window.kind === 'newest') {
      this.scroll(reading.lastId);
    } else if (window.kind === 'days') {
      const startUs = window.startUs === 0 ? this.currentDayUs() : window.startUs;
      this.leftId = (await reading.idAt(startUs - 1)) + 1;
      this.rightId = await reading.idAt(startUs + window.lengthUs - 1);
    } else {
      this.leftId = window.kind === 'left' ? window.leftId : Math.max(0, (await reading.idAt(window.timeUs)) - window.position);
      this.rightId = this.leftId + window.width - 1;
    }
  }

  private scroll(lastId: number): void {
    const { window } = this.request;
    if (window.kind !== 'newest') return;
    this.rightId = lastId;
    this.leftId = lastId < 0 ? -1 : Math.max(0, lastId - window.width + 1);
  }

  private dataPatch(members: string, bindings: string): string {
    const { symbol, series } = this.shown[0];
    const head = `"last_id":${series.lastId}`;
    const data = members === '' ? '' : `,"data":{${members}}`;
    const { durationUs } = this.request;
    if (durationUs === 0) return `{"ticks":{${jsonText(symbol)}:{${head}${data}}}}`;
    const fields = `${head},"trading_day_start_id":-1,"trading_day_end_id":-1${data}${bindings}`;
    return `{"klines":{${jsonText(symbol)}:{"${durationUs * 1000}":{${fields}}}}}`;
  }

  private chartPatch(): string {
    const { chartId, state } = this.request;
    const echo = jsonOf(state);
    return (
      `{"charts":{${jsonText(chartId)}:{"left_id":${this.leftId},"right_id":${this.rightId},"more_data":false,"ready":true,"state":${echo}}},` +
      '"mdhis_more_data":false}'
    );
  }

  /** The bars of the other symbols at the time of the items, and which belongs to which. */
  private async bindings(items: readonly SeriesItem[]): Promise<string> {
    if (items.length === 0) return '';
    const texts: string[] = [];
    for (const { symbol, series } of this.shown.slice(1)) {
      const reading = await series.open();
      const from = Math.max(0, await reading.idAt(items[0].timeUs));
      const others = await reading.items(from, await reading.idAt(items.at(-1)!.timeUs));
      const members = items.flatMap((item) => {
        const other = others.findLast(({ timeUs }) => timeUs <= item.timeUs);
        return other === undefined ? [] : [`"${item.id}":${other.id}`];
      });
      texts.push(`${jsonText(symbol)}:{${members.join(',')}}`);
      const data = `"last_id":${series.lastId},"data":{${others.map(memberOf).join(',')}}`;
      this.push(`{"klines":{${jsonText(symbol)}:{"${this.request.durationUs * 1000}":{${data}}}}}`);
    }
    return texts.length === 0 ? '' : `,"binding":{${texts.join(',')}}`;
  }
}

function memberOf({ id, fields }: SeriesItem): string {
  const object = new DiffObject(new VersionClock());
  object.update(fields);
  return `"${id}":${object.patchSince(0)}`;
}
