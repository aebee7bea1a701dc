import t from 'tap';
import { readFlags, UsageError } from '../../src/cli/args.js';

t.test('reads flags with values, switches and what stands alone', async (t) => {
  const flags = readFlags(['suite', '--rate', '12', '--json', '--share=0.5'], { rate: 'string', json: 'boolean', share: 'string' }, true);
  t.equal(flags.wholeNumber('rate', 1, 1, 100), 12);
  t.equal(flags.number('share', 1, 0, 1), 0.5);
  t.ok(flags.has('json'));
  t.notOk(flags.has('smoke'));
  t.equal(flags.string('url', 'none'), 'none');
  t.strictSame(flags.positionals, ['suite']);
});

t.test('says in one sentence what is wrong with a flag', async (t) => {
  const types = { rate: 'string', json: 'boolean' } as const;
  for (const args of [['--unknown'], ['--rate'], ['--json=yes'], ['alone']]) {
    t.throws(() => readFlags(args, types), { name: 'UsageError', message: /^[^\n]+--help shows what there is\)$/ }, args.join(' '));
  }
  for (const text of ['fast', '', '0', '1.5', '101', 'NaN', '1e9']) {
    t.throws(() => readFlags(['--rate', text], types).wholeNumber('rate', 1, 1, 100), UsageError, `--rate '${text}'`);
  }
});
