/** A person opens the page of a fresh exchange and trades within a minute: by clicks alone. */
import t from 'tap';
import { HttpClient } from '../../src/client/index.js';
import { startServerFor } from '../support/server.js';
import { openBrowser, visitor, whyNoBrowser } from './support/browser.js';

const PASSWORD = 'seven-blue-boats';

t.test('registers, gets simulation cash, and has an order in the book', { skip: whyNoBrowser() }, async (t) => {
  const server = await startServerFor(t);
  const browser = await openBrowser();
  t.teardown(() => browser.close());
  const { page, complaints } = await visitor(browser, server.url);

  await page.goto('/');
  await page.waitForURL('**/login');
  await page.click('a[href="/register"]');
  // the page of login has fields of the same names, and stands until the other one is loaded
  await page.locator('input[name=password_again]').waitFor();
  await page.fill('input[name=username]', 'newcomer');
  await page.fill('input[name=password]', PASSWORD);
  await page.fill('input[name=password_again]', PASSWORD);
  await page.check('input[type=checkbox]');
  await page.click('button[type=submit]');
  await page.waitForURL('**/dashboard');
  await page.locator('[data-test=live][data-state=live]').waitFor();

  await page.click('[data-test=welcome] a[href="/accounts"]');
  await page.click('[data-test=deposit]');
  await page.fill('input[name=amount]', '1000000');
  await page.click('[role=dialog] button[type=submit]');
  await page.getByText('1,000,000.00').first().waitFor();

  await page.goto('/trade?instrument=CFFEX.IF');
  await page.locator('[data-test=live][data-state=live]').waitFor();
  await page.fill('input[name=price]', '3800.1');
  await page.click('[data-test=submit]');
  t.match(await page.textContent('[data-fault=price]'), '1012', 'a price off the tick is refused beside its field');
  await page.fill('input[name=price]', '3800');
  await page.getByText('136,800.00').waitFor();
  await page.dblclick('[data-test=submit]');
  const row = page.locator('table tr[data-key^=O]');
  await row.first().waitFor();
  t.equal(await row.count(), 1, 'a double click is one order');
  await page.locator('[data-test=book] .own', { hasText: '1' }).first().waitFor();

  await page.click('[data-test=amend]');
  await page.fill('input[name=new_price]', '3790');
  await page.click('[data-test=amend-save]');
  await page.locator('[data-test=book] [data-side=BUY]', { hasText: '3,790.0' }).waitFor();

  await page.click('nav a[href="/orders"]');
  await page.waitForURL('**/orders');
  await page.getByRole('cell', { name: '3,790.0' }).waitFor();
  const http = new HttpClient(server.url);
  const { user_id: userId } = await http.login('newcomer', PASSWORD);
  t.match(await http.call('GET', `/api/order/user/${userId}`), { total: 1, orders: [{ price: 3790, status: 'Submitted' }] });
  await page.click('[data-test=cancel]');
  await page.getByRole('cell', { name: 'Cancelled', exact: true }).waitFor();
  t.match(await http.call('GET', `/api/order/user/${userId}`), { orders: [{ status: 'Cancelled' }] });

  await page.reload();
  await page.locator('[data-test=live][data-state=live]').waitFor();
  t.equal(new URL(page.url()).pathname, '/orders', 'the session outlives the page');
  const tab = await page.context().newPage();
  await tab.goto('/positions');
  await tab.locator('[data-test=live][data-state=live]').waitFor();
  await page.click('[data-test=logout]');
  await page.waitForURL('**/login**');
  await tab.waitForURL('**/login**');
  await tab.close();
  await page.goto('/orders');
  await page.waitForURL('**/login**');
  t.same(complaints, []);
});
