/** Counts the orders in a data folder whose exchange has ended: what the log says, not what the exchange said. */
import { OrderStatus } from '../../src/core/enums.js';
import { recoverState } from '../../src/cli/running-exchange.js';
import { HistoryQueries } from '../../src/front/history.js';
import { closeStorage, openStorage, type Storage } from '../../src/storage/database.js';
import { HistoryStore } from '../../src/storage/history-store.js';

export interface StoredOrders {
  /** Orders that the book has taken. */
  accepted: number;
  /** Of them, those with a fill. */
  traded: number;
}

export async function countStoredOrders(dataDir: string): Promise<StoredOrders> {
  const storage = await openStorage(dataDir);
  try {
    return await count(storage);
  } finally {
    await closeStorage(storage);
  }
}

async function count(storage: Storage): Promise<StoredOrders> {
  const store = new HistoryStore(storage.store);
  const watermark = await store.watermark();
  const { state, recent } = await recoverState(storage, () => undefined);
  const history = new HistoryQueries(state, recent, store, () => watermark);
  const counted: StoredOrders = { accepted: 0, traded: 0 };
  const accounts = Array.from({ length: state.accounts.count }, (_, index) => index + 1);
  await history.ordersOf(accounts, ({ status, filled }) => {
    if (status !== OrderStatus.Rejected) counted.accepted++;
    if (filled > 0) counted.traded++;
    return false;
  });
  return counted;
}
