import t from 'tap';
import { createLog } from '../../src/cli/log.js';

function lines(isPretty: boolean) {
  const written: string[] = [];
  const log = createLog('info', isPretty, { write: (text: string) => void written.push(text) });
  return { log, written };
}

t.test('writes one JSON object a line', (t) => {
  const { log, written } = lines(false);
  log.info({ requestId: 'r-1', route: 'U5' }, 'request failed');
  log.debug('not at this level');
  t.equal(written.length, 1);
  t.match(JSON.parse(written[0]), { level: 30, time: Number, requestId: 'r-1', route: 'U5', msg: 'request failed' });
  t.end();
});

t.test('writes lines for people on a terminal', (t) => {
  const { log, written } = lines(true);
  log.warn({ shard: 1, place: { account: 2 } }, 'a thread died');
  log.error({ err: new Error('broken') }, 'request failed');
  t.match(written[0], /^\d\d:\d\d:\d\d\.\d{3} warn {2}a thread died shard=1 place=\{"account":2\}\n$/);
  t.match(written[1], /error request failed\nError: broken\n {4}at /);
  t.end();
});

t.test('no secret gets into it', (t) => {
  for (const isPretty of [false, true]) {
    const { log, written } = lines(isPretty);
    log.info({ password: 'swordfish', body: { new_password: 'swordfish', token: 'swordfish' }, authorization: 'swordfish' }, 'a request');
    t.match(written[0], /\[redacted\]/);
    t.notMatch(written[0], /swordfish/);
  }
  t.end();
});
