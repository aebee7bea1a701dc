/** The series that somebody charts, each read once however many charts show it. */
import type { VersionClock } from '../tree/version-clock.js';
import type { SeriesSource } from './series-source.js';
import { Series, type SeriesReader } from './series.js';

export class ChartBoard {
  private readonly series = new Map<string, Series>();

  constructor(
    private readonly source: SeriesSource,
    private readonly clock: VersionClock,
  ) {}

  watch(instrument: number, durationUs: number, reader: SeriesReader): Series {
    const name = `${instrument} ${durationUs}`;
    let series = this.series.get(name);
    if (series === undefined) this.series.set(name, (series = new Series(instrument, durationUs, this.source, this.clock)));
    series.readers.add(reader);
    return series;
  }

  unwatch(series: Series, reader: SeriesReader): void {
    series.readers.delete(reader);
    if (series.readers.size > 0) return;
    this.series.delete(`${series.instrument} ${series.durationUs}`);
    series.close();
  }
}
