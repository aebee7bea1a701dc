/** The page of a cluster: opened on a node that only reads, and with the leader killed, a person goes on trading. */
import t from 'tap';
import { ExchangeCluster } from '../../src/cli/support/exchange-cluster.js';
import { SKIP } from '../replication/support.js';
import { openBrowser, signIn, visitor, whyNoBrowser } from './support/browser.js';
import { effect, fill } from './support/clicks.js';
import { Desk, PASSWORD } from './support/desk.js';
import { goTo } from './support/page-list.js';

const TIMEOUT_MS = 240_000;
const RB = 'SHFE.rb';
const PATIENT = { CLUSTER_SUSPECT_MS: '3000', LOG_LEVEL: 'error', MATCHING_WORKERS: '1', EXPORT_MS: '0' };
/** What a browser itself says of a node that is gone, or that refuses for the moment. */
const OF_THE_DEATH = /net::ERR_|WebSocket connection to|the server responded with a status of 503/;

t.test('the page follows the leader', { skip: whyNoBrowser() || SKIP, timeout: TIMEOUT_MS }, async (t) => {
  const nodes = [{ name: 'a' }, { name: 'b' }, { name: 'r', role: 'replica' }] as const;
  const cluster = await ExchangeCluster.start({ members: 1, nodes, env: PATIENT });
  t.teardown(() => cluster.stop());
  const replica = cluster.nodes[2];
  const first = await cluster.leader();
  const person = await Desk.register(first.url, 'person', 2_000_000);
  await effect(
    () => replica.health(),
    (health) => health?.cluster?.nodes.length === nodes.length,
    'every node is known to the replica',
  );
  await cluster.settled();
  const browser = await openBrowser();
  t.teardown(() => browser.close());
  const { page, complaints } = await visitor(browser, replica.url, { prefs: { locale: 'en', theme: 'light', instrument: RB } });
  const form = page.locator('[data-test=order-form]');
  const isLive = async (): Promise<unknown> =>
    await effect(
      async () => await page.locator('[data-test=live]').getAttribute('data-state'),
      (state) => state === 'live',
      'the page is live',
    );
  const sees = async (count: number, desk: Desk): Promise<void> => {
    await effect(
      () => desk.working(),
      (all) => all.length === count,
      `${count} orders are in the book`,
    );
    await effect(
      async () => await page.locator('main .lower tr[data-key^=O]').count(),
      (rows) => rows === count,
      `the page shows ${count}`,
    );
  };

  await signIn(page, 'person', PASSWORD);
  await goTo(page, '/trade');
  await isLive();
  await fill(form, { price: '3400', volume: '1' });
  await form.locator('[data-test=submit]').click();
  await sees(1, person);
  t.equal(new URL(page.url()).origin, replica.url, 'on the page of a node that takes no orders');

  await first.kill();
  const second = await cluster.leader();
  t.not(second.url, first.url);
  await isLive();
  const there = await Desk.of(second.url, 'person');
  // the page may still be finding out; nothing is sent twice by that
  await effect(
    async () => {
      await form.locator('[data-test=submit]:enabled').click();
      await form.locator('[data-test=submit]:enabled').waitFor();
      return (await there.working()).length;
    },
    (count) => count === 2,
    'the next order goes to the next leader',
  );
  await sees(2, there);
  t.equal(await form.locator('input[name=price]').inputValue(), '3400', 'and what was typed stays');
  const strange = complaints.filter((each) => !OF_THE_DEATH.test(each) && !cluster.urls.some((url) => each.startsWith(`asks ${url}`)));
  t.same(strange, [], 'nothing but what the browser says of the death itself');
});
