/** How a disk behaves: how long it takes and how often it fails. Everything that it does is drawn from one seeded generator. */
import type { Random } from '../../src/cli/load/random.js';

export interface DiskWeather {
  /** µs that a write and a sync take at most; usually far less. */
  writeUsMax: number;
  syncUsMax: number;
  readUsMax: number;
  /** Chances of one operation to fail. */
  writeFails: number;
  syncFails: number;
  readFails: number;
  /** No room for anything. */
  full: boolean;
}

export const FAIR_WEATHER: DiskWeather = {
  writeUsMax: 100,
  syncUsMax: 2000,
  readUsMax: 200,
  writeFails: 0,
  syncFails: 0,
  readFails: 0,
  full: false,
};

/** Most lives of a process see a disk that works; some see one that does not. */
export function weatherOf(random: Random): DiskWeather {
  const weather = { ...FAIR_WEATHER };
  if (random.between(1, 4) === 1) weather.syncUsMax = 50_000;
  if (random.between(1, 4) === 1) weather.writeUsMax = 5000;
  if (random.between(1, 4) === 1) weather.readUsMax = 5000;
  if (random.between(1, 2) === 1) weather.writeFails = random.next() * 0.3;
  if (random.between(1, 6) === 1) weather.syncFails = random.next() * 0.05;
  if (random.between(1, 12) === 1) weather.readFails = random.next() * 0.02;
  return weather;
}
