/** A cut cable, a killed exchange, and every refusal that is nobody's mistake: the page says so, loses nothing, and comes back. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { HttpClient } from '../../src/client/index.js';
import { ADMIN_PASSWORD, ADMIN_USERNAME, startServer } from '../support/server.js';
import { openBrowser, signIn, visitor, whyNoBrowser } from './support/browser.js';
import { Cable } from './support/cable.js';
import { effect, fill } from './support/clicks.js';
import { Desk, PASSWORD } from './support/desk.js';
import { goTo } from './support/page-list.js';

const RB = 'SHFE.rb';
/** Requests at once that keep the budget of a user empty. */
const FLOOD = 12;
/** What a browser itself says of a request or a socket that came to nothing. */
const OF_THE_CUT = /net::ERR_|WebSocket connection to|the server responded with a status of (401|403|429|503)/;

t.test('trouble', { skip: whyNoBrowser() }, async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'qaexchange-trouble-'));
  t.teardown(() => rm(dataDir, { recursive: true, force: true }));
  const start = { dataDir, env: { RATE_LIMIT_RPS: '40' } };
  let server = await startServer(start);
  t.teardown(() => server.kill());
  const cable = await Cable.to(server.port);
  t.teardown(() => cable.close());
  const browser = await openBrowser();
  t.teardown(() => browser.close());
  const maker = await Desk.register(server.url, 'maker', 50_000_000);
  const user = await Desk.register(server.url, 'person', 2_000_000);
  const admin = new HttpClient(server.url);
  await admin.login(ADMIN_USERNAME, ADMIN_PASSWORD);
  const { page, complaints } = await visitor(browser, cable.url, { prefs: { locale: 'en', theme: 'light', instrument: RB } });
  const badge = page.locator('[data-test=live]');
  const isState = (wanted: string) =>
    effect(
      async () => await badge.getAttribute('data-state'),
      (state) => state === wanted,
      wanted,
    );
  const form = page.locator('[data-test=order-form]');
  const trades = page.locator('main .lower tr[data-key^=T]');
  const alone = () =>
    effect(
      async () => await trades.count(),
      (count) => count === filled,
      `${filled} trades`,
    );
  let filled = 0;

  await signIn(page, 'person', PASSWORD);
  await goTo(page, '/trade');
  await isState('live');
  await page.click('[data-test=list-trades]');
  await user.order(RB, 'BUY', 3500, 10);
  await maker.order(RB, 'SELL', 3500, 1);
  filled = 1;
  await alone();

  await t.test('the cable is cut and mended', async (t) => {
    cable.cut();
    await effect(
      async () => await badge.getAttribute('data-state'),
      (state) => state !== 'live',
      'the page shows it',
    );
    await maker.order(RB, 'SELL', 3500, 2);
    await maker.order(RB, 'SELL', 3500, 1);
    filled += 2;
    await fill(form, { price: '3400', volume: '1' });
    await form.locator('[data-test=submit]').click();
    await form.getByText('The exchange does not answer.').waitFor();
    t.equal(await trades.count(), 1, 'nothing has come through');
    cable.mend();
    await isState('live');
    await alone();
    t.equal((await user.working()).length, 1, 'the order that did not get through is not there');
  });

  await t.test('a server of another build: the page loads itself anew, once', async (t) => {
    let loads = 0;
    page.on('load', () => loads++);
    await page.route('**/build.json', (route) => route.fulfill({ json: { build: 'a newer one' } }));
    for (let cut = 0; cut < 2; cut++) {
      const compared = page.waitForResponse('**/build.json');
      cable.cut();
      await isState('down');
      cable.mend();
      await compared;
      await effect(
        () => Promise.resolve(loads),
        (count) => count === 1,
        'loaded once',
      );
      await isState('live');
      await form.waitFor();
      await page.waitForLoadState('networkidle');
    }
    await page.unroute('**/build.json');
    t.equal(loads, 1, 'and what it got is kept, whatever the server calls itself');
    await page.click('[data-test=list-trades]');
    await alone();
    await fill(form, { price: '3400', volume: '1' });
  });

  await t.test('the exchange is killed and comes back', async (t) => {
    await server.kill();
    cable.answer503();
    await effect(
      async () => await badge.getAttribute('data-state'),
      (state) => state !== 'live',
      'the page shows it',
    );
    await form.locator('[data-test=submit]').click();
    await form.getByText('9005 ·').waitFor();
    server = await startServer(start);
    cable.mend(server.port);
    await isState('live');
    const seller = await Desk.of(server.url, 'maker');
    await seller.order(RB, 'SELL', 3500, 1);
    filled++;
    await alone();
    await form.locator('[data-test=submit]').click();
    const person = await Desk.of(server.url, 'person');
    await effect(
      () => person.working(),
      (all) => all.length === 2,
      'and trades on, without signing in again',
    );
    t.equal(new URL(page.url()).pathname, '/trade');
  });

  const person = await Desk.of(server.url, 'person');
  const boss = new HttpClient(server.url);
  await boss.login(ADMIN_USERNAME, ADMIN_PASSWORD);

  await t.test('429: too many requests', async () => {
    const flood = { isOn: true };
    const requests = Array.from({ length: FLOOD }, async () => {
      while (flood.isOn) await person.http.call('GET', '/api/auth/me').catch(() => undefined);
    });
    await effect(
      async () => {
        await form.locator('[data-test=submit]:enabled').click();
        await form.locator('[data-test=submit]:enabled').waitFor();
        return await form.locator('[data-test=refusal]').allTextContents();
      },
      (texts) => texts.some((text) => text.startsWith('9004 ·')),
      'the refusal is shown',
    );
    flood.isOn = false;
    await Promise.all(requests);
    await form.locator('[data-test=submit]').click();
    await page.locator('[data-test=refusal]').waitFor({ state: 'detached' });
    await goTo(page, '/orders');
    await page.locator('main tr[data-key^=O]').first().waitFor();
  });

  await t.test('403: an account that may not trade', async (t) => {
    await goTo(page, '/trade');
    const before = (await person.orders()).length;
    await boss.call('POST', '/api/account-admin/freeze', { account_id: person.account, reason: 'a test', freeze_type: 'TRADING_ONLY' });
    await fill(form, { price: '3401', volume: '1' });
    await form.locator('[data-test=submit]').click();
    await form.getByText('2002 ·').first().waitFor();
    t.equal((await person.orders()).length, before, 'no order is there');
    await boss.call('POST', '/api/account-admin/unfreeze', { account_id: person.account, reason: 'over' });
  });

  await t.test('401: a session that was ended elsewhere', async (t) => {
    await boss.call('POST', `/api/auth/user/${person.userId}/freeze`, { reason: 'a test' });
    // its tokens die with it: the next question of the page finds out
    await page.waitForURL('**/login**');
    t.match(page.url(), /redirect=/, 'and leads back');
    await boss.call('POST', `/api/auth/user/${person.userId}/unfreeze`, { reason: 'over' });
    await signIn(page, 'person', PASSWORD);
  });
  t.same(
    complaints.filter((each) => !OF_THE_CUT.test(each)),
    [],
    'nothing but what the browser says of the cut itself',
  );
});
