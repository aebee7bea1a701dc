/** The market worker as a thread of a real exchange: it dies, it is stopped, and nothing is missing afterwards. */
import t from 'tap';
import type { RunningExchange } from '../../../src/cli/running-exchange.js';
import { Side } from '../../../src/core/enums.js';
import { periodOf } from '../../../src/core/market-data/periods.js';
import type { MarketBatch } from '../../../src/front/publisher/market-event.js';
import { MarketPublisher } from '../../../src/front/publisher/market-publisher.js';
import { MarketStore } from '../../../src/storage/market-store.js';
import { addTrader, pay, startExchange, submit } from '../../support/in-process-exchange.js';
import { Channel } from '../../../src/wire/market/channels.js';

interface Print {
  md_seq: number;
  trade_id: string;
  volume_total: number;
}

/** One subscriber of the prints of an instrument. */
class Listener {
  readonly isBinary = false;
  readonly prints: Print[] = [];
  readonly publisher: MarketPublisher;

  constructor(exchange: RunningExchange, instrument: number) {
    this.publisher = new MarketPublisher(
      exchange.market,
      () => performance.now(),
      () => undefined,
    );
    this.publisher.change(this, instrument, undefined, { channels: Channel.tick, depth: 5, periods: 0 });
    exchange.market.onFrames({
      take: () => {
        const isAny = this.publisher.drain();
        this.publisher.afterTurn();
        return isAny;
      },
      lastSequence: () => this.publisher.lastSequence,
      requests: () => this.publisher.requests(),
    });
  }

  deliver({ events }: MarketBatch): void {
    for (const { bytes } of events) this.prints.push(JSON.parse(Buffer.from(bytes).toString()) as Print);
  }
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

t.test('a worker that dies is replaced, and its subscribers miss nothing; a restart goes on counting', async (t) => {
  const dataDir = t.testdir();
  let exchange = await startExchange(dataDir);
  const instrument = exchange.state.instruments.find('CFFEX.IF')!.instrument;
  const [buyer, seller] = [await addTrader(exchange, 'buyer'), await addTrader(exchange, 'seller')];
  for (const account of [buyer, seller]) await pay(exchange, account, 1e12);
  const listener = new Listener(exchange, instrument);
  const deal = async (): Promise<void> => {
    t.equal(await submit(exchange, seller, Side.SELL, 3800), 0);
    t.equal(await submit(exchange, buyer, Side.BUY, 3800), 0);
  };
  for (let n = 0; n < 3; n++) await deal();
  await until(() => listener.prints.length === 3);
  const before = exchange.market['worker']!;
  await before.terminate();
  for (let n = 0; n < 3; n++) await deal();
  await until(() => listener.prints.length >= 6);
  t.not(exchange.market['worker'], before);
  await deal();
  await until(() => listener.prints.length >= 7);
  t.same(
    listener.prints.map(({ trade_id: id }) => Number(id.slice(1))),
    [1, 2, 3, 4, 5, 6, 7],
  );
  t.same(
    listener.prints.map(({ md_seq: n }) => n),
    [2, 4, 6, 8, 10, 12, 14],
  );
  t.equal(listener.prints.at(-1)?.volume_total, 7);
  t.equal(exchange.depth.mdSequence(instrument), 14);
  t.equal(await exchange.stop(), true);

  const store = await MarketStore.open(dataDir);
  const all = { fromUs: 0, toUs: Number.MAX_SAFE_INTEGER - 1 };
  const ticks = await store.ticks(instrument, all, 100);
  t.same(
    ticks.map(({ tradeId, mdSequence }) => [tradeId, mdSequence]),
    [7, 6, 5, 4, 3, 2, 1].map((n) => [n, n * 2]),
    'each print once, newest first',
  );
  t.ok((await store.snapshots(instrument, all, 100)).length > 0);
  await store.close();

  exchange = await startExchange(dataDir);
  t.equal(exchange.depth.mdSequence(instrument), 14, 'md_seq goes on');
  const later = new Listener(exchange, instrument);
  await deal();
  await until(() => later.prints.length === 1);
  t.match(later.prints[0], { md_seq: 16, volume_total: 8 });
  await exchange.stop();
  const reopened = await MarketStore.open(dataDir);
  const bars = await reopened.bars(instrument, periodOf('3s'), all, 100);
  t.ok(bars.length === 0 || bars[0].barNo === 0);
  t.same(
    bars.map(({ barNo }) => barNo),
    bars.map((_, n) => n),
    'numbers of bars are dense over both runs',
  );
  await reopened.close();
});
