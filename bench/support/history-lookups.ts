/** Finished orders, looked up one by one as the routes do. */
import { recoverState } from '../../src/cli/running-exchange.js';
import { HistoryQueries } from '../../src/front/history.js';
import { closeStorage, openStorage } from '../../src/storage/database.js';
import { HistoryStore } from '../../src/storage/history-store.js';
import { uniform } from './event-stream.js';
import { percentile, rowOf } from './figures.js';
import type { Row } from './suite.js';
import type { TradedFolder } from './traded-folder.js';

const SEED = 20_260_902;
/** The figure is of so many orders: as many as a long day has, and what the cache of the store is made for. */
const ORDERS_MAX = 1_000_000;

export async function lookupRows(
  dataDir: string,
  { orders }: TradedFolder,
  lookups: number,
  rounds: number,
  progress: (text: string) => void,
): Promise<Row[]> {
  const storage = await openStorage(dataDir);
  try {
    const store = new HistoryStore(storage.store);
    const watermark = await store.watermark();
    const { state, recent } = await recoverState(storage, () => undefined);
    const history = new HistoryQueries(state, recent, store, () => watermark);
    const random = uniform(SEED);
    const raw = await rawKeys(storage);
    const timesOf = async (work: () => Promise<void>): Promise<number[]> => {
      const times: number[] = [];
      for (let n = 0; n < lookups; n++) {
        const begin = performance.now();
        await work();
        times.push((performance.now() - begin) * 1000);
      }
      return times;
    };
    const known = Math.min(orders, ORDERS_MAX);
    // the newest, of all accounts
    const any = (): number => orders - Math.floor(random() * known);
    const found = async (): Promise<void> => {
      const id = any();
      if (history.findOrder(id)?.orderId !== id) throw new Error(`order ${id} was not found`);
    };
    const absent = async (): Promise<void> => {
      if (history.findOrder(orders + any()) !== undefined) throw new Error('an order was found that was never entered');
    };
    const get = async (): Promise<void> => {
      if ((await storage.store.get(raw[Math.floor(random() * raw.length)])) === undefined) throw new Error('a key is missing');
    };
    const figures: Record<'found' | 'absent' | 'get', { p50: number[]; p99: number[] }> = {
      found: { p50: [], p99: [] },
      absent: { p50: [], p99: [] },
      get: { p50: [], p99: [] },
    };
    // the first round warms up
    for (let round = 0; round <= rounds; round++) {
      progress(`finished orders, round ${round} of ${rounds}`);
      for (const [name, work] of Object.entries({ found, absent, get })) {
        const times = await timesOf(work);
        if (round === 0) continue;
        figures[name as keyof typeof figures].p50.push(percentile(times, 0.5));
        figures[name as keyof typeof figures].p99.push(percentile(times, 0.99));
      }
    }
    const yardstick = 'one get of LevelDB';
    return [
      rowOf(`a finished order of ${known}, p50`, 'µs', figures.found.p50, { name: yardstick, runs: figures.get.p50 }),
      rowOf('the same, p99', 'µs', figures.found.p99, { name: yardstick, runs: figures.get.p99 }),
      rowOf('an order that never was, p99', 'µs', figures.absent.p99),
    ];
  } finally {
    await closeStorage(storage);
  }
}

/** Keys of small values to get one by one. */
async function rawKeys({ store }: Awaited<ReturnType<typeof openStorage>>): Promise<string[]> {
  return await store.keys({ gte: 'hist/orders/', lt: 'hist/orders0', limit: 10_000 });
}
