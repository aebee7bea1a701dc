/** `qaexchange feed`: replays a recorded order stream into a running exchange, as simulated participants. */
import { readFile } from 'node:fs/promises';
import { ApiError, HttpClient, type Instrument } from '../../client/index.js';
import { readFlags, UsageError } from '../args.js';
import { httpUrlOf } from '../load/load-accounts.js';
import { participants, type Participant } from '../support/participants.js';
import { reported } from '../support/reported.js';
import { readJsonLines, readLobster, type StreamStep } from './order-stream.js';

const HELP = `Usage: npm run feed -- --source FILE [options]

Replays a recorded stream of orders into a running exchange: its orders are those of simulated participants and trade with
everybody else's. FILE is JSON Lines of the conformance kit, or CSV in the LOBSTER message layout (*.csv): 1 new, 2 amend
down, 3 cancel, 4 an opposite IOC; 5 to 7 are skipped and counted. Prices are laid around the settlement price of the
instrument; what falls outside its limits is skipped and counted too. The exchange must be in simulation mode.

  --source FILE     the recording
  --speed X         1 as recorded, 10 ten times as fast, max as fast as the answers come (1)
  --instrument ID   what is traded (the first active one)
  --step MS         time between two lines of a recording without times (10)
  --url URL         socket address of the exchange (ws://127.0.0.1:8094/ws)
  --json            prints the counts as one JSON object
  --help            this text
`;

/** Answers waited for at once at full speed. */
const WINDOW = 64;

interface Counts {
  sent: number;
  refused: number;
  /** Lines that say nothing to a book, and prices outside of the limits. */
  skipped: number;
}

export async function feed(args: readonly string[]): Promise<number> {
  return await reported(() => feedWith(args));
}

async function feedWith(args: readonly string[]): Promise<number> {
  const flags = readFlags(args, {
    ...{ source: 'string', speed: 'string', instrument: 'string', step: 'string', url: 'string' },
    ...{ json: 'boolean', help: 'boolean' },
  });
  if (flags.has('help')) {
    process.stdout.write(HELP);
    return 0;
  }
  const source = flags.string('source', '');
  if (source === '') throw new UsageError('--source FILE is needed (--help shows what there is)');
  const speed = flags.string('speed', '1') === 'max' ? Infinity : flags.number('speed', 1, 0.01, 1_000_000);
  const url = flags.string('url', 'ws://127.0.0.1:8094/ws');
  const text = await readFile(source, 'utf8');
  const recorded = source.endsWith('.csv') ? readLobster(text) : readJsonLines(text, flags.number('step', 10, 0, 3_600_000));
  const instrument = await instrumentOf(httpUrlOf(url), flags.string('instrument', ''));
  const [maker, taker] = await participants(httpUrlOf(url), url, 2);
  const feeder = new Feeder(instrument, maker, taker, httpUrlOf(url), recorded.skipped);
  await feeder.run(recorded.steps, speed);
  await Promise.all([maker.client.close(), taker.client.close()]);
  const { sent, refused, skipped } = feeder.counts;
  if (flags.has('json')) console.log(JSON.stringify(feeder.counts));
  else console.log(`${sent} requests sent, ${refused} of them refused; ${skipped} lines skipped`);
  return 0;
}

async function instrumentOf(httpUrl: string, wanted: string): Promise<Instrument> {
  const listed = await new HttpClient(httpUrl).call<Instrument[]>('GET', '/api/market/instruments?status=active');
  const found = listed.find(({ instrument_id: id }) => wanted === '' || id === wanted);
  if (found === undefined) throw new Error(`the exchange lists no active instrument ${wanted}`);
  return found;
}

interface Live {
  orderId: Promise<string | undefined>;
  open: number;
}

class Feeder {
  readonly counts: Counts;
  private readonly live = new Map<number, Live>();
  private readonly http: HttpClient;

  constructor(
    private readonly instrument: Instrument,
    private readonly maker: Participant,
    private readonly taker: Participant,
    httpUrl: string,
    skipped: number,
  ) {
    this.counts = { sent: 0, refused: 0, skipped };
    this.http = new HttpClient(httpUrl);
    this.http.token = maker.token;
    for (const { client } of [maker, taker]) {
      for (const type of ['trade', 'order_status', 'position_update', 'account_update']) client.on(type, () => undefined);
    }
  }

  async run(steps: readonly StreamStep[], speed: number): Promise<void> {
    const begin = performance.now();
    const first = steps.at(0)?.atMs ?? 0;
    const pending = new Set<Promise<unknown>>();
    for (const step of steps) {
      const waitMs = (step.atMs - first) / speed - (performance.now() - begin);
      if (waitMs > 1) await new Promise((resolve) => setTimeout(resolve, waitMs));
      const answered = this.play(step).finally(() => pending.delete(answered));
      pending.add(answered);
      if (pending.size >= WINDOW) await Promise.race(pending);
    }
    await Promise.all(pending);
  }

  private async play(step: StreamStep): Promise<void> {
    if (step.op === 'new' || step.op === 'take') return this.order(step);
    const live = this.live.get(step.id);
    const orderId = await live?.orderId;
    if (live === undefined || orderId === undefined) {
      this.counts.skipped++;
      return;
    }
    if (step.op !== 'cancel') live.open = step.op === 'reduce' ? live.open - step.by : step.open;
    this.counts.sent++;
    if (step.op === 'cancel' || live.open <= 0) {
      this.live.delete(step.id);
      await this.tolerant(() => this.maker.client.cancelOrder(this.maker.accountId, orderId));
      return;
    }
    const body = { account_id: this.maker.accountId, new_volume: live.open };
    await this.tolerant(() => this.http.call('PUT', `/api/order/modify/${orderId}`, body));
  }

  private async order(step: Extract<StreamStep, { op: 'new' | 'take' }>): Promise<void> {
    const { price_tick: tick, pre_settlement: middle, upper_limit: upper, lower_limit: lower, instrument_id } = this.instrument;
    const price = Math.round((Math.round(middle / tick) + step.ticks) * tick * 10_000) / 10_000;
    if (price > upper || price < lower || step.volume < 1) {
      this.counts.skipped++;
      return;
    }
    const isImmediate = step.op === 'take' || step.isImmediate;
    const { client, accountId } = isImmediate ? this.taker : this.maker;
    this.counts.sent++;
    const answer = this.tolerant(() =>
      client.submitOrder({
        ...{ account_id: accountId, instrument_id, direction: step.side, offset: 'OPEN', volume: step.volume, price, order_type: 'LIMIT' },
        ...(isImmediate ? { time_condition: 'IOC' } : {}),
      }),
    );
    const orderId = answer.then((accepted) => accepted?.order_id ?? undefined);
    if (step.op === 'new' && !isImmediate) this.live.set(step.id, { orderId, open: step.volume });
    await orderId;
  }

  /** A refusal is counted: recorded orders meet a book that is not the one they were made for. */
  private async tolerant<T>(attempt: () => Promise<T>): Promise<T | undefined> {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.counts.refused++;
      return undefined;
    }
  }
}
