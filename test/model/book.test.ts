/**
 * The fast book against the naive one: the same random commands of every kind, compared after each. Every run moves its
 * band, changes phases, status and switches, and now and then rebuilds the fast book from what rests, as a restart does.
 *
 * SEED=<printed seed> repeats a failure, which fast-check shrinks to a short list of commands; COUNT=<n> (or --count <n>)
 * runs about that many commands, SHRINK=0 leaves a failure as it was found.
 */
import fc from 'fast-check';
import t from 'tap';
import { CancelReason } from '../../src/core/enums.js';
import { commandArbitrary } from './book-commands.js';
import { TwinBooks } from './twin-books.js';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const flag = process.argv.indexOf('--count');
const count = Number(flag === -1 ? (process.env.COUNT ?? 500_000) : process.argv[flag + 1]);
/** Long enough for books of some 300 orders. */
const LENGTH_MAX = 4000;
/** A little less than the mean, 0.43 of the most, for the lengths of all runs together vary. */
const LENGTH = 0.41 * LENGTH_MAX;

t.test(`decides every command as the naive book does (SEED=${seed})`, async (t) => {
  const seen = new Map<string, number>();
  let commands = 0;
  let largest = 0;
  fc.assert(
    fc.property(fc.constantFrom(1, 1, 1, 3, 40), fc.array(commandArbitrary, { maxLength: LENGTH_MAX, size: 'max' }), (stride, list) => {
      const twins = new TwinBooks(stride);
      for (const command of list) {
        commands++;
        for (const event of twins.run(command)) {
          const kind = kindOf(event);
          seen.set(kind, (seen.get(kind) ?? 0) + 1);
        }
        largest = Math.max(largest, twins.naive.orders.length);
      }
    }),
    { seed, verbose: 0, endOnFailure: process.env.SHRINK === '0', numRuns: Math.ceil(count / LENGTH) },
  );
  t.comment(`${commands} commands, books of up to ${largest} orders`, Object.fromEntries(seen));
  // A flow that never trades or never refuses would prove nothing.
  const { USER, ...reasons } = CancelReason;
  const kinds = ['accepted', 'trade continuous', 'trade auction', 'trade self', 'amended', 'mass', 'phase', `cancelled ${USER} 0`];
  const cancels = Object.values(reasons).filter((reason) => reason !== CancelReason.NONE);
  const codes = [1005, 1008, 1009, 1010, 1012, 1013, 1014, 3002, 4011, 4101, 4102, 9006].map((code) => `refused ${code}`);
  if (count < 100_000) return;
  for (const kind of [...kinds, ...codes]) t.ok(seen.has(kind), kind);
  for (const reason of cancels)
    t.ok(
      [0, 4002, 4010].some((code) => seen.has(`cancelled ${reason} ${code}`)),
      `cancel reason ${reason}`,
    );
});

/** The event without its numbers, but with cancel reason and code. */
function kindOf(event: string): string {
  const [, reason, cancelCode] = /reason (\d+) code (\d+)/.exec(event) ?? [];
  if (reason !== undefined && event.startsWith('cancelled')) return `cancelled ${reason} ${cancelCode}`;
  const [, code] = /refused \d+ (\d+)/.exec(event) ?? [];
  if (code !== undefined) return `refused ${code}`;
  const kind = event.slice(0, event.indexOf(' '));
  if (kind !== 'trade') return kind;
  if (event.endsWith('self 1')) return 'trade self';
  return event.includes('taker 2') ? 'trade auction' : 'trade continuous';
}
