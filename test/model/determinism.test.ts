/**
 * The same commands twice, and through a restart at any point, end in the same book and the same events: state depends on
 * the commands alone.
 */
import fc from 'fast-check';
import t from 'tap';
import { commandArbitrary, type Command } from './book-commands.js';
import { TwinBooks } from './twin-books.js';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);

/** The dump of the book after every command, with the events between; restarts before command number `restartAt`. */
function play(list: readonly Command[], restartAt = -1): string {
  const twins = new TwinBooks(1);
  const lines: string[] = [];
  for (const [number, command] of list.entries()) {
    if (number === restartAt) twins.restart();
    lines.push(...twins.run(command), twins.dump());
  }
  return lines.join('\n');
}

t.test(`ends in the same book however often it is started (SEED=${seed})`, async (t) => {
  let restarts = 0;
  fc.assert(
    fc.property(fc.array(commandArbitrary, { minLength: 1, maxLength: 200, size: 'max' }), fc.nat(199), (list, cut) => {
      const once = play(list);
      if (play(list) !== once) throw new Error('the same commands give the same events and books');
      if (play(list, cut % list.length) !== once) throw new Error('a book that was restored goes on as the one before');
      restarts++;
    }),
    { seed, numRuns: 150 },
  );
  t.equal(restarts, 150);
});
