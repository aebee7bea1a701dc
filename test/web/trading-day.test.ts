/** A trading day from register to settlement by clicks alone: two people trade with each other, and each gets his statement. */
import t from 'tap';
import type { Page } from 'playwright-core';
import { HttpClient } from '../../src/client/index.js';
import { ADMIN_PASSWORD, ADMIN_USERNAME, startServer } from '../support/server.js';
import { openBrowser, signIn, visitor, whyNoBrowser } from './support/browser.js';
import { agree, button, effect, fill, row, sendDialog } from './support/clicks.js';
import { PASSWORD } from './support/desk.js';
import { goTo } from './support/page-list.js';

const RB = 'SHFE.rb';

async function register(page: Page, username: string): Promise<void> {
  await page.goto('/register');
  await page.locator('input[name=password_again]').waitFor();
  await fill(page.locator('form'), { username, password: PASSWORD, password_again: PASSWORD, terms: true });
  await page.click('button[type=submit]');
  await page.waitForURL('**/dashboard');
  await page.click('[data-test=welcome] a[href="/accounts"]');
  await page.click('[data-test=deposit]');
  await sendDialog(page, { amount: '1000000' });
  await page.locator('nav.side a[href="/trade"]').click();
  await page.locator('[data-test=live][data-state=live]').waitFor();
}

async function trade(page: Page, side: 'BUY' | 'SELL', price: string): Promise<void> {
  const form = page.locator('[data-test=order-form]');
  await form.locator(`[data-test=tab-${side}]`).click();
  await fill(form, { price, volume: '10' });
  await form.locator('[data-test=submit]').click();
}

t.test('from register to settlement', { skip: whyNoBrowser() }, async (t) => {
  const server = await startServer();
  t.teardown(() => server.kill());
  const browser = await openBrowser();
  t.teardown(() => browser.close());
  const prefs = { locale: 'en', theme: 'light', instrument: RB };
  const people = await Promise.all(['buyer', 'seller', 'admin'].map(() => visitor(browser, server.url, { prefs })));
  const [buyer, seller, admin] = people.map(({ page }) => page);
  await Promise.all([register(buyer, 'buyer'), register(seller, 'seller'), signIn(admin, ADMIN_USERNAME, ADMIN_PASSWORD)]);

  await trade(buyer, 'BUY', '3500');
  await seller.locator('[data-test=book] [data-side=BUY]', { hasText: '3,500' }).click();
  await trade(seller, 'SELL', '3500');
  for (const page of [buyer, seller]) {
    await page.click('[data-test=list-positions]');
    await page.locator('main tr[data-key*="SHFE.rb"]').waitFor();
  }

  await goTo(admin, '/admin-settlement');
  await admin.click('[data-test=last]');
  await admin.fill(`input[name="price-${RB}"]`, '3520');
  await admin.click('[data-test=set-prices]');
  await admin.locator('[data-test=settle]:enabled').waitFor();
  await admin.click('[data-test=dry-run]');
  const result = admin.locator('[data-test=dry-result]');
  // 10 lots × 10 × 20, less the commission of 3500 × 10 lots × 10 × 0.0001
  await result.getByText('+2,000.00').waitFor();
  await result.getByText('-2,000.00').waitFor();
  await admin.click('[data-test=settle]');
  await agree(admin);
  const http = new HttpClient(server.url);
  await http.login(ADMIN_USERNAME, ADMIN_PASSWORD);
  const days = () => http.call<{ settlement_date: string }[]>('GET', '/admin/settlement/history');
  const [{ settlement_date: day }] = await effect(days, ({ length }) => length === 1, 'the day is settled');

  for (const [page, balance] of [
    [buyer, '1,001,965.00'],
    [seller, '997,965.00'],
  ] as const) {
    await page.locator('nav.side a[href="/history"]').click();
    await button(row(page, day), 'Statement').click();
    const statement = page.locator('[role=dialog]');
    await statement.getByText(balance).first().waitFor();
    await statement.getByText('3,520.00').first().waitFor();
    t.match(await statement.locator('tr[data-key^=T]').textContent(), '3,500', 'with the trade of the day');
  }
  t.same(
    people.flatMap(({ complaints }) => complaints),
    [],
  );
});
