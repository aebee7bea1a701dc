/** `qaexchange bots`: a simulated market on a running exchange, through the public protocol. */
import { HttpClient, type Instrument } from '../../client/index.js';
import { readFlags } from '../args.js';
import { httpUrlOf } from '../load/load-accounts.js';
import { Random } from '../load/random.js';
import { participants } from '../support/participants.js';
import { reported } from '../support/reported.js';
import { Maker, NoiseTaker, type Bot } from './bot.js';
import { Walk } from './walk.js';

const HELP = `Usage: npm run bots -- [options]

Market makers that quote around a walking price, and takers that trade at random, on a running exchange: a living market
within a minute. They are users like all others and trade with them. The exchange must be in simulation mode, in which owners
fund their accounts.

  --url URL           socket address of the exchange (ws://127.0.0.1:8094/ws)
  --makers M          market makers (4)
  --noise N           noise takers (4)
  --interval MS       time between two steps of one of them (500)
  --instruments LIST  instrument ids with commas between (all active ones)
  --duration S        seconds; until it is interrupted when left out
  --seed N            seed of all randomness (1)
  --json              prints the counts as one JSON object
  --help              this text
`;

export async function bots(args: readonly string[]): Promise<number> {
  return await reported(() => botsWith(args));
}

async function botsWith(args: readonly string[]): Promise<number> {
  const flags = readFlags(args, {
    ...{ url: 'string', makers: 'string', noise: 'string', interval: 'string', instruments: 'string', duration: 'string', seed: 'string' },
    ...{ json: 'boolean', help: 'boolean' },
  });
  if (flags.has('help')) {
    process.stdout.write(HELP);
    return 0;
  }
  const url = flags.string('url', 'ws://127.0.0.1:8094/ws');
  const makers = flags.wholeNumber('makers', 4, 0, 100);
  const noise = flags.wholeNumber('noise', 4, 0, 100);
  const intervalMs = flags.number('interval', 500, 10, 3_600_000);
  const durationMs = flags.number('duration', Infinity, 0.1, Infinity) * 1000;
  const random = new Random(flags.wholeNumber('seed', 1, 0, 0xffff_ffff));
  const walks = await walksOf(httpUrlOf(url), flags.string('instruments', '').split(',').filter(Boolean), random);
  const people = await participants(httpUrlOf(url), url, makers + noise);
  const counts = { orders: 0, refused: 0, trades: 0 };
  const all = people.map((person, index) => (index < makers ? new Maker(person, random, counts) : new NoiseTaker(person, random, counts)));
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  if (Number.isFinite(durationMs)) setTimeout(() => stop.abort(), durationMs).unref();
  if (!flags.has('json')) console.log(`${makers} makers and ${noise} takers trade ${walks.length} instruments`);
  await Promise.all(all.map((bot) => trade(bot, walks, intervalMs, random, stop.signal)));
  await Promise.all(people.map(({ client }) => client.close()));
  if (flags.has('json')) console.log(JSON.stringify(counts));
  else console.log(`${counts.orders} orders, ${counts.refused} of them refused; ${counts.trades} fills`);
  return 0;
}

/** One price walk per instrument, shared by everybody. */
async function walksOf(httpUrl: string, wanted: readonly string[], random: Random): Promise<Walk[]> {
  const listed = await new HttpClient(httpUrl).call<Instrument[]>('GET', '/api/market/instruments?status=active');
  const chosen = listed.filter(({ instrument_id: id }) => wanted.length === 0 || wanted.includes(id));
  if (chosen.length === 0) throw new Error('the exchange lists no such active instrument');
  return chosen.map((instrument) => new Walk(instrument, random));
}

async function trade(
  bot: Bot & { step(walk: Walk): Promise<void> },
  walks: readonly Walk[],
  intervalMs: number,
  random: Random,
  signal: AbortSignal,
) {
  while (!signal.aborted) {
    for (const walk of walks) {
      if (bot instanceof Maker) walk.step();
      await bot.step(walk);
    }
    await pause(intervalMs * (0.5 + random.next()), signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
