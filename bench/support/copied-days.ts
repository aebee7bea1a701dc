/** A history of many days out of one of a day: a scan is to be measured by its length, and a day of trading takes long to make. */
import { linkSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readManifest, writeManifest, type HistoryFile } from '../../src/query/manifest.js';

/** Links the trades and the checkpoint of a history into an empty folder, the trades once for each of so many days. */
export function copyDays(folder: string, into: string, days: number): readonly HistoryFile[] {
  const manifest = readManifest(folder)!;
  const link = (path: string, copy = path): void => {
    mkdirSync(dirname(join(into, copy)), { recursive: true });
    linkSync(join(folder, path), join(into, copy));
  };
  link(manifest.checkpoint.path);
  const first = manifest.tables.trades[0].day;
  const trades = Array.from({ length: days }, (_, n) =>
    manifest.tables.trades.map((file, i): HistoryFile => {
      const day = first + n;
      const copy = { ...file, day, path: join('trades', `trading_day=${day}`, `${i}.parquet`) };
      link(file.path, copy.path);
      return copy;
    }),
  ).flat();
  const none = Object.fromEntries(Object.keys(manifest.tables).map((name) => [name, []])) as unknown as typeof manifest.tables;
  writeManifest(into, { ...manifest, tables: { ...none, trades } });
  return trades;
}
