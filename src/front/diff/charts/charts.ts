/** The charts of one connection. */
import type { InstrumentDirectory } from '../../../core/instrument.js';
import { jsonOf, jsonText } from '../tree/diff-object.js';
import type { ChartBoard } from './chart-board.js';
import type { ChartRequest } from './chart-request.js';
import { Chart, type NamedSeries } from './chart.js';
import type { SeriesReader } from './series.js';

/** More than a screen holds. */
const CHARTS_MAX = 64;

export interface ChartsParts {
  readonly board: ChartBoard;
  readonly instruments: InstrumentDirectory;
  /** Beginning of the current trading day's bar, µs. */
  readonly currentDayUs: () => number;
  readonly onError: (error: unknown) => void;
}

export interface ChartsOwner {
  push(patch: string): void;
  somethingChanged(): void;
}

export class Charts implements SeriesReader {
  private readonly charts = new Map<string, Chart>();

  constructor(
    private readonly parts: ChartsParts,
    private readonly owner: ChartsOwner,
  ) {}

  /** False when there are too many. */
  set(request: ChartRequest): boolean {
    const { chartId } = request;
    this.remove(chartId);
    if (this.charts.size >= CHARTS_MAX) return false;
    const shown = this.watch(request);
    if (shown.length === 0) {
      this.owner.push(emptyChart(request));
      return true;
    }
    const chart = new Chart(request, shown, this.parts.currentDayUs, (patch) => {
      this.owner.push(patch);
    });
    this.charts.set(chartId, chart);
    chart.load().catch(this.parts.onError);
    return true;
  }

  /** The chart goes, and with it what its request left in the tree. */
  remove(chartId: string): void {
    const chart = this.charts.get(chartId);
    if (chart === undefined) return;
    chart.remove();
    this.charts.delete(chartId);
    this.unwatch(chart);
    this.owner.push(`{"charts":{${jsonText(chartId)}:null}}`);
  }

  seriesChanged(): void {
    this.owner.somethingChanged();
  }

  patches(version: number): string[] {
    const patches: string[] = [];
    for (const chart of this.charts.values()) patches.push(...chart.patches(version));
    return patches;
  }

  clear(): void {
    for (const chart of this.charts.values()) {
      chart.remove();
      this.unwatch(chart);
    }
    this.charts.clear();
  }

  private watch({ symbols, durationUs }: ChartRequest): NamedSeries[] {
    const { board, instruments } = this.parts;
    const shown: NamedSeries[] = [];
    for (const symbol of symbols) {
      const instrument = instruments.find(symbol)?.instrument;
      if (instrument !== undefined) shown.push({ symbol, series: board.watch(instrument, durationUs, this) });
      // without its main symbol there is no chart
      else if (shown.length === 0) return [];
    }
    return shown;
  }

  /** Several charts of this connection may show one series. */
  private unwatch(chart: Chart): void {
    for (const { series } of chart.shown) {
      const isShown = [...this.charts.values()].some((other) => other.shown.some((named) => named.series === series));
      if (!isShown) this.parts.board.unwatch(series, this);
    }
  }
}

/** Of a symbol that does not exist: there is nothing, and nothing more to come. */
function emptyChart({ chartId, state }: ChartRequest): string {
  const fields = { left_id: -1, right_id: -1, more_data: false, ready: true, state };
  return jsonOf({ charts: { [chartId]: fields }, mdhis_more_data: false });
}
